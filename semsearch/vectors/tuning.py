"""How many lists and candidates a search needs to reach a target recall at the lowest cost."""

from collections.abc import Mapping
from dataclasses import dataclass

import faiss
import numpy as np
import numpy.typing as npt

from semsearch.types import Embeddings, Rows

_CANDIDATES = (2, 5, 10, 20, 40)
"""Numbers of candidates that are tried, as multiples of k. A choice."""
_MIN_CANDIDATES = 50
"""Candidates at least. A choice."""
_MARGINS = 64
"""Margins that are tried: quantiles of the distances at which neighbours' lists are. A choice."""
_LIST_COST, _CANDIDATE_COST = 70, 100
"""What a list and a candidate add to the time of a search, in scanned codes of about 8 ns. Measured
(2026-11-24): most of a candidate's time is reading the page of memory that holds its vector."""


@dataclass(frozen=True, slots=True)
class Tuning:
    """How to search for up to k neighbours, and the recall that this reached."""

    k: int
    margin: float
    """Lists are searched whose centroid's cosine is at most this much below that of the best."""
    candidates: int
    """Best codes whose vectors are compared exactly."""
    recall: float
    """Share of the k nearest among the candidates: ann_recall@k once these are compared exactly."""


def tune(
    index: faiss.IndexIVF, queries: Embeddings, truth: Rows, targets: Mapping[int, float]
) -> tuple[Tuning, ...]:
    """For each k the cheapest settings that reach its target, else those of the highest recall.

    One search of all lists tells what any narrower one finds: a code that ranks r-th among the
    codes of the lists within a margin is found with r candidates or more.

    Args:
        index: holds the n vectors, with the ids 0 to n - 1.
        queries: (q, d) unit rows.
        truth: (q, m) ids of their exact neighbours, best first.
        targets: the target recall for each k <= m, in ascending order of k: a search for more
            neighbours has at least the margin of one for fewer.
    """
    centroids = index.quantizer.reconstruct_n(0, index.nlist)
    cosines = queries @ centroids.T
    gaps = cosines.max(axis=1, keepdims=True) - cosines
    farthest = np.partition(gaps, (most := most_probed(index.nlist)) - 1, axis=1)[:, most - 1]
    gaps[gaps > farthest[:, None]] = np.inf
    list_of, sizes = _list_of(index), list_sizes(index)
    wanted = min(index.ntotal, max(_choices(max(targets))))
    parameters = faiss.SearchParametersIVF(nprobe=index.nlist)
    _, found = index.search(queries, wanted, params=parameters)
    gap_of_found = np.take_along_axis(gaps, list_of[found], axis=1)
    margins = _margins(np.take_along_axis(gaps, list_of[truth], axis=1))
    tunings: list[Tuning] = []
    for k, target in targets.items():
        right = _is_among(found, truth[:, :k])
        tried = [
            (cost, Tuning(k, float(margin), candidates, recall))
            for margin in margins[margins >= (tunings[-1].margin if tunings else 0)]
            for cost, candidates, recall in _outcomes(
                gap_of_found <= margin, right, k, _scanned(gaps <= margin, sizes)
            )
        ]
        enough = [each for each in tried if each[1].recall >= target]
        _, best = (
            min(enough, key=lambda each: each[0])
            if enough
            else max(tried, key=lambda each: each[1].recall)
        )
        tunings.append(best)
    return tuple(tunings)


def _choices(k: int) -> list[int]:
    return sorted({max(_MIN_CANDIDATES, factor * k) for factor in _CANDIDATES})


def _outcomes(
    within: npt.NDArray[np.bool_], right: npt.NDArray[np.bool_], k: int, scanned: float
) -> list[tuple[float, int, float]]:
    """(cost, candidates, recall) of searches of the lists within a margin.

    Args:
        within: (q, c) whether each code is in these lists, best codes first.
        right: (q, c) whether it belongs to one of the k neighbours.
        k: neighbours per query.
        scanned: the average cost of scanning these lists, in codes.
    """
    ranks = np.cumsum(within, axis=1)[within & right]
    return [
        (scanned + _CANDIDATE_COST * size, size, float((ranks <= size).sum() / (k * len(within))))
        for size in _choices(k)
    ]


def _scanned(probed: npt.NDArray[np.bool_], sizes: npt.NDArray[np.int64]) -> float:
    """The average cost of scanning, in codes.

    Args:
        probed: (q, l) which lists each query searches.
        sizes: (l,) vectors in each list.
    """
    return float((probed @ (sizes + _LIST_COST)).mean())


def _margins(gaps: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """Ascending margins, within which more and more of the neighbours are, at last all."""
    near = gaps[np.isfinite(gaps)]
    return np.unique(np.quantile(near, np.linspace(0, 1, _MARGINS + 1) ** 0.5).astype(np.float32))


def most_probed(lists: int) -> int:
    """The number of lists that a query searches at most, of all lists.

    A quarter: without a limit a question that is unlike every passage searches half of them; with
    one eighth, common questions took longer (2026-11-24).
    """
    return max(1, lists // 4)


def _is_among(found: Rows, truth: Rows) -> npt.NDArray[np.bool_]:
    """(q, c) whether each id that was found is among the true neighbours of its query."""
    return np.stack([np.isin(ids, right) for ids, right in zip(found, truth, strict=True)])


def list_sizes(index: faiss.IndexIVF) -> npt.NDArray[np.int64]:
    """(l,) the number of vectors in each inverted list."""
    return np.array([index.invlists.list_size(number) for number in range(index.nlist)])


def _list_of(index: faiss.IndexIVF) -> npt.NDArray[np.int32]:
    """(n,) the number of the list that each vector is in."""
    list_of = np.empty(index.ntotal, dtype=np.int32)
    for number, size in enumerate(list_sizes(index).tolist()):
        if size:
            list_of[faiss.rev_swig_ptr(index.invlists.get_ids(number), size)] = number
    return list_of
