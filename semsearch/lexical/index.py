"""Word search over the passages of an index, language by language.

Each language has its own index so that document frequencies and lengths are those of the language:
in a common index, every French word among English articles would seem rare and weigh too much.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from semsearch.lexical import generations
from semsearch.lexical.analysis import certain_terms, possible_starts
from semsearch.lexical.bm25 import K1, Doubles, Statistics
from semsearch.lexical.building import build
from semsearch.lexical.query import Asked, Misspelt, Weighted, asked, encode, misspelt, weighted
from semsearch.lexical.segment import Segment
from semsearch.lexical.spelling import near, stems
from semsearch.lexical.words import UNSPACED
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
        chosen = self._chosen(langs)
        found = {lang: own.statistics(asked(query, lang)) for lang, own in chosen}
        missing = misspelt(query, found)
        for lang, own in chosen if missing else ():
            own.add_near(found[lang], [asked(query, lang).words[word] for word in missing])
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

        The query is analysed into terms; nothing in it is syntax. Scores are those of `bm25`. Where
        no language has a word of the query, similar words stand in for it; see `query`.

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
        of = self.statistics(query, langs) if statistics is None else statistics
        missing = misspelt(query, of)
        answers = []
        for lang, own in self._chosen(langs):
            plan = weighted(asked(query, lang), of[lang], missing)
            if plan.known:
                ids, scores = own.best(plan, of[lang], k, among, wanted)
                once, rarest = plan.ceiling / (K1 + 1), of[lang].weight("") / (K1 + 1)
                known = plan.known / plan.ceiling
                answers.append(LexicalScores(lang, ids, scores, once, rarest, known))
        return answers

    def holding(self, text: str, langs: Sequence[str] = ()) -> Rows:
        """The chunk ids, ascending, of the passages that have every term of a text.

        A passage that contains the text, in any inflection, is among them; whether it really does,
        and in this order, is for the caller to see. Stop words are in no index, so that a text
        without other words is in all passages as far as this can tell.

        Args:
            text: one or more words, such as a phrase.
            langs: languages to search; all if empty.
        """
        return _together(own.holding(text, lang) for lang, own in self._chosen(langs))

    def beginning(self, prefix: str, langs: Sequence[str] = ()) -> Rows:
        """The chunk ids, ascending, of passages that may have a word with some first letters.

        The index holds stems, which may be shorter than the prefix (`negotiati` of negotiating,
        whose stem is negoti) or end otherwise. So this finds the terms that begin with the prefix,
        and those that agree with it but for their last two letters; the caller sees in the text
        which passages have such a word.

        Args:
            prefix: the first letters of a word, in any case.
            langs: languages to search; all if empty.
        """
        return _together(own.beginning(prefix, lang) for lang, own in self._chosen(langs))

    def _chosen(self, langs: Sequence[str]) -> "list[tuple[str, _Language]]":
        return [each for each in self._languages.items() if not langs or each[0] in langs]


def _together(parts: Iterable[Rows]) -> Rows:
    return np.sort(np.concatenate([np.empty(0, dtype=np.int64), *parts]))


class _Language:
    """The segments of one language."""

    def __init__(self, segments: Sequence[Segment]) -> None:
        self._segments = segments
        self._passages = sum(map(len, segments))
        self._length = sum(segment.length for segment in segments)
        self._norms: tuple[float, list[Doubles]] = (-1.0, [])
        """The mean length for which they were computed, and the norms of each segment."""

    def statistics(self, query: Asked) -> Statistics:
        """The statistics of the passages here."""
        counts = [0] * len(query.terms)
        for segment in self._segments:
            for place, postings in enumerate(segment.find(query.encoded, query.keys)):
                counts[place] += segment.frequency(postings)
        frequencies = dict(zip(query.terms, counts, strict=True))
        return Statistics(self._passages, self._length, frequencies)

    def add_near(self, statistics: Statistics, misspelt: Iterable[Misspelt]) -> None:
        """Add the terms near to some that no passage has."""
        for segment in self._segments:
            for term, edits in misspelt:
                for other, postings in near(segment, term, edits):
                    before = statistics.frequencies.get(other, 0)
                    statistics.frequencies[other] = before + segment.frequency(postings)

    def holding(self, text: str, lang: str) -> Rows:
        """The chunk ids of the passages that have every term of a text."""
        terms = encode(certain_terms(text, lang))
        found = [segment.holding(segment.find(*terms)) for segment in self._segments]
        return np.concatenate(found)

    def beginning(self, prefix: str, lang: str) -> Rows:
        """The chunk ids of the passages that may have a word with some first letters."""
        starts = possible_starts(prefix, lang)
        if any(map(UNSPACED.search, starts)):  # a word may begin anywhere
            return self.holding(prefix, lang)
        found = [np.empty(0, dtype=np.int64)]
        for segment in self._segments:
            places = {place for start in starts for place in stems(segment, start)}
            found.append(segment.holding_any([segment.postings(place) for place in places]))
        return np.concatenate(found)

    def best(
        self,
        plan: Weighted,
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
        for segment, own_norms in zip(self._segments, norms, strict=True):
            postings = segment.find(plan.encoded, plan.keys)
            own = segment.scores(postings, plan.weights, own_norms)
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
                wanted = segment.places(also)
                wanted = wanted[rounded[wanted] > 0]
                others.append((segment.ids[wanted], rounded[wanted]))
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
