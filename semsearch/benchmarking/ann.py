"""Recall, speed and size of the chosen vector index, of exact search and of other FAISS indexes."""

from collections.abc import Sequence
from dataclasses import dataclass

from semsearch.benchmarking.search_subprocess import CHOSEN, EXACT, SearchCost, search_costs
from semsearch.benchmarking.vector_folder import VectorFolder
from semsearch.config import VectorSettings
from semsearch.types import Progress, no_progress

_EXACT_ROWS = 2_000_000
"""Largest collection for which exact search and other indexes are measured too, a choice: they keep
all vectors in memory, 4 GB of 512 dimensions in single precision."""


@dataclass(frozen=True, slots=True)
class Row(SearchCost):
    """One way to search: `SearchCost`, and its size on disk."""

    size_bytes: int
    """Size of its files; for an index in memory, of the vectors in half precision."""
    chosen: bool
    """Whether this is what semsearch uses for a collection of that size."""


def measure(
    vectors: VectorFolder,
    wanted: VectorSettings,
    *,
    kinds: Sequence[str] = (),
    progress: Progress = no_progress,
) -> list[Row]:
    """Measure the index that semsearch chooses for these vectors, exact search, and other indexes.

    The chosen index is built and written, and another process opens and searches it. Queries are
    held back: no index holds them, and nothing is trained or tuned on them.

    Args:
        vectors: the vectors to search.
        wanted: recall and memory that the chosen index is tuned to.
        kinds: other indexes, as FAISS's factory takes them; like exact search, they are left
            out above two million vectors.
        progress: called with the numbers of vectors indexed and of all.

    Raises:
        InputError: FAISS cannot make one of the other indexes.
    """
    build_s = vectors.index(wanted, progress)
    plain_bytes = 2 * vectors.dim * len(vectors)
    rows = [
        _row(cost, build_s, vectors.size_bytes(), True) for cost in search_costs(vectors, CHOSEN)
    ]
    if len(vectors) > _EXACT_ROWS:
        return rows
    others = [EXACT, *kinds] if rows[0].index != EXACT else kinds
    return rows + [
        _row(cost, cost.build_s, plain_bytes, False)
        for how in others
        for cost in search_costs(vectors, how)
    ]


def _row(cost: SearchCost, build_s: float, size_bytes: int, chosen: bool) -> Row:
    return Row(
        cost.index,
        cost.recall,
        cost.p50_ms,
        cost.p95_ms,
        cost.p99_ms,
        cost.qps,
        build_s,
        cost.memory_bytes,
        size_bytes,
        chosen,
    )
