"""BM25 by tantivy: one index for each language, derived from the store.

Each language has its own index so that document frequencies and lengths are those of the language:
in a common index, every French word among English articles would seem rare and weigh too much.
"""

import json
import math
import os
import shutil
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import tantivy

from semsearch.disk import MARKER, make_folder, manifest, sync_folder, write_file
from semsearch.lexical.analysis import analyzer, fold, group, query_terms
from semsearch.types import Rows, Scores

LEXICAL_FOLDER = "lexical"
"""Folder of the lexical index inside the index folder."""
_K1 = 1.2  # tantivy's, fixed
_OWN_FILES = shutil.ignore_patterns(MARKER, "*.lock")
_WRITER_HEAP_BYTES = 15_000_000  # tantivy's minimum
_MOST_DELETED = 0.05
"""Share of a language's passages that may be deleted: its statistics are wrong by at most that
much. A choice (2026-11-23)."""


@dataclass(frozen=True, slots=True)
class LexicalScores:
    """The best passages of one language for a query."""

    lang: str
    ids: Rows
    """(m,) chunk ids, best first."""
    scores: Scores
    """(m,) BM25."""
    ceiling: float
    """The limit of the scores: that of a passage with every term of the query infinitely often."""
    known: float
    """The share of the ceiling, in [0, 1], that comes from terms which occur in the language."""


class LexicalIndex:
    """Word search over the passages of an index, language by language."""

    def __init__(self, indexes: dict[str, tantivy.Index]) -> None:
        self._searchers = {
            lang: (index.schema, index.searcher()) for lang, index in sorted(indexes.items())
        }

    @classmethod
    def open(cls, folder: Path, generation: int) -> "LexicalIndex | None":
        """The index on disk of this generation of the store; None if it is missing or damaged."""
        target = folder / str(generation)
        marker = manifest.read(target / MARKER)
        if marker is None or manifest.changed(target, marker):
            return None
        try:
            found = cls({lang: _open(target / lang) for lang in manifest.folders(marker)})
        except (OSError, ValueError):  # it is being removed at this moment
            return None
        # The marker is written last and removed first: while it is there, so is everything else.
        return found if manifest.read(target / MARKER) == marker else None

    @classmethod
    def in_memory(cls, passages: Iterable[tuple[int, str | None, str]]) -> "LexicalIndex":
        """An index in memory.

        Args:
            passages: (chunk id, language, text) of each.
        """
        writers: dict[str, tuple[tantivy.Index, tantivy.IndexWriter]] = {}
        for chunk_id, lang, text in passages:
            name = group(lang)
            if name not in writers:
                index = _register(tantivy.Index(_schema()), name)
                writers[name] = (index, index.writer(_WRITER_HEAP_BYTES, 1))
            _add(writers[name][1], chunk_id, name, text)
        for index, writer in writers.values():
            writer.commit()
            index.reload()
        return cls({lang: index for lang, (index, _) in writers.items()})

    def search(
        self,
        query: str,
        k: int,
        langs: Sequence[str] = (),
        only: Sequence[int] | None = None,
    ) -> list[LexicalScores]:
        """The k best passages of every language in which a term of the query occurs.

        Okapi BM25 (Robertson et al. 1994; k1 = 1.2, b = 0.75). The query is analysed into terms;
        nothing in it is syntax.

        Args:
            query: a text.
            k: passages of each language.
            langs: languages to search; all if empty.
            only: chunk ids that may be found; all when left out.
        """
        found = (
            self._search(lang, query, k, only)
            for lang in self._searchers
            if not langs or lang in langs
        )
        return [scores for scores in found if scores is not None]

    def _search(
        self, lang: str, query: str, k: int, only: Sequence[int] | None
    ) -> LexicalScores | None:
        """The k best passages of one language; None where it has no term of the query."""
        schema, searcher = self._searchers[lang]
        terms = dict.fromkeys(query_terms(query, lang))
        counted = [(term, searcher.doc_freq("text", term)) for term in terms]
        weights = [_idf(searcher.num_docs, df) for _, df in counted]
        known = sum(idf for (_, df), idf in zip(counted, weights, strict=True) if df)
        parts = [
            (tantivy.Occur.Should, tantivy.Query.term_query(schema, "text", term, "freq"))
            for term, df in counted
            if df
        ]
        if not parts:
            return None
        wanted = tantivy.Query.boolean_query(parts)
        if only is not None:
            among = tantivy.Query.term_set_query(schema, "chunk", list(only))
            unscored = tantivy.Query.const_score_query(among, 0.0)
            both = [(tantivy.Occur.Must, unscored), (tantivy.Occur.Must, wanted)]
            wanted = tantivy.Query.boolean_query(both)
        hits = searcher.search(wanted, k, count=False).hits
        ids = searcher.fast_field_values("chunk", [address for _, address in hits])
        return LexicalScores(
            lang=lang,
            ids=np.array(ids, dtype=np.int64),
            scores=np.array([score for score, _ in hits], dtype=np.float32),
            ceiling=(_K1 + 1) * sum(weights),
            known=known / sum(weights),
        )


def write(
    folder: Path,
    generation: int,
    added: Iterable[tuple[int, str | None, str]],
    *,
    base: int | None = None,
    removed: Iterable[tuple[int, str | None]] = (),
) -> None:
    """Write the index of a generation to disk, beside the others; its marker is written last.

    Args:
        folder: the folder of all generations; made when missing.
        generation: of the store, which is about to be committed.
        added: (chunk id, language, text) of new passages; of all passages without a `base`.
        base: the generation to start from, whose files are shared by hard links.
        removed: (chunk id, language) of passages of the base that no longer exist.

    Raises:
        OSError: it cannot be written.
        ValueError: the same, reported by tantivy.
    """
    make_folder(folder)
    target = folder / str(generation)
    shutil.rmtree(target, ignore_errors=True)
    if base is None:
        make_folder(target)
    else:
        shutil.copytree(folder / str(base), target, copy_function=_share, ignore=_OWN_FILES)
    schema = _schema()
    writers: dict[str, tantivy.IndexWriter] = {}

    def writer(name: str) -> tantivy.IndexWriter:
        if name not in writers:
            path = target / name
            make_folder(path)
            writers[name] = _open(path).writer(_WRITER_HEAP_BYTES, 1)
        return writers[name]

    for chunk_id, lang in removed:
        # `delete_documents_by_term` reads the number as a signed one and finds nothing.
        own = tantivy.Query.term_query(schema, "chunk", chunk_id)
        writer(group(lang)).delete_documents_by_query(own)
    for chunk_id, lang, text in added:
        _add(writer(group(lang)), chunk_id, group(lang), text)
    for name, each in writers.items():
        each.commit()
        each.wait_merging_threads()
        sync_folder(
            target / name
        )  # tantivy does not sync the folder after the rename of its commit
    for path in target.iterdir():
        sync_folder(path)
    write_file(target / MARKER, manifest.of(target))
    sync_folder(folder)


def is_whole(folder: Path, generation: int) -> bool:
    """Whether the index of this generation of the store is on disk and undamaged."""
    target = folder / str(generation)
    marker = manifest.read(target / MARKER)
    return marker is not None and not manifest.changed(target, marker)


def check(folder: Path, generation: int, passages: Mapping[str | None, int]) -> list[str]:
    """What is wrong with the index of a generation on disk, a line each.

    A missing index is not a fault: searches make one in memory and the next run writes one.

    Args:
        folder: the folder of all generations.
        generation: of the store.
        passages: the number of passages in the store, by language.
    """
    target = folder / str(generation)
    if not (target / MARKER).exists():
        return []
    marker = manifest.read(target / MARKER)
    if marker is None:
        return [f"{MARKER} of the word index cannot be read"]
    if changed := manifest.changed(target, marker):
        return [f"the file {path} of the word index has changed" for path in changed]
    expected: Counter[str] = Counter()
    for lang, count in passages.items():
        expected[group(lang)] += count
    held = {lang: _open(target / lang).searcher().num_docs for lang in manifest.folders(marker)}
    return [
        f"the word index for {lang} holds {held.get(lang, 0)} passages, not {expected[lang]}"
        for lang in sorted(expected.keys() | held.keys())
        if held.get(lang, 0) != expected[lang]
    ]


def is_worn(folder: Path, generation: int, removed: Iterable[tuple[int, str | None]]) -> bool:
    """Whether too much of a generation is deleted to be the base of one without these passages.

    tantivy counts deleted passages in its statistics until it merges their segment, which may be
    never: words would seem more frequent than they are, and the remaining passages would rank
    differently.
    """
    dead = Counter(group(lang) for _, lang in removed)
    try:
        for path in (folder / str(generation)).iterdir():
            if path.is_dir():
                meta = json.loads((path / "meta.json").read_text(encoding="utf-8"))
                dead[path.name] += sum(_deleted(segment) for segment in meta["segments"])
                total = sum(segment["max_doc"] for segment in meta["segments"])
                if dead[path.name] > _MOST_DELETED * total:
                    return True
    except (OSError, ValueError, LookupError, TypeError):
        return True  # the generation is missing
    return False


def _schema() -> tantivy.Schema:
    builder = tantivy.SchemaBuilder()
    builder.add_unsigned_field("chunk", stored=False, indexed=True, fast=True)
    builder.add_text_field("text", tokenizer_name="terms", index_option="freq")
    return builder.build()


def _open(path: Path) -> tantivy.Index:
    return _register(tantivy.Index(_schema(), str(path)), path.name)


def _register(index: tantivy.Index, lang: str) -> tantivy.Index:
    index.register_tokenizer("terms", analyzer(lang))
    return index


def _add(writer: tantivy.IndexWriter, chunk_id: int, lang: str, text: str) -> None:
    document = tantivy.Document()
    document.add_unsigned("chunk", chunk_id)
    document.add_text("text", fold(text, lang))
    writer.add_document(document)


def _deleted(segment: dict[str, Any]) -> int:
    deletes: dict[str, int] = segment["deletes"] or {}
    return deletes.get("num_deleted_docs", 0)


def _idf(n: int, df: int) -> float:
    df = min(df, n)  # df may count deleted passages
    return math.log1p((n - df + 0.5) / (df + 0.5))


def _share(source: str, target: str) -> None:
    """Link a file, since tantivy replaces files and never changes one; copy it where that fails."""
    try:
        os.link(source, target)
    except OSError:  # a file system without hard links
        shutil.copy2(source, target)
