"""Time, memory and disk of a vector search at growing numbers of passages."""

import tempfile
from dataclasses import dataclass
from pathlib import Path

from semsearch.benchmarking.search_subprocess import CHOSEN, search_costs
from semsearch.benchmarking.synthetic import passage_vectors
from semsearch.benchmarking.vector_folder import VectorFolder
from semsearch.benchmarking.vector_sources import Vectors
from semsearch.config import VectorSettings
from semsearch.types import Progress, no_progress

SIZES = (1_000, 10_000, 100_000, 1_000_000, 10_000_000)
"""Numbers of passages that are measured."""


@dataclass(frozen=True, slots=True)
class Row:
    """What the index of a collection of this size costs."""

    passages: int
    index: str
    recall: float
    """ann_recall@10 of queries that were not used for training or tuning."""
    build_s: float
    p50_ms: float
    """Latency of one query at a time."""
    p95_ms: float
    memory_bytes: int
    """Peak memory of a process after 500 queries, less what it held before it opened the index."""
    disk_bytes: int
    """Size of the vectors and of the index made of them."""


def measure(
    passages: int,
    dim: int,
    wanted: VectorSettings,
    *,
    seed: int = 0,
    progress: Progress = no_progress,
) -> Row:
    """Build, write, open and search an index of synthetic vectors, see `passage_vectors`.

    Args:
        passages: number of vectors.
        dim: dimensions of each.
        wanted: recall and memory that the index is tuned to.
        seed: the same seed gives the same vectors.
        progress: called with the numbers of vectors indexed and of all.

    Raises:
        InputError: there are fewer than 1,000 passages, or the searching process failed.
    """
    with tempfile.TemporaryDirectory() as folder:
        batches = passage_vectors(passages, dim, seed)
        vectors = VectorFolder.fill(Path(folder), Vectors(passages, dim, batches))
        build_s = vectors.index(wanted, progress)
        (found,) = search_costs(vectors, CHOSEN)
        return Row(
            passages,
            found.index,
            found.recall,
            build_s,
            found.p50_ms,
            found.p95_ms,
            found.memory_bytes,
            vectors.size_bytes(),
        )
