"""Word search over the passages of an index, language by language.

Each language has its own index so that document frequencies and lengths are those of the language:
in a common index, every French word among English articles would seem rare and weigh too much.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from semsearch.lexical import generations
from semsearch.lexical.analysis import query_terms
from semsearch.lexical.bm25 import K1, Doubles, Statistics
from semsearch.lexical.building import build
from semsearch.lexical.segment import Range, Segment, key
from semsearch.types import Rows, Scores


@dataclass(frozen=True, slots=True)
class LexicalScores:
    """The best passages of one language for a query."""

    lang: str
    ids: Rows
    """(m,) chunk ids, best first; those of equal scores ascending."""
    scores: Scores
    """(m,) BM25."""
    once: float
    """The score of a passage of average length that has every term of the query once."""
    rarest: float
    """What a term that no passage has would add to `once`: the most that any term can."""
    known: float
    """The share of `once`, in [0, 1], that comes from terms which occur in the language."""


class LexicalIndex:
    """Word search over the passages of an index, language by language. Threads may share it."""

    def __init__(self, segments: Mapping[str, Sequence[Segment]]) -> None:
        """Take the segments of each language."""
        self._languages = {
            lang: _Language(own) for lang, own in sorted(segments.items()) if any(map(len, own))
        }

    @classmethod
    def open(cls, folder: Path, generation: int) -> "LexicalIndex | None":
        """The index on disk of this generation of the store; None if it is missing or damaged."""
        segments = generations.read(folder, generation)
        return None if segments is None else cls(segments)

    @classmethod
    def in_memory(cls, passages: Iterable[tuple[int, str | None, str]]) -> "LexicalIndex":
        """An index in memory.

        Args:
            passages: (chunk id, language, text) of each.
        """
        segments: dict[str, list[Segment]] = {}
        for lang, packed in build(passages):
            segments.setdefault(lang, []).append(Segment(packed))
        return cls(segments)

    def statistics(self, query: str, langs: Sequence[str] = ()) -> dict[str, Statistics]:
        """What the scores of a query depend on beside the passages, for each language.

        Where passages are spread over several indexes, `bm25.total` of the statistics of all lets
        each of them score as one index of all passages would.

        Args:
            query: a text.
            langs: languages to search; all if empty.
        """
        found = {}
        for lang, own in self._chosen(langs):
            asked = _asked(query, lang)
            found[lang] = own.statistics(asked, own.find(asked))
        return found

    def search(
        self,
        query: str,
        k: int,
        langs: Sequence[str] = (),
        only: Sequence[int] | None = None,
        *,
        also: "Sequence[int] | Rows" = (),
        statistics: Mapping[str, Statistics] | None = None,
    ) -> list[LexicalScores]:
        """The k best passages of every language in which a term of the query occurs.

        The query is analysed into terms; nothing in it is syntax. Scores are those of `bm25`.

        Args:
            query: a text.
            k: passages of each language; more where several score as the k-th does.
            langs: languages to search; all if empty.
            only: chunk ids that may be found; all when left out.
            also: chunk ids of passages whose scores are wanted even if they are not among the best.
            statistics: of the collection that this index is a part of; its own when left out.
        """
        among = None if only is None else np.sort(np.asarray(only, dtype=np.int64))
        wanted = np.sort(np.asarray(also, dtype=np.int64))
        answers = []
        for lang, own in self._chosen(langs):
            asked = _asked(query, lang)
            found = own.find(asked)
            of = own.statistics(asked, found) if statistics is None else statistics[lang]
            weights = [of.weight(term) for term in asked.terms]
            known = sum(
                weight
                for term, weight in zip(asked.terms, weights, strict=True)
                if of.frequencies.get(term)
            )
            if known:
                ids, scores = own.best(found, np.array(weights), of, k, among, wanted)
                total = sum(weights)
                once, rarest = total / (K1 + 1), of.weight("") / (K1 + 1)
                answers.append(LexicalScores(lang, ids, scores, once, rarest, known / total))
        return answers

    def _chosen(self, langs: Sequence[str]) -> "list[tuple[str, _Language]]":
        return [each for each in self._languages.items() if not langs or each[0] in langs]


class _Asked(NamedTuple):
    """The terms of a query in a language, each once, in order."""

    terms: tuple[str, ...]
    encoded: tuple[bytes, ...]
    keys: "npt.NDArray[np.uint64]"


@lru_cache(maxsize=1000)
def _asked(query: str, lang: str) -> _Asked:
    terms = tuple(dict.fromkeys(query_terms(query, lang)))
    encoded = tuple(term.encode() for term in terms)
    return _Asked(terms, encoded, np.array([key(term) for term in encoded], dtype=np.uint64))


class _Language:
    """The segments of one language."""

    def __init__(self, segments: Sequence[Segment]) -> None:
        self._segments = segments
        self._passages = sum(map(len, segments))
        self._length = sum(segment.length for segment in segments)
        self._norms: tuple[float, list[Doubles]] = (-1.0, [])
        """The mean length for which they were computed, and the norms of each segment."""

    def find(self, asked: _Asked) -> list[list[Range]]:
        """The postings of each term in each segment."""
        return [segment.find(asked.encoded, asked.keys) for segment in self._segments]

    def statistics(self, asked: _Asked, found: Sequence[Sequence[Range]]) -> Statistics:
        """The statistics of the passages here."""
        frequencies = dict.fromkeys(asked.terms, 0)
        for segment, postings in zip(self._segments, found, strict=True):
            for term, each in zip(asked.terms, postings, strict=True):
                frequencies[term] += segment.frequency(each)
        return Statistics(self._passages, self._length, frequencies)

    def best(
        self,
        found: Sequence[Sequence[Range]],
        weights: Doubles,
        statistics: Statistics,
        k: int,
        only: "Rows | None",
        also: Rows,
    ) -> tuple[Rows, Scores]:
        """The chunk ids and scores of the k best passages.

        Those that tie with the k-th are among them, and those of `also` that have a term.
        """
        ids, scores = np.empty(0, dtype=np.int64), np.empty(0, dtype=np.float32)
        others: list[tuple[Rows, Scores]] = []
        least = np.float32(0)
        norms = self._norms_for(statistics)
        for segment, postings, own_norms in zip(self._segments, found, norms, strict=True):
            own = segment.scores(postings, weights, own_norms)
            if own is None:
                continue
            # Rounded before they are compared, so that the border is one of the scores returned.
            rounded = own.astype(np.float32)
            if only is None:
                places = np.flatnonzero((rounded >= least) & (rounded > 0))
            else:
                some = segment.places(only)
                places = some[(rounded[some] >= least) & (rounded[some] > 0)]
            if len(also):
                some = segment.places(also)
                some = some[rounded[some] > 0]
                others.append((segment.ids[some], rounded[some]))
            ids = np.concatenate([ids, segment.ids[places]])
            scores = np.concatenate([scores, rounded[places]])
            if len(ids) > k:
                least = np.partition(scores, len(scores) - k)[len(scores) - k]
                ids, scores = ids[scores >= least], scores[scores >= least]
        for more, their_scores in others:
            new = ~np.isin(more, ids)
            ids = np.concatenate([ids, more[new]])
            scores = np.concatenate([scores, their_scores[new]])
        order = np.lexsort((ids, -scores))
        return ids[order], scores[order]

    def _norms_for(self, statistics: Statistics) -> list[Doubles]:
        mean, norms = self._norms
        if mean != statistics.mean_length:
            norms = [statistics.norms(segment.lengths) for segment in self._segments]
            self._norms = (statistics.mean_length, norms)
        return norms
