"""A SentencePiece unigram tokenizer: text to the ids of its most probable pieces.

A unigram model (Kudo 2018, "Subword Regularization: Improving Neural Network Translation Models
with Multiple Subword Candidates"): every piece has a log probability, and a word is split so that
their sum is highest. The rules are those of XLM-RoBERTa's tokenizer. It loads the vocabulary in a
fraction of the time that `tokenizers` takes; with a cache of words it is fast enough for a model
that needs milliseconds for each text.
"""

import unicodedata

import numpy as np
import numpy.typing as npt

WORD_START = "\u2581"
"""Stands before the first piece of every word."""

UNKNOWN_PENALTY = 10.0
"""Log probability of an unknown character, below that of the rarest piece (from SentencePiece)."""

CACHED_WORD_CHARS = 24
"""Longer words are not cached: a choice, since clauses of Chinese or Thai seldom occur twice."""

CACHED_WORDS = 100_000
"""Words in the cache, a choice: about 20 MB. A full cache is emptied."""

CACHED_HEADS = 300_000
"""Beginnings of pieces in the cache, a choice: about 40 MB. A full cache is emptied."""

_HEAD = 3
"""Characters by which pieces are found. Of 200,000 pieces three begin alike in the mean."""

_FACTOR = 0x9E3779B1
"""Of the hash of a head: the golden ratio of 2**32, an odd number (Knuth 1973, volume 3)."""

_WIDTHS = np.repeat([1, 1, 2, 3, 4], [128, 64, 32, 16, 16])
"""The bytes of a character in UTF-8, by the first one."""

_MASKS = np.array([0, 0xFF, 0xFFFF, 0xFFFFFF, 0xFFFFFFFF], dtype=np.uint32)
"""Keep that many of four bytes."""

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

    def __init__(self, lines: bytes, scores: npt.NDArray[np.float32], unknown: int) -> None:
        """Sorts the pieces by how they begin, which takes about 15 ms for 200,000.

        Args:
            lines: the distinct pieces in UTF-8, with line breaks between; the id of a piece is its
                line.
            scores: (pieces,) log probabilities.
            unknown: the id for a run of characters that occur in no piece.

        Raises:
            ValueError: there are more or fewer lines than scores.
        """
        self._pieces = _Pieces(lines, scores)
        self.unknown = unknown
        self._unknown_score = float(scores.min()) - UNKNOWN_PENALTY
        self._words: dict[str, tuple[int, ...]] = {}
        self._pieces.learn(WORD_START)
        word_start, _ = self._pieces.known.get(WORD_START, (unknown, 0.0))
        self.meaningless = frozenset({unknown, word_start})
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
        known, lengths, size = self._pieces.known, self._pieces.lengths, len(word)
        unknown = self.unknown, self._unknown_score
        best = [float("-inf")] * (size + 1)  # by position: the highest score so far,
        last = [self.unknown] * (size + 1)  # the last piece that leads there,
        begun = [0] * (size + 1)  # and where it begins
        best[0] = 0.0
        for start in range(size):
            here = best[start]
            head = word[start : start + _HEAD]
            longest = lengths.get(head) or self._pieces.learn(head)
            for stop in range(start + 1, min(start + longest, size) + 1):
                found = known.get(word[start:stop])
                if found is None:
                    if stop > start + 1:
                        continue
                    found = unknown
                piece, score = found
                if here + score > best[stop]:
                    best[stop], last[stop], begun[stop] = here + score, piece, start
        ids: list[int] = []
        while size:
            if not (last[size] == self.unknown and ids and ids[-1] == self.unknown):
                ids.append(last[size])
            size = begun[size]
        return ids[::-1]


class _Pieces:
    """The pieces of a vocabulary. Those that begin alike are known once a text begins as they do.

    A dictionary of all 200,000 would take 0.1 s to build, and a question meets a few hundred.
    """

    def __init__(self, lines: bytes, scores: npt.NDArray[np.float32]) -> None:
        self.known: dict[str, tuple[int, float]] = {}
        """Id and score of each piece that was met."""
        self.lengths: dict[str, int] = {}
        """What `learn` returned for each head."""
        self._lines = lines
        data = np.frombuffer(lines + b"\n\0\0\0", dtype=np.uint8)
        stops = np.flatnonzero(data == ord("\n"))
        starts = np.concatenate([[0], stops[:-1] + 1])
        if len(stops) != len(scores):
            raise ValueError(f"{len(stops)} pieces have {len(scores)} scores")
        fours = np.ndarray(len(lines) + 1, "<u4", data, strides=(1,))  # the four from each byte on
        at, buckets = starts.copy(), np.zeros(len(scores), dtype=np.uint32)
        for _ in range(_HEAD):
            widths = _WIDTHS[data[at]] * (at < stops)
            buckets = (buckets ^ (fours[at] & _MASKS[widths])) * np.uint32(_FACTOR)
            at += widths
        buckets = (buckets >> np.uint32(16)).astype(np.uint16)
        order = np.argsort(buckets, kind="stable")  # a radix sort
        self._columns = order, starts[order], stops[order], scores[order]
        self._bounds = np.cumsum(np.bincount(buckets, minlength=1 << 16))

    def learn(self, head: str) -> int:
        """Makes the pieces known that begin with up to `_HEAD` characters or are a part of these.

        Returns:
            The characters of the longest, at least 1.
        """
        shorter = self.lengths.get(head[:-1]) or self.learn(head[:-1]) if len(head) > 1 else 1
        longest = max(shorter, self._read_bucket(head))
        if len(self.lengths) >= CACHED_HEADS:
            self.lengths = {}
        self.lengths[head] = longest  # last: another thread may be asking
        return longest

    def _read_bucket(self, head: str) -> int:
        """Makes a bucket known, and returns the characters of its longest piece."""
        bucket = 0
        for place in range(_HEAD):
            character = head[place : place + 1].encode("utf-8", "surrogatepass")
            bucket = (bucket ^ int.from_bytes(character, "little")) * _FACTOR & 0xFFFFFFFF
        bucket >>= 16
        there = slice(self._bounds[bucket - 1] if bucket else 0, self._bounds[bucket])
        longest = 0
        rows = (column[there].tolist() for column in self._columns)
        for number, start, stop, score in zip(*rows, strict=True):
            piece = self._lines[start:stop].decode()
            self.known[piece] = number, score
            longest = max(longest, len(piece))
        return longest
