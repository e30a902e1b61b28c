"""A segment of the word index: the postings of some passages, in one buffer that is never changed.

A segment is a file, or bytes in memory. Its arrays stand one behind the other, those of the widest
numbers first so that all are aligned, after a header with the length of each:

    keys         (t,) uint64   the first eight bytes of each term, as a big-endian number
    ids          (n,) int64    chunk ids of the passages, ascending
    starts       (t+1,) uint32 where the postings of each term begin
    borders      (t+1,) uint32 where the letters of each term begin
    lengths      (n,) uint32   terms of each passage
    positions    (p,) uint16   the passage of each posting, by its place in `ids`
    frequencies  (p,) uint8    how often the passage has the term; 255 for more
    letters      (b,) uint8    the terms in UTF-8, ascending
"""

import mmap
from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from semsearch.lexical.bm25 import Doubles
from semsearch.types import Rows

MAX_PASSAGES = 1 << 16
"""Passages of a segment, at most: a position is a number of 16 bits."""
MAX_FREQUENCY = 255
"""A term that a passage has more often counts as often: a frequency is a number of 8 bits."""

Places: TypeAlias = "npt.NDArray[np.int64]"
"""(m,) places of passages in a segment."""
Range: TypeAlias = tuple[int, int]
"""Where the postings of a term begin and end; equal where a segment does not have the term."""

_MAGIC = int.from_bytes(b"words 01", "little")
_KEY_BYTES = 8
_ARRAYS = (
    ("keys", "<u8"), ("ids", "<i8"), ("starts", "<u4"), ("borders", "<u4"),
    ("lengths", "<u4"), ("positions", "<u2"), ("frequencies", "u1"), ("letters", "u1"),
)  # fmt: skip


def pack(arrays: Mapping[str, npt.NDArray[Any]]) -> bytes:
    """The bytes of a segment, given all arrays but `keys`, which is made of the terms."""
    keys = _keys(arrays["letters"], arrays["borders"])
    parts = [(keys if name == "keys" else arrays[name]).astype(kind) for name, kind in _ARRAYS]
    header = np.array([_MAGIC, *map(len, parts)], dtype="<u8")
    return b"".join(part.tobytes() for part in (header, *parts))


def key(term: bytes) -> int:
    """The first eight bytes of a term as a number: it grows as terms do."""
    return int.from_bytes(term[:_KEY_BYTES].ljust(_KEY_BYTES, b"\0"), "big")


class Segment:
    """The postings of some passages of one language, some of which may have been removed."""

    def __init__(self, buffer: "bytes | mmap.mmap", dead: "Places | None" = None) -> None:
        """Read the header; nothing is copied.

        Args:
            buffer: what `pack` made.
            dead: places of the passages that have been removed; none when left out.
        """
        self._buffer = buffer
        counts = np.frombuffer(buffer, "<u8", 1 + len(_ARRAYS)).tolist()
        if counts[0] != _MAGIC:
            raise ValueError("this is not a segment of a word index of this version")
        arrays: dict[str, npt.NDArray[Any]] = {}
        offset = 8 * len(counts)
        for (name, kind), count in zip(_ARRAYS, counts[1:], strict=True):
            arrays[name] = np.frombuffer(buffer, kind, count, offset)
            offset += arrays[name].nbytes
        self.ids: Rows = arrays["ids"]
        self.lengths: npt.NDArray[np.uint32] = arrays["lengths"]
        self.positions: npt.NDArray[np.uint16] = arrays["positions"]
        self.frequencies: npt.NDArray[np.uint8] = arrays["frequencies"]
        self.starts: npt.NDArray[np.uint32] = arrays["starts"]
        self._keys: npt.NDArray[np.uint64] = arrays["keys"]
        # Single numbers are read from a memoryview in a third of the time of an array.
        self._borders = arrays["borders"].data
        self._array_of_borders = arrays["borders"]
        self._array_of_letters = arrays["letters"]
        self._starts = arrays["starts"].data
        self._letters = arrays["letters"].data
        self.dead: Places = np.empty(0, dtype=np.int64) if dead is None else dead
        self._last_found: tuple[Sequence[bytes], list[Range]] = ((), [])
        self.alive: npt.NDArray[np.bool_] | None = None
        if len(self.dead):
            self.alive = np.ones(len(self.ids), dtype=bool)
            self.alive[self.dead] = False

    @classmethod
    def open(cls, path: Path, dead: "Places | None" = None) -> "Segment":
        """A segment in a file, which is mapped. Raises OSError or ValueError."""
        with path.open("rb") as stream:
            return cls(mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ), dead)

    def __len__(self) -> int:
        """The number of passages that have not been removed."""
        return len(self.ids) - len(self.dead)

    def without(self, ids: Rows) -> "Segment":
        """The segment with some passages removed, given by ascending chunk ids.

        Those that are not here, or have been removed before, are passed over.
        """
        return Segment(self._buffer, np.union1d(self.dead, self.places(ids)))

    @property
    def length(self) -> int:
        """The number of terms of all passages that have not been removed."""
        return int(self.lengths.sum(dtype=np.int64) - self.lengths[self.dead].sum(dtype=np.int64))

    def live_ids(self) -> Rows:
        """The chunk ids of the passages that have not been removed, ascending."""
        return self.ids if self.alive is None else self.ids[self.alive]

    def find(self, terms: Sequence[bytes], keys: "npt.NDArray[np.uint64]") -> list[Range]:
        """The postings of each term.

        Args:
            terms: in UTF-8.
            keys: (len(terms),) the `key` of each.
        """
        asked, found = self._last_found
        if asked is terms:  # statistics and scores of a query look for the same terms
            return found
        first = np.searchsorted(self._keys, keys).tolist()
        last = np.searchsorted(self._keys, keys, "right").tolist()
        found = [self._range(*each) for each in zip(terms, first, last, strict=True)]
        self._last_found = (terms, found)  # in one step, as threads share a segment
        return found

    def _range(self, term: bytes, low: int, high: int) -> Range:
        """The postings of a term that stands between two places in the vocabulary, if anywhere."""
        if high - low > 1:
            low = bisect_left(range(high), term, lo=low, key=self.term)
        if low < high and self.term(low) == term:
            return self.postings(low)
        return 0, 0

    def term(self, place: int) -> bytes:
        """The term at a place in the vocabulary."""
        return bytes(self._letters[self._borders[place] : self._borders[place + 1]])

    def terms(self) -> Iterator[bytes]:
        """All terms, ascending."""
        letters, borders = bytes(self._letters), self._borders.tolist()
        return (letters[a:b] for a, b in pairwise(borders))

    def beginning(self, prefix: bytes, among: range | None = None) -> range:
        """The places in the vocabulary of the terms that begin with some letters.

        Args:
            prefix: the letters.
            among: places to look at; all when left out.
        """
        every = range(len(self._keys))
        low, high = (0, len(every)) if among is None else (among.start, among.stop)
        first = bisect_left(every, prefix, low, high, key=self.term)
        # No byte of UTF-8 is 0xff, so that this stands behind all terms with the prefix.
        return range(first, bisect_left(every, prefix + b"\xff", first, high, key=self.term))

    def ending(self, places: range, suffix: bytes, length: int, tolerance: int) -> Places:
        """The places of the terms among some that end in two bytes.

        Args:
            places: in the vocabulary.
            suffix: two bytes.
            length: bytes of a term.
            tolerance: how many more or fewer a term may have.
        """
        borders = self._array_of_borders[places.start : places.stop + 1].astype(np.int64)
        lengths = np.diff(borders)
        ends = borders[1:]
        fits = (np.abs(lengths - length) <= tolerance) & (lengths >= len(suffix))
        ends = np.where(fits, ends, 2)
        letters = self._array_of_letters
        fits &= (letters[ends - 2] == suffix[0]) & (letters[ends - 1] == suffix[1])
        found: Places = np.flatnonzero(fits) + places.start
        return found

    def postings(self, place: int) -> Range:
        """The postings of the term at a place in the vocabulary."""
        return self._starts[place], self._starts[place + 1]

    def holding(self, postings: Sequence[Range]) -> Rows:
        """The chunk ids of the passages that have every one of some terms, ascending."""
        keep = np.ones(len(self.ids), dtype=bool)
        for start, end in postings:
            has = np.zeros(len(self.ids), dtype=bool)
            has[self.positions[start:end]] = True
            keep &= has
        return self._living(keep)

    def holding_any(self, postings: Sequence[Range]) -> Rows:
        """The chunk ids of the passages that have one or more of some terms, ascending."""
        keep = np.zeros(len(self.ids), dtype=bool)
        for start, end in postings:
            keep[self.positions[start:end]] = True
        return self._living(keep)

    def _living(self, keep: "npt.NDArray[np.bool_]") -> Rows:
        found: Rows = self.ids[keep if self.alive is None else keep & self.alive]
        return found

    def frequency(self, postings: Range) -> int:
        """How many passages that have not been removed are among the postings of a term."""
        start, end = postings
        if self.alive is None or start == end:
            return end - start
        return int(np.count_nonzero(self.alive[self.positions[start:end]]))

    def places(self, ids: Rows) -> Places:
        """The places of the passages here that are among some chunk ids, ascending."""
        places: Places = np.searchsorted(self.ids, ids).astype(np.int64)
        within = places < len(self.ids)
        places, ids = places[within], ids[within]
        found: Places = places[self.ids[places] == ids]
        return found

    def scores(
        self, postings: Sequence[Range], weights: Doubles, norms: Doubles
    ) -> "Doubles | None":
        """(n,) the score of each passage, 0 for those that have been removed; None if all are 0.

        Args:
            postings: of each term of a query.
            weights: (t,) of each term.
            norms: (n,) of each passage; see `bm25.Statistics`.
        """
        counts = [end - start for start, end in postings]
        if not any(counts):
            return None
        positions = np.concatenate([self.positions[start:end] for start, end in postings])
        parts = np.concatenate([self.frequencies[start:end] for start, end in postings])
        gained = np.repeat(weights, counts) * parts
        gained /= parts + norms[positions]
        # `bincount` adds in the order of the postings, which is that of the terms.
        scores: Doubles = np.bincount(positions, gained, len(self.ids)).astype(np.float64)
        scores[self.dead] = 0
        return scores


def _keys(
    letters: "npt.NDArray[np.uint8]", borders: "npt.NDArray[np.integer[Any]]"
) -> "npt.NDArray[np.uint64]":
    """(t,) the `key` of each term."""
    keys = np.zeros(len(borders) - 1, dtype=np.uint64)
    lengths = np.diff(borders)
    for place in range(_KEY_BYTES):
        has = lengths > place
        keys[has] |= letters[borders[:-1][has] + place].astype(np.uint64) << np.uint64(
            8 * (_KEY_BYTES - 1 - place)
        )
    return keys
