"""Tokenizing many words in one batch by numpy, with the same result as `Tokenizer`.

A batch of new words takes a quarter of the time of one word after the other. A rolling hash finds
the pieces that match at each character, for one length after the other. Then the segmentation with
the lowest cost up to each character (Viterbi 1967) is found for all words together, one position
after the other. To make each step work on a few ranges of one array, characters are stored by
position: the first characters of all words, longest word first, then the second ones of all words
that have one, and so on.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from semsearch.text.hashing import Hashes, rolled

Ints = npt.NDArray[np.int64]
Characters = npt.NDArray[np.uint32]
"""Unicode code points."""

_BUCKET_BITS = 18
"""A choice: about one bucket for each of the 200,000 pieces of the fast model."""

_SHIFT = np.uint64(64 - _BUCKET_BITS)

_PREFIX_LENGTHS = 4
"""A choice: for prefixes up to this length, the longest piece that begins with them is known, which
ends the search for matches early."""

# A segmentation of a prefix is one integer, so that the lower of two is the better one: the cost in
# the high bits, then the length of the last piece (inverted: the longer one wins), then its id.
# 18 bits are enough for a quarter of a million pieces, 6 bits for pieces of 62 characters.
_ID_BITS, _LENGTH_BITS = 18, 6
_COST_SHIFT = _ID_BITS + _LENGTH_BITS
_UNKNOWN = (1 << _ID_BITS) - 1
"""The id for a character that is not a piece: it costs nothing and gives no token."""

_LONGEST = (1 << _LENGTH_BITS) - 1
_UNREACHED = np.iinfo(np.int64).max


class PieceTable:
    """A hash table of the pieces: sorted hashes, with the index at which each bucket begins."""

    def __init__(self, lines: bytes, costs: Sequence[int]) -> None:
        """Hashes all pieces, which takes about 40 ms for the fast model.

        Args:
            lines: see `PieceFile.lines`.
            costs: the cost of each piece, from 1 to 255.

        Raises:
            ValueError: there are too many pieces, or one is too long.
        """
        characters = _characters(lines.decode() + "\n")
        ends = np.flatnonzero(characters == ord("\n"))
        starts = np.concatenate([[0], ends[:-1] + 1])
        sizes = ends - starts
        if len(sizes) >= _UNKNOWN or sizes.max() >= _LONGEST:
            raise ValueError(f"{len(sizes)} pieces, the longest of {sizes.max()} characters")
        hashes = np.zeros(len(sizes), dtype=np.uint64)
        self._longest = np.zeros((_PREFIX_LENGTHS + 1, 1 << _BUCKET_BITS), dtype=np.int8)
        for length in range(1, int(sizes.max()) + 1):
            longer = np.flatnonzero(sizes >= length)
            hashes[longer] = rolled(hashes[longer], characters[starts[longer] + length - 1])
            if length <= _PREFIX_LENGTHS:
                where = self._longest[length], _buckets(hashes[longer])
                np.maximum.at(*where, sizes[longer].astype(np.int8))
        self._ids = np.argsort(hashes)
        self._hashes = hashes[self._ids]
        counts = np.bincount(_buckets(self._hashes), minlength=1 << _BUCKET_BITS)
        self._first = np.concatenate([[0], np.cumsum(counts)])
        self._fullest = int(counts.max())
        self._costs = np.frombuffer(bytes(costs), dtype=np.uint8).astype(np.int64)
        self._known = np.zeros(0x110000, dtype=np.bool_)
        self._known[characters[starts[sizes == 1]]] = True

    def tokenize(self, words: Sequence[str]) -> list[tuple[int, ...]]:
        """The token ids of each normalised word."""
        text = _characters("".join(words))
        sizes = np.array([len(word) for word in words], dtype=np.int64)
        grid = _Grid.of(text, sizes)
        best = np.full(len(grid.characters), _UNREACHED)
        matches = self._matches(grid)
        for position in range(grid.positions):
            for of_length in matches:
                of_length.relax(position, grid, best)
        return _backtrack(best, grid, sizes)

    def _matches(self, grid: "_Grid") -> list["_Matches"]:
        """The occurrences of all pieces in all words, one entry for each length of a piece.

        The first entry holds the characters that are not pieces.
        """
        known = self._known[grid.characters]
        starts = np.flatnonzero(~known)
        positions, rows = grid.locate(starts)
        free, unknown = np.zeros_like(starts), np.full_like(starts, _UNKNOWN)
        found = [_Matches.of(1, positions, rows, free, unknown)]
        positions, rows = grid.locate(np.flatnonzero(known))
        hashes = np.zeros(len(rows), dtype=np.uint64)
        room = grid.sizes[rows] - positions  # the longest piece that can still match
        length = 0
        while len(rows):
            hashes = rolled(hashes, grid.characters[grid.begins[positions + length] + rows])
            length += 1
            if length <= _PREFIX_LENGTHS:
                room = np.minimum(room, self._longest[length, _buckets(hashes)])
            at, ids = self._lookup(hashes)
            found.append(_Matches.of(length, positions[at], rows[at], self._costs[ids], ids))
            longer = np.flatnonzero(room > length)
            positions, rows = positions[longer], rows[longer]
            hashes, room = hashes[longer], room[longer]
        return found

    def _lookup(self, hashes: Hashes) -> tuple[Ints, Ints]:
        """The indices of the hashes that belong to pieces, ascending, and the ids of the pieces."""
        buckets = _buckets(hashes)
        places, stops = self._first[buckets], self._first[buckets + 1]
        ids = np.full(len(hashes), -1)
        asked = np.flatnonzero(places < stops)
        for _ in range(self._fullest):
            place = places[asked]
            same = self._hashes[place] == hashes[asked]
            ids[asked[same]] = self._ids[place[same]]
            asked = asked[~same]
            places[asked] += 1
            asked = asked[places[asked] < stops[asked]]
        found = np.flatnonzero(ids >= 0)
        return found, ids[found]


@dataclass(frozen=True)
class _Grid:
    """The characters of all words, position by position; each row is a word, longest first."""

    characters: Characters
    begins: Ints
    """(positions,) the index in `characters` of the first row at each position."""
    sizes: Ints
    """(rows,) the length of each word."""
    order: Ints
    """(rows,) the number of the word in each row."""

    @classmethod
    def of(cls, text: Characters, sizes: Ints) -> "_Grid":
        """From the words one after the other, and their lengths."""
        order = np.argsort(-sizes, kind="stable")
        starts = (np.cumsum(sizes) - sizes)[order]
        longest_first = sizes[order]
        positions = np.arange(int(sizes.max(initial=0)))
        # Words that are longer than each position.
        heights = np.searchsorted(-longest_first, -positions, side="left")
        parts = [text[starts[:height] + position] for position, height in enumerate(heights)]
        characters = np.concatenate([*parts, text[:0]])
        return cls(characters, np.cumsum(heights) - heights, longest_first, order)

    @property
    def positions(self) -> int:
        """The length of the longest word."""
        return len(self.begins)

    def locate(self, at: Ints) -> tuple[Ints, Ints]:
        """The position and the row of each index into `characters`."""
        positions = np.searchsorted(self.begins, at, side="right") - 1
        return positions, at - self.begins[positions]


@dataclass(frozen=True)
class _Matches:
    """The occurrences of the pieces of one length, sorted by the position at which they begin."""

    length: int
    rows: Ints
    keys: Ints
    """Cost, length and id of each piece as one integer."""
    bounds: list[int]
    """The matches that begin at position p are those from bounds[p] to bounds[p + 1]."""

    @classmethod
    def of(cls, length: int, positions: Ints, rows: Ints, costs: Ints, ids: Ints) -> "_Matches":
        keys = ((costs << _LENGTH_BITS) + (_LONGEST - length) << _ID_BITS) + ids
        last = int(positions[-1]) if len(positions) else -1
        bounds = np.searchsorted(positions, np.arange(last + 2)).tolist()
        return cls(length, rows, keys, bounds)

    def relax(self, position: int, grid: _Grid, best: Ints) -> None:
        """Update `best` at a position by the matches that end there."""
        start = position - self.length + 1
        if not 0 <= start < len(self.bounds) - 1:
            return
        chosen = slice(self.bounds[start], self.bounds[start + 1])
        rows, keys = self.rows[chosen], self.keys[chosen]
        if start:
            before = best[grid.begins[start - 1] + rows]
            keys = keys + (before >> _COST_SHIFT << _COST_SHIFT)
        at = grid.begins[position] + rows
        best[at] = np.minimum(best[at], keys)


def _backtrack(best: Ints, grid: _Grid, sizes: Ints) -> list[tuple[int, ...]]:
    """The token ids of the best segmentation of each word, from the last piece to the first."""
    rows = np.flatnonzero(grid.sizes)
    positions = grid.sizes[rows] - 1
    words, ids = [rows[:0]], [rows[:0]]
    while len(rows):
        keys = best[grid.begins[positions] + rows]
        pieces = keys & _UNKNOWN
        known = pieces != _UNKNOWN
        words.append(grid.order[rows[known]])
        ids.append(pieces[known])
        positions -= _LONGEST - (keys >> _ID_BITS & _LONGEST)
        left = positions >= 0
        rows, positions = rows[left], positions[left]
    owners = np.concatenate(words)[::-1]
    flat = np.concatenate(ids)[::-1][np.argsort(owners, kind="stable")].tolist()
    stops = np.cumsum(np.bincount(owners, minlength=len(sizes))).tolist()
    return [tuple(flat[a:b]) for a, b in zip([0, *stops], stops, strict=False)]


def _characters(text: str) -> Characters:
    return np.frombuffer(text.encode("utf-32-le", "surrogatepass"), dtype=np.uint32)


def _buckets(hashes: Hashes) -> Ints:
    return (hashes >> _SHIFT).astype(np.int64)
