"""What the approximate index costs and what it misses, against exact search and other kinds."""

from collections.abc import Sequence
from dataclasses import dataclass

from semsearch.benchmarking.search_subprocess import CHOSEN, EXACT, Searched, searched
from semsearch.benchmarking.vector_folder import VectorFolder
from semsearch.config import VectorSettings
from semsearch.types import Progress, no_progress

_EXACT_ROWS = 2_000_000
"""Vectors up to which exact search is timed, which keeps all in memory, and so do other kinds."""


@dataclass(frozen=True, slots=True)
class Row(Searched):
    """One way to search, `Searched` with what it takes on disk."""

    size_bytes: int
    """Of its files; of the vectors in half precision for what is made in memory."""
    chosen: bool
    """Whether an index folder of that size would have it."""


def measure(
    vectors: VectorFolder,
    wanted: VectorSettings,
    *,
    kinds: Sequence[str] = (),
    progress: Progress = no_progress,
) -> list[Row]:
    """The index of an index folder of that size, exact search, and other kinds.

    It is built, written, opened again by another process and asked there. Queries are held back
    from all: nothing is trained or tuned on them.

    Args:
        vectors: what is searched.
        wanted: what the chosen index is tuned to.
        kinds: as FAISS's factory takes them; only up to two million vectors, as is exact search.
        progress: told of vectors indexed.

    Raises:
        InputError: FAISS knows no such kind.
    """
    build_s = vectors.index(wanted, progress)
    plain_bytes = 2 * vectors.dim * len(vectors)
    rows = [_row(found, build_s, vectors.size_bytes(), True) for found in searched(vectors, CHOSEN)]
    if len(vectors) > _EXACT_ROWS:
        return rows
    others = [EXACT, *kinds] if rows[0].index != EXACT else kinds
    return rows + [
        _row(found, found.build_s, plain_bytes, False)
        for how in others
        for found in searched(vectors, how)
    ]


def _row(found: Searched, build_s: float, size_bytes: int, chosen: bool) -> Row:
    return Row(
        found.index,
        found.recall,
        found.p50_ms,
        found.p95_ms,
        found.p99_ms,
        found.qps,
        build_s,
        found.memory_bytes,
        size_bytes,
        chosen,
    )
