"""Which pieces the model knows: characters, numbers, names, common words, parts of rarer words.

Words come by a quota for each language, so that no language is cut into crumbs. Parts come from
cutting the rarer words with what is there and joining the pairs of pieces that stand side by side
most often, a few thousand in each round: byte-pair encoding (Sennrich et al. 2016, "Neural Machine
Translation of Rare Words with Subword Units") begun from words instead of characters.
"""

import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from itertools import islice, pairwise

from semsearch.encoders.tokenizer import Tokenizer, normalize

UNKNOWN = "[UNK]"
"""Hugging Face `tokenizers` insists on one. Upper case, so that no normalised text has it."""

ALPHABETS = (
    (0x61, 0x7A),  # Latin
    (0x300, 0x33F),  # the marks of Vietnamese that are kept, if any
    (0x3B1, 0x3C9),  # Greek
    (0x430, 0x45F),  # Cyrillic
    (0x490, 0x4FF),
    (0x5D0, 0x5EA),  # Hebrew
    (0x620, 0x6D5),  # Arabic
    (0x900, 0x97F),  # Devanagari
    (0x980, 0x9FF),  # Bengali
    (0xE01, 0xE5B),  # Thai
    (0x1100, 0x1112),  # Hangul, decomposed: first consonants, vowels, last consonants
    (0x1161, 0x1175),
    (0x11A8, 0x11C2),
    (0x3041, 0x30FF),  # kana and their voicing marks
)

QUOTA_WEIGHTS = {"en": 1.5, "ru": 1.5, "ar": 1.6, "zh": 1.5, "ja": 1.2, "ko": 1.3, "tr": 1.3}
QUOTA_WEIGHTS |= {"uk": 1.2, "fa": 1.1, "el": 1.2, "fi": 1.2, "hu": 1.1, "de": 1.2, "fr": 1.2}
"""Languages with many forms of a word, or many readers, get more words."""

LONGEST_PIECE = 24
ROUNDS = 6


def choose_pieces(
    words: dict[str, Counter[str]], names: Iterable[str], size: int, parts_share: float = 0.18
) -> list[str]:
    """The pieces, shorter ones first, as `Tokenizer` wants them.

    Args:
        words: for each language its words with their frequencies.
        names: words that have to be pieces whatever their frequency.
        size: how many pieces.
        parts_share: the share that is kept for parts of rarer words.
    """
    counts = {lang: _normalized(table) for lang, table in words.items()}
    pieces = {UNKNOWN, *_characters(counts), *_numbers()}
    pieces |= {word for name in names for word in _words(normalize(name))}
    target = int(size * (1 - parts_share))
    for word in _by_quota(counts):
        if len(pieces) >= target:
            break
        pieces.add(word)
    for _ in range(ROUNDS):
        room = (size - target) // ROUNDS
        pieces |= set(_frequent_pairs(counts, pieces, room))
    for word in _by_quota(counts):
        if len(pieces) >= size:
            break
        pieces.add(word)
    return in_order(pieces)


def in_order(pieces: Iterable[str]) -> list[str]:
    """The order that `Tokenizer` wants: by length, then by code point."""
    return sorted(pieces, key=lambda piece: (len(piece), piece))


def _normalized(table: Counter[str]) -> Counter[str]:
    """Frequencies of the normalised words; one that has other characters is cut at them."""
    counts: Counter[str] = Counter()
    for text, frequency in table.items():
        for word in _words(normalize(text)):
            if len(word) <= LONGEST_PIECE:
                counts[word] += frequency
    return counts


def _words(text: str) -> Iterator[str]:
    """The runs of letters and marks."""
    letters = (c if unicodedata.category(c)[0] in "LM" else " " for c in text)
    yield from "".join(letters).split()


def _characters(counts: dict[str, Counter[str]]) -> set[str]:
    """The alphabets, and every character that some word of the lists has."""
    listed = {chr(code) for first, last in ALPHABETS for code in range(first, last + 1)}
    alphabets = {c for c in listed if unicodedata.category(c)[0] in "LM" and normalize(c) == c}
    seen: Counter[str] = Counter(
        char for table in counts.values() for word in table for char in set(word)
    )
    return alphabets | {char for char, times in seen.items() if times >= 2}


def _numbers() -> set[str]:
    return {str(n) for n in range(1000)} | {str(year) for year in range(1900, 2040)}


def _by_quota(counts: dict[str, Counter[str]]) -> Iterator[str]:
    """Words of all languages by turns, each language as often as its weight says."""
    ranked = [
        (rank / QUOTA_WEIGHTS.get(lang, 1.0), lang, word)
        for lang, table in counts.items()
        for rank, (word, _) in enumerate(table.most_common())
    ]
    return (word for _, _, word in sorted(ranked))


def _frequent_pairs(counts: dict[str, Counter[str]], pieces: set[str], room: int) -> Iterator[str]:
    """Joined neighbours in the rarer words, the ones that most words have."""
    ordered = in_order(pieces)
    tokenizer = Tokenizer(ordered)
    pairs: dict[str, float] = defaultdict(float)
    for lang, table in counts.items():
        weight = QUOTA_WEIGHTS.get(lang, 1.0)
        for word in table:
            ids = tokenizer.ids(word)
            for left, right in pairwise(ids):
                pairs[ordered[left] + ordered[right]] += weight
    ranked = sorted(pairs, key=lambda pair: (-pairs[pair], pair))
    joined = (pair for pair in ranked if len(pair) <= LONGEST_PIECE)
    return islice(joined, room)
