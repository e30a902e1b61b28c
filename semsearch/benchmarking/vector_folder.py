"""A folder of vectors to search, with held-back queries and the exact neighbours of each."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from time import perf_counter

import numpy as np
import numpy.typing as npt

from semsearch.benchmarking.vector_sources import Vectors
from semsearch.config import VectorSettings
from semsearch.errors import InputError
from semsearch.types import Embeddings, Halves, Progress
from semsearch.vectors import (
    EXACT_ROWS,
    ExactNeighbors,
    Passages,
    VectorIndex,
    VectorRows,
    read_vectors,
    stored,
    write_vectors,
)

K = 10
"""Neighbours per query, as ann_recall@10 has it."""
QUERIES = 500
"""Queries, a choice: 5,000 neighbours in all, so that recall is known to about 0.003."""
_MIN_VECTORS = 1_000
"""A choice: with fewer, half of the vectors or more would be queries."""
_VECTORS = "vectors.f16"


class VectorFolder:
    """Vectors (n, d) in half precision, 500 queries, and the ten nearest vectors of each query."""

    def __init__(self, folder: Path, dim: int) -> None:
        """Open a folder that `fill` has filled."""
        self.folder = folder
        self.dim = dim

    @classmethod
    def fill(cls, folder: Path, vectors: Vectors) -> "VectorFolder":
        """Write vectors into a folder; where they come without queries, 500 are held back.

        Args:
            folder: an empty folder.
            vectors: at least 1,000.

        Raises:
            InputError: there are fewer than 1,000 vectors.
        """
        if vectors.n < _MIN_VECTORS:
            raise InputError(
                f"{vectors.n:,} vectors are too few to measure: give {_MIN_VECTORS:,} or more"
            )
        queries = [] if vectors.queries is None else [vectors.queries]
        step = vectors.n // QUERIES if vectors.queries is None else 0
        write_vectors(folder / _VECTORS, _kept(vectors.batches, step, queries))
        np.save(folder / "queries.npy", np.concatenate(queries)[:QUERIES])
        return cls(folder, vectors.dim)

    @property
    def queries(self) -> Embeddings:
        """(q, d) unit rows; q is 500 or a little more or less."""
        return np.asarray(np.load(self.folder / "queries.npy"))

    @property
    def truth(self) -> npt.NDArray[np.int64]:
        """(q, 10) rows of the exact neighbours; computed on first use and kept in the folder."""
        path = self.folder / "truth.npy"
        if not path.exists():
            nearest = ExactNeighbors(self.queries, K)
            for halves in self.batches():
                nearest.add(halves.astype(np.float32))
            np.save(path, nearest.ids)
        return np.asarray(np.load(path))

    def __len__(self) -> int:
        return (self.folder / _VECTORS).stat().st_size // (2 * self.dim)

    def batches(self) -> Iterator[Halves]:
        """All vectors without the queries, in batches (b, d)."""
        return read_vectors(self.folder / _VECTORS, self.dim)

    def index(self, wanted: VectorSettings, progress: Progress) -> float:
        """Make the index that semsearch chooses for this size; returns the seconds that it took."""
        began = perf_counter()
        if len(self) > EXACT_ROWS:
            ids = np.arange(1, len(self) + 1)
            passages = Passages(ids, ids, np.zeros(len(ids), np.int16), ("und",))
            target = self.folder / stored.ANN_FOLDER
            stored.write(target, 1, passages, self.batches(), "", wanted, progress)
        return perf_counter() - began

    def open(self, exact: bool) -> VectorIndex:
        """Exact search with all vectors in memory, or the index that `index` made."""
        made = None if exact else stored.open_stored(self.folder / stored.ANN_FOLDER, "")
        if made:
            return VectorIndex(VectorRows(made.vectors), made.codes)
        return VectorIndex(VectorRows(np.concatenate(list(self.batches()))))

    def size_bytes(self) -> int:
        """Size of the files that `index` made, or of the vectors where it made none."""
        files = [*(self.folder / stored.ANN_FOLDER).rglob("*")] or [self.folder / _VECTORS]
        return sum(path.stat().st_size for path in files if path.is_file())


def _kept(batches: Iterable[Embeddings], step: int, queries: list[Embeddings]) -> Iterator[Halves]:
    """Batches without every step-th row, which is added to queries; all rows when step is 0."""
    seen = 0
    for vectors in batches:
        held_back = np.zeros(len(vectors), dtype=bool)
        if step:
            held_back[-seen % step :: step] = True
            queries.append(vectors[held_back])
        yield vectors[~held_back].astype(np.float16)
        seen += len(vectors)
