"""Folding the copies in a ranking into the first of them."""

from collections.abc import Callable, Mapping, Sequence

import numpy as np
import numpy.typing as npt

from semsearch.ranking.near_duplicates import Story, are_copies
from semsearch.types import Embeddings

_NEAR_IN_LANGUAGE, _NEAR_ACROSS, _NEAR_PASSAGES = 5.0, 2.0, 1.4
"""Standard deviations above the cosine of articles at large from which two are compared: for their
own cosine, in one language and across two, and for that of passages to the nearest in the other."""
_COMPARISONS = 3
"""Of one article with others, the nearest first: a copy is near to another copy."""
_KEPT = 1000
"""Stories held ready for the next query."""


def article_vectors(passages: Sequence[Embeddings]) -> Embeddings:
    """(a, d) the mean of each article's passages, (m, d) each and none empty; unit rows."""
    starts = np.cumsum([0, *map(len, passages)])[:-1]
    vectors: Embeddings = np.add.reduceat(np.concatenate(passages), starts, axis=0)
    lengths = np.sqrt(np.einsum("ad,ad->a", vectors, vectors))[:, None]
    np.divide(vectors, lengths, out=vectors, where=lengths > 0)
    return vectors


def _passages_alike(one: Embeddings, other: Embeddings) -> float:
    cosines = one @ other.T
    nearest = (np.maximum.reduce(cosines, axis=axis) for axis in (0, 1))
    return min(float(np.add.reduce(each)) / len(each) for each in nearest)


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
        pairs = np.nonzero(np.tril(near, first - 1))
        compared = {*(first + pairs[0]).tolist(), *pairs[1].tolist()}
        self._finder.make_ready([self.articles[place] for place in compared], self._load)
        for place, (cosine, others) in enumerate(zip(cosines, near, strict=True), first):
            self._take(place, cosine, np.flatnonzero(others[:place]))

    def _take(self, place: int, cosines: Embeddings, others: npt.NDArray[np.intp]) -> None:
        """Fold an article into the one that it copies, and join stories that it shows to be one."""
        heads: set[int] = set()
        compared = 0
        for other in others[np.argsort(-cosines[others], kind="stable")].tolist():
            if compared == _COMPARISONS:
                break
            if self._head_of[other] not in heads:
                compared += 1
                if self._are_copies(other, place):
                    heads.add(self._head_of[other])
        head = min(heads, default=place)
        self._head_of.append(head)
        copies = self.folded.setdefault(head, [])
        for joined in heads - {head}:
            copies += [joined, *self.folded.pop(joined)]
            self._head_of = [head if each == joined else each for each in self._head_of]
        if place != head:
            copies.append(place)
        copies.sort()

    def _are_copies(self, one: int, other: int) -> bool:
        """Whether the articles at two places are copies."""
        passages = self._passages[one], self._passages[other]
        return self._finder.are_copies(
            self.articles[one], self.articles[other], passages, self._load
        )
