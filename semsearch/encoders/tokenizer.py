"""Text to piece ids: normalise, split at white space, then the cheapest way to spell each word.

A unigram model (Kudo 2018, "Subword Regularization"): every piece has a cost, the less the commoner
it is, and a word is cut where the costs add up to least: `ل` + `تنظيم` and not `لت` + `نظ` + `يم`.
There is no mark for the start of a word, so that a piece is the same inside one. Whatever is in no
piece (punctuation, symbols, letters of a script that the model has never seen) is stepped over and
so separates pieces. `semsearch/training/export.py` writes the same rules for Hugging Face
`tokenizers`; a pure Python reader is here because it is ready in a tenth of the time, and a
dictionary of words already cut makes it as fast.
"""

import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate, chain, count, pairwise
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from semsearch.encoders.viterbi import PieceTable

REMOVED = (
    "\u0300-\u036f"  # combining marks of Latin, Greek and Cyrillic
    "\u0591-\u05bd\u05bf-\u05c7"  # Hebrew points and accents
    "\u0610-\u061a\u0640\u064b-\u065f\u0670\u06d6-\u06ed"  # Arabic vowels, marks and tatweel
    "\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufe00-\ufe0f\ufeff"  # invisible characters
)
"""Ranges of characters that are dropped, as the inside of a regular expression's class."""

FOLDED = {
    "ς": "σ",
    "ß": "ss",
    "æ": "ae",
    "œ": "oe",
    "ø": "o",
    "ð": "d",
    "đ": "d",
    "ħ": "h",
    "ı": "i",
    "ł": "l",
    "þ": "th",
    "ى": "ي",  # alef maqsura
    "ی": "ي",  # Farsi yeh
    "ة": "ه",  # teh marbuta
    "ک": "ك",  # keheh
    "ہ": "ه",  # heh goal
    "ۃ": "ه",  # teh marbuta goal
    "ٱ": "ا",  # alef wasla
} | {chr(zero + n): str(n) for zero in (0x660, 0x6F0, 0x966, 0x9E6, 0xE50) for n in range(10)}
"""Letters and digits written in more than one way, to one of them."""

CACHED_WORD_CHARS = 24
"""Longer stretches, whole clauses of Chinese or Thai, seldom come twice: they are not kept."""

CACHED_WORDS = 200_000
"""Words kept with their ids; about 40 MB when full, and then begun anew."""

BULK, FEW = 4000, 100
"""So many new words are worth the 40 ms that the first cut of many takes; and every later one."""

PATIENCE = 20_000
"""New words after which it is worth them in any case."""

_FIRST_SYLLABIC = "\u3040"
_FAR = 1 << 60
_NONE = -1


def _table() -> dict[int, str | None]:
    table: dict[int, str | None] = {ord(old): new for old, new in FOLDED.items()}
    position = 0
    while position < len(REMOVED):
        is_range = REMOVED[position + 1 : position + 2] == "-"
        last = REMOVED[position + 2] if is_range else REMOVED[position]
        table |= dict.fromkeys(range(ord(REMOVED[position]), ord(last) + 1))
        position += 3 if is_range else 1
    return table


_TABLE = _table()


def normalize(text: str) -> str:
    """Lower case, compatibility decomposition, no accents, one spelling of each letter.

    >>> normalize("École Ｎｏ. 7, Straße")
    'ecole no. 7, strasse'
    """
    return unicodedata.normalize("NFKD", text).lower().translate(_TABLE)


@dataclass(frozen=True, slots=True)
class PieceFile:
    """Pieces in one string of bytes, and where those that begin with each character stand in it.

    One piece a line. Reading them all takes 50 ms, so a tokenizer reads the lines of a character
    when it meets it: a question in French never reads the Chinese ones.
    """

    lines: bytes
    heads: str
    """The characters that pieces begin with, in the order of the lines."""
    starts: Sequence[int]
    """For each head its first line, and at the end the number of lines."""
    offsets: Sequence[int]
    """For each head its first byte, and at the end the number of bytes plus one."""

    @classmethod
    def of(cls, pieces: Sequence[str]) -> "PieceFile":
        """From pieces in the order of `in_order`."""
        firsts = [n for n, piece in enumerate(pieces) if not n or pieces[n - 1][0] != piece[0]]
        starts = [*firsts, len(pieces)]
        ends = list(accumulate((len(piece.encode()) + 1 for piece in pieces), initial=0))
        heads = "".join(pieces[start][0] for start in firsts)
        offsets = [ends[start] for start in starts]
        return cls("\n".join(pieces).encode(), heads, starts, offsets)


def in_order(pieces: Iterable[str]) -> list[str]:
    """The order of a `PieceFile`: by first character, shorter ones first."""
    return sorted(pieces, key=lambda piece: (piece[0], len(piece), piece))


class Tokenizer:
    """Cuts text into the ids of known pieces. Threads may share it."""

    def __init__(self, file: PieceFile, costs: Sequence[int]) -> None:
        """Reads nothing yet.

        Args:
            file: normalised pieces without white space; the id is the line, from 0. Every character
                of a piece has to be a piece itself.
            costs: of each piece, more than 0.
        """
        self._lines = file.lines
        self._places = dict(
            zip(
                file.heads,
                zip(pairwise(file.starts), pairwise(file.offsets), strict=True),
                strict=True,
            )
        )
        self._read: dict[str, tuple[dict[str, int], list[int]]] = {}
        self._costs = costs
        self._words: dict[str, tuple[int, ...]] = {}
        self._cut_singly = 0
        self._table: PieceTable | None = None

    def __len__(self) -> int:
        return len(self._costs)

    def ids(self, text: str) -> list[int]:
        """The ids of the pieces of a text, in order; empty when nothing in it is known."""
        words = self._words
        found: list[int] = []
        for word in text.split():
            known = words.get(word)
            found += self._cut(word) if known is None else known
        return found

    def known_part(self, text: str) -> float:
        """The part of the letters and digits of a text, in [0, 1], that the pieces make sense of.

        A letter that is no more than a piece by itself was never seen in words. Signs of Chinese
        and Japanese are words or syllables.
        """
        signs = [sign for sign in normalize(text) if sign.isalnum()]
        known = sum(sign >= _FIRST_SYLLABIC or self._pieces_from(sign) > 1 for sign in signs)
        return known / max(1, len(signs))

    @cached_property
    def signs_alone(self) -> frozenset[int]:
        """The ids of letters and marks, beyond ASCII, that were never seen in words."""
        return frozenset(
            start
            for head, ((start, stop), _) in self._places.items()
            if "\x7f" < head < _FIRST_SYLLABIC and stop - start == 1
        )

    def _pieces_from(self, head: str) -> int:
        """How many pieces begin with a character."""
        (start, stop), _ = self._places.get(head, ((0, 0), (0, 0)))
        return stop - start

    def ids_of_many(self, texts: Sequence[str]) -> list[list[int]]:
        """The ids of the pieces of each text; new words are cut together when there are many."""
        if not self._may_learn(sum(map(len, texts))):
            return [self.ids(text) for text in texts]
        words = [text.split() for text in texts]
        known = self._learn(set().union(*words))
        return [list(chain.from_iterable(map(known.__getitem__, each))) for each in words]

    def learn(self, texts: Sequence[str]) -> None:
        """Cut the new words of some texts together, and keep them."""
        self._learn(set().union(*map(str.split, texts)))

    def _may_learn(self, chars: int) -> bool:
        """Whether a text so long may hold words enough to be worth cutting together."""
        return self._is_ready() or chars > 2 * BULK

    def _is_ready(self) -> bool:
        return self._table is not None or self._cut_singly > PATIENCE

    def _learn(self, wanted: set[str]) -> dict[str, tuple[int, ...]]:
        """The cuts of some words and maybe more, the new ones cut together where they are many."""
        words = self._words
        new = wanted.difference(words)
        if not new:
            return words
        known = {word: words[word] for word in wanted - new}
        if len(new) < (FEW if self._is_ready() else BULK):
            return known | {word: self._cut(word) for word in new}
        if self._table is None:
            from semsearch.encoders.viterbi import PieceTable

            self._table = PieceTable(self._lines, self._costs)
        found = dict(zip(new, self._table.cut([normalize(word) for word in new]), strict=True))
        if len(words) + len(found) > CACHED_WORDS:
            self._words = words = {}
        words.update((word, cut) for word, cut in found.items() if len(word) <= CACHED_WORD_CHARS)
        return known | found

    def _cut(self, word: str) -> tuple[int, ...]:
        """The ids of one word that has not been seen, or not lately."""
        self._cut_singly += 1
        ids = tuple(self._cheapest(normalize(word)))
        if len(word) <= CACHED_WORD_CHARS:
            if len(self._words) >= CACHED_WORDS:
                self._words = {}  # not cleared: another thread may be looking in it
            self._words[word] = ids
        return ids

    def _beginning_with(self, head: str) -> tuple[dict[str, int], list[int]]:
        """The pieces that begin with a character, with their ids, and the lengths they have."""
        found: dict[str, int] = {}
        if head in self._places:
            (start, _), (first, last) = self._places[head]
            pieces = self._lines[first : last - 1].decode().split("\n")
            found = dict(zip(pieces, count(start), strict=False))
        self._read[head] = found, sorted({len(piece) for piece in found})
        return self._read[head]

    def _cheapest(self, word: str) -> list[int]:
        """The path of least cost from the first character to the last (Viterbi 1967).

        Of equally cheap ways to get to a position, the one whose last piece is longest.
        """
        read, costs = self._read, self._costs
        size = len(word)
        spent = [_FAR] * (size + 1)  # by position: the least cost so far,
        last = [_NONE] * (size + 1)  # and the last piece on that way
        begun = [0] * (size + 1)  # and where it begins
        spent[0] = 0
        for start, head in enumerate(word):
            here = spent[start]
            pieces, lengths = read.get(head) or self._beginning_with(head)
            if head not in pieces:
                spent[start + 1] = here
                begun[start + 1] = start
                continue
            for length in lengths:
                stop = start + length
                if stop > size:
                    break
                piece = pieces.get(word[start:stop])
                if piece is not None and here + costs[piece] < spent[stop]:
                    spent[stop] = here + costs[piece]
                    last[stop] = piece
                    begun[stop] = start
        ids = []
        while size:
            if last[size] != _NONE:
                ids.append(last[size])
            size = begun[size]
        return ids[::-1]
