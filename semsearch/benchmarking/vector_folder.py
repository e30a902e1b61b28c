"""Vectors on disk to be searched, with queries held back from them and their exact neighbours."""

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
    Nearest,
    Passages,
    VectorIndex,
    VectorRows,
    read_vectors,
    stored,
    write_vectors,
)

K = 10
"""Neighbours that are asked for."""
QUERIES = 500
_LEAST = 1_000
_PLAIN = "vectors.f16"


class VectorFolder:
    """n vectors of d numbers in half precision, 500 queries and the ten nearest of each."""

    def __init__(self, folder: Path, dim: int) -> None:
        """A folder that `fill` filled."""
        self.folder = folder
        self.dim = dim

    @classmethod
    def fill(cls, folder: Path, vectors: Vectors) -> "VectorFolder":
        """Put vectors into a folder; every so many are held back where there are no queries.

        Args:
            folder: empty.
            vectors: at least 1,000.

        Raises:
            InputError: there are fewer.
        """
        if vectors.n < _LEAST:
            raise InputError(f"{vectors.n:,} vectors are too few to measure: give {_LEAST:,}")
        queries = [] if vectors.queries is None else [vectors.queries]
        step = vectors.n // QUERIES if vectors.queries is None else 0
        write_vectors(folder / _PLAIN, _kept(vectors.batches, step, queries))
        np.save(folder / "queries.npy", np.concatenate(queries)[:QUERIES])
        return cls(folder, vectors.dim)

    @property
    def queries(self) -> Embeddings:
        """(500, d), about."""
        return np.asarray(np.load(self.folder / "queries.npy"))

    @property
    def truth(self) -> npt.NDArray[np.int64]:
        """(500, 10) the exact neighbours, found when first asked for."""
        path = self.folder / "truth.npy"
        if not path.exists():
            nearest = Nearest(self.queries, K)
            for halves in self.batches():
                nearest.see(halves.astype(np.float32))
            np.save(path, nearest.ids)
        return np.asarray(np.load(path))

    def __len__(self) -> int:
        return (self.folder / _PLAIN).stat().st_size // (2 * self.dim)

    def batches(self) -> Iterator[Halves]:
        """All vectors but the queries, (b, d) at a time."""
        return read_vectors(self.folder / _PLAIN, self.dim)

    def index(self, wanted: VectorSettings, progress: Progress) -> float:
        """Make what an index folder of that size has; returns the seconds that it took."""
        began = perf_counter()
        if len(self) > EXACT_ROWS:
            ids = np.arange(1, len(self) + 1)
            passages = Passages(ids, ids, np.zeros(len(ids), np.int16), ("und",))
            target = self.folder / stored.ANN
            stored.write(target, 1, passages, self.batches(), "", wanted, progress)
        return perf_counter() - began

    def open(self, exact: bool) -> VectorIndex:
        """Exact search of vectors in memory, or what `index` made."""
        made = None if exact else stored.open_stored(self.folder / stored.ANN, "")
        if made:
            return VectorIndex(VectorRows(made.vectors), made.codes)
        return VectorIndex(VectorRows(np.concatenate(list(self.batches()))))

    def size_bytes(self) -> int:
        """Of the files that `index` made, or of the vectors where it made none."""
        files = [*(self.folder / stored.ANN).rglob("*")] or [self.folder / _PLAIN]
        return sum(path.stat().st_size for path in files if path.is_file())


def _kept(batches: Iterable[Embeddings], step: int, queries: list[Embeddings]) -> Iterator[Halves]:
    """Batches without every step-th row, which are put among the queries; all when that is 0."""
    seen = 0
    for vectors in batches:
        held_back = np.zeros(len(vectors), dtype=bool)
        if step:
            held_back[-seen % step :: step] = True
            queries.append(vectors[held_back])
        yield vectors[~held_back].astype(np.float16)
        seen += len(vectors)
