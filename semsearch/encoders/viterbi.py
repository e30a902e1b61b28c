"""The cheapest cuts of many words at once: the same as `Tokenizer` makes, several times as fast.

A rolling hash finds the pieces that begin at each character, one length after the other, and the
best way to each character is found for all words together, one depth after the other (Viterbi
1967). The characters stand depth by depth: the first ones of all words, longest word first, then
the second ones of all that have any. So each step is about a few ranges of one array.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from semsearch.text.hashing import Hashes, rolled

Ints = npt.NDArray[np.int64]
Characters = npt.NDArray[np.uint32]

_BUCKET_BITS = 18
_SHIFT = np.uint64(64 - _BUCKET_BITS)

_PREFIXES = 4
"""Up to so many characters, a beginning that no longer piece has ends the search for one."""

# One number orders the ways to a character: by cost, then the longer last piece, then (never equal)
# its id; 18 bits hold a quarter of a million pieces, and 6 bits their lengths.
_ID_BITS, _LENGTH_BITS = 18, 6
_COST_SHIFT = _ID_BITS + _LENGTH_BITS
_UNKNOWN = (1 << _ID_BITS) - 1
_LONGEST = (1 << _LENGTH_BITS) - 1
_NO_WAY = np.iinfo(np.int64).max


class PieceTable:
    """The pieces by their hashes: sorted, with the place where each bucket of hashes begins."""

    def __init__(self, lines: bytes, costs: Sequence[int]) -> None:
        """Hashes all pieces, which takes some 40 ms.

        Args:
            lines: of `PieceFile`.
            costs: of each piece.
        """
        characters = _characters(lines.decode() + "\n")
        ends = np.flatnonzero(characters == ord("\n"))
        starts = np.concatenate([[0], ends[:-1] + 1])
        sizes = ends - starts
        if len(sizes) >= _UNKNOWN or sizes.max() >= _LONGEST:
            raise ValueError(f"{len(sizes)} pieces, the longest of {sizes.max()} characters")
        hashes = np.zeros(len(sizes), dtype=np.uint64)
        self._longest = np.zeros((_PREFIXES + 1, 1 << _BUCKET_BITS), dtype=np.int8)
        for length in range(1, int(sizes.max()) + 1):
            longer = np.flatnonzero(sizes >= length)
            hashes[longer] = rolled(hashes[longer], characters[starts[longer] + length - 1])
            if length <= _PREFIXES:
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

    def cut(self, words: Sequence[str]) -> list[tuple[int, ...]]:
        """The ids of the pieces of each normalised word."""
        text = _characters("".join(words))
        sizes = np.array([len(word) for word in words], dtype=np.int64)
        grid = _Grid.of(text, sizes)
        best = np.full(len(grid.characters), _NO_WAY)
        found = self._pieces_in(grid)
        for depth in range(grid.depths):
            for pieces in found:
                pieces.lead_to(depth, grid, best)
        return _followed_back(best, grid, sizes)

    def _pieces_in(self, grid: "_Grid") -> list["_Pieces"]:
        """Every piece in every word, those of one length together."""
        known = self._known[grid.characters]
        starts = np.flatnonzero(~known)
        depths, rows = grid.place(starts)
        found = [_Pieces.of(1, depths, rows, np.zeros_like(starts), np.full_like(starts, _UNKNOWN))]
        depths, rows = grid.place(np.flatnonzero(known))
        hashes = np.zeros(len(rows), dtype=np.uint64)
        room = grid.sizes[rows] - depths
        length = 0
        while len(rows):
            hashes = rolled(hashes, grid.characters[grid.begins[depths + length] + rows])
            length += 1
            if length <= _PREFIXES:
                room = np.minimum(room, self._longest[length, _buckets(hashes)])
            asked, ids = self._find(hashes)
            found.append(_Pieces.of(length, depths[asked], rows[asked], self._costs[ids], ids))
            longer = np.flatnonzero(room > length)
            depths, rows, hashes, room = depths[longer], rows[longer], hashes[longer], room[longer]
        return found

    def _find(self, hashes: Hashes) -> tuple[Ints, Ints]:
        """Which hashes are those of pieces, in order, and of which."""
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
    """The characters of all words, depth by depth; a row is a word, longest first."""

    characters: Characters
    begins: Ints
    """(depths,) where each depth begins; row r is so many characters further."""
    sizes: Ints
    """(rows,) the length of each word."""
    order: Ints
    """(rows,) which word each row is."""

    @classmethod
    def of(cls, text: Characters, sizes: Ints) -> "_Grid":
        """From the words one after the other, and their lengths."""
        order = np.argsort(-sizes, kind="stable")
        starts = (np.cumsum(sizes) - sizes)[order]
        longest_first = sizes[order]
        depths = np.arange(int(sizes.max(initial=0)))
        heights = np.searchsorted(-longest_first, -depths, side="left")  # words longer than that
        parts = [text[starts[:height] + depth] for depth, height in enumerate(heights)]
        characters = np.concatenate([*parts, text[:0]])
        return cls(characters, np.cumsum(heights) - heights, longest_first, order)

    @property
    def depths(self) -> int:
        """The length of the longest word."""
        return len(self.begins)

    def place(self, at: Ints) -> tuple[Ints, Ints]:
        """The depth and the row of characters."""
        depths = np.searchsorted(self.begins, at, side="right") - 1
        return depths, at - self.begins[depths]


@dataclass(frozen=True)
class _Pieces:
    """The pieces of one length, by the depth at which they begin."""

    length: int
    rows: Ints
    ways: Ints
    """Cost, length and id as one number."""
    bounds: list[int]
    """The pieces that begin at depth d are those from bounds[d] to bounds[d + 1]."""

    @classmethod
    def of(cls, length: int, depths: Ints, rows: Ints, costs: Ints, ids: Ints) -> "_Pieces":
        ways = ((costs << _LENGTH_BITS) + (_LONGEST - length) << _ID_BITS) + ids
        last = int(depths[-1]) if len(depths) else -1
        bounds = np.searchsorted(depths, np.arange(last + 2)).tolist()
        return cls(length, rows, ways, bounds)

    def lead_to(self, depth: int, grid: _Grid, best: Ints) -> None:
        """Takes those that end at a depth into account."""
        start = depth - self.length + 1
        if not 0 <= start < len(self.bounds) - 1:
            return
        chosen = slice(self.bounds[start], self.bounds[start + 1])
        rows, ways = self.rows[chosen], self.ways[chosen]
        if start:
            ways = ways + (best[grid.begins[start - 1] + rows] >> _COST_SHIFT << _COST_SHIFT)
        at = grid.begins[depth] + rows
        best[at] = np.minimum(best[at], ways)


def _followed_back(best: Ints, grid: _Grid, sizes: Ints) -> list[tuple[int, ...]]:
    """The pieces on the best way to the end of each word, in order."""
    rows = np.flatnonzero(grid.sizes)
    depths = grid.sizes[rows] - 1
    words, ids = [rows[:0]], [rows[:0]]
    while len(rows):
        ways = best[grid.begins[depths] + rows]
        pieces = ways & _UNKNOWN
        known = pieces != _UNKNOWN
        words.append(grid.order[rows[known]])
        ids.append(pieces[known])
        depths = depths - (_LONGEST - (ways >> _ID_BITS & _LONGEST))
        left = depths >= 0
        rows, depths = rows[left], depths[left]
    owners = np.concatenate(words)[::-1]
    flat = np.concatenate(ids)[::-1][np.argsort(owners, kind="stable")].tolist()
    stops = np.cumsum(np.bincount(owners, minlength=len(sizes))).tolist()
    return [tuple(flat[a:b]) for a, b in zip([0, *stops], stops, strict=False)]


def _characters(text: str) -> Characters:
    return np.frombuffer(text.encode("utf-32-le", "surrogatepass"), dtype=np.uint32)


def _buckets(hashes: Hashes) -> Ints:
    return (hashes >> _SHIFT).astype(np.int64)
