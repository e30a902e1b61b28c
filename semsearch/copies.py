"""Which articles are copies of each other: edited, shortened or translated.

Precision comes first: two stories about one event are not copies. In one language copies share
most of the shorter one's runs of words and its numbers. Across languages they say the same,
sentence by sentence and in the same order, as a translation does.
"""

import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from semsearch.types import Aligner, Document, Embeddings, Pieces

MOST_CHARS = 20_000
"""Read of an article."""
_SHINGLE = 4
"""Words in a run (Broder 1997, "On the resemblance and containment of documents")."""
_SHARED_RUNS, _SHARED_NUMBERS = 0.4, 0.6
"""Parts of the shorter article's that a copy in the same language has."""
_MARGIN = 0.1
"""Cosine that a matched sentence must have above its usual one before it counts."""
_TELLING = 3
"""So many numbers tell stories apart that are written alike."""
_NEAR_IN_LANGUAGE, _NEAR_ACROSS, _NEAR_PASSAGES = 4.0, 2.0, 1.4
"""Standard deviations above the cosine of articles at large from which two are compared: for their
own cosine, in one language and across two, and for that of passages to the nearest in the other."""
_COMPARISONS = 1
"""Of one article with others, the nearest first: a copy is nearest to another copy."""
_KEPT = 1000
"""Stories held ready for the next query."""

_WORD = re.compile(r"[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff]|\w+")
_NUMBER = re.compile(r"\d+(?:[.,\u066b\u066c\u00a0 ]\d+)*")


@dataclass(frozen=True)
class Story:
    """An article, as far as it is compared."""

    document: Document
    pieces: Sequence[Pieces]
    """Of the title and of each sentence."""
    aligner: Aligner

    @cached_property
    def _text(self) -> str:
        document = self.document
        return f"{document.title}\n{document.text}"[:MOST_CHARS]

    @cached_property
    def runs(self) -> frozenset[tuple[str, ...]]:
        """Every run of words; signs of scripts without spaces are words."""
        words = _WORD.findall(self._text.casefold())
        return frozenset(zip(*(words[i:] for i in range(_SHINGLE)), strict=False))

    @cached_property
    def numbers(self) -> frozenset[str]:
        """The digits of its numbers, whatever stands between them."""
        found = _NUMBER.findall(unicodedata.normalize("NFKC", self._text))
        return frozenset(_digits(number) for number in found)

    @cached_property
    def sentences(self) -> Embeddings:
        """(s, d) their vectors."""
        return self.aligner.encode_pieces(self.pieces)

    @cached_property
    def weights(self) -> Embeddings:
        """(s,) part of the text that each sentence is."""
        lengths = np.array([len(each) for each in self.pieces], dtype=np.float32)
        return lengths / max(1.0, float(lengths.sum()))


def are_copies(one: Story, other: Story) -> bool:
    """Whether one is a copy of the other, whichever came first."""
    if one.document.lang == other.document.lang:
        return _is_edited(one, other)
    return _is_translated(one, other)


def _is_edited(one: Story, other: Story) -> bool:
    runs, numbers = (
        _contained(one.runs, other.runs),
        _contained(one.numbers, other.numbers),
    )
    return runs >= _SHARED_RUNS and numbers >= _SHARED_NUMBERS


def _contained(one: frozenset[object], other: frozenset[object]) -> float:
    """The part of the smaller set that the other has; all of an empty one."""
    smaller = min(len(one), len(other))
    return len(one & other) / smaller if smaller else float(one == other)


class _Match(NamedTuple):
    """How well the sentences of two articles match, at least."""

    alike: float
    """Mean cosine of the sentences to their nearest in the other, the lesser way round."""
    order: float
    """1 less the mean distance, in parts of the article, of a sentence from where it should be."""
    mutual: float
    """Part of the text in sentences that are each other's nearest."""
    along: float
    """What sentences matched in order have above usual ones, as a mean over the text."""


_LEAST = _Match(alike=0.3, order=0.9, mutual=0.75, along=0.1)
_LEAST_OF_FEW = _Match(
    alike=0.5, order=0.9, mutual=0.75, along=0.1
)  # sentences: chance is likelier
_LEAST_WITH_NUMBERS = _Match(alike=0.2, order=0.85, mutual=0.6, along=0.05)  # that agree


def _is_translated(one: Story, other: Story) -> bool:
    sizes = len(one.weights), len(other.weights)
    if not all(sizes):
        return False
    least = _LEAST if min(sizes) > 3 else _LEAST_OF_FEW
    if min(len(one.numbers), len(other.numbers)) >= _TELLING:
        shared = _contained(one.numbers, other.numbers)
        if shared < 0.5:
            return False
        if shared >= 0.8:
            least = _LEAST_WITH_NUMBERS
    similar = one.sentences @ other.sentences.T  # (s, t)
    if min(similar.max(axis=1) @ one.weights, similar.max(axis=0) @ other.weights) < least.alike:
        return False
    there, back = similar.argmax(axis=1), similar.argmax(axis=0)
    if one.weights @ (back[there] == np.arange(sizes[0])) < least.mutual:
        return False
    places = np.arange(sizes[0]) / max(1, sizes[0] - 1)
    if 1 - np.abs(places - there / max(1, sizes[1] - 1)) @ one.weights < least.order:
        return False
    return _along(similar, one.weights, other.weights) >= least.along


def _along(similar: Embeddings, one: Embeddings, other: Embeddings) -> float:
    """The best matching of sentences that keeps their order (Needleman and Wunsch 1970)."""
    usual = (similar.mean(axis=0)[None, :] + similar.mean(axis=1)[:, None]) / 2
    gains = (similar - usual - _MARGIN) * (one[:, None] + other[None, :]) / 2
    best = np.zeros(len(other) + 1)
    for row in gains:
        # Each cell is the best of skipping a sentence of either and of matching the two.
        best[1:] = np.maximum(best[1:], best[:-1] + row)
        np.maximum.accumulate(best, out=best)
    return float(best[-1])


def _digits(number: str) -> str:
    return "".join(str(unicodedata.decimal(sign)) for sign in number if sign.isdecimal())


def article_vectors(passages: Sequence[Embeddings]) -> Embeddings:
    """(a, d) the mean of each article's passages, (m, d) each and none empty; unit rows."""
    starts = np.cumsum([0, *map(len, passages)])[:-1]
    vectors: Embeddings = np.add.reduceat(np.concatenate(passages), starts, axis=0)
    lengths = np.sqrt(np.einsum("ad,ad->a", vectors, vectors))[:, None]
    np.divide(vectors, lengths, out=vectors, where=lengths > 0)
    return vectors


def _passages_alike(one: Embeddings, other: Embeddings) -> float:
    cosines = one @ other.T
    return float(min(cosines.max(axis=1).mean(), cosines.max(axis=0).mean()))


Load = Callable[[list[int]], Mapping[int, Story]]
"""The articles with some row ids."""


class CopyFinder:
    """Folds copies into the first of them. Threads may share it."""

    def __init__(self, sample: Embeddings) -> None:
        """Learns how alike articles are at large.

        Args:
            sample: (a, d) vectors of some articles, unit rows.
        """
        cosines = (sample @ sample.T)[np.triu_indices(len(sample), 1)]
        # By medians: copies in the sample are no articles at large.
        self._usual = float(np.median(cosines)) if len(cosines) else 0.0
        spread = np.median(np.abs(cosines - self._usual)) if len(cosines) else 0.0
        self._deviation = 1.4826 * float(spread)
        self._stories: dict[int, Story] = {}

    def folding(self, load: Load) -> "Folding":
        """The articles of one ranking, none so far."""
        return Folding(self, load)

    def are_near(
        self, cosines: Embeddings, same_lang: npt.NDArray[np.bool_]
    ) -> npt.NDArray[np.bool_]:
        """Which articles are worth comparing, by the cosines of their vectors."""
        within, across = (
            self._usual + times * self._deviation for times in (_NEAR_IN_LANGUAGE, _NEAR_ACROSS)
        )
        near: npt.NDArray[np.bool_] = cosines >= np.where(same_lang, within, across)
        return near

    def are_copies(
        self, one: int, other: int, passages: tuple[Embeddings, Embeddings], load: Load
    ) -> bool:
        """Whether one article is a copy of the other, both by row id."""
        if _passages_alike(*passages) < self._usual + _NEAR_PASSAGES * self._deviation:
            return False
        return are_copies(*self.make_ready([one, other], load))

    def make_ready(self, ids: list[int], load: Load) -> list[Story]:
        """Some articles to be compared, loaded at once."""
        if len(self._stories) > _KEPT:
            self._stories = {}  # not cleared: another thread may be looking in it
        stories = {id_: story for id_ in ids if (story := self._stories.get(id_)) is not None}
        if missing := [id_ for id_ in ids if id_ not in stories]:
            loaded = load(missing)
            stories |= loaded
            self._stories |= loaded
        return [stories[id_] for id_ in ids]


class Folding:
    """The articles of one ranking, best first, as far as they were added."""

    def __init__(self, finder: CopyFinder, load: Load) -> None:
        self._finder = finder
        self._load = load
        self.articles: list[int] = []
        """Row ids."""
        self.folded: dict[int, list[int]] = {}
        """The places of articles that copy none before, each with the places of its copies."""
        self._head_of: list[int] = []
        self._langs = np.empty(0, dtype=np.int16)
        self._passages: list[Embeddings] = []
        self._vectors: Embeddings | None = None

    def add(
        self,
        articles: Sequence[int],
        langs: npt.NDArray[np.int16],
        passages: Sequence[Embeddings],
    ) -> None:
        """Fold the next ones.

        Args:
            articles: row ids, at least one.
            langs: (a,)
            passages: (m, d) vectors of each article's passages, unit rows.
        """
        new = article_vectors(passages)
        vectors = new if self._vectors is None else np.concatenate([self._vectors, new])
        self.articles += articles
        self._passages += passages
        self._langs, self._vectors = np.concatenate([self._langs, langs]), vectors
        cosines = new @ vectors.T
        near = self._finder.are_near(cosines, langs[:, None] == self._langs[None, :])
        first = len(self.articles) - len(articles)
        compared = np.flatnonzero(np.tril(near, first - 1).any(axis=1))
        self._finder.make_ready([articles[place] for place in compared.tolist()], self._load)
        for place, (cosine, others) in enumerate(zip(cosines, near, strict=True), first):
            head = self._head(place, cosine, np.flatnonzero(others[:place]))
            self._head_of.append(head)
            if head == place:
                self.folded[place] = []
            else:
                self.folded[head].append(place)

    def _head(self, place: int, cosines: Embeddings, others: npt.NDArray[np.intp]) -> int:
        """The place of the article that one copies; its own where there is none."""
        nearest = others[np.argsort(-cosines[others], kind="stable")][:_COMPARISONS]
        other: int
        for other in nearest.tolist():
            passages = self._passages[other], self._passages[place]
            one, two = self.articles[other], self.articles[place]
            if self._finder.are_copies(one, two, passages, self._load):
                return self._head_of[other]
        return place
