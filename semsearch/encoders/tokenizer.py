"""Text to token ids: normalise, split at white space, then segment each word by a unigram model.

A piece is an entry of the vocabulary, as in SentencePiece; a token is an occurrence of a piece in a
text, and its id is the number of the piece. In a unigram model (Kudo 2018, "Subword
Regularization") every piece has a cost, lower for more frequent pieces, and a word is segmented so
that the sum of costs is lowest: `ل` + `تنظيم` instead of `لت` + `نظ` + `يم`. Word starts are not
marked, so that a piece is the same token at the start of a word and inside it. Characters that no
piece contains (punctuation, symbols, unseen scripts) are dropped and separate tokens.

`semsearch/training/export.py` writes the same rules for Hugging Face `tokenizers`, which is not
used here because it starts slowly. With the fast model (2026-11-29, one core) this tokenizer
loads and tokenizes a first query in 0.11 s and 66 MB, `tokenizers` in 1.1 s and 218 MB. A thousand
passages of `seeds/` take 0.45 s against 0.1 to 0.5 s, and once their words are cached 0.02 s
against 0.1 to 0.2 s.
"""

import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate, chain, count, pairwise
from typing import TYPE_CHECKING

from semsearch.text.scripts import FIRST_SYLLABIC

if TYPE_CHECKING:
    from semsearch.encoders.viterbi import PieceTable

REMOVED = (
    "\u0300-\u036f"  # combining marks of Latin, Greek and Cyrillic
    "\u0591-\u05bd\u05bf-\u05c7"  # Hebrew points and accents
    "\u0610-\u061a\u0640\u064b-\u065f\u0670\u06d6-\u06ed"  # Arabic vowels, marks and tatweel
    "\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufe00-\ufe0f\ufeff"  # invisible characters
)
"""Characters that are dropped, in the syntax of a regular expression's character class."""

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
"""Variants of letters and digits, and the form that replaces them."""

CACHED_WORD_CHARS = 24
"""A choice: longer strings, mostly clauses of Chinese or Thai, rarely repeat and are not cached."""

CACHED_WORDS = 200_000
"""Words cached with their token ids, about 40 MB; a full cache is emptied. Enough for a hundred
thousand passages in ten languages (measured 2026-11-24)."""

FIRST_BATCH, NEXT_BATCH = 4000, 100
"""Minimum number of new words for batch tokenizing: of the first batch, which takes 40 ms of setup,
and of later ones (measured 2026-11-23)."""

ALWAYS_BATCH = 20_000
"""A choice: after this many words tokenized one by one, setting up batches pays off in any case."""

_INFINITY = 1 << 60
_NONE = -1


def _translation_table() -> dict[int, str | None]:
    """`FOLDED` and `REMOVED` for `str.translate`."""
    table: dict[int, str | None] = {ord(old): new for old, new in FOLDED.items()}
    position = 0
    while position < len(REMOVED):
        is_range = REMOVED[position + 1 : position + 2] == "-"
        last = REMOVED[position + 2] if is_range else REMOVED[position]
        table |= dict.fromkeys(range(ord(REMOVED[position]), ord(last) + 1))
        position += 3 if is_range else 1
    return table


_TABLE = _translation_table()


def normalize(text: str) -> str:
    """Compatibility decomposition (NFKD), lower case, accents removed, letter variants unified.

    >>> normalize("École Ｎｏ. 7, Straße")
    'ecole no. 7, strasse'
    """
    return unicodedata.normalize("NFKD", text).lower().translate(_TABLE)


@dataclass(frozen=True, slots=True)
class PieceFile:
    """The pieces of a vocabulary as lines of text, with an index by first character.

    Decoding all lines takes 50 ms, so a tokenizer decodes those of a first character when it meets
    the character: a question in French never decodes the Chinese pieces.
    """

    lines: bytes
    """UTF-8, one piece per line, in the order of `in_order`."""
    heads: str
    """The characters that pieces begin with, in the order of the lines."""
    starts: Sequence[int]
    """The number of the first line of each head; last, the number of lines."""
    offsets: Sequence[int]
    """The offset of the first byte of each head; last, the number of bytes plus one."""

    @classmethod
    def of(cls, pieces: Sequence[str]) -> "PieceFile":
        """From the pieces, in the order of `in_order`."""
        firsts = [n for n, piece in enumerate(pieces) if not n or pieces[n - 1][0] != piece[0]]
        starts = [*firsts, len(pieces)]
        ends = list(accumulate((len(piece.encode()) + 1 for piece in pieces), initial=0))
        heads = "".join(pieces[start][0] for start in firsts)
        offsets = [ends[start] for start in starts]
        return cls("\n".join(pieces).encode(), heads, starts, offsets)


def in_order(pieces: Iterable[str]) -> list[str]:
    """Pieces in the order of a `PieceFile`: by first character, then length, then code points."""
    return sorted(pieces, key=lambda piece: (piece[0], len(piece), piece))


class Tokenizer:
    """Turns text into token ids. Threads may share it."""

    def __init__(self, file: PieceFile, costs: Sequence[int]) -> None:
        """Keeps the file; pieces are decoded when they are needed.

        Args:
            file: normalised pieces without white space; the id of a piece is its line number, from
                0. Every character of a piece must be a piece itself.
            costs: the cost of each piece, greater than 0.
        """
        self._lines = file.lines
        self._places = dict(
            zip(
                file.heads,
                zip(pairwise(file.starts), pairwise(file.offsets), strict=True),
                strict=True,
            )
        )
        self._decoded: dict[str, tuple[dict[str, int], list[int]]] = {}
        self._costs = costs
        self._words: dict[str, tuple[int, ...]] = {}
        self._single_words = 0
        self._table: PieceTable | None = None

    def __len__(self) -> int:
        return len(self._costs)

    def ids(self, text: str) -> list[int]:
        """The token ids of a text, in order; empty if no piece occurs in it."""
        words = self._words
        found: list[int] = []
        for word in text.split():
            known = words.get(word)
            found += self._tokenize(word) if known is None else known
        return found

    def known_fraction(self, text: str) -> float:
        """The fraction of letters and digits, in [0, 1], that the vocabulary has seen in words.

        A letter with which no longer piece begins has not been seen in words. Characters of Chinese
        and Japanese always count: they are words or syllables by themselves.
        """
        characters = [each for each in normalize(text) if each.isalnum()]
        known = sum(each >= FIRST_SYLLABIC or self._pieces_from(each) > 1 for each in characters)
        return known / max(1, len(characters))

    @cached_property
    def lone_letters(self) -> frozenset[int]:
        """The ids of letters and marks, beyond ASCII, with which no longer piece begins."""
        return frozenset(
            start
            for head, ((start, stop), _) in self._places.items()
            if "\x7f" < head < FIRST_SYLLABIC and stop - start == 1
        )

    def _pieces_from(self, head: str) -> int:
        """The number of pieces that begin with a character."""
        (start, stop), _ = self._places.get(head, ((0, 0), (0, 0)))
        return stop - start

    def ids_of_batch(self, texts: Sequence[str]) -> list[list[int]]:
        """The token ids of each text; if many words are new, they are tokenized in one batch."""
        long_enough = sum(map(len, texts)) > 2 * FIRST_BATCH  # to have that many words
        if not (self._is_batch_ready() or long_enough):
            return [self.ids(text) for text in texts]
        words = [text.split() for text in texts]
        known = self._tokenize_words(set().union(*words))
        return [list(chain.from_iterable(map(known.__getitem__, each))) for each in words]

    def learn(self, texts: Sequence[str]) -> None:
        """Tokenize the new words of some texts in one batch and cache them."""
        self._tokenize_words(set().union(*map(str.split, texts)))

    def _is_batch_ready(self) -> bool:
        return self._table is not None or self._single_words > ALWAYS_BATCH

    def _tokenize_words(self, distinct: set[str]) -> dict[str, tuple[int, ...]]:
        """The token ids of at least these words; if many are new, they are one batch."""
        words = self._words
        new = distinct.difference(words)
        if not new:
            return words
        known = {word: words[word] for word in distinct - new}
        if len(new) < (NEXT_BATCH if self._is_batch_ready() else FIRST_BATCH):
            return known | {word: self._tokenize(word) for word in new}
        if self._table is None:
            from semsearch.encoders.viterbi import PieceTable

            self._table = PieceTable(self._lines, self._costs)
        found = dict(zip(new, self._table.tokenize([normalize(word) for word in new]), strict=True))
        if len(words) + len(found) > CACHED_WORDS:
            self._words = words = {}
        words.update((word, ids) for word, ids in found.items() if len(word) <= CACHED_WORD_CHARS)
        return known | found

    def _tokenize(self, word: str) -> tuple[int, ...]:
        """The token ids of one word that is not in the cache."""
        self._single_words += 1
        ids = tuple(self._viterbi(normalize(word)))
        if len(word) <= CACHED_WORD_CHARS:
            if len(self._words) >= CACHED_WORDS:
                self._words = {}  # not cleared: another thread may be reading it
            self._words[word] = ids
        return ids

    def _decode(self, head: str) -> tuple[dict[str, int], list[int]]:
        """The pieces that begin with a character with their ids, and the lengths that occur."""
        found: dict[str, int] = {}
        if head in self._places:
            (start, _), (first, last) = self._places[head]
            pieces = self._lines[first : last - 1].decode().split("\n")
            found = dict(zip(pieces, count(start), strict=False))
        self._decoded[head] = found, sorted({len(piece) for piece in found})
        return self._decoded[head]

    def _viterbi(self, word: str) -> list[int]:
        """The token ids of the segmentation with the lowest cost (Viterbi 1967).

        Of segmentations of a prefix with equal costs, the one whose last piece is longest wins.
        """
        decoded, costs = self._decoded, self._costs
        size = len(word)
        # For each position: the lowest cost up to it, the last piece, and the start of that piece.
        lowest = [_INFINITY] * (size + 1)
        last = [_NONE] * (size + 1)
        starts = [0] * (size + 1)
        lowest[0] = 0
        for start, head in enumerate(word):
            here = lowest[start]
            pieces, lengths = decoded.get(head) or self._decode(head)
            if head not in pieces:
                lowest[start + 1] = here
                starts[start + 1] = start
                continue
            for length in lengths:
                stop = start + length
                if stop > size:
                    break
                piece = pieces.get(word[start:stop])
                if piece is not None and here + costs[piece] < lowest[stop]:
                    lowest[stop] = here + costs[piece]
                    last[stop] = piece
                    starts[stop] = start
        ids = []
        while size:
            if last[size] != _NONE:
                ids.append(last[size])
            size = starts[size]
        return ids[::-1]
