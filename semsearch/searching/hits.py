"""Ranked passages to hits: fetched from the store, with the sentences that answer marked."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from semsearch.config import VERBATIM_SUFFIXES
from semsearch.encoders.reranker import load_reranker
from semsearch.errors import IndexDamaged, InputError
from semsearch.ranking import Ranked, relevance
from semsearch.request import Request
from semsearch.searching.feedback import Target
from semsearch.searching.highlight import Highlights, highlight
from semsearch.searching.searcher import Searcher
from semsearch.store import Facts, Filter, Reader
from semsearch.text import sentence_spans
from semsearch.types import Copy, Document, Explanation, Hit, Scores, SearchResult


def find_article(reader: Reader, path_or_id: str, base: str = "") -> int:
    """The row id of an article by its doc_id, or its path, relative to the folder `base`.

    Raises InputError where there is none.
    """
    document_id = reader.find_document(path_or_id, base)
    if document_id is None:
        raise InputError(
            f"the index in {reader.folder} holds no article {path_or_id}. "
            "Name one by the doc_id that a search shows, or by its path."
        )
    return document_id


_RERANKED = 30
"""Best hits that a cross-encoder may order anew, at least."""


def answer(
    wanted: Target,
    reader: Reader,
    searcher: Searcher,
    timings: dict[str, float],
    *,
    highlights: bool = True,
) -> SearchResult:
    """The hits for what is wanted, what of each answers marked unless that is not asked for.

    Call inside a snapshot of the reader.
    """
    request = wanted.request
    deeper = replace(request, k=max(_RERANKED, request.k)) if request.rerank else request
    ranked = searcher.search(deeper, wanted.vector, reader, timings=timings, without=wanted.without)
    if request.rerank:
        ranked = _reranked(ranked, request, reader, searcher, timings).at(slice(request.k))
    began = time.perf_counter()
    relevances = _relevances(ranked)
    if relevances is not None:
        kept = np.flatnonzero(relevances >= request.min_relevance)
        ranked, relevances = ranked.at(kept), relevances[kept]
    chunk_ids = searcher.table.ids[ranked.rows].tolist()
    document_ids = searcher.table.documents[ranked.rows].tolist()
    spans = reader.spans(chunk_ids)
    documents = reader.documents(sorted(set(document_ids)))
    _refuse_unwanted(request, documents, reader)
    folded = [row for article in document_ids for row in ranked.copies.get(article, ())]
    copies = {row: _copy(document) for row, document in reader.documents(folded).items()}
    passages = [
        (documents[document_id], *spans[chunk_id])
        for chunk_id, document_id in zip(chunk_ids, document_ids, strict=True)
    ]
    timings["fetch"] = (time.perf_counter() - began) * 1000
    marks = [Highlights((), ())] * len(passages)
    if highlights and passages:
        began = time.perf_counter()
        marks = _marks(chunk_ids, passages, wanted, searcher, reader)
        timings["highlight"] = (time.perf_counter() - began) * 1000
    hits = tuple(
        Hit(
            rank=place + 1,
            score=float(ranked.scores[place]),
            doc_id=document.doc_id,
            path=document.path,
            title=document.title,
            lang=document.lang,
            date=document.date,
            start=start,
            end=end,
            text=document.text[start:end],
            line=_line(document, start),
            page=sum(offset <= start for offset in document.pages) or None,
            highlights=marks[place].sentences,
            matches=marks[place].matches,
            relevance=None if relevances is None else float(relevances[place]),
            similar=tuple(copies[row] for row in ranked.copies.get(document_ids[place], ())),
            explanation=_explanation(ranked, place) if request.explain else None,
        )
        for place, (document, start, end) in enumerate(passages)
    )
    return SearchResult(wanted.shown, request.mode, hits, _with_total(timings))


def _reranked(
    ranked: Ranked, request: Request, reader: Reader, searcher: Searcher, timings: dict[str, float]
) -> Ranked:
    """First those that the cross-encoder had the time to read, in its order, then the others."""
    assert request.rerank
    reranker = load_reranker(request.rerank)
    began = time.perf_counter()
    ids = searcher.table.ids[ranked.rows].tolist()
    texts = reader.passage_texts(ids)
    scores = reranker.score(request.query, [texts[id_] for id_ in ids], request.budget_ms)
    timings["rerank"] = (time.perf_counter() - began) * 1000
    order = [*np.argsort(-scores, kind="stable").tolist(), *range(len(scores), len(ids))]
    cross = np.full(len(ids), np.nan, dtype=np.float32)
    cross[: len(scores)] = scores
    return replace(ranked, evidence={**ranked.evidence, "rerank": cross}).at(order)


def _marks(
    chunk_ids: Sequence[int],
    passages: Sequence[tuple[Document, int, int]],
    wanted: Target,
    searcher: Searcher,
    reader: Reader,
) -> list[Highlights]:
    """What of each passage answers."""
    texts = [document.text[start:end] for document, start, end in passages]
    spans = [sentence_spans(text) for text in texts]
    sentences = [[text[a:b] for a, b in each] for text, each in zip(texts, spans, strict=True)]
    vectors = searcher.alignment.sentence_vectors(chunk_ids, sentences, reader)
    langs = [document.lang for document, _, _ in passages]
    return highlight(wanted.request.query, texts, langs, spans, vectors @ wanted.vector[0])


def _refuse_unwanted(request: Request, documents: Mapping[int, Document], reader: Reader) -> None:
    """Raise IndexDamaged where an article, now checked, is not what the filter took it for."""
    conditions = Filter(request)
    if conditions:
        relative = {each.document: each.relative for each in reader.facts(documents)}
        for row, document in documents.items():
            facts = Facts(row, document.date, document.path, relative[row], document.metadata)
            if not conditions.lets_through(facts):
                raise IndexDamaged(reader.folder, f"the article {document.doc_id} has changed")


def _relevances(ranked: Ranked) -> "Scores | None":
    """(m,) None where there is not the evidence to tell."""
    if "alignment" not in ranked.evidence:
        return None
    return relevance(
        **{name: values for name, values in ranked.evidence.items() if name != "rerank"}
    )


def _copy(document: Document) -> Copy:
    return Copy(document.doc_id, document.path, document.title, document.lang)


def _explanation(ranked: Ranked, place: int) -> Explanation:
    parts, evidence = (
        {
            name: float(values[place])
            for name, values in each.items()
            if values[place] == values[place]
        }
        for each in (ranked.parts, ranked.evidence)
    )
    return Explanation(parts, evidence)


def _with_total(timings: Mapping[str, float]) -> dict[str, float]:
    rounded = {part: round(ms, 3) for part, ms in timings.items()}
    return rounded | {"total": round(sum(timings.values()), 3)}


def _line(document: Document, start: int) -> int | None:
    """The line of the file at which a passage begins."""
    line = document.line
    if line is not None and Path(document.path).suffix.lower() in VERBATIM_SUFFIXES:
        line += document.text.count("\n", 0, start)
    return line
