"""Ranked passages to hits: fetched from the store, with the sentences that answer marked."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import NamedTuple

import numpy as np

from semsearch.config import VERBATIM_SUFFIXES
from semsearch.encoders.reranker import load_reranker
from semsearch.errors import IndexDamaged, InputError
from semsearch.ranking import RankedPassages, relevance
from semsearch.request import Request
from semsearch.searching.feedback import ResolvedRequest
from semsearch.searching.highlight import Highlights, Passage, highlight
from semsearch.searching.searcher import Searcher
from semsearch.searching.timings import Timings
from semsearch.store import Facts, Filter, Reader
from semsearch.text import sentence_spans
from semsearch.types import (
    MIN_RELEVANCE,
    Copy,
    Document,
    Explanation,
    Hit,
    Scores,
    SearchResult,
)

_RERANKED = 30
"""Best hits that a cross-encoder reorders, at least. A choice (2026-11-23): how many of them it
gets to depends on the time budget."""


_LEAST_WITH_WORDING = float(np.nextafter(np.float32(MIN_RELEVANCE), np.float32(1)))
"""The least relevance of a hit that has a phrase or the beginning of a word that was asked for."""


class _Stored(NamedTuple):
    """A passage of a ranking, as the store has it."""

    chunk_id: int
    document: Document
    start: int
    end: int
    similar: tuple[Copy, ...]

    @property
    def text(self) -> str:
        return self.document.text[self.start : self.end]


def find_article(reader: Reader, path_or_id: str, base: str = "") -> int:
    """The row id of an article by its doc_id, or its path, relative to the folder `base`.

    Raises InputError where the index does not hold it.
    """
    document_id = reader.find_document(path_or_id, base)
    if document_id is None:
        raise InputError(
            f"the index in {reader.folder} holds no article {path_or_id}. "
            "Name one by the doc_id that a search shows, or by its path."
        )
    return document_id


def answer(
    resolved: ResolvedRequest,
    reader: Reader,
    searcher: Searcher,
    timings: Timings,
    *,
    highlights: bool = True,
) -> SearchResult:
    """The hits for a request, with marked sentences and words unless `highlights` is off.

    Call inside a snapshot of the reader.
    """
    request = resolved.request
    ranked = _ranked(resolved, reader, searcher, timings)
    with timings.measure("fetch"):
        ranked, relevances = _relevant(ranked, resolved)
        passages = _fetched(ranked, request, searcher, reader)
    marks = [Highlights((), ())] * len(passages)
    if highlights and passages:
        with timings.measure("highlight"):
            marks = _marks(passages, relevances, resolved, searcher, reader)
    hits = tuple(
        _hit(position, passage, marks[position], ranked, relevances, explain=request.explain)
        for position, passage in enumerate(passages)
    )
    return SearchResult(resolved.display_query, request.mode, hits, timings.with_total())


def _ranked(
    resolved: ResolvedRequest, reader: Reader, searcher: Searcher, timings: Timings
) -> RankedPassages:
    """The best passages, reordered by a cross-encoder where the request names one."""
    request = resolved.request
    search = partial(
        searcher.search,
        vector=resolved.vector,
        reader=reader,
        timings=timings,
        excluded=resolved.excluded,
        wording=resolved.wording,
    )
    if not request.rerank:
        return search(request)
    ranked = search(replace(request, k=max(_RERANKED, request.k)))
    reranker = load_reranker(request.rerank)
    with timings.measure("rerank"):
        ids = searcher.table.ids[ranked.rows].tolist()
        texts = reader.passage_texts(ids)
        scores = reranker.score(request.query, [texts[id_] for id_ in ids], request.budget_ms)
    # What the cross-encoder had no time to read follows in the order before.
    order = [*np.argsort(-scores, kind="stable").tolist(), *range(len(scores), len(ids))]
    cross = np.full(len(ids), np.nan, dtype=np.float32)
    cross[: len(scores)] = scores
    ranked = replace(ranked, evidence={**ranked.evidence, "rerank": cross})
    return ranked.take(order).take(slice(request.k))


def _relevant(ranked: RankedPassages, resolved: ResolvedRequest) -> tuple[RankedPassages, Scores]:
    """The passages that are relevant enough, and the relevance of each, (m,).

    Reordered hits have at most the relevance of those before them. What has the phrase that was
    asked for is worth showing, however little it resembles the query otherwise.
    """
    request = resolved.request
    relevances = relevance(ranked.scores, ranked.mode, ranked.searched)
    if resolved.wording.required:
        relevances = relevances.clip(min=_LEAST_WITH_WORDING)
    relevances = np.minimum.accumulate(relevances)
    kept = np.flatnonzero(relevances >= request.min_relevance)
    return ranked.take(kept), relevances[kept]


def _fetched(
    ranked: RankedPassages, request: Request, searcher: Searcher, reader: Reader
) -> list[_Stored]:
    """The passages with their articles and the copies of these, from rows that were checked."""
    chunk_ids = searcher.table.ids[ranked.rows].tolist()
    document_ids = searcher.table.documents[ranked.rows].tolist()
    spans = reader.spans(chunk_ids)
    documents = reader.documents(sorted(set(document_ids)))
    _check_filter(request, documents, reader)
    folded = [row for article in document_ids for row in ranked.copies.get(article, ())]
    copies = {row: _copy(document) for row, document in reader.documents(folded).items()}
    return [
        _Stored(
            chunk_id,
            documents[document_id],
            *spans[chunk_id],
            tuple(copies[row] for row in ranked.copies.get(document_id, ())),
        )
        for chunk_id, document_id in zip(chunk_ids, document_ids, strict=True)
    ]


def _check_filter(request: Request, documents: Mapping[int, Document], reader: Reader) -> None:
    """Raise IndexDamaged where an article, now checked, does not pass the filter after all."""
    conditions = Filter(request)
    if conditions:
        relative = {each.document: each.relative for each in reader.facts(documents)}
        for row, document in documents.items():
            facts = Facts(row, document.date, document.path, relative[row], document.metadata)
            if not conditions.lets_through(facts):
                raise IndexDamaged(reader.folder, f"the article {document.doc_id} has changed")


def _marks(
    passages: Sequence[_Stored],
    relevances: Scores,
    resolved: ResolvedRequest,
    searcher: Searcher,
    reader: Reader,
) -> list[Highlights]:
    """The words to mark in each passage, and the sentences where it is relevant enough."""
    answers = [relevances[i] >= MIN_RELEVANCE for i in range(len(passages))]
    asked = [
        Passage(
            stored.text,
            stored.document.title,
            stored.document.lang,
            sentence_spans(stored.text) if may_answer else (),
        )
        for stored, may_answer in zip(passages, answers, strict=True)
    ]
    sentences = {
        stored.chunk_id: [passage.text[start:end] for start, end in passage.sentences]
        for stored, passage in zip(passages, asked, strict=True)
        if passage.sentences
    }
    query = resolved.request.query
    shares = searcher.tokens.sentence_shares(query, sentences, reader)
    return highlight(query, asked, shares, resolved.wording.required)


def _hit(
    position: int,
    passage: _Stored,
    marks: Highlights,
    ranked: RankedPassages,
    relevances: Scores,
    *,
    explain: bool,
) -> Hit:
    """The hit at a position of a ranking; its place in the file is that of the best sentence."""
    document = passage.document
    place = passage.start + (marks.sentences[0][0] if marks.sentences else 0)
    return Hit(
        rank=position + 1,
        score=float(ranked.scores[position]),
        doc_id=document.doc_id,
        path=document.path,
        title=document.title,
        lang=document.lang,
        date=document.date,
        start=passage.start,
        end=passage.end,
        text=passage.text,
        line=_line(document, place),
        page=sum(offset <= place for offset in document.pages) or None,
        highlights=marks.sentences,
        matches=marks.matches,
        relevance=float(relevances[position]),
        similar=passage.similar,
        explanation=_explanation(ranked, position) if explain else None,
    )


def _copy(document: Document) -> Copy:
    return Copy(document.doc_id, document.path, document.title, document.lang)


def _explanation(ranked: RankedPassages, position: int) -> Explanation:
    """Parts and evidence of one score, without those that were not measured (NaN)."""
    parts, evidence = (
        {
            name: float(values[position])
            for name, values in each.items()
            if not np.isnan(values[position])
        }
        for each in (ranked.parts, ranked.evidence)
    )
    return Explanation(parts, evidence)


def _line(document: Document, place: int) -> int | None:
    """The line of the file that holds an offset of the text."""
    line = document.line
    if line is not None and Path(document.path).suffix.lower() in VERBATIM_SUFFIXES:
        line += document.text.count("\n", 0, place)
    return line
