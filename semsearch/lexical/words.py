"""Texts cut into words: numbers in one notation, and names with signs in one piece."""

import re
from collections.abc import Callable

from semsearch.lexical.normalization import JOINER
from semsearch.text.scripts import FIRST_SYLLABIC

MARKS = (
    "\u0300-\u036f\u0591-\u05bd\u05bf-\u05c7\u0610-\u061a\u064b-\u065f\u0670\u06d6-\u06ed"
    "\u0900-\u0963\u0971-\u0df3\u0e00-\u0eff\u1000-\u1049\u1780-\u17d3"
)
"""Signs inside of words that `\\w` leaves out: accents, and vowels of Indic and other scripts."""
# Scripts written without spaces become n-grams: two characters of kana and Han, which are syllables
# or words; three and four of Thai, Lao, Myanmar and Khmer, which are letters. Of European text
# without spaces, n-grams of three and four reached MRR@10 0.952, bigrams 0.734, words 0.954. Hangul
# has spaces, but particles and endings are written together with words: BM25 of Korean questions
# has 0.522 with words and 0.778 with bigrams of syllables (tydiqa-ko-dev).
_UNSPACED_LETTERS = "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff"
_CHARACTERS, _HANGUL = "\u3040-\u30ff\u3400-\u9fff", "\uac00-\ud7a3"
UNSPACED = re.compile(f"[{_UNSPACED_LETTERS}]+|[{_CHARACTERS}]+|[{_HANGUL}]+")
SPACED_LETTER = f"[^\\W_{_UNSPACED_LETTERS}{_CHARACTERS}{_HANGUL}]"
"""A letter or digit of another script."""

_SPACES = " \u00a0\u2007\u2009\u202f"
_SPACED = re.compile(f"\\d[{_SPACES}]\\d{{3}}|\u00a7")
PIECE = re.compile(
    f"[^\\w\\s]*(?!0)\\d{{1,3}}(?:[{_SPACES}]\\d{{3}})+(?![\\w.,]*\\d[.,]?\\w)\\S*"
    f"|[^\\w\\s]*\u00a7[{_SPACES}]?\\S+"
    "|\\S+"
)
"""What stands between spaces; a number, or that of a paragraph (\u00a7 12), with its spaces."""

WORD = re.compile(f"(?:[^\\W_]|[{MARKS}{JOINER}\u200d])+")
"""Letters and digits with their marks, without signs between them."""

_LETTER = "[^\\W\\d_]"
_PART = re.compile(
    f"""
    (?P<email> [\\w.+-]+@[\\w-]+(?:\\.[\\w-]+)+ )
    | (?P<grouped> (?<![\\w.,])(?:
        [1-9]\\d{{0,2}}(?P<sign>[.,'\u066c{_SPACES}])\\d{{3}}(?:(?P=sign)\\d{{3}})*
        | [1-9]\\d?(?:,\\d\\d)+,\\d{{3}} )
        (?:(?!(?P=sign))[.,\u066b]\\d+)? (?![.,']?\\d) )
    | (?P<decimal> (?<![\\w.,])\\d+[.,\u066b]\\d+ (?![.,]?\\d) )
    | (?P<whole> (?<![\\w.,:])
        (?: \\d{{1,2}}:\\d\\d(?::\\d\\d)? | \\d+(?:\\.\\d+){{2,}} )(?![.:]?\\d) )
    | (?P<section> \u00a7+[{_SPACES}]?\\d+\\w* )
    | (?P<model> (?<![\\w-]){_LETTER}{{1,3}}-\\d+\\w* )
    | (?P<signs> \\w+\\+\\+ | (?<!\\w){_LETTER}\\#(?!\\w)
        | (?<!\\w)\\w{{1,3}}(?:&\\w{{1,3}})+(?!\\w) )
    | (?P<initials> (?<![\\w.]){_LETTER}(?:\\.{_LETTER})+(?!\\w) )
    | (?P<dotted> (?<![\\w.])\\.{_LETTER}{{2,}} )
    | (?P<prefixed> (?<![\\w'-]){_LETTER}-{_LETTER}{{2,}} )
    | (?P<word> (?:[^\\W_]|[{MARKS}{JOINER}])+ (?:'s(?!\\w))? )
    """,
    re.VERBOSE,
)
_DATE = re.compile(r"\d{1,2}\.\d{1,2}\.(?:\d\d|\d{4})|\d{4}\.\d{1,2}\.\d{1,2}")
SIGNS = frozenset(".@&+#\u00a7:")
"""A word that has one of these is a number or a name, and not stemmed."""
_PUNCTUATION = ".,;:!?()[]\"'\u00ab\u00bb\u201c\u201d\u201e\u2013\u2014"
_ALL_CAPITALS = 4
"""From so many words on, a line in capitals is a headline, not acronyms. A choice."""


def pieces(text: str) -> list[str]:
    """A text cut where there are spaces, except inside of numbers; headlines in lower case."""
    if any(map(str.isupper, text.split("\n"))):
        text = "\n".join(map(_without_capitals, text.split("\n")))
    return PIECE.findall(text) if _SPACED.search(text) else text.split()


def _without_capitals(line: str) -> str:
    headline = line.isupper() and len(line.split()) >= _ALL_CAPITALS
    return line.lower() if headline else line


def words(piece: str) -> list[str]:
    """The words of a normalised piece of text, in order.

    Numbers are written as 4500 and 3.5 whatever their notation, F-16 is F16, U.S. is US, e-mail is
    email. What is also known by a part of it is followed by that part: an address, e-mail, .NET.
    """
    bare = piece.strip(_PUNCTUATION)
    if bare.isalpha() and piece[0] != "." and not UNSPACED.search(bare):  # nearly all pieces
        return [bare]
    found: list[str] = []
    start = 0
    for run in UNSPACED.finditer(piece):
        found += _between_spaces(piece[start : run.start()])
        found += ngrams(run[0])
        start = run.end()
    return found + _between_spaces(piece[start:])


def _between_spaces(text: str) -> list[str]:
    return [word for part in _PART.finditer(text) for word in _FORMS[part.lastgroup or ""](part)]


def ngram_sizes(char: str) -> tuple[int, ...]:
    """The lengths of n-grams in a script without spaces, by one of its characters."""
    return (2,) if char >= FIRST_SYLLABIC else (3, 4)


def ngrams(run: str) -> list[str]:
    """The n-grams of a run of letters in a script without spaces."""
    return [run[i : i + n] for n in ngram_sizes(run) for i in range(len(run) - n + 1)] or [run]


def _grouped(part: re.Match[str]) -> list[str]:
    return _number(part[0].replace(part["sign"] or ",", ""))


def _number(text: str) -> list[str]:
    whole, _, decimals = re.sub("[,\u066b]", ".", text).partition(".")
    if len(whole) >= 3:  # a price; elsewhere a version or a time may end in zeros
        decimals = decimals if decimals.strip("0") else ""
    return [f"{whole}.{decimals}" if decimals else whole]


def _dotted_number(part: re.Match[str]) -> list[str]:
    return part[0].split(".") if _DATE.fullmatch(part[0]) else [part[0]]


def _email(part: re.Match[str]) -> list[str]:
    return [part[0], *re.findall(r"\w+", part[0])]


def _section(part: re.Match[str]) -> list[str]:
    number = re.sub(r"\W", "", part[0])
    return [f"\u00a7{number}", number]


def _prefixed(part: re.Match[str]) -> list[str]:
    first, second = part[0].split("-")
    return [first + second, second]


_FORMS: dict[str, Callable[[re.Match[str]], list[str]]] = {
    "email": _email,
    "grouped": _grouped,
    "decimal": lambda part: _number(part[0]),
    "whole": _dotted_number,
    "section": _section,
    "model": lambda part: [part[0].replace("-", "")],
    "signs": lambda part: [part[0]],
    "initials": lambda part: [part[0].replace(".", "")],
    "dotted": lambda part: [part[0], part[0][1:]],
    "prefixed": _prefixed,
    "word": lambda part: [part[0].removesuffix("'s")],
}
