"""Answering queries from one state of the index: candidates, scores, the best of each article."""

import time
from collections.abc import Collection, Sequence
from dataclasses import replace
from functools import partial

import numpy as np

from semsearch.lexical import LEXICAL, LexicalIndex
from semsearch.ranking import (
    CopyFinder,
    LexicalVote,
    Ranked,
    article_vectors,
    background,
    dense_part,
    first_of_each,
    lexical_part,
)
from semsearch.request import Request
from semsearch.searching.alignment import Alignment
from semsearch.store import ChunkTable, Filter, Passing, Reader, read_table
from semsearch.types import Embeddings, Encoder, Mode, Rows, Scores
from semsearch.vectors import ANN, CodeIndex, VectorIndex, open_stored

_DEPTH = 200
"""Candidates from each ranking, at least."""
_DEPTH_OF_LANGUAGE = 50
"""Candidates from the word index of each of many languages, at least."""
_FEW = 10_000
"""Passages that a filter lets through, up to which the word index looks at no others."""
_SAMPLE = 256
"""Passages of a language that tell its background."""
_AHEAD = 5
"""Articles beyond those wanted among which copies are looked for, at least."""


def open_searcher(reader: Reader, encoder: Encoder, *, derived: bool = True) -> "Searcher":
    """The committed state of an index, in memory.

    A lexical index of another generation is ignored and one made in memory: it is derived from the
    passages, which are the truth. Without the approximate index, where it is not there or not
    `derived` from, every vector is read from the store and compared.
    """
    stored = open_stored(reader.folder / ANN, encoder.fingerprint) if derived else None
    table = read_table(reader, encoder.dim, stored)
    lexical = LexicalIndex.open(reader.folder / LEXICAL, table.generation)
    lexical = lexical or LexicalIndex.in_memory(reader.passages())
    return Searcher(table, lexical, encoder, stored.codes if stored else None)


class Searcher:
    """One generation of an index in memory. Threads may share it."""

    def __init__(
        self,
        table: ChunkTable,
        lexical: LexicalIndex,
        encoder: Encoder,
        codes: CodeIndex | None = None,
    ) -> None:
        self.table = table
        self._vectors = VectorIndex(table.vectors, codes)
        self._lexical = lexical
        self.alignment = Alignment(table, encoder)
        self._copies: CopyFinder | None = None
        self._passing = Passing()
        of_language = [np.flatnonzero(table.langs == i) for i in range(len(table.lang_names))]
        samples = [rows[:: -(-len(rows) // _SAMPLE) or 1] for rows in of_language]
        self._sample = table.vectors.take(np.concatenate([np.empty(0, np.int64), *samples]))
        self._borders = np.cumsum([len(rows) for rows in samples])[:-1]

    def search(
        self,
        request: Request,
        vector: Embeddings,
        reader: Reader,
        *,
        timings: dict[str, float],
        without: Collection[int] = (),
    ) -> Ranked:
        """The best passages, one for each article unless the request wants all of them.

        Args:
            request: what is asked.
            vector: (1, d) the query, for the dense ranking; zero when no token is known.
            reader: for the text of the best, in a snapshot of this state of the index.
            timings: gains the milliseconds of each part.
            without: row ids of articles to leave out.
        """
        allowed = self._allowed(request, reader, without)
        total = len(self.table.ids) if allowed is None else len(allowed)
        if not total:
            return Ranked(np.empty(0, np.int64), np.empty(0, np.float32), {}, {})
        depth = max(_DEPTH, 4 * request.k)
        while True:
            ranked = self._candidates(request, vector, depth, allowed, timings)
            if request.mode is Mode.HYBRID and len(ranked.rows):
                began = time.perf_counter()
                ranked = self.alignment.ordered(ranked, request, reader)
                _add_time(timings, "align", began)
            best = ranked if request.passages else ranked.at(self._first_of_articles(ranked.rows))
            wanted, per_lang = request.k, request.per_lang
            if per_lang:  # twice as many, as half of them may be copies
                best = best.at(self._first_of_languages(best.rows, 2 * per_lang))
                wanted = len(best.rows)
            if not (request.passages or request.all_copies):
                began = time.perf_counter()
                best = self._folded(best, wanted, reader)
                _add_time(timings, "fold", began)
            if per_lang:
                best = best.at(self._first_of_languages(best.rows, per_lang))
            if len(best.rows) >= request.k or depth >= total:
                return best.at(slice(request.k))
            depth *= 4

    def _allowed(self, request: Request, reader: Reader, without: Collection[int]) -> "Rows | None":
        """The rows that may be found; None for all."""
        conditions = Filter(request)
        if not (request.langs or conditions or without):
            return None
        keep = np.ones(len(self.table.ids), dtype=bool)
        if request.langs:
            wanted = [i for i, name in enumerate(self.table.lang_names) if name in request.langs]
            keep &= np.isin(self.table.langs, wanted)
        for document in without:
            keep &= self.table.documents != document
        if conditions:
            passing = self._passing.documents(conditions, reader)
            keep &= np.isin(self.table.documents, passing)
        return np.flatnonzero(keep)

    def _candidates(
        self,
        request: Request,
        vector: Embeddings,
        depth: int,
        allowed: "Rows | None",
        timings: dict[str, float],
    ) -> Ranked:
        mode = request.mode
        votes: list[LexicalVote] = []
        near = np.empty(0, dtype=np.int64)
        if mode is not Mode.DENSE:
            began = time.perf_counter()
            votes = self._votes(request, depth, allowed)
            _add_time(timings, "lexical", began)
        if mode is not Mode.LEXICAL and vector.any():
            began = time.perf_counter()
            near = self._vectors.search(vector, depth, allowed).rows[0]
            _add_time(timings, "dense", began)
        began = time.perf_counter()
        rows = _distinct([near, *(vote.rows for vote in votes)])
        parts, evidence = self._parts(rows, vector, request, votes)
        scores = sum(parts.values(), np.zeros(len(rows), dtype=np.float32))
        ranked = Ranked(rows, scores, parts, evidence).at(np.lexsort((rows, -scores)))
        _add_time(timings, "fusion", began)
        return ranked

    def _parts(
        self, rows: Rows, vector: Embeddings, request: Request, votes: Sequence[LexicalVote]
    ) -> tuple[dict[str, Scores], dict[str, Scores]]:
        """Parts and evidence of the scores of candidates, (c,) each; rows ascending."""
        mode = request.mode
        shares = _lexical_shares(rows, votes)
        if mode is Mode.LEXICAL:
            return {"lexical": shares}, {}
        cosines = self.table.vectors.cosines(vector, rows)
        if mode is Mode.DENSE:
            return {"dense": cosines}, {}
        langs = self.table.langs[rows]
        own = self.alignment.own
        usual = own.usual_cosines if own else None
        of = background(np.split(self._sample @ vector[0], self._borders), usual)
        deviations = (cosines - of.mean[langs]) / of.deviation[langs]
        known = np.zeros(len(self.table.lang_names), dtype=np.float32)
        for vote in votes:
            known[vote.lang] = vote.known
        dense = dense_part(deviations)
        if own and request.query.strip() and not own.can_read(request.query):
            dense = np.zeros_like(dense)
        return (
            {"dense": dense, "lexical": lexical_part(rows, langs, votes)},
            {"deviations": deviations, "shares": shares, "known": known[langs]},
        )

    def _folded(self, ranked: Ranked, k: int, reader: Reader) -> Ranked:
        """The best of articles without the copies of better ones."""
        rows = ranked.rows
        articles = self.table.documents[rows].tolist()
        langs = self.table.langs[rows]
        folding = self._finder().folding(partial(self.alignment.stories, reader=reader))
        ahead = max(_AHEAD, k // 2)
        while len(folding.folded) < k and len(folding.articles) < len(rows):
            first = len(folding.articles)
            near = slice(first, max(first, k) + ahead)
            folding.add(articles[near], langs[near], self._passages_of(articles[near]))
        copies = {
            articles[head]: [articles[place] for place in places]
            for head, places in folding.folded.items()
        }
        return replace(ranked.at(list(folding.folded)), copies=copies)

    def _finder(self) -> CopyFinder:
        if self._copies is None:
            articles = self.table.documents[:: max(1, len(self.table.ids) // _SAMPLE)]
            sample = self.article_vectors(sorted(set(articles.tolist())))
            self._copies = CopyFinder(sample)
        return self._copies

    def article_vectors(self, articles: Sequence[int]) -> Embeddings:
        """(a, d) the mean of each article's passages, unit rows."""
        return article_vectors(self._passages_of(articles))

    def _passages_of(self, articles: Sequence[int]) -> list[Embeddings]:
        """(m, d) the vectors of each article's passages."""
        return [self.table.vectors.take(rows) for rows in self.table.rows_of(articles)]

    def _votes(self, request: Request, depth: int, allowed: "Rows | None") -> list[LexicalVote]:
        few = allowed is not None and len(allowed) <= _FEW
        only = self.table.ids[allowed].tolist() if few else None
        if allowed is not None and not few:
            depth *= -(-len(self.table.ids) // len(allowed))
        langs = len(request.langs) or len(self.table.lang_names)
        if depth < len(self.table.ids):  # else all are wanted
            depth = max(_DEPTH_OF_LANGUAGE, depth // max(1, langs))
        answers = self._lexical.search(request.query, depth, request.langs, only)
        if not answers:
            return []
        # The language that knows most of the query says what a full match is worth, to all alike:
        # an article in another language can share no more than the names in it.
        ceiling = max(answers, key=lambda found: found.known).ceiling
        votes = []
        for found in answers:
            rows = np.searchsorted(self.table.ids, found.ids).clip(max=len(self.table.ids) - 1)
            keep = (
                self.table.ids[rows] == found.ids
            )  # a later commit may have removed or added some
            if allowed is not None:
                keep &= np.isin(rows, allowed)
            lang = self.table.lang_names.index(found.lang)
            shares = np.minimum(found.scores / ceiling, 1)
            votes.append(LexicalVote(lang, rows[keep], shares[keep], found.known))
        return votes

    def _first_of_articles(self, rows: Rows) -> list[int]:
        """The places in a ranking at which an article comes first."""
        return list(first_of_each(self.table.documents[rows].tolist(), 1))

    def _first_of_languages(self, rows: Rows, most: int) -> list[int]:
        """The places in a ranking up to which a language has come no oftener."""
        return list(first_of_each(self.table.langs[rows].tolist(), most))


def _distinct(parts: Sequence[Rows]) -> Rows:
    """All rows once, ascending. `np.unique` imports numpy.ma at its first call, 7 ms."""
    rows = np.sort(np.concatenate(parts))
    return rows[np.r_[True, rows[1:] != rows[:-1]]] if len(rows) else rows


def _lexical_shares(rows: Rows, votes: Sequence[LexicalVote]) -> Scores:
    shares = np.zeros(len(rows), dtype=np.float32)
    for vote in votes:
        shares[np.searchsorted(rows, vote.rows)] = vote.shares
    return shares


def _add_time(timings: dict[str, float], part: str, began: float) -> None:
    timings[part] = timings.get(part, 0.0) + (time.perf_counter() - began) * 1000
