"""How a vector search grows with the number of passages: time, memory, disk."""

import tempfile
from dataclasses import dataclass
from pathlib import Path

from semsearch.benchmarking.search_subprocess import CHOSEN, searched
from semsearch.benchmarking.synthetic import passage_vectors
from semsearch.benchmarking.vector_folder import VectorFolder
from semsearch.benchmarking.vector_sources import Vectors
from semsearch.config import VectorSettings
from semsearch.types import Progress, no_progress

SIZES = (1_000, 10_000, 100_000, 1_000_000, 10_000_000)


@dataclass(frozen=True, slots=True)
class Row:
    """The index that a folder of so many passages has."""

    passages: int
    index: str
    recall: float
    """ann_recall@10 of queries that nothing was tuned on."""
    build_s: float
    p50_ms: float
    """Of one query at a time."""
    p95_ms: float
    memory_bytes: int
    """What a process holds for it after 500 queries."""
    disk_bytes: int
    """Of the vectors, and of what is made of them."""


def measure(
    passages: int,
    dim: int,
    wanted: VectorSettings,
    *,
    seed: int = 0,
    progress: Progress = no_progress,
) -> Row:
    """Build, write, open and search the vectors of so many passages, see `passage_vectors`."""
    with tempfile.TemporaryDirectory() as folder:
        batches = passage_vectors(passages, dim, seed)
        vectors = VectorFolder.fill(Path(folder), Vectors(passages, dim, batches))
        build_s = vectors.index(wanted, progress)
        (found,) = searched(vectors, CHOSEN)
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
