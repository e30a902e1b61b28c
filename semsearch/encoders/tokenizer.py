"""Text to piece ids: normalise, split at white space, then the longest known piece from the left.

This is WordPiece (Wu et al. 2016, "Google's Neural Machine Translation System") without a
continuation mark, so that a piece is the same at the start of a word and inside it. Whatever is in
no piece (punctuation, symbols, letters of a script that the model has never seen) is stepped over
and so separates pieces. `semsearch/training/export.py` writes the same rules for Hugging Face
`tokenizers`; a pure Python reader is here because it is ready in a tenth of the time, and a
dictionary of words already cut makes it as fast.
"""

import unicodedata
from collections.abc import Iterable, Sequence

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

CACHED_WORDS = 100_000
"""Words kept with their ids; about 20 MB when full, and then begun anew."""


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


class Tokenizer:
    """Cuts text into the ids of known pieces. Not safe to share between writing threads."""

    def __init__(self, pieces: Sequence[str]) -> None:
        """Builds the lookup.

        Args:
            pieces: normalised, without white space, SHORTER ONES FIRST; the id is the position.
        """
        self._ids = {piece: index for index, piece in enumerate(pieces)}
        # The pieces come in order of length, so the last one seen for a character is the longest.
        self._longest = {piece[:1]: len(piece) for piece in pieces}
        self._words: dict[str, tuple[int, ...]] = {}

    def __len__(self) -> int:
        return len(self._ids)

    def ids(self, text: str) -> list[int]:
        """The ids of the pieces of a text, in order; empty when nothing in it is known."""
        words = self._words
        found: list[int] = []
        for word in text.split():
            known = words.get(word)
            found += self._cut(word) if known is None else known
        return found

    def _cut(self, word: str) -> tuple[int, ...]:
        """The ids of one word that has not been seen, or not lately."""
        ids = tuple(self._greedy(normalize(word)))
        if len(word) <= CACHED_WORD_CHARS:
            if len(self._words) >= CACHED_WORDS:
                self._words.clear()
            self._words[word] = ids
        return ids

    def _greedy(self, word: str) -> Iterable[int]:
        ids, longest = self._ids, self._longest
        start, length = 0, len(word)
        while start < length:
            stop = min(length, start + longest.get(word[start], 0))
            while stop > start:
                index = ids.get(word[start:stop])
                if index is not None:
                    yield index
                    break
                stop -= 1
            start = max(stop, start + 1)
