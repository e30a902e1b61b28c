"""SearchIndex: an index folder, ready to be brought up to date and asked."""

import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Self

import numpy as np

from semsearch.config import VERBATIM_SUFFIXES, ChunkSettings, EncoderOptions, ReadLimits
from semsearch.encoders import DEFAULT_MODEL, load_encoder
from semsearch.errors import InputError
from semsearch.highlight import highlight
from semsearch.provenance import record, recorded_options, recorded_settings, refuse_other
from semsearch.searcher import Ranked, Searcher, open_searcher
from semsearch.status import read_status
from semsearch.store import Reader, Writer
from semsearch.types import (
    Article,
    Chunk,
    Document,
    Embeddings,
    Encoder,
    Hit,
    Mode,
    SearchResult,
    Status,
    SyncReport,
)

if TYPE_CHECKING:
    from semsearch.sync import Progress


class SearchIndex:
    """Articles, passages and vectors on disk, searched by meaning and by words.

    Made by `build` or `open`. Threads may share it, and it sees what another process commits.

    Example:
        >>> index = SearchIndex.build(["news/"], "index")  # doctest: +SKIP
        >>> index.search("Que fait le Maroc contre Daech ?", k=3).hits[0].title  # doctest: +SKIP
        'Morocco joins coalition talks in Washington'
    """

    def __init__(self, reader: Reader, encoder: Encoder, report: SyncReport | None = None) -> None:
        self.report = report
        """What `build` did; None for an index that was only opened."""
        self._reader = reader
        self._encoder = encoder
        self._turn = threading.Lock()
        self._searcher: Searcher | None = None

    @classmethod
    def build(
        cls,
        paths: Sequence[str | Path],
        folder: str | Path = "index",
        *,
        model: str | None = None,
        encoder_options: EncoderOptions | None = None,
        settings: ChunkSettings | None = None,
        limits: ReadLimits | None = None,
        progress: "Progress | None" = None,
    ) -> Self:
        """Bring the index in a folder up to date with files and folders of articles, and open it.

        Only what lies under `paths` is added, changed or removed; an unchanged file is not read.

        Args:
            paths: files and folders of articles.
            folder: where the index lives; made when missing.
            model: "bundled", a folder, or the name of a sentence-transformers model. When left
                out: the model that the index was built with, "bundled" for a new one.
            encoder_options: device, backend, batch size and dimensions of a
                sentence-transformers model.
            settings: how articles are cut; as the index was built when left out.
            limits: what is too much for one file.
            progress: called with the number of files done and found.

        Raises:
            InputError: a path does not exist, or the index was built with other settings.
            ModelError: the model is not on this machine or does not work.
            ModelMismatch: the index was built with another model.
            IndexBusy: another process is writing the index.
            IndexDamaged: what is on disk is not what was written.
        """
        from semsearch.sync import sync  # the readers, which a search does without

        folder = Path(folder)
        for path in paths:
            if not Path(path).exists():
                raise InputError(f"there is no file or folder {path}")
        writer = Writer(folder)
        try:
            meta = writer.meta()
            name = model or meta.get("model", DEFAULT_MODEL)
            encoder = load_encoder(name, options=encoder_options or recorded_options(meta))
            settings = settings or recorded_settings(meta)
            refuse_other(meta, encoder, settings, folder)
            if not meta:
                with writer.transaction():
                    writer.set_meta(record(encoder, settings, encoder_options))
            report = sync(
                writer,
                encoder,
                paths,
                settings=settings,
                limits=limits or ReadLimits(),
                progress=progress,
            )
        finally:
            writer.close()
        return cls(Reader(folder), encoder, report)

    @classmethod
    def open(cls, folder: str | Path = "index") -> Self:
        """Open an index that exists, with the model that it was built with.

        Raises:
            IndexMissing: there is none in the folder.
            IndexDamaged: what is on disk is not what was written.
            ModelError: its model is not on this machine.
            ModelMismatch: its model is not what it was when the index was built.
        """
        folder = Path(folder)
        reader = Reader(folder)
        meta = reader.meta()
        encoder = load_encoder(meta.get("model", DEFAULT_MODEL), options=recorded_options(meta))
        refuse_other(meta, encoder, recorded_settings(meta), folder)
        return cls(reader, encoder)

    def search(
        self,
        query: str,
        k: int = 10,
        *,
        mode: Mode = Mode.HYBRID,
        langs: Sequence[str] = (),
        passages: bool = False,
    ) -> SearchResult:
        """The best passage of each of the k best articles.

        Args:
            query: a question or some words, in any language.
            k: how many hits; fewer come back only when the index holds fewer.
            mode: meaning and words together, or one of them.
            langs: ISO 639-1 codes of the languages of the articles wanted; empty for all.
            passages: every passage instead of the best of each article.

        Raises:
            InputError: the query is empty or k is less than 1.
            IndexDamaged: what is on disk is not what was written.
        """
        return self.search_many([query], k, mode=mode, langs=langs, passages=passages)[0]

    def search_many(
        self,
        queries: Sequence[str],
        k: int = 10,
        *,
        mode: Mode = Mode.HYBRID,
        langs: Sequence[str] = (),
        passages: bool = False,
        highlights: bool = True,
    ) -> list[SearchResult]:
        """One result for each query, as `search` gives it; the queries are encoded together.

        Most of the time of many queries goes into highlights: leave them out where only the
        ranking counts.
        """
        if k < 1:
            raise InputError(f"k must be at least 1, not {k}")
        queries = [query.encode("utf-8", "replace").decode() for query in queries]
        for query in queries:
            if not query.strip():
                raise InputError("the query is empty")
        began = time.perf_counter()
        searcher = self._current()
        opened = (time.perf_counter() - began) * 1000
        began = time.perf_counter()
        vectors = (
            self._encoder.encode_queries(queries)
            if mode is not Mode.LEXICAL
            else np.zeros((len(queries), self._encoder.dim), dtype=np.float32)
        )
        encoded = (time.perf_counter() - began) * 1000 / max(1, len(queries))
        results = []
        for query, vector in zip(queries, vectors, strict=True):
            timings = {"open": opened, "encode": encoded}
            ranked = searcher.search(
                query, vector[None], k, mode=mode, langs=langs, passages=passages, timings=timings
            )
            result = self._result(query, mode, searcher, ranked, timings)
            results.append(self._highlighted(result, vector) if highlights else result)
            opened = 0.0
        return results

    def similar(self, path_or_id: str, k: int = 10, *, langs: Sequence[str] = ()) -> SearchResult:
        """Articles like this one in any language, by meaning alone, itself left out.

        The article is the mean of its passages' vectors (d,). `query` of the result is its title.

        Raises:
            InputError: the index does not hold the article, or k is less than 1.
        """
        if k < 1:
            raise InputError(f"k must be at least 1, not {k}")
        document_id = self._find(path_or_id)
        document = self._reader.documents([document_id])[document_id]
        searcher = self._current()
        own = searcher.table.vectors[searcher.table.documents == document_id]  # (m, d)
        mean = own.mean(axis=0)
        vector = (mean / (np.linalg.norm(mean) or 1.0)).astype(np.float32)
        timings: dict[str, float] = {}
        ranked = searcher.search(
            document.title,
            vector[None],
            k,
            mode=Mode.DENSE,
            langs=langs,
            passages=False,
            timings=timings,
            without=document_id,
        )
        title = document.title or document.doc_id
        return self._highlighted(self._result(title, Mode.DENSE, searcher, ranked, timings), vector)

    def article(self, path_or_id: str) -> Article:
        """One article and its passages. Raises InputError when the index does not hold it."""
        document_id = self._find(path_or_id)
        document = self._reader.documents([document_id])[document_id]
        chunks = tuple(
            Chunk(start, end, document.text[start:end])
            for _, start, end in self._reader.chunks_of(document_id)
        )
        return Article(document, chunks)

    def status(self) -> Status:
        """What the index holds."""
        return read_status(self._reader)

    def close(self) -> None:
        """Let go of the files of the index; done by itself when the index is no longer used."""
        self._reader.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *raised: object) -> None:
        self.close()

    def _current(self) -> Searcher:
        """The committed state, loaded again when another process has moved it on."""
        with self._turn:
            generation = int(self._reader.meta().get("generation", 0))
            if self._searcher is None or self._searcher.table.generation != generation:
                self._searcher = open_searcher(self._reader, self._encoder.dim)
            return self._searcher

    def _find(self, path_or_id: str) -> int:
        document_id = self._reader.find_document(path_or_id)
        if document_id is None:
            raise InputError(
                f"the index in {self._reader.folder} holds no article {path_or_id}. "
                "Name one by the doc_id that a search shows, or by its path."
            )
        return document_id

    def _result(
        self,
        query: str,
        mode: Mode,
        searcher: Searcher,
        ranked: Ranked,
        timings: dict[str, float],
    ) -> SearchResult:
        began = time.perf_counter()
        chunk_ids = searcher.table.ids[ranked.rows].tolist()
        document_ids = searcher.table.documents[ranked.rows].tolist()
        spans = self._reader.spans(chunk_ids)
        documents = self._reader.documents(sorted(set(document_ids)))
        hits = tuple(
            _hit(rank, float(score), documents[document_id], *spans[chunk_id])
            for rank, (score, chunk_id, document_id) in enumerate(
                zip(ranked.scores, chunk_ids, document_ids, strict=True), 1
            )
        )
        timings["fetch"] = (time.perf_counter() - began) * 1000
        return SearchResult(query, mode, hits, _with_total(timings))

    def _highlighted(self, result: SearchResult, vector: Embeddings) -> SearchResult:
        began = time.perf_counter()
        marks = highlight(
            self._encoder,
            result.query,
            vector,
            [hit.text for hit in result.hits],
            [hit.lang for hit in result.hits],
        )
        hits = tuple(
            replace(hit, highlights=spans) for hit, spans in zip(result.hits, marks, strict=True)
        )
        elapsed = (time.perf_counter() - began) * 1000
        timings = {part: ms for part, ms in result.timings_ms.items() if part != "total"}
        return replace(result, hits=hits, timings_ms=_with_total(timings | {"highlight": elapsed}))


def _with_total(timings: Mapping[str, float]) -> dict[str, float]:
    rounded = {part: round(ms, 3) for part, ms in timings.items()}
    return rounded | {"total": round(sum(timings.values()), 3)}


def _hit(rank: int, score: float, document: Document, start: int, end: int) -> Hit:
    line = document.line
    if line is not None and Path(document.path).suffix.lower() in VERBATIM_SUFFIXES:
        line += document.text.count("\n", 0, start)
    page = sum(offset <= start for offset in document.pages) or None
    return Hit(
        rank=rank,
        score=score,
        doc_id=document.doc_id,
        path=document.path,
        title=document.title,
        lang=document.lang,
        date=document.date,
        start=start,
        end=end,
        text=document.text[start:end],
        line=line,
        page=page,
    )
