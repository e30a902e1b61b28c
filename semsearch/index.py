"""The facade `SearchIndex`: an index folder that can be brought up to date and searched."""

import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Self, Unpack

from semsearch.config import ChunkSettings, EncoderOptions, ReadLimits, VectorSettings
from semsearch.encoders import load_encoder
from semsearch.reports import ReindexReport, Removal, Status, SyncReport
from semsearch.request import FilterOptions, Request, SearchOptions
from semsearch.searching import (
    ResolvedRequest,
    Searcher,
    Timings,
    answer,
    find_article,
    open_searcher,
    resolve,
)
from semsearch.store import IndexMeta, Reader, read_status, require_same_build
from semsearch.types import Article, Chunk, Encoder, Mode, Progress, SearchResult
from semsearch.vectors import VectorsChanged, one_blas_thread


@dataclass(frozen=True, slots=True)
class _State:
    """A committed state in memory, and the model that it was built with."""

    searcher: Searcher
    encoder: Encoder


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
        """What `build` did; None for an index that was opened with `open`."""
        self._folder = reader.folder
        self._idle = [reader]
        """Readers that no thread is using."""
        self._encoder = encoder
        self._turn = threading.Lock()
        self._state: _State | None = None
        self._derived = True
        """Whether the approximate index on disk may be used; see `_leave_derived`."""

    @classmethod
    def build(
        cls,
        paths: Sequence[str | Path],
        folder: str | Path = "index",
        *,
        model: str | None = None,
        encoder_options: EncoderOptions | None = None,
        settings: ChunkSettings | None = None,
        vector_settings: VectorSettings | None = None,
        limits: ReadLimits | None = None,
        progress: Progress | None = None,
    ) -> Self:
        """Bring the index in a folder up to date with files and folders of articles, and open it.

        Only what lies under `paths` is added, changed or removed; an unchanged file is not read.

        Args:
            paths: files and folders of articles.
            folder: where the index lives; made when missing.
            model: "multilingual", "fast", a folder, or the name of a sentence-transformers model.
                When left out: the model that the index was built with, "multilingual" for a new
                one.
            encoder_options: device, backend, batch size and dimensions of a
                sentence-transformers model.
            settings: how articles are cut into passages; as before when left out.
            vector_settings: recall and memory of the approximate index that a large collection
                gets; as before when left out.
            limits: which files are too large to read.
            progress: called with the number of files done and found.

        Raises:
            InputError: a path does not exist, or the index was built with other settings.
            ModelError: the model is not on this machine or does not work.
            ModelMismatch: the index was built with another model.
            IndexBusy: another process is writing the index.
            IndexDamaged: the index has changed since it was written.
        """
        from semsearch.indexing import update

        folder = Path(folder)
        encoder, report = update(
            paths,
            folder,
            model=model,
            encoder_options=encoder_options,
            settings=settings,
            vector_settings=vector_settings,
            limits=limits,
            progress=progress,
        )
        return cls(Reader(folder), encoder, report)

    @classmethod
    def open(cls, folder: str | Path = "index") -> Self:
        """Open an index that exists, with the model that it was built with.

        Raises:
            IndexMissing: there is none in the folder.
            IndexDamaged: the index has changed since it was written.
            ModelError: its model is not on this machine.
            ModelMismatch: its model has changed since the index was built.
        """
        folder = Path(folder)
        reader = Reader(folder)
        meta = reader.meta()
        encoder = load_encoder(meta.model, options=meta.encoder_options)
        require_same_build(meta, encoder, meta.chunk_settings, folder)
        return cls(reader, encoder)

    def search(self, query: str, k: int = 10, **options: Unpack[SearchOptions]) -> SearchResult:
        """The best passage of each of the k best articles.

        Args:
            query: a question or some words, in any language, with "a phrase", -word and prefix*.
            k: how many hits; fewer come back only when the index holds fewer.
            options: the other fields of `semsearch.Request`, by name.

        Raises:
            InputError: the query is empty or k is less than 1.
            IndexDamaged: the index has changed since it was written.
        """
        return self.answer([Request(query, k, **options)])[0]

    def search_many(
        self,
        queries: Sequence[str],
        k: int = 10,
        *,
        highlights: bool = True,
        **options: Unpack[SearchOptions],
    ) -> list[SearchResult]:
        """One result for each query, as from `search`; the queries are encoded together.

        They are taken literally, as sets of queries are not typed by people: quotes, hyphens and
        asterisks are syntax only with `literal=False`. Finding highlights takes most of the time:
        leave them out where only the ranking matters.
        """
        options.setdefault("literal", True)
        requests = [Request(query, k, **options) for query in queries]
        return self.answer(requests, highlights=highlights)

    def answer(self, requests: Sequence[Request], *, highlights: bool = True) -> list[SearchResult]:
        """One result for each request, all from one state of the index."""
        try:
            return self._answer(requests, highlights)
        except VectorsChanged:
            self._leave_derived()
            return self._answer(requests, highlights)

    @one_blas_thread()
    def _answer(self, requests: Sequence[Request], highlights: bool) -> list[SearchResult]:
        began = time.perf_counter()
        with self._reading() as (reader, state):
            opened = (time.perf_counter() - began) * 1000
            began = time.perf_counter()
            texts = ["" if r.mode is Mode.LEXICAL else r.parsed()[0].text for r in requests]
            vectors = state.encoder.encode_queries(texts)
            encoded = (time.perf_counter() - began) * 1000 / max(1, len(requests))
            results = []
            for request, vector in zip(requests, vectors, strict=True):
                timings = Timings(open=opened, encode=encoded)
                if request.only_excludes:
                    nothing = SearchResult(request.query, request.mode, (), timings.with_total())
                    results.append(nothing)
                    continue
                resolved = resolve(request, vector, state.encoder, state.searcher, reader)
                results.append(
                    answer(resolved, reader, state.searcher, timings, highlights=highlights)
                )
                opened = 0.0
            return results

    def similar(
        self, path_or_id: str, k: int = 10, *, base: str = "", **filters: Unpack[FilterOptions]
    ) -> SearchResult:
        """Articles like this one in any language, by meaning alone; the article itself is left out.

        They are compared with the mean (d,) of the article's passage vectors. `query` of the result
        is its title. A relative path starts from the folder `base`, the current one when empty.

        Raises:
            InputError: the index does not hold the article, or k is less than 1.
        """
        try:
            return self._similar(path_or_id, k, base, filters)
        except VectorsChanged:
            self._leave_derived()
            return self._similar(path_or_id, k, base, filters)

    @one_blas_thread()
    def _similar(self, path_or_id: str, k: int, base: str, filters: FilterOptions) -> SearchResult:
        with self._reading() as (reader, state):
            document_id = find_article(reader, path_or_id, base)
            document = reader.documents([document_id])[document_id]
            (vector,) = state.searcher.article_vectors([document_id])
            title = document.title or document.doc_id
            request = Request(title, k, Mode.DENSE, **filters)
            resolved = ResolvedRequest(title, request, vector[None], (document_id,))
            return answer(resolved, reader, state.searcher, Timings())

    def article(self, path_or_id: str) -> Article:
        """One article and its passages. Raises InputError when the index does not hold it."""
        with self._borrowed() as reader:
            document_id = find_article(reader, path_or_id)
            document = reader.documents([document_id])[document_id]
            chunks = tuple(
                Chunk(start, end, document.text[start:end])
                for start, end in reader.spans_of(document_id)
            )
            return Article(document, chunks)

    def remove(self, *names: str | Path) -> Removal:
        """Take articles out of the index, all at once; their files are not touched.

        A later `build` over a folder that still holds a removed file adds it again, unless a
        `.semsearchignore` there names it.

        Args:
            names: paths of files, and of folders for all below them, or doc_ids of single articles.

        Raises:
            InputError: a name is empty.
            IndexBusy: another process is writing the index.
        """
        from semsearch.indexing import remove

        return remove(names, self._folder)

    def reindex(
        self,
        *,
        model: str | None = None,
        encoder_options: EncoderOptions | None = None,
        settings: ChunkSettings | None = None,
        progress: Progress | None = None,
    ) -> ReindexReport:
        """Cut and embed all articles again, from the text in the index; the files are not needed.

        Searches answer from the old state until all is done. If the call is interrupted, the next
        one with the same model and settings continues; any other run that writes starts from the
        old state.

        Args:
            model: another model; that of the index when left out.
            encoder_options: how it is run.
            settings: how articles are cut into passages; as before when left out.
            progress: called with the number of files done and of all.

        Raises:
            ModelError: the model is not on this machine or does not work.
            IndexBusy: another process is writing the index.
            IndexDamaged: the index has changed since it was written.
        """
        from semsearch.indexing import reindex

        return reindex(
            self._folder,
            model=model,
            encoder_options=encoder_options,
            settings=settings,
            progress=progress,
        )

    def status(self) -> Status:
        """What the index holds. Every passage is read and checked; raises IndexDamaged."""
        with self._borrowed() as reader:
            return read_status(reader)

    def close(self) -> None:
        """Close the files of the index. Otherwise they are closed when the object is deleted."""
        while self._idle:
            self._idle.pop().close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *raised: object) -> None:
        self.close()

    @contextmanager
    def _borrowed(self) -> Iterator[Reader]:
        """A reader that no other thread uses, in a snapshot."""
        try:
            reader = self._idle.pop()
        except IndexError:
            reader = Reader(self._folder)
        try:
            with reader.snapshot():
                yield reader
        finally:
            self._idle.append(reader)

    @contextmanager
    def _reading(self) -> Iterator[tuple[Reader, _State]]:
        """A reader in a snapshot, and the same state in memory."""
        with self._borrowed() as reader:
            # One thread at a time begins its snapshot, so that none is older than the state held.
            with self._turn:
                meta = reader.meta()
                state = self._state
                if state is None or state.searcher.table.generation != meta.generation:
                    encoder = self._encoder = self._encoder_of(meta)
                    searcher = open_searcher(reader, encoder, derived=self._derived)
                    state = self._state = _State(searcher, encoder)
            yield reader, state

    def _leave_derived(self) -> None:
        """Read all vectors from the store from now on: the file derived from them has changed."""
        with self._turn:
            self._derived, self._state = False, None

    def _encoder_of(self, meta: IndexMeta) -> Encoder:
        """The model in memory, or another one that the index has been built with again since."""
        if meta.fingerprint == self._encoder.fingerprint:
            return self._encoder
        encoder = load_encoder(meta.model, options=meta.encoder_options)
        require_same_build(meta, encoder, meta.chunk_settings, self._folder)
        return encoder
