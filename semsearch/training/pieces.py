"""Which pieces the model knows: characters, numbers, names, common words, parts of rarer words.

Words come by a quota for each language, so that no language is cut into crumbs. Parts come from
the rarer words: beginnings after which the words part ways (Harris 1955, "From Phoneme to
Morpheme"), then what these leave over.
"""

import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator

from semsearch.encoders.tokenizer import in_order, normalize

UNKNOWN = "[UNK]"
"""Hugging Face `tokenizers` insists on one. Upper case, so that no normalised text has it."""

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

QUOTA_WEIGHTS = {"en": 1.5, "ru": 1.5, "ar": 1.6, "zh": 1.5, "ja": 1.2, "ko": 1.3, "tr": 1.3}
QUOTA_WEIGHTS |= {"uk": 1.2, "fa": 1.1, "el": 1.2, "fi": 1.2, "hu": 1.1, "de": 1.2, "fr": 1.2}
"""Languages with many forms of a word, or many readers, get more words."""

LONGEST_PIECE = 24
SHORTEST_STEM = 3
SHORTEST_BASE = 4
LONGEST_AFFIX = 4
AFFIXES = 40

WORDS_SHARE = 0.80
STEMS_SHARE = 0.10
ENDINGS_SHARE = 0.03
"""Of all pieces; the rest is words again, those whose cuts would leave crumbs."""

_PREFIXING = re.compile("[\u0590-\u06ff]")
"""Hebrew and Arabic write articles, prepositions and conjunctions in front, without a space; in
most other scripts a word without its beginning is another word."""

_ARTICLE = re.compile("[وف]?[بكل]?ال.{0,3}$")
"""An Arabic article with a crumb of its noun is no stem."""


def choose_pieces(words: dict[str, Counter[str]], names: Iterable[str], size: int) -> list[str]:
    """The pieces, in the order of a `PieceFile`.

    Args:
        words: for each language its words with their frequencies.
        names: words that have to be pieces whatever their frequency.
        size: how many pieces.
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
    """Frequencies of the normalised words; one that has other characters is cut at them."""
    counts: Counter[str] = Counter()
    for text, frequency in table.items():
        for word in _words(normalize(text)):
            if len(word) <= LONGEST_PIECE:
                counts[word] += frequency
    return counts


def _without_inflected(table: Counter[str]) -> Counter[str]:
    """The words that are not a commoner word with a common beginning or ending.

    `терроризму` is `терроризм` and `у`, `المفاوضات` is `ال` and `مفاوضات`: the parts are cut apart
    anyway, weigh little when they are common, and the place is free for another word.
    """
    affixes = {forward: _affixes(table, forward) for forward in (True, False)}
    bases: Counter[str] = Counter()
    for word, frequency in table.items():
        base = word
        for forward, common in affixes.items():
            for rest, affix in _cuts(word, forward):
                if affix in common and table[rest] >= max(frequency, table[base] * (base != word)):
                    base = rest
        bases[base] += frequency
    return bases


def _affixes(table: Counter[str], forward: bool) -> set[str]:
    """The endings, or else beginnings, that most words can be without."""
    seen = Counter(
        affix
        for word, frequency in table.items()
        for rest, affix in _cuts(word, forward)
        if table[rest] >= frequency
    )
    return {affix for affix, times in seen.most_common(AFFIXES) if times >= len(table) / 300}


def _cuts(word: str, forward: bool) -> Iterator[tuple[str, str]]:
    """A long rest and a short ending, or beginning."""
    if not forward and not _PREFIXING.match(word):
        return
    for size in range(1, min(LONGEST_AFFIX, len(word) - SHORTEST_BASE) + 1):
        yield (word[:-size], word[-size:]) if forward else (word[size:], word[:size])


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


def _stems(table: Counter[str], pieces: set[str]) -> Counter[str]:
    """Beginnings of words that are no pieces, where many different endings follow.

    A beginning is one if no single letter goes on with most of its words.
    """
    begins: Counter[str] = Counter()
    for word in table:
        if word not in pieces:
            begins.update(word[:stop] for stop in range(SHORTEST_STEM, len(word)))
    foremost: dict[str, int] = defaultdict(int)
    for prefix, count in begins.items():
        foremost[prefix[:-1]] = max(foremost[prefix[:-1]], count)
    return Counter(
        {
            prefix: count
            for prefix, count in begins.items()
            if count >= 3 and foremost[prefix] <= 0.7 * count and not _ARTICLE.match(prefix)
        }
    )


def _endings(table: Counter[str], pieces: set[str]) -> Counter[str]:
    """What is left of the words that are no pieces, after the longest piece in front."""
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
    """The parts that most words of all languages have."""
    total: dict[str, float] = defaultdict(float)
    for lang, table in counts.items():
        for part, times in count(table, pieces).items():
            total[part] += times * QUOTA_WEIGHTS.get(lang, 1.0)
    ranked = sorted(total.keys() - pieces, key=lambda part: (-total[part], part))
    return ranked[:room]
