"""Folding the copies in a ranking into one article of each group of copies."""

from collections.abc import Callable, Collection, Mapping, Sequence

import numpy as np
import numpy.typing as npt

from semsearch.ranking.near_duplicates import ArticleFeatures, are_copies
from semsearch.types import Cosines, Embeddings, UsualCosines

_NEAR_IN_LANGUAGE, _NEAR_ACROSS, _NEAR_PASSAGES = 5.0, 3.0, 2.0
"""Standard deviations above the usual cosine of unrelated texts from which a pair is compared
closely: by the cosine of the articles, in one language and in two, and by the mean cosine of
passages to the nearest in the other. Choices (2026-11-29): 999 in 1,000 pairs of translated
articles are above."""
_MAX_COMPARISONS = 3
"""Close comparisons of one article with others, the nearest first. A choice (2026-11-24): one was
too few to join two groups."""
_CACHED_ARTICLES = 1000
"""Articles whose features are kept for the next query. A choice."""
LoadFeatures = Callable[[list[int]], Mapping[int, ArticleFeatures]]
"""Reads the features of the articles with some row ids."""


def article_vectors(passages: Sequence[Embeddings]) -> Embeddings:
    """(a, d) the mean of each article's passages, (m, d) each and none empty; unit rows."""
    starts = np.cumsum([0, *map(len, passages)])[:-1]
    vectors: Embeddings = np.add.reduceat(np.concatenate(passages), starts, axis=0)
    lengths = np.sqrt(np.einsum("ad,ad->a", vectors, vectors))[:, None]
    np.divide(vectors, lengths, out=vectors, where=lengths > 0)
    return vectors


class CopyFinder:
    """Decides which articles are copies of each other. Threads may share it."""

    def __init__(self, usual: UsualCosines) -> None:
        """Compare nothing yet.

        Args:
            usual: the cosines of unrelated texts in the model of the vectors.
        """
        self._usual, self._deviation = usual
        self._cache: dict[int, ArticleFeatures] = {}

    def groups(self, load: LoadFeatures) -> "CopyGroups":
        """The groups of copies in one ranking, to which no article has been added yet."""
        return CopyGroups(self, load)

    def are_near(self, cosines: Cosines, same_lang: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
        """Which pairs of articles are worth comparing, by the cosines of their vectors.

        Args:
            cosines: (a, b)
            same_lang: (a, b) whether both are in one language.

        Returns:
            (a, b)
        """
        within, across = (
            self._usual + times * self._deviation for times in (_NEAR_IN_LANGUAGE, _NEAR_ACROSS)
        )
        near: npt.NDArray[np.bool_] = cosines >= np.where(same_lang, within, across)
        return near

    def are_copies(
        self, one: int, other: int, passages: tuple[Embeddings, Embeddings], load: LoadFeatures
    ) -> bool:
        """Whether one article is a copy of the other.

        Args:
            one: row id of an article.
            other: row id of the other.
            passages: (m, d) vectors of the passages of both, unit rows.
            load: reads features that are not in memory.
        """
        if _passage_similarity(*passages) < self._usual + _NEAR_PASSAGES * self._deviation:
            return False
        return are_copies(*self.features([one, other], load))

    def features(self, ids: list[int], load: LoadFeatures) -> list[ArticleFeatures]:
        """The features of some articles; those that are not in memory are loaded together."""
        if len(self._cache) > _CACHED_ARTICLES:
            self._cache = {}  # not cleared: another thread may be reading it
        found = {id_: each for id_ in ids if (each := self._cache.get(id_)) is not None}
        if missing := [id_ for id_ in ids if id_ not in found]:
            loaded = load(missing)
            found |= loaded
            self._cache |= loaded
        return [found[id_] for id_ in ids]


class CopyGroups:
    """The articles of one ranking, added best first, in groups of copies."""

    def __init__(self, finder: CopyFinder, load: LoadFeatures) -> None:
        """Begin without articles.

        Args:
            finder: decides which articles are copies.
            load: reads the features of articles.
        """
        self._finder = finder
        self._load = load
        self.articles: list[int] = []
        """Row ids of the articles added so far."""
        self._groups: dict[int, list[int]] = {}
        """For the first position in each group, its other positions."""
        self._first_of: list[int] = []
        """For each position, the first in its group."""
        self._langs = np.empty(0, dtype=np.int16)
        self._passages: list[Embeddings] = []
        self._vectors: Embeddings | None = None

    def add(
        self,
        articles: Sequence[int],
        langs: npt.NDArray[np.int16],
        passages: Sequence[Embeddings],
    ) -> None:
        """Put the next articles of the ranking into groups.

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
        self._finder.features([self.articles[position] for position in compared], self._load)
        for position, (cosine, others) in enumerate(zip(cosines, near, strict=True), first):
            before = np.flatnonzero(others[:position])
            nearest_first = before[np.argsort(-cosine[before], kind="stable")].tolist()
            self._join(position, self._groups_with_copies(position, nearest_first))

    def __len__(self) -> int:
        """The number of groups."""
        return len(self._groups)

    def best(self, k: int, langs: Collection[int]) -> dict[int, list[int]]:
        """The k groups that rank highest, by their best articles.

        Args:
            k: groups at most.
            langs: languages that the reader is likely to know.

        Returns:
            For the position of the article that is shown of each group, those of its copies. It is
            the best in one of the languages, else the best of all.
        """
        found = {}
        for first in sorted(self._groups)[:k]:
            members = [first, *self._groups[first]]
            shown = next((each for each in members if self._langs[each] in langs), first)
            found[shown] = [each for each in members if each != shown]
        return found

    def _groups_with_copies(self, position: int, others: Sequence[int]) -> set[int]:
        """The first positions of the groups that hold a copy of the article at a position."""
        groups: set[int] = set()
        compared = 0
        for other in others:
            if compared == _MAX_COMPARISONS:
                break
            if self._first_of[other] not in groups:
                compared += 1
                if self._are_copies(other, position):
                    groups.add(self._first_of[other])
        return groups

    def _join(self, position: int, groups: set[int]) -> None:
        """Make one group of an article and of some groups, given by their first positions."""
        others = [copy for first in groups for copy in self._groups.pop(first)]
        members = sorted([position, *groups, *others])
        self._first_of.append(position)
        for each in members:
            self._first_of[each] = members[0]
        self._groups[members[0]] = members[1:]

    def _are_copies(self, one: int, other: int) -> bool:
        """Whether the articles at two positions are copies."""
        passages = self._passages[one], self._passages[other]
        return self._finder.are_copies(
            self.articles[one], self.articles[other], passages, self._load
        )


def _passage_similarity(one: Embeddings, other: Embeddings) -> float:
    """The mean cosine of passages to the nearest in the other; the lower of both directions."""
    cosines: Cosines = one @ other.T
    nearest = (np.maximum.reduce(cosines, axis=axis) for axis in (0, 1))
    return min(float(np.add.reduce(each)) / len(each) for each in nearest)
