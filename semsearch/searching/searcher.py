"""Answering queries from one state of the index: candidates, scores, the best of each article."""

from collections.abc import Collection, Sequence
from dataclasses import replace
from functools import partial

import numpy as np

from semsearch.lexical import LEXICAL_FOLDER, LexicalIndex, LexicalScores
from semsearch.ranking import (
    WEIGHTS,
    CopyFinder,
    LexicalMatches,
    RankedPassages,
    article_vectors,
    first_per_group,
    has_words,
    is_single_letters,
    meaning_part,
    word_shares,
    words_part,
)
from semsearch.request import Request
from semsearch.searching.stored_tokens import StoredTokens
from semsearch.searching.timings import Timings
from semsearch.searching.wording import Wording, WordingFilter
from semsearch.store import ChunkTable, Filter, IndexMeta, Passing, Reader, read_table
from semsearch.types import Aligner, Embeddings, Encoder, Mode, Rows, Scores
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
_NEARLY_AS_WELL = 0.1
"""A query may be in the language whose word index knows most of its words, by weight, and in those
that know hardly less. 2026-11-29, headlines in 25 languages: for 1,502 of 1,524 there was one such
language, always the right one; it was among several for 21 of the others."""
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
    return Searcher(table, lexical, encoder, reader.meta(), codes)


class Searcher:
    """One generation of an index in memory. Threads may share it."""

    def __init__(
        self,
        table: ChunkTable,
        lexical: LexicalIndex,
        encoder: Encoder,
        meta: IndexMeta,
        codes: CodeIndex | None = None,
    ) -> None:
        self.table = table
        self._vectors = VectorIndex(table.vectors, codes)
        self._lexical = lexical
        self._token_model = encoder if isinstance(encoder, Aligner) else None
        self._usual = meta.usual_cosines
        self.tokens = StoredTokens(table, encoder, meta.aligner)
        self._copies = CopyFinder(meta.usual_cosines)
        self._passing = Passing()

    def search(
        self,
        request: Request,
        vector: Embeddings,
        reader: Reader,
        *,
        timings: Timings,
        excluded: Collection[int] = (),
        wording: Wording = Wording(),  # noqa: B008 - a tuple
    ) -> RankedPassages:
        """The best passages, one for each article unless the request wants all of them.

        Args:
            request: what the user asked.
            vector: (1, d) the query, for the dense ranking; zero when it has no known token.
            reader: for the text of the best, in a snapshot of this state of the index.
            timings: gains the time of each part.
            excluded: row ids of articles to leave out.
            wording: what the passages must contain, and their articles must not.
        """
        exact = None
        if any(wording):
            with timings.measure("wording"):
                exact = WordingFilter(wording, self.table, self._lexical, reader)
        allowed = self._allowed(request, reader, excluded, exact)
        total = len(self.table.ids) if allowed is None else len(allowed)
        if not total:
            return RankedPassages(np.empty(0, np.int64), np.empty(0, np.float32), {}, {})
        mode = self._mode(request)
        depth = max(_DEPTH, 4 * request.k)
        while True:
            every = allowed if wording.required and total <= depth else None
            ranked, answers = self._candidates(
                request, mode, vector, depth, allowed, timings, every
            )
            ranked = self._ties_by_name(ranked, reader)
            if exact:
                with timings.measure("wording"):
                    ranked = exact.first(ranked, request.k, depth, total)
            best = self._best(ranked, request, answers, reader, timings)
            if len(best.rows) >= request.k or depth >= total:
                return replace(best.take(slice(request.k)), mode=mode, searched=total)
            depth *= 4

    def article_vectors(self, articles: Sequence[int]) -> Embeddings:
        """(a, d) the mean of each article's passages, unit rows."""
        return article_vectors(self._passages_of(articles))

    def _allowed(
        self,
        request: Request,
        reader: Reader,
        excluded: Collection[int],
        exact: WordingFilter | None,
    ) -> "Rows | None":
        """The rows that may be found; None for all."""
        conditions = Filter(request)
        if not (request.langs or conditions or excluded or exact):
            return None
        keep = exact.may_meet.copy() if exact else np.ones(len(self.table.ids), dtype=bool)
        if request.langs:
            langs = [i for i, name in enumerate(self.table.lang_names) if name in request.langs]
            keep &= np.isin(self.table.langs, langs)
        for document in excluded:
            keep &= self.table.documents != document
        if conditions:
            passing = self._passing.documents(conditions, reader)
            keep &= np.isin(self.table.documents, passing)
        return np.flatnonzero(keep)

    def _mode(self, request: Request) -> Mode:
        """The mode of a request, but by words alone where the model cannot read a hybrid query."""
        query = request.query
        own = self._token_model
        readable = has_words(query) and (own is None or own.can_read(query))
        if request.mode is Mode.HYBRID and query.strip() and not readable:
            return Mode.LEXICAL
        return request.mode

    def _candidates(
        self,
        request: Request,
        mode: Mode,
        vector: Embeddings,
        depth: int,
        allowed: "Rows | None",
        timings: Timings,
        every: "Rows | None",
    ) -> tuple[RankedPassages, list[LexicalScores]]:
        """What the rankings of a mode find, best first; what was found by words.

        Every candidate has the score that it would have at any depth. `every` are candidates
        whatever the rankings find: passages with a phrase of words that are not looked for.
        """
        answers: list[LexicalScores] = []
        near = np.empty(0, dtype=np.int64) if every is None else every
        if every is None and mode is not Mode.LEXICAL and vector.any():
            with timings.measure("dense"):
                near = self._nearest(vector, depth, allowed)
        if mode is not Mode.DENSE:
            with timings.measure("lexical"):
                answers = self._lexical_scores(request, depth, allowed, near)
        with timings.measure("fusion"):
            matches = [self._matches(found, allowed) for found in answers]
            rows = _distinct([near, *(found.rows for found in matches)])
            parts, evidence = self._parts(rows, mode, vector, answers, matches)
            if mode is not request.mode and is_single_letters(request.query):
                parts = {"words": WEIGHTS.single_letters * parts["words"]}
            scores = sum(parts.values(), np.zeros(len(rows), dtype=np.float32))
            ranked = RankedPassages(rows, scores, parts, evidence)
            return ranked.take(np.lexsort((rows, -scores))), answers

    def _nearest(self, vector: Embeddings, depth: int, allowed: "Rows | None") -> Rows:
        """The rows nearest to a query, `depth` of them, and all that are as near as the last."""
        while True:
            found = self._vectors.search(vector, depth + 1, allowed)
            rows: Rows = found.rows[0]
            if len(rows) <= depth or found.scores[0, depth] < found.scores[0, depth - 1]:
                return rows[:depth]
            depth *= 2

    def _lexical_scores(
        self, request: Request, depth: int, allowed: "Rows | None", near: Rows
    ) -> list[LexicalScores]:
        """The best passages by words, language by language, and the scores of other candidates.

        Args:
            request: what the user asked.
            depth: passages over all languages, about.
            allowed: (m,) the rows that may be found; None for all.
            near: (c,) the other candidates.
        """
        few = allowed is not None and len(allowed) <= _FEW
        only = self.table.ids[allowed].tolist() if few else None
        if allowed is not None and not few:
            depth *= -(-len(self.table.ids) // len(allowed))
        langs = len(request.langs) or len(self.table.lang_names)
        if depth < len(self.table.ids):  # otherwise every passage may be found
            depth = max(_DEPTH_OF_LANGUAGE, depth // max(1, langs))
        also = self.table.ids[near]
        return self._lexical.search(request.query, depth, request.langs, only, also=also)

    def _matches(self, found: LexicalScores, allowed: "Rows | None") -> LexicalMatches:
        """The rows of passages that the word index found."""
        rows = np.searchsorted(self.table.ids, found.ids).clip(max=len(self.table.ids) - 1)
        # A later commit may have added passages to the word index or removed some.
        keep = self.table.ids[rows] == found.ids
        if allowed is not None:
            keep &= np.isin(rows, allowed)
        return LexicalMatches(rows[keep], found.scores[keep])

    def _parts(
        self,
        rows: Rows,
        mode: Mode,
        vector: Embeddings,
        answers: Sequence[LexicalScores],
        matches: Sequence[LexicalMatches],
    ) -> tuple[dict[str, Scores], dict[str, Scores]]:
        """Parts and evidence of the scores of candidates, (c,) each; rows ascending."""
        known = max(answers, key=lambda found: found.known, default=None)
        shares = word_shares(rows, matches, known.once if known else 1.0)
        if mode is Mode.LEXICAL:
            return {"words": shares}, {}
        cosines = self.table.vectors.cosines(vector, rows)
        meaning = meaning_part(cosines, self._usual)
        if mode is Mode.DENSE:
            return {"meaning": meaning}, {"cosine": cosines}
        rare_words = known.once / known.rarest if known else 0.0
        words = words_part(shares, rare_words, beside_tokens=self._token_model is not None)
        return {"meaning": meaning, "words": words}, {"cosine": cosines, "words": shares}

    def _ties_by_name(self, ranked: RankedPassages, reader: Reader) -> RankedPassages:
        """The same ranking, with passages of equal scores in the order of their articles' ids.

        Row numbers tell in which order articles came; a ranking must not depend on that.
        """
        scores, rows = ranked.scores, ranked.rows
        equal = scores[1:] == scores[:-1]
        if not equal.any():
            return ranked
        tied = np.flatnonzero(np.r_[equal, False] | np.r_[False, equal])
        documents = self.table.documents[rows]
        names = reader.documents(sorted(set(documents[tied].tolist())))
        keys = [""] * len(rows)
        for position in tied.tolist():
            keys[position] = names[int(documents[position])].doc_id
        order = sorted(range(len(rows)), key=lambda i: (-scores[i], keys[i], rows[i]))
        return ranked.take(order)

    def _best(
        self,
        ranked: RankedPassages,
        request: Request,
        answers: Sequence[LexicalScores],
        reader: Reader,
        timings: Timings,
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
                langs = self._languages_of(request, answers)
                ranked = self._folded(ranked, wanted, langs, reader)
        if per_lang:
            ranked = ranked.take(self._first_of_languages(ranked.rows, per_lang))
        return ranked

    def _folded(
        self, ranked: RankedPassages, k: int, preferred: Collection[int], reader: Reader
    ) -> RankedPassages:
        """One article of each of the k best groups of copies, with the others folded in.

        It is the best in a preferred language, which can be lower than another in the group.
        """
        rows = ranked.rows
        articles = self.table.documents[rows].tolist()
        langs = self.table.langs[rows]
        copies = self._copies.groups(partial(self.tokens.article_features, reader=reader))
        ahead = max(_AHEAD, k // 2)
        while len(copies) < k and len(copies.articles) < len(rows):
            first = len(copies.articles)
            near = slice(first, max(first, k) + ahead)
            copies.add(articles[near], langs[near], self._passages_of(articles[near]))
        groups = copies.best(k, preferred)
        folded = {
            articles[shown]: [articles[position] for position in others]
            for shown, others in groups.items()
        }
        return replace(ranked.take(sorted(groups)), copies=folded)

    def _languages_of(self, request: Request, answers: Sequence[LexicalScores]) -> list[int]:
        """Positions in `lang_names` of the languages that a query may be in; empty if unknown."""
        if request.mode is Mode.DENSE:  # the word index has not been asked yet
            answers = self._lexical.search(request.query, 1, request.langs, ())
        known = {each.lang: each.known for each in answers}
        least = max(known.values(), default=0.0) - _NEARLY_AS_WELL
        names = self.table.lang_names
        return [i for i, name in enumerate(names) if known.get(name, -1.0) >= least]

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
