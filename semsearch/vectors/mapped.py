"""Vectors in a mapped file, of which only the rows asked for are read, and checked."""

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
"""Rows read at once. A choice."""
_MAX_RESIDENT_BYTES = 3 << 30
"""Mapped bytes in memory above which all are released; they stay in the system's page cache. A
choice."""
_STATM = Path("/proc/self/statm")


class VectorsChanged(SemsearchError):
    """Vectors in a file are not what was written; the store still has them."""


class VectorFile:
    """A matrix (n, d) of half precision in a file, indexed like an array. Threads may share it."""

    def __init__(self, path: Path, shape: tuple[int, int], checksums: Checksums) -> None:
        """Map a file.

        Args:
            path: holds n rows of d numbers and nothing else.
            shape: n and d.
            checksums: (n,) of the rows.

        Raises:
            OSError: the file does not exist.
            VectorsChanged: its size is not that of n rows of d numbers.
        """
        self.shape = shape
        self._checksums = checksums
        with path.open("rb") as stream:
            if path.stat().st_size != 2 * shape[0] * shape[1]:
                raise VectorsChanged(f"{path} does not have the size that was written")
            self._map = mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ)
        self._matrix: Halves = np.frombuffer(self._map, np.float16).reshape(shape)

    def __len__(self) -> int:
        return self.shape[0]

    def __getitem__(self, rows: npt.NDArray[np.int64]) -> Halves:
        """(m, d) some rows. Raises VectorsChanged where one is not what was written."""
        halves: Halves = self._matrix[rows]
        changed = np.flatnonzero(row_checksums(halves) != self._checksums[rows])
        if len(changed):
            raise VectorsChanged(f"the vector in row {rows[changed[0]]} has changed")
        if len(self._map) > _MAX_RESIDENT_BYTES < _mapped_bytes():
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
    """Write rows to a file, in batches (b, d). Returns their checksums (n,). Raises OSError."""
    checksums = [np.empty(0, dtype=np.uint32)]
    with path.open("wb") as stream:
        for halves in batches:
            halves.tofile(stream)
            checksums.append(row_checksums(halves))
        sync_file(stream)
    return np.concatenate(checksums)


def read_vectors(path: Path, dim: int) -> Iterator[Halves]:
    """All rows of a file in batches (b, dim), without checking them. Raises OSError."""
    with path.open("rb") as stream:
        while len(block := np.fromfile(stream, np.float16, _BLOCK_ROWS * dim)):
            yield block.reshape(-1, dim)


def _mapped_bytes() -> int:
    """Bytes of mapped files in memory; the system may read megabytes around a row."""
    try:
        return int(_STATM.read_text(encoding="ascii").split()[2]) * mmap.PAGESIZE
    except OSError:  # not Linux: mapped files do not count as memory of the process
        return 0


def row_checksums(halves: Halves) -> Checksums:
    """(m,) a checksum of each of m rows, by multilinear hashing (Carter and Wegman 1979).

    The words of a row are multiplied by odd constants and added up modulo 2^32: one changed word is
    always noticed, several are missed once in four billion times. 200 rows take 8 µs
    and 200 CRCs 80 (2026-11-24), because all rows are summed at once.
    """
    words: npt.NDArray[Any] = halves.view(np.uint32 if halves.shape[1] % 2 == 0 else np.uint16)
    return np.asarray(np.einsum("ij,j->i", words, _odd_constants(words.shape[1])), np.uint32)


@cache
def _odd_constants(size: int) -> Checksums:
    return np.random.default_rng(0).integers(2**32, size=size, dtype=np.uint32) | np.uint32(1)
