"""Vectors for a benchmark: from .npy, ann-benchmarks .hdf5 or an index folder, or synthetic."""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from semsearch.benchmarking.synthetic import passage_vectors
from semsearch.errors import InputError
from semsearch.store import Reader
from semsearch.types import Embeddings

_ANGULAR = ("angular", "cosine")
"""What ann-benchmarks files call the distance that ranks as cosine similarity does."""
_BATCH = 16_384
"""Rows that are read at once, a choice: 16 MB of 256 dimensions."""


@dataclass(frozen=True, slots=True)
class Vectors:
    """Vectors to index, read in batches, and queries where the source has them."""

    n: int
    dim: int
    batches: Iterator[Embeddings]
    """Unit rows (b, dim), n in all; can be iterated once. Raises InputError where a row is zero or
    not finite."""
    queries: "Embeddings | None" = None
    """(q, dim) unit rows that are not among the vectors to index."""


def synthetic_vectors(n: int, dim: int = 256) -> Vectors:
    """N vectors of `passage_vectors`, with its default seed."""
    return Vectors(n, dim, passage_vectors(n, dim))


def read_vectors(source: Path) -> Vectors:
    """The vectors of a file or of an index folder.

    Args:
        source: one of

            - a .npy file with a matrix (n, d); it is memory-mapped, so it may be larger than memory
            - an .hdf5 file of ann-benchmarks (Aumüller, Bernhardsson and Faithfull 2020) with
              `train` (n, d) and `test` (q, d) of angular distance; its `neighbors` are not used,
              because exact search finds them
            - an index folder

    Raises:
        InputError: the source cannot be read, h5py is not installed, or it holds other data.
        SemsearchError: the index cannot be opened.
    """
    if source.is_dir():
        return _of_index(source)
    if source.suffix in (".hdf5", ".h5"):
        return _of_ann_benchmarks(source)
    try:
        matrix = np.load(source, mmap_mode="r", allow_pickle=False)
    except (OSError, ValueError, EOFError) as error:
        raise InputError(
            f"cannot read vectors from {source}: {error}. Give a .npy or .hdf5 file."
        ) from error
    return _of_matrix(source, matrix)


def _of_matrix(source: Path, matrix: object, queries: "Embeddings | None" = None) -> Vectors:
    if not isinstance(matrix, np.ndarray) or matrix.ndim != 2 or matrix.dtype.kind != "f":
        raise InputError(
            f"{source} holds no matrix of floating point numbers: give one vector a row"
        )
    starts = range(0, len(matrix), _BATCH)
    batches = (_unit(source, matrix[start : start + _BATCH]) for start in starts)
    n, dim = matrix.shape
    return Vectors(n, dim, batches, queries)


def _unit(source: Path, matrix: npt.NDArray[np.floating]) -> Embeddings:
    """The rows, scaled to length one."""
    vectors = matrix.astype(np.float32)
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    if not (np.isfinite(lengths).all() and lengths.all()):
        raise InputError(f"{source} holds rows that are zero or not finite: remove them")
    vectors /= lengths
    return vectors


def _of_ann_benchmarks(source: Path) -> Vectors:
    try:
        import h5py
    except ImportError as error:
        raise InputError(
            f"reading {source} needs h5py, which is not installed: pip install 'semsearch[bench]'"
        ) from error
    try:
        with h5py.File(source) as file:
            distance = file.attrs.get("distance", "unknown")
            if distance not in _ANGULAR:
                raise InputError(
                    f"{source} is for {distance} distance, but semsearch compares by cosine. Give "
                    "a file for angular distance, such as glove-100-angular.hdf5."
                )
            train, test = file["train"][:], file["test"][:]
    except (OSError, KeyError) as error:
        raise InputError(
            f"cannot read vectors from {source}: {error}. Give an .hdf5 file of ann-benchmarks "
            "with `train` and `test`."
        ) from error
    return _of_matrix(source, train, _unit(source, test))


def _of_index(folder: Path) -> Vectors:
    with closing(Reader(folder)) as reader:
        n, dim = reader.meta().passages, reader.meta().dim

    def batches() -> Iterator[Embeddings]:
        with closing(Reader(folder)) as reader:
            for _, halves in reader.vectors(dim):
                yield halves.astype(np.float32)

    return Vectors(n, dim, batches())
