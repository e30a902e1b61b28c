"""One spelling for what readers take for the same, before and after a word is stemmed."""

import re
import unicodedata

_APOSTROPHES = "\u02bc\u2018\u2019\u201b\u2032\uff07\u00b4"
_HYPHENS = "\u2010\u2011\u2012\u2212\ufe63\uff0d"
# Arabic tatweel, soft hyphens, zero-width spaces and joiners, marks of the direction of writing,
# variation selectors, byte order marks.
_INVISIBLE = (
    "\u0640\u00ad\u034f\u061c\u180e\u200b\u200d\u200e\u200f\u202a-\u202e\u2060-\u2064"
    "\u2066-\u2069\ufe00-\ufe0f\ufeff"
)
JOINER = "\u200c"
"""The zero-width non-joiner: in Persian it stands between the parts of a word."""

_DROPPED = re.compile(f"[{_INVISIBLE}]+")
_OTHER_DIGIT = re.compile(r"[^\D0-9]")
_SIGNS = str.maketrans(dict.fromkeys(_APOSTROPHES, "'") | dict.fromkeys(_HYPHENS, "-"))
# A joiner means nothing outside of these scripts: Arabic, Syriac, Thaana, N'Ko, Mongolian.
_JOINED_SCRIPT = re.compile("[\u0600-\u07ff\u1800-\u18af\ufb50-\ufdff\ufe70-\ufeff]")
# A sign inside of a word, which is written with it or without: об'єкт, and gershayim in acronyms.
_INNER_SIGN = re.compile(
    "(?<=[\u0400-\u052f])'(?=[\u0400-\u052f])"
    "|(?<=[\u05d0-\u05ea])[\"'\u05f3\u05f4](?=[\u05d0-\u05ea])"
)
# A comma of Chinese between numbers, which is not one inside of a number.
_CLAUSE = re.compile("(?<=[0-9])\uff0c(?=[0-9])")

_PERSIAN_FORMS = str.maketrans(
    {"ي": "ی", "ى": "ی", "ې": "ی", "ك": "ک", "ة": "ه", "ۀ": "ه", "\u0654": None, "ـ": None}
)

_UNUSUAL = re.compile(
    f"[{_INVISIBLE}{JOINER}{_APOSTROPHES}{_HYPHENS}]|{_OTHER_DIGIT.pattern}|{_INNER_SIGN.pattern}"
)

# Marks are dropped by their combining class (Unicode 4.3): accents, Arabic and Hebrew vowels,
# nukta, virama, tones. The classes below are those of vowels of Indic scripts and of voiced kana,
# which make another word; Thai has two silent marks among them.
_VOWEL_CLASSES = {0, 8, 84, 91, 103, 118, 129, 130, 132}
_SILENT = {"\u0e47", "\u0e4c"}
_LETTER_FORMS = {
    "ى": "ي", "ی": "ي", "ې": "ي", "ک": "ك", "ہ": "ه", "ھ": "ه", "ة": "ه",
    "ß": "ss", "æ": "ae", "œ": "oe", "ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "ı": "i",
    "й": "й",  # a letter of its own, whose sign nobody leaves out
}  # fmt: skip


def normalize(text: str) -> str:
    """A text in one spelling: composed, without invisible signs, with ASCII digits.

    Compatibility forms (NFKC) become usual ones: full-width and presentation forms, ligatures,
    superscripts.
    """
    if text.isascii() or (unicodedata.is_normalized("NFKC", text) and not _UNUSUAL.search(text)):
        return text
    text = unicodedata.normalize("NFKC", _CLAUSE.sub(" ", _DROPPED.sub("", text))).translate(_SIGNS)
    text = _OTHER_DIGIT.sub(lambda digit: str(unicodedata.decimal(digit[0])), text)
    if JOINER in text and not _JOINED_SCRIPT.search(text):
        text = text.replace(JOINER, "")
    return _INNER_SIGN.sub("", text)


def lower(word: str, lang: str) -> str:
    """A word in lower case; in Turkish and Azerbaijani I has no dot, and İ has one."""
    if lang in ("tr", "az"):
        word = word.replace("İ", "i").replace("I", "ı")
    return word.lower()


def for_stemmer(word: str, lang: str) -> str:
    """A word with the letters that the stemmer of its language knows."""
    return word.translate(_PERSIAN_FORMS) if lang == "fa" else word


class _Folded(dict[int, str]):
    """What is left of each letter, by its code point: a table for `str.translate`."""

    def __missing__(self, code: int) -> str:
        char = chr(code)
        folded = self[code] = _LETTER_FORMS.get(char) or _without_marks(char)
        return folded


def _without_marks(char: str) -> str:
    kept = [
        _LETTER_FORMS.get(each, each)
        for each in unicodedata.normalize("NFD", char)
        if each not in _SILENT and unicodedata.combining(each) in _VOWEL_CLASSES
    ]
    return unicodedata.normalize("NFC", "".join(kept))


_FOLDED = _Folded()


def fold(term: str) -> str:
    """A stem without the accents and letter forms that writers leave out or mix."""
    return term if term.isascii() else term.translate(_FOLDED)
