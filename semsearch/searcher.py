"""Answering queries from one state of the index: candidates, scores, the best of each article."""

import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from semsearch.chunking import passage_text
from semsearch.lexical import LexicalIndex
from semsearch.ranking import LexicalVote, fuse
from semsearch.request import Request
from semsearch.store import ChunkTable, Reader
from semsearch.types import Embeddings, Mode
from semsearch.vectors import VectorIndex

_DEPTH = 200
"""Candidates from each ranking, at least."""

Rows = npt.NDArray[np.int64]
Scores = npt.NDArray[np.float32]


LEXICAL = "lexical"
"""Folder of the lexical index inside the index folder."""


@dataclass(frozen=True, slots=True)
class Ranked:
    """Passages in order of score: (m,) rows of the chunk table and (m,) scores."""

    rows: Rows
    scores: Scores


def open_searcher(reader: Reader, dim: int) -> "Searcher":
    """The committed state of an index, in memory.

    A lexical index of another generation is ignored and one made in memory: it is derived from the
    passages, which are the truth.
    """
    table = reader.chunk_table(dim)
    lexical = LexicalIndex.open(reader.folder / LEXICAL, table.generation)
    return Searcher(table, lexical or LexicalIndex.in_memory(lexical_passages(reader.passages())))


def lexical_passages(
    passages: Iterable[tuple[int, str | None, str, str]],
) -> Iterator[tuple[int, str | None, str]]:
    """(chunk id, language, text) as the lexical index reads (chunk id, language, title, text)."""
    for chunk_id, lang, title, text in passages:
        yield chunk_id, lang, passage_text(title, text)


class Searcher:
    """One generation of an index in memory. Threads may share it."""

    def __init__(self, table: ChunkTable, lexical: LexicalIndex) -> None:
        self.table = table
        self._vectors = VectorIndex(table.vectors)
        self._lexical = lexical

    def search(
        self,
        request: Request,
        vector: Embeddings,
        *,
        timings: dict[str, float],
        without: int | None = None,
    ) -> Ranked:
        """The best passages, one for each article unless the request wants all of them.

        Args:
            request: what is asked.
            vector: (1, d) the query, for the dense ranking; zero when no token is known.
            timings: gains the milliseconds of each part.
            without: row id of an article to leave out.
        """
        k, passages = request.k, request.passages
        allowed = self._allowed(request.langs, without)
        total = len(self.table.ids) if allowed is None else len(allowed)
        if not total:
            return Ranked(np.empty(0, np.int64), np.empty(0, np.float32))
        depth = max(_DEPTH, 4 * k)
        while True:
            ranked = self._candidates(request, vector, depth, allowed, timings)
            best = ranked if passages else self._best_of_articles(ranked)
            if len(best.rows) >= k or depth >= total:
                return Ranked(best.rows[:k], best.scores[:k])
            depth *= 4

    def _allowed(self, langs: Sequence[str], without: int | None) -> Rows | None:
        """The rows that may be found; None for all."""
        if not langs and without is None:
            return None
        keep = np.ones(len(self.table.ids), dtype=bool)
        if langs:
            wanted = [i for i, name in enumerate(self.table.lang_names) if name in langs]
            keep &= np.isin(self.table.langs, wanted)
        if without is not None:
            keep &= self.table.documents != without
        return np.flatnonzero(keep)

    def _candidates(
        self,
        request: Request,
        vector: Embeddings,
        depth: int,
        allowed: Rows | None,
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
        if mode is Mode.LEXICAL:
            scores = _lexical_scores(rows, votes)
        else:
            dense = self.table.vectors[rows] @ vector[0]  # (c,)
            scores = fuse(rows, dense, self.table.langs[rows], votes)
        order = np.lexsort((rows, -scores))
        _add_time(timings, "fusion", began)
        return Ranked(rows[order], scores[order])

    def _votes(self, request: Request, depth: int, allowed: Rows | None) -> list[LexicalVote]:
        answers = self._lexical.search(request.query, depth, request.langs)
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
            votes.append(LexicalVote(lang, rows[keep], np.minimum(found.scores / ceiling, 1)[keep]))
        return votes

    def _best_of_articles(self, ranked: Ranked) -> Ranked:
        seen: dict[int, int] = {}
        for place, document in enumerate(self.table.documents[ranked.rows].tolist()):
            seen.setdefault(document, place)
        first = list(seen.values())
        return Ranked(ranked.rows[first], ranked.scores[first])


def _distinct(parts: Sequence[Rows]) -> Rows:
    """All rows once, ascending. `np.unique` imports numpy.ma at its first call, 7 ms."""
    rows = np.sort(np.concatenate(parts))
    return rows[np.r_[True, rows[1:] != rows[:-1]]] if len(rows) else rows


def _lexical_scores(rows: Rows, votes: Sequence[LexicalVote]) -> Scores:
    scores = np.zeros(len(rows), dtype=np.float32)
    for vote in votes:
        scores[np.searchsorted(rows, vote.rows)] = vote.scores
    return scores


def _add_time(timings: dict[str, float], part: str, began: float) -> None:
    timings[part] = timings.get(part, 0.0) + (time.perf_counter() - began) * 1000
