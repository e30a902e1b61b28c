"""Vectors to measure on: from a .npy file, an ann-benchmarks .hdf5 file or an index folder."""

from contextlib import closing
from pathlib import Path
from typing import NamedTuple

import numpy as np

from semsearch.errors import InputError
from semsearch.store import Reader
from semsearch.types import Embeddings

_ANGULAR = ("angular", "cosine")


class Vectors(NamedTuple):
    """What a file holds."""

    rows: Embeddings
    """(n, d), unit rows."""
    queries: "Embeddings | None"
    """(q, d), unit rows that are not among the others; None where the file has none."""


def read_vectors(source: Path) -> Vectors:
    """The vectors of a file or of an index folder.

    Args:
        source: a .npy file with a matrix (n, d); an .hdf5 file of ann-benchmarks (Aumüller,
            Bernhardsson and Faithfull 2020) with `train` (n, d) and `test` (q, d) of angular
            distance, whose `neighbors` are not needed, because exact search finds them; an index
            folder.

    Raises:
        InputError: it cannot be read, h5py is not installed, or it holds what is no such vectors.
        SemsearchError: whatever opening an index raises.
    """
    if source.is_dir():
        return Vectors(_of_index(source), None)
    if source.suffix in (".hdf5", ".h5"):
        return _of_ann_benchmarks(source)
    try:
        matrix = np.load(source, allow_pickle=False)
    except (OSError, ValueError, EOFError) as error:
        raise InputError(
            f"cannot read vectors from {source}: {error}. Give a .npy or .hdf5 file."
        ) from error
    return Vectors(_unit(source, matrix), None)


def _unit(source: Path, matrix: object) -> Embeddings:
    """The rows with length one."""
    if not isinstance(matrix, np.ndarray) or matrix.ndim != 2 or matrix.dtype.kind != "f":
        raise InputError(f"{source} holds no matrix of floating point numbers, a vector a row")
    vectors = matrix.astype(np.float32)
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    if not (np.isfinite(lengths).all() and lengths.all()):
        raise InputError(f"{source} holds rows that are zero or not finite: take them out")
    vectors /= lengths
    return vectors


def _of_ann_benchmarks(source: Path) -> Vectors:
    try:
        import h5py
    except ImportError as error:
        raise InputError(
            f"{source} needs h5py, which is not installed: pip install 'semsearch[bench]'"
        ) from error
    try:
        with h5py.File(source) as file:
            distance = file.attrs.get("distance", "unknown")
            if distance not in _ANGULAR:
                raise InputError(
                    f"{source} is of {distance} distance: semsearch compares by cosine. Give a set "
                    "of angular distance, glove-100-angular.hdf5 for instance."
                )
            train, test = file["train"][:], file["test"][:]
    except (OSError, KeyError) as error:
        raise InputError(
            f"cannot read vectors from {source}: {error}. Give an .hdf5 file of ann-benchmarks, "
            "with `train` and `test`."
        ) from error
    return Vectors(_unit(source, train), _unit(source, test))


def _of_index(folder: Path) -> Embeddings:
    with closing(Reader(folder)) as reader:
        dim = int(reader.meta()["dim"])
        return np.concatenate(
            [np.empty((0, dim), dtype=np.float32), *(rows for _, rows in reader.vectors(dim))]
        )
