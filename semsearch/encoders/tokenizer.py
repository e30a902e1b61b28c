"""Text to rows of a static model's matrix: fold, split into words, match the longest pieces.

The greedy longest match of WordPiece (Schuster and Nakajima 2012), without a mark for pieces inside
a word: a piece means the same wherever it stands ("Terror" + "abwehr", "wal" + "irhab"). Written in
Python because it then loads in a few milliseconds; a word is segmented once and remembered.
"""

import re
import unicodedata
from collections.abc import Sequence

_CACHED_WORDS = 200_000
_CACHED_LENGTH = 24
"""Longer runs are mostly whole sentences of scripts without spaces: they do not come again."""

# Accents of Latin, Greek and Cyrillic, points of Hebrew and Arabic, tatweel, invisible characters.
_MARKS = re.compile(
    "[\u0300-\u036f\u0591-\u05c7\u0610-\u061a\u0640\u064b-\u065f\u0670\u06d6-\u06ed\u00ad"
    "\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]+"
)
# Letters that Arabic, Persian and Urdu keyboards give for the same one.
_LETTER_FORMS = str.maketrans("ىیېےکةہھۀ", "ييييكهههه")
# A run of letters with the vowel signs of Indic and Thai script and the voicing marks of kana, or
# one digit.
_WORD = re.compile(
    r"(?:[^\W\d_]|[\u0900-\u0903\u093a-\u094f\u0955-\u0957\u0962\u0963\u0981-\u0983\u09bc-\u09cd"
    r"\u09d7\u09e2\u09e3\u0e31\u0e34-\u0e3a\u0e47-\u0e4e\u3099\u309a])+|\d"
)


def normalize(text: str) -> str:
    """Make alike what readers take for the same word: case, accents, letter forms.

    Example:
        >>> normalize("Élysée")
        'elysee'
    """
    if text.isascii():
        return text.lower()
    return _MARKS.sub("", unicodedata.normalize("NFKD", text)).lower().translate(_LETTER_FORMS)


class Tokenizer:
    """Greedy longest match over a list of pieces; the id of a piece is its place in the list."""

    def __init__(self, pieces: Sequence[str]) -> None:
        self._ids = dict(zip(pieces, range(len(pieces)), strict=True))
        self._longest: dict[str, int] = {}
        for piece in pieces:
            first = piece[0]
            if len(piece) > self._longest.get(first, 0):
                self._longest[first] = len(piece)
        self._words: dict[str, list[int]] = {}

    def __call__(self, text: str) -> list[int]:
        """The ids of a text's pieces; characters that no piece knows are left out."""
        ids: list[int] = []
        words = self._words
        for word in _WORD.findall(normalize(text)):
            known = words.get(word)
            if known is None:
                known = self._segment(word)
                if len(word) <= _CACHED_LENGTH:
                    if len(words) >= _CACHED_WORDS:
                        words.clear()
                    words[word] = known
            ids += known
        return ids

    def _segment(self, word: str) -> list[int]:
        ids: list[int] = []
        start, length = 0, len(word)
        while start < length:
            longest = min(length, start + self._longest.get(word[start], 1))
            for end in range(longest, start, -1):
                piece = self._ids.get(word[start:end])
                if piece is not None:
                    ids.append(piece)
                    start = end
                    break
            else:
                start += 1
        return ids
