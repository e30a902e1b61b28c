"""Spelling keys: strings that pieces of similar spelling share, also across scripts.

During training the vector of a piece is the sum of its own row and of one row for each of its keys,
as in fastText (Bojanowski et al. 2017, "Enriching Word Vectors with Subword Information"); the sum
is what the model stores. A piece that is rare in the training text (an inflected verb, a name in
another script) so learns from its stem and its cognates.
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterator, Sequence
from functools import cache

import numpy as np
import numpy.typing as npt

KEYS_PER_PIECE = 5
"""A choice: maximum number of keys of a piece."""

_LATIN = {
    # Cyrillic
    **dict(zip("абвгдежзийклмнопрстуфхыэіїєґ", "abvgdejzijklmnoprstufhieiieg", strict=True)),
    **{
        "ц": "ts",
        "ч": "ch",
        "ш": "sh",
        "щ": "sh",
        "ю": "iu",
        "я": "ia",
        "ь": "",
        "ъ": "",
        "ё": "e",
    },
    # Greek
    **dict(zip("αβγδεζηικλμνξοπρστυφχω", "avgdeziiklmnxoprstifho", strict=True)),
    **{"θ": "th", "ψ": "ps"},
    # Arabic, Farsi and Urdu; short vowels are not written, and long ones vary
    **dict(zip("ابتجحدذرزسصضطظغفقكلمنهويپگڤ", "abtjhddrzssdtzgfkklmnhuipgv", strict=True)),
    **{"ث": "th", "خ": "h", "ش": "sh", "ع": "", "ء": "", "چ": "ch", "ژ": "j", "ے": "i", "ھ": "h"},
    # Hebrew
    **dict(zip("אבגדהוזחטיכךלמםנןסעפףצץקרת", "abgdhuzhtikklmmnnsapfzzkrt", strict=True)),
    "ש": "sh",
}
"""A rough transliteration, written for this project."""

_SOUNDS = (
    (re.compile("tsch|tch|sch|ch|sh|zh|dj|dz"), "c"),
    (re.compile("ph"), "f"),
    (re.compile("th|dh"), "t"),
    (re.compile("kh|gh"), "h"),
    (re.compile("ck|q|k|g"), "k"),
    (re.compile("x"), "ks"),
    (re.compile("j"), "c"),
    (re.compile("b"), "p"),
    (re.compile("d"), "t"),
    (re.compile("z"), "s"),
    (re.compile("[aeiouywvh]"), ""),
    (re.compile(r"(.)\1+"), r"\1"),
)
"""Substitutions that leave rough classes of consonants: these survive a change of script best."""

_ARABIC_PREFIX = re.compile("^(?:[وف]?(?:ال|بال|كال|لل)|[وف])(?=.{3})")
_ROMAN = re.compile("[a-z]+")
_SYLLABIC = re.compile("[\u3400-\u9fff]")


def romanize(piece: str) -> str:
    """A rough Latin transliteration; letters outside the table by their Unicode names.

    >>> romanize("террорист"), romanize("कमल")
    ('terrorist', 'kamala')
    """
    return "".join(_LATIN[c] if c in _LATIN else _by_name(c) for c in piece)


@cache
def _by_name(character: str) -> str:
    """`k` for HANGUL CHOSEONG KIYEOK, `ka` for DEVANAGARI LETTER KA; Latin letters unchanged."""
    if "a" <= character <= "z":
        return character
    match unicodedata.name(character, "").split():
        case ["HANGUL", "JUNGSEONG", sound]:
            return sound.lower()
        case ["HANGUL", _, sound]:
            return sound[0].lower().replace("i", "")
        case [_, "LETTER" | "VOWEL", *_, sound] if len(sound) <= 4:
            return sound.lower()
        case _:
            return ""


def spelling_keys(piece: str) -> Iterator[str]:
    """The keys of one piece, the most specific first.

    These are its transliteration (`=`), its first six and four letters, its consonant classes (`?`)
    and the first five of them. A Chinese piece has its characters instead.

    >>> list(spelling_keys("terrorismus"))
    ['=terrorismus', '6terror', '4terr', '?trsms']
    """
    if _SYLLABIC.search(piece):
        yield from (f"c{character}" for character in piece)
        return
    bare = _ARABIC_PREFIX.sub("", piece)
    roman = romanize(bare)
    if not _ROMAN.fullmatch(roman) or len(roman) < 3:
        return
    yield f"={roman}"
    if len(roman) > 6:
        yield f"6{roman[:6]}"
    if len(roman) > 4:
        yield f"4{roman[:4]}"
    sounds = roman
    for pattern, sound in _SOUNDS:
        sounds = pattern.sub(sound, sounds)
    if len(sounds) >= 4:
        yield f"?{sounds}"
        if len(sounds) >= 6:
            yield f"?{sounds[:5]}"


def key_table(pieces: Sequence[str]) -> tuple[npt.NDArray[np.int64], int]:
    """Number the keys of all pieces.

    Returns:
        (pieces, KEYS_PER_PIECE) the numbers of the keys of each piece, padded with -1, and how many
        keys there are. Keys of a single piece are left out: they add nothing to its own row.
    """
    keys = [list(spelling_keys(piece))[:KEYS_PER_PIECE] for piece in pieces]
    counts = Counter(key for of_piece in keys for key in of_piece)
    rows = {key: row for row, key in enumerate(k for k, n in counts.items() if n > 1)}
    table = np.full((len(pieces), KEYS_PER_PIECE), -1, dtype=np.int64)
    for piece, of_piece in enumerate(keys):
        known = [rows[key] for key in of_piece if key in rows]
        table[piece, : len(known)] = known
    return table, len(rows)
