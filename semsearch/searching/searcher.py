"""Answering queries from one state of the index: candidates, scores, the best of each article."""

from collections.abc import Collection, Sequence
from dataclasses import replace
from functools import partial

import numpy as np

from semsearch.lexical import LEXICAL_FOLDER, LexicalIndex
from semsearch.ranking import (
    CopyFinder,
    LexicalMatches,
    RankedPassages,
    article_vectors,
    background,
    dense_part,
    first_per_group,
    lexical_part,
)
from semsearch.request import Request
from semsearch.searching.alignment import Alignment
from semsearch.searching.timings import Timings
from semsearch.store import ChunkTable, Filter, Passing, Reader, read_table
from semsearch.types import Embeddings, Encoder, Mode, Rows, Scores
from semsearch.vectors import ANN_FOLDER, CodeIndex, VectorIndex, open_stored

_DEPTH = 200
"""Candidates from each ranking, at least. A choice (2026-11-23); four times as many where these are
not enough for k hits."""
_DEPTH_OF_LANGUAGE = 50
"""Candidates from the word index of each language where there are many, at least. A choice
(2026-11-23)."""
_FEW = 10_000
"""Passages that a filter lets through, up to which the word index is given their ids; beyond, it is
asked for more and its answer filtered. A choice (2026-11-23)."""
_SAMPLE = 256
"""Passages of a language from which its background is estimated, and articles from which their
usual similarity is. A choice (2026-11-23)."""
_AHEAD = 5
"""Articles beyond the k-th that are compared to find copies of better ones, at least. A choice
(2026-11-23)."""


def open_searcher(reader: Reader, encoder: Encoder, *, derived: bool = True) -> "Searcher":
    """The committed state of an index, in memory.

    A lexical index of another generation is ignored and one made in memory: it is derived from the
    passages, which are the truth. Where there is no approximate index, or it must not be used,
    every vector is read from the store and compared.

    Args:
        reader: of the index.
        encoder: the model of the index.
        derived: whether the approximate index on disk may be used.
    """
    stored = open_stored(reader.folder / ANN_FOLDER, encoder.fingerprint) if derived else None
    table = read_table(reader, encoder.dim, stored)
    lexical = LexicalIndex.open(reader.folder / LEXICAL_FOLDER, table.generation)
    lexical = lexical or LexicalIndex.in_memory(reader.passages())
    codes = stored.codes if stored else None
    return Searcher(table, lexical, encoder, reader.meta().aligner, codes)


class Searcher:
    """One generation of an index in memory. Threads may share it."""

    def __init__(
        self,
        table: ChunkTable,
        lexical: LexicalIndex,
        encoder: Encoder,
        stored_aligner: str,
        codes: CodeIndex | None = None,
    ) -> None:
        self.table = table
        self._vectors = VectorIndex(table.vectors, codes)
        self._lexical = lexical
        self.alignment = Alignment(table, encoder, stored_aligner)
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
        timings: Timings,
        excluded: Collection[int] = (),
    ) -> RankedPassages:
        """The best passages, one for each article unless the request wants all of them.

        Args:
            request: what the user asked.
            vector: (1, d) the query, for the dense ranking; zero when it has no known token.
            reader: for the text of the best, in a snapshot of this state of the index.
            timings: gains the time of each part.
            excluded: row ids of articles to leave out.
        """
        allowed = self._allowed(request, reader, excluded)
        total = len(self.table.ids) if allowed is None else len(allowed)
        if not total:
            return RankedPassages(np.empty(0, np.int64), np.empty(0, np.float32), {}, {})
        depth = max(_DEPTH, 4 * request.k)
        while True:
            ranked = self._candidates(request, vector, depth, allowed, timings)
            if request.mode is Mode.HYBRID and len(ranked.rows):
                with timings.measure("align"):
                    ranked = self.alignment.rescore(ranked, request, reader)
            best = self._best(ranked, request, reader, timings)
            if len(best.rows) >= request.k or depth >= total:
                return best.take(slice(request.k))
            depth *= 4

    def article_vectors(self, articles: Sequence[int]) -> Embeddings:
        """(a, d) the mean of each article's passages, unit rows."""
        return article_vectors(self._passages_of(articles))

    def _allowed(
        self, request: Request, reader: Reader, excluded: Collection[int]
    ) -> "Rows | None":
        """The rows that may be found; None for all."""
        conditions = Filter(request)
        if not (request.langs or conditions or excluded):
            return None
        keep = np.ones(len(self.table.ids), dtype=bool)
        if request.langs:
            langs = [i for i, name in enumerate(self.table.lang_names) if name in request.langs]
            keep &= np.isin(self.table.langs, langs)
        for document in excluded:
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
        timings: Timings,
    ) -> RankedPassages:
        """What the rankings of the request's mode find, with the scores of both, best first."""
        mode = request.mode
        matches: list[LexicalMatches] = []
        near = np.empty(0, dtype=np.int64)
        if mode is not Mode.DENSE:
            with timings.measure("lexical"):
                matches = self._lexical_matches(request, depth, allowed)
        if mode is not Mode.LEXICAL and vector.any():
            with timings.measure("dense"):
                near = self._vectors.search(vector, depth, allowed).rows[0]
        with timings.measure("fusion"):
            rows = _distinct([near, *(found.rows for found in matches)])
            parts, evidence = self._parts(rows, vector, request, matches)
            scores = sum(parts.values(), np.zeros(len(rows), dtype=np.float32))
            ranked = RankedPassages(rows, scores, parts, evidence)
            return ranked.take(np.lexsort((rows, -scores)))

    def _lexical_matches(
        self, request: Request, depth: int, allowed: "Rows | None"
    ) -> list[LexicalMatches]:
        """The best passages by words, language by language.

        Args:
            request: what the user asked.
            depth: passages over all languages, about.
            allowed: (m,) the rows that may be found; None for all.
        """
        few = allowed is not None and len(allowed) <= _FEW
        only = self.table.ids[allowed].tolist() if few else None
        if allowed is not None and not few:
            depth *= -(-len(self.table.ids) // len(allowed))
        langs = len(request.langs) or len(self.table.lang_names)
        if depth < len(self.table.ids):  # otherwise every passage may be found
            depth = max(_DEPTH_OF_LANGUAGE, depth // max(1, langs))
        answers = self._lexical.search(request.query, depth, request.langs, only)
        if not answers:
            return []
        # One ceiling for all, that of the language which knows most of the query: an article in
        # another language can share no more than the names in it.
        ceiling = max(answers, key=lambda found: found.known).ceiling
        matches = []
        for found in answers:
            rows = np.searchsorted(self.table.ids, found.ids).clip(max=len(self.table.ids) - 1)
            # A later commit may have added passages to the word index or removed some.
            keep = self.table.ids[rows] == found.ids
            if allowed is not None:
                keep &= np.isin(rows, allowed)
            lang = self.table.lang_names.index(found.lang)
            shares = np.minimum(found.scores / ceiling, 1)
            matches.append(LexicalMatches(lang, rows[keep], shares[keep], found.known))
        return matches

    def _parts(
        self, rows: Rows, vector: Embeddings, request: Request, matches: Sequence[LexicalMatches]
    ) -> tuple[dict[str, Scores], dict[str, Scores]]:
        """Parts and evidence of the scores of candidates, (c,) each; rows ascending."""
        mode = request.mode
        shares = _lexical_shares(rows, matches)
        if mode is Mode.LEXICAL:
            return {"lexical": shares}, {}
        cosines = self.table.vectors.cosines(vector, rows)
        if mode is Mode.DENSE:
            return {"dense": cosines}, {}
        langs = self.table.langs[rows]
        own = self.alignment.own_aligner
        usual = own.usual_cosines if own else None
        of = background(np.split(self._sample @ vector[0], self._borders), usual)
        deviations = (cosines - of.mean[langs]) / of.deviation[langs]
        known = np.zeros(len(self.table.lang_names), dtype=np.float32)
        for found in matches:
            known[found.lang] = found.known
        dense = dense_part(deviations)
        if own and request.query.strip() and not own.can_read(request.query):
            dense = np.zeros_like(dense)
        return (
            {"dense": dense, "lexical": lexical_part(rows, langs, matches)},
            {"deviations": deviations, "shares": shares, "known": known[langs]},
        )

    def _best(
        self, ranked: RankedPassages, request: Request, reader: Reader, timings: Timings
    ) -> RankedPassages:
        """What the request wants of a ranking: passages or articles, of each language, copies."""
        if not request.passages:
            ranked = ranked.take(self._first_of_articles(ranked.rows))
        wanted, per_lang = request.k, request.per_lang
        if per_lang:  # twice as many, as half of them may be copies
            ranked = ranked.take(self._first_of_languages(ranked.rows, 2 * per_lang))
            wanted = len(ranked.rows)
        if not (request.passages or request.all_copies):
            with timings.measure("fold"):
                ranked = self._folded(ranked, wanted, reader)
        if per_lang:
            ranked = ranked.take(self._first_of_languages(ranked.rows, per_lang))
        return ranked

    def _folded(self, ranked: RankedPassages, k: int, reader: Reader) -> RankedPassages:
        """The first article of each of the k best groups of copies, with the others folded in."""
        rows = ranked.rows
        articles = self.table.documents[rows].tolist()
        langs = self.table.langs[rows]
        copies = self._finder().groups(partial(self.alignment.article_features, reader=reader))
        ahead = max(_AHEAD, k // 2)
        while len(copies.groups) < k and len(copies.articles) < len(rows):
            first = len(copies.articles)
            near = slice(first, max(first, k) + ahead)
            copies.add(articles[near], langs[near], self._passages_of(articles[near]))
        folded = {
            articles[head]: [articles[position] for position in positions]
            for head, positions in copies.groups.items()
        }
        return replace(ranked.take(list(copies.groups)), copies=folded)

    def _finder(self) -> CopyFinder:
        if self._copies is None:
            articles = self.table.documents[:: max(1, len(self.table.ids) // _SAMPLE)]
            sample = self.article_vectors(sorted(set(articles.tolist())))
            self._copies = CopyFinder(sample)
        return self._copies

    def _passages_of(self, articles: Sequence[int]) -> list[Embeddings]:
        """(m, d) the vectors of each article's passages."""
        return [self.table.vectors.take(rows) for rows in self.table.rows_of(articles)]

    def _first_of_articles(self, rows: Rows) -> list[int]:
        """The positions in a ranking of the best passage of each article."""
        return list(first_per_group(self.table.documents[rows].tolist(), 1))

    def _first_of_languages(self, rows: Rows, limit: int) -> list[int]:
        """The positions in a ranking of the first `limit` hits of each language."""
        return list(first_per_group(self.table.langs[rows].tolist(), limit))


def _distinct(parts: Sequence[Rows]) -> Rows:
    """All rows once, ascending. `np.unique` imports numpy.ma at its first call, 7 ms."""
    rows = np.sort(np.concatenate(parts))
    return rows[np.r_[True, rows[1:] != rows[:-1]]] if len(rows) else rows


def _lexical_shares(rows: Rows, matches: Sequence[LexicalMatches]) -> Scores:
    """(c,) the share of the highest BM25 score that each candidate has."""
    shares = np.zeros(len(rows), dtype=np.float32)
    for found in matches:
        shares[np.searchsorted(rows, found.rows)] = found.shares
    return shares
