"""BM25 by tantivy: one index per language, derived from the store and never needed for truth.

A language has an index of its own so that document frequencies and lengths are those of the
language: in one common index a rare French word among English articles would weigh too much.
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
import numpy.typing as npt
import tantivy

from semsearch.disk import MARKER, make_folder, manifest, sync_folder, write_file
from semsearch.lexical.analysis import analyzer, fold, group, query_terms

LEXICAL = "lexical"
"""Folder of the lexical index inside the index folder."""
_K1 = 1.2  # tantivy's, fixed
_OWN_FILES = shutil.ignore_patterns(MARKER, "*.lock")
_WRITER_HEAP_BYTES = 15_000_000  # tantivy's minimum
_MOST_DELETED = 0.05
"""Share of a language's passages: its statistics are off by that much at most."""


@dataclass(frozen=True, slots=True)
class LexicalScores:
    """What one language has to say of a query."""

    lang: str
    ids: npt.NDArray[np.int64]
    """(m,) chunk ids, best first."""
    scores: npt.NDArray[np.float32]
    """(m,) BM25."""
    ceiling: float
    """The score that no passage can pass: every term of the query, endlessly often."""
    known: float
    """The part of the ceiling, in [0, 1], that is of terms which the language holds."""


class LexicalIndex:
    """The passages of an index, language by language."""

    def __init__(self, indexes: dict[str, tantivy.Index]) -> None:
        self._searchers = {
            lang: (index.schema, index.searcher()) for lang, index in sorted(indexes.items())
        }

    @classmethod
    def open(cls, folder: Path, generation: int) -> "LexicalIndex | None":
        """The index on disk of this generation of the store, or None when it is not there."""
        target = folder / str(generation)
        marker = manifest.read(target / MARKER)
        if marker is None or manifest.changed(target, marker):
            return None
        try:
            found = cls({lang: _open(target / lang) for lang in manifest.folders(marker)})
        except (OSError, ValueError):  # it is just being removed
            return None
        # Written when all else is there, taken away before anything else is.
        return found if manifest.read(target / MARKER) == marker else None

    @classmethod
    def in_memory(cls, passages: Iterable[tuple[int, str | None, str]]) -> "LexicalIndex":
        """An index of (chunk id, language, text) that lives as long as this process."""
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
        """The k best passages of every language that knows a term of the query.

        Those of some languages only, if `langs` has any, and of some chunk ids only, unless `only`
        is None.

        Okapi BM25 (Robertson et al. 1994; k1 = 1.2, b = 0.75). The query is made of terms: nothing
        in it is read as syntax.
        """
        found = []
        for lang, (schema, searcher) in self._searchers.items():
            if langs and lang not in langs:
                continue
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
                continue
            wanted = tantivy.Query.boolean_query(parts)
            if only is not None:
                among = tantivy.Query.term_set_query(schema, "chunk", list(only))
                silent = tantivy.Query.const_score_query(among, 0.0)
                both = [(tantivy.Occur.Must, silent), (tantivy.Occur.Must, wanted)]
                wanted = tantivy.Query.boolean_query(both)
            hits = searcher.search(wanted, k, count=False).hits
            ids = searcher.fast_field_values("chunk", [address for _, address in hits])
            scores = np.array([score for score, _ in hits], dtype=np.float32)
            found.append(
                LexicalScores(
                    lang=lang,
                    ids=np.array(ids, dtype=np.int64),
                    scores=scores,
                    ceiling=(_K1 + 1) * sum(weights),
                    known=known / sum(weights),
                )
            )
        return found


def write(
    folder: Path,
    generation: int,
    added: Iterable[tuple[int, str | None, str]],
    *,
    base: int | None = None,
    removed: Iterable[tuple[int, str | None]] = (),
) -> None:
    """Put the index of a generation on disk, beside the others; its marker is written last.

    Args:
        folder: where the generations live; made when missing.
        generation: of the store, to be.
        added: (chunk id, language, text) of new passages, or of all without `base`.
        base: the generation to start from, whose files are shared.
        removed: (chunk id, language) of passages of the base that are no more.

    Raises:
        OSError: it cannot be written.
        ValueError: the same, where tantivy says it.
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
        # `delete_documents_by_term` takes the number for a signed one and finds nothing.
        own = tantivy.Query.term_query(schema, "chunk", chunk_id)
        writer(group(lang)).delete_documents_by_query(own)
    for chunk_id, lang, text in added:
        _add(writer(group(lang)), chunk_id, group(lang), text)
    for name, each in writers.items():
        each.commit()
        each.wait_merging_threads()
        sync_folder(target / name)  # tantivy leaves the renaming of its commit unsynced
    for path in target.iterdir():
        sync_folder(path)
    write_file(target / MARKER, manifest.of(target))
    sync_folder(folder)


def is_whole(folder: Path, generation: int) -> bool:
    """Whether the index of this generation of the store is on disk, as it was written."""
    target = folder / str(generation)
    marker = manifest.read(target / MARKER)
    return marker is not None and not manifest.changed(target, marker)


def check(folder: Path, generation: int, passages: Mapping[str | None, int]) -> list[str]:
    """What is wrong with the index on disk of a generation, a line each.

    Where there is none nothing is wrong: searches make one, and so does the next run.

    Args:
        folder: where the generations live.
        generation: of the store.
        passages: how many the store holds, by language.
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
    """Whether a generation is no good base for one without these passages.

    tantivy counts removed passages in its statistics until it merges their segment, which may be
    never: words would seem commoner than they are, and passages that remain rank otherwise.
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
        return True  # it is not there
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
    df = min(df, n)  # which may count passages that were removed
    return math.log1p((n - df + 0.5) / (df + 0.5))


def _share(source: str, target: str) -> None:
    """The same file under another name: tantivy replaces files and never writes into one."""
    try:
        os.link(source, target)
    except OSError:  # a file system without hard links
        shutil.copy2(source, target)
