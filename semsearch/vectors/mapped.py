"""Vectors in a file, of which only what is asked for is read, and checked."""

import mmap
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from semsearch.disk import sync_file
from semsearch.errors import SemsearchError
from semsearch.types import Halves

Checksums = npt.NDArray[np.uint32]

_BLOCK_ROWS = 16_384
_RESIDENT_BYTES = 3 << 30
"""Mapped bytes from which all are given back; they stay in the system's cache."""
_STATM = Path("/proc/self/statm")


class VectorsChanged(SemsearchError):
    """Vectors in a file are not what was written. They are a copy: the store has them."""


class VectorFile:
    """A matrix (n, d) of half precision in a file, indexed as an array is. Threads may share it."""

    def __init__(self, path: Path, shape: tuple[int, int], checksums: Checksums) -> None:
        """Map a file.

        Args:
            path: holds n rows of d numbers and nothing else.
            shape: n and d.
            checksums: (n,) of the rows.

        Raises:
            OSError: there is no such file.
            VectorsChanged: it is of another size.
        """
        self.shape = shape
        self._checksums = checksums
        with path.open("rb") as stream:
            if path.stat().st_size != 2 * shape[0] * shape[1]:
                raise VectorsChanged(f"{path} is of another size than it was written with")
            self._map = mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ)
        self._matrix: Halves = np.frombuffer(self._map, np.float16).reshape(shape)

    def __len__(self) -> int:
        return self.shape[0]

    def __getitem__(self, rows: npt.NDArray[np.int64]) -> Halves:
        """(m, d) some rows. Raises VectorsChanged."""
        halves: Halves = self._matrix[rows]
        changed = np.flatnonzero(row_checksums(halves) != self._checksums[rows])
        if len(changed):
            raise VectorsChanged(f"the vector in row {rows[changed[0]]} has changed")
        if len(self._map) > _RESIDENT_BYTES < _mapped_bytes():
            self._map.madvise(mmap.MADV_DONTNEED)
        return halves

    def is_whole(self) -> bool:
        """Whether every row is what was written."""
        blocks = range(0, len(self), _BLOCK_ROWS)
        try:
            for start in blocks:
                self[np.arange(start, min(start + _BLOCK_ROWS, len(self)))]
        except VectorsChanged:
            return False
        return True


def write_vectors(path: Path, batches: Iterable[Halves]) -> Checksums:
    """Put rows (b, d) into a file; returns the checksums (n,) of all. Raises OSError."""
    checksums = [np.empty(0, dtype=np.uint32)]
    with path.open("wb") as stream:
        for halves in batches:
            halves.tofile(stream)
            checksums.append(row_checksums(halves))
        sync_file(stream)
    return np.concatenate(checksums)


def read_vectors(path: Path, dim: int) -> Iterator[Halves]:
    """All rows of a file, (b, dim) at a time, unchecked. Raises OSError."""
    with path.open("rb") as stream:
        while len(block := np.fromfile(stream, np.float16, _BLOCK_ROWS * dim)):
            yield block.reshape(-1, dim)


def _mapped_bytes() -> int:
    """Of files in the memory of this process; around each row the system may map megabytes."""
    try:
        return int(_STATM.read_text(encoding="ascii").split()[2]) * mmap.PAGESIZE
    except OSError:  # not Linux: what is mapped is not counted as the memory of a process
        return 0


def row_checksums(halves: Halves) -> Checksums:
    """(m,) a checksum of each of m rows, by multilinear hashing (Carter and Wegman 1979).

    The words of a row are multiplied by odd constants and added up modulo 2^32: a single changed
    word is always noticed, others but once in four billion. Unlike a CRC it takes all rows at once.
    """
    words: npt.NDArray[Any] = halves.view(np.uint32 if halves.shape[1] % 2 == 0 else np.uint16)
    return np.asarray(np.einsum("ij,j->i", words, _odd_constants(words.shape[1])), np.uint32)


@cache
def _odd_constants(size: int) -> Checksums:
    return np.random.default_rng(0).integers(2**32, size=size, dtype=np.uint32) | np.uint32(1)
