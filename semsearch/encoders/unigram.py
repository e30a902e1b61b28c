"""A SentencePiece unigram tokenizer: text to the ids of its most probable pieces.

A unigram model (Kudo 2018, "Subword Regularization: Improving Neural Network Translation Models
with Multiple Subword Candidates"): every piece has a log probability, and a word is split so that
their sum is highest. The rules are those of XLM-RoBERTa's tokenizer. It is pure Python: it loads
the vocabulary in a twentieth of the time that `tokenizers` takes; with a cache of words it is fast
enough for a model that needs milliseconds for each text.
"""

import unicodedata
from collections.abc import Sequence

WORD_START = "\u2581"
"""Stands before the first piece of every word."""

UNKNOWN_PENALTY = 10.0
"""Log probability of an unknown character, below that of the rarest piece (from SentencePiece)."""

CACHED_WORD_CHARS = 24
"""Longer words are not cached: a choice, since clauses of Chinese or Thai seldom occur twice."""

CACHED_WORDS = 100_000
"""Words in the cache, a choice: about 20 MB. A full cache is emptied."""

_KEPT_WIDE = "\uff5e"  # SentencePiece leaves the wide tilde as it is, NFKC does not
_REMOVED = [*range(0x01, 0x09), 0x0B, *range(0x0E, 0x20), 0x7F, 0x8F, 0x9F]
_SPACES = [0x09, 0x0A, 0x0C, 0x0D, 0x1680, *range(0x200B, 0x2010), 0x2028, 0x2029, 0x2581]
_SPACES += [0xFEFF, 0xFFFD]
_TABLE = dict.fromkeys(_REMOVED, "") | dict.fromkeys(_SPACES, " ")


def normalize(text: str) -> str:
    """SentencePiece's `nmt_nfkc`: NFKC, without control characters; invisible ones become spaces.

    >>> normalize("Ｎｏ.\u00a07\u200bﬁn")
    'No. 7 fin'
    """
    parts = text.translate(_TABLE).split(_KEPT_WIDE)
    return _KEPT_WIDE.join(unicodedata.normalize("NFKC", part) for part in parts)


class UnigramTokenizer:
    """Splits text into piece ids. Threads may share it."""

    def __init__(self, pieces: Sequence[str], scores: Sequence[float], unknown: int) -> None:
        """Builds the dictionary of pieces, in about 0.1 ms for a thousand.

        Args:
            pieces: distinct; the id of a piece is its index.
            scores: (pieces,) log probabilities.
            unknown: the id for a run of characters that occur in no piece.
        """
        self._ids = {piece: number for number, piece in enumerate(pieces)}
        self._scores = scores
        self._longest = max(map(len, pieces))
        self.unknown = unknown
        self._unknown_score = min(scores) - UNKNOWN_PENALTY
        self._words: dict[str, tuple[int, ...]] = {}
        self.meaningless = frozenset({unknown, self._ids.get(WORD_START, unknown)})
        """The ids that carry no meaning: unknown, and the word start by itself."""

    def ids(self, text: str) -> list[int]:
        """The ids of the pieces of a text, in order; empty for a blank one."""
        words = self._words
        found: list[int] = []
        for word in normalize(text).split():
            known = words.get(word)
            found += self._cut(word) if known is None else known
        return found

    def _cut(self, word: str) -> tuple[int, ...]:
        """The ids of a word that is not in the cache."""
        ids = tuple(self._likeliest(WORD_START + word))
        if len(word) <= CACHED_WORD_CHARS:
            if len(self._words) >= CACHED_WORDS:
                self._words = {}  # not cleared: another thread may be looking in it
            self._words[word] = ids
        return ids

    def _likeliest(self, word: str) -> list[int]:
        """The most probable segmentation (Viterbi 1967).

        Of equally probable ones, the one whose last piece is longest. Adjacent unknown characters
        become one unknown id.
        """
        known, scores, size = self._ids, self._scores, len(word)
        best = [float("-inf")] * (size + 1)  # by position: the highest score so far,
        last = [self.unknown] * (size + 1)  # the last piece that leads there,
        begun = [0] * (size + 1)  # and where it begins
        best[0] = 0.0
        for start in range(size):
            here = best[start]
            for stop in range(start + 1, min(start + self._longest, size) + 1):
                piece = known.get(word[start:stop])
                if piece is not None:
                    score = here + scores[piece]
                elif stop == start + 1:
                    piece, score = self.unknown, here + self._unknown_score
                else:
                    continue
                if score > best[stop]:
                    best[stop], last[stop], begun[stop] = score, piece, start
        ids: list[int] = []
        while size:
            if not (last[size] == self.unknown and ids and ids[-1] == self.unknown):
                ids.append(last[size])
            size = begun[size]
        return ids[::-1]
