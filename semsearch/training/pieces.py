"""Choosing the vocabulary: characters, numbers, names, frequent words, and parts of rarer words.

Its entries are called pieces, as in SentencePiece. Each language has a quota of words, so that none
is split into very short pieces. Stems are prefixes of rarer words after which many different
letters follow (Harris 1955, "From Phoneme to Morpheme"). Endings are what remains of words after
the longest piece that they begin with.
"""

import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator

from semsearch.encoders.tokenizer import in_order, normalize

UNKNOWN = "[UNK]"
"""Hugging Face `tokenizers` requires an unknown token. Its upper case never occurs in normalised
text."""

ALPHABETS = (
    (0x61, 0x7A),  # Latin
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
"""First and last code point of each block of letters that is always in the vocabulary."""

QUOTA_WEIGHTS = {"en": 1.5, "ru": 1.5, "ar": 1.6, "zh": 1.5, "ja": 1.2, "ko": 1.3, "tr": 1.3}
QUOTA_WEIGHTS |= {"uk": 1.2, "fa": 1.1, "el": 1.2, "fi": 1.2, "hu": 1.1, "de": 1.2, "fr": 1.2}
"""A choice: languages with many inflected forms or many readers get more words than the others."""

LONGEST_PIECE = 24
"""Longest word in characters. This and the next four are choices."""

SHORTEST_STEM = 3
SHORTEST_BASE = 4
LONGEST_AFFIX = 4
AFFIXES = 40
"""Maximum number of endings, and of beginnings, of a language."""

WORDS_SHARE, STEMS_SHARE, ENDINGS_SHARE = 0.80, 0.10, 0.03
"""A choice: shares of the vocabulary. The rest is filled with further words."""

_PREFIXING = re.compile("[\u0590-\u06ff]")
"""Hebrew and Arabic attach articles, prepositions and conjunctions to the front of a word. In most
other scripts a word without its first letters is a different word, so prefixes are not split."""

_ARTICLE = re.compile("[وف]?[بكل]?ال.{0,3}$")
"""An Arabic article with the first letters of a noun, which is not a stem."""


def choose_pieces(words: dict[str, Counter[str]], names: Iterable[str], size: int) -> list[str]:
    """The vocabulary, in the order of a `PieceFile`.

    Args:
        words: word frequencies by language.
        names: texts whose words become pieces at any frequency.
        size: number of pieces; missing characters are added to it.
    """
    counts = {lang: _normalized(table) for lang, table in words.items()}
    bases = {lang: _without_inflected(table) for lang, table in counts.items()}
    pieces = {UNKNOWN, *_characters(counts), *_numbers()}
    pieces |= {word for name in names for word in _words(normalize(name))}
    for word in _by_quota(bases):
        if len(pieces) >= size * WORDS_SHARE:
            break
        pieces.add(word)
    pieces |= set(_commonest(counts, pieces, int(size * STEMS_SHARE), _stems))
    pieces |= set(_commonest(counts, pieces, int(size * ENDINGS_SHARE), _endings))
    for word in _by_quota(bases):
        if len(pieces) >= size:
            break
        pieces.add(word)
    return in_order(pieces | {character for piece in pieces - {UNKNOWN} for character in piece})


def _normalized(table: Counter[str]) -> Counter[str]:
    """Frequencies of the normalised words, split at characters other than letters and marks."""
    counts: Counter[str] = Counter()
    for text, frequency in table.items():
        for word in _words(normalize(text)):
            if len(word) <= LONGEST_PIECE:
                counts[word] += frequency
    return counts


def _without_inflected(table: Counter[str]) -> Counter[str]:
    """Frequencies by base form: inflected words are counted for the word without the affix.

    `терроризму` is `терроризм` + `у`, `المفاوضات` is `ال` + `مفاوضات`. Both parts are pieces, and a
    frequent affix has little weight, so that the place in the vocabulary is better used for another
    word.
    """
    affixes = {forward: _affixes(table, forward) for forward in (True, False)}
    bases: Counter[str] = Counter()
    for word, frequency in table.items():
        base = word
        for forward, common in affixes.items():
            for rest, affix in _splits(word, forward):
                if affix in common and table[rest] >= max(frequency, table[base] * (base != word)):
                    base = rest
        bases[base] += frequency
    return bases


def _affixes(table: Counter[str], forward: bool) -> set[str]:
    """The most frequent endings (`forward`) or beginnings without which a frequent word is left."""
    seen = Counter(
        affix
        for word, frequency in table.items()
        for rest, affix in _splits(word, forward)
        if table[rest] >= frequency
    )
    return {affix for affix, times in seen.most_common(AFFIXES) if times >= len(table) / 300}


def _splits(word: str, forward: bool) -> Iterator[tuple[str, str]]:
    """Each split of a word into a base and a short ending (`forward`) or beginning."""
    if not forward and not _PREFIXING.match(word):
        return
    for size in range(1, min(LONGEST_AFFIX, len(word) - SHORTEST_BASE) + 1):
        yield (word[:-size], word[-size:]) if forward else (word[size:], word[:size])


def _words(text: str) -> Iterator[str]:
    """The maximal runs of letters and marks."""
    letters = (c if unicodedata.category(c)[0] in "LM" else " " for c in text)
    yield from "".join(letters).split()


def _characters(counts: dict[str, Counter[str]]) -> set[str]:
    """The letters of `ALPHABETS`, and every character that occurs in at least two words."""
    listed = {chr(code) for first, last in ALPHABETS for code in range(first, last + 1)}
    alphabets = {c for c in listed if unicodedata.category(c)[0] in "LM" and normalize(c) == c}
    seen: Counter[str] = Counter(
        char for table in counts.values() for word in table for char in set(word)
    )
    return alphabets | {char for char, times in seen.items() if times >= 2}


def _numbers() -> set[str]:
    """Numbers up to three digits, and years."""
    return {str(n) for n in range(1000)} | {str(year) for year in range(1900, 2040)}


def _by_quota(counts: dict[str, Counter[str]]) -> Iterator[str]:
    """The words of all languages by rank divided by the quota weight of the language."""
    ranked = [
        (rank / QUOTA_WEIGHTS.get(lang, 1.0), lang, word)
        for lang, table in counts.items()
        for rank, (word, _) in enumerate(table.most_common())
    ]
    return (word for _, _, word in sorted(ranked))


def _stems(table: Counter[str], pieces: set[str]) -> Counter[str]:
    """Stems of words outside the vocabulary, with the number of words that begin with each.

    A prefix is a stem if at least three words begin with it and no letter follows it in more than
    70% of them (a choice).
    """
    begins: Counter[str] = Counter()
    for word in table:
        if word not in pieces:
            begins.update(word[:stop] for stop in range(SHORTEST_STEM, len(word)))
    most_frequent: dict[str, int] = defaultdict(int)
    for prefix, count in begins.items():
        most_frequent[prefix[:-1]] = max(most_frequent[prefix[:-1]], count)
    return Counter(
        {
            prefix: count
            for prefix, count in begins.items()
            if count >= 3 and most_frequent[prefix] <= 0.7 * count and not _ARTICLE.match(prefix)
        }
    )


def _endings(table: Counter[str], pieces: set[str]) -> Counter[str]:
    """What remains of words outside the vocabulary after the longest piece they begin with."""
    endings: Counter[str] = Counter()
    for word in table:
        stops = range(len(word), 1, -1)
        stop = next((stop for stop in stops if word[:stop] in pieces), len(word))
        if len(word) - stop > 1:
            endings[word[stop:]] += 1
    return endings


def _commonest(
    counts: dict[str, Counter[str]],
    pieces: set[str],
    room: int,
    count: Callable[[Counter[str], set[str]], Counter[str]],
) -> list[str]:
    """The `room` parts that occur in most words, over all languages."""
    total: dict[str, float] = defaultdict(float)
    for lang, table in counts.items():
        for part, times in count(table, pieces).items():
            total[part] += times * QUOTA_WEIGHTS.get(lang, 1.0)
    ranked = sorted(total.keys() - pieces, key=lambda part: (-total[part], part))
    return ranked[:room]
