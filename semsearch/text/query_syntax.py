"""The syntax of a query: "a phrase", -word and prefix*.

Nothing is ever wrong: a quote without its partner, a lone hyphen or asterisk and an inner hyphen
are part of the text. Only a letter or a quote after a hyphen excludes, so that -5 is a number.
"""

import re
import unicodedata
from functools import lru_cache
from typing import NamedTuple

_QUOTES = {
    "\u201c": "\u201d\"",  # English
    "\u201e": "\u201c\u201d\"",  # German, Polish
    "\u00ab": "\u00bb",  # French, Russian, Arabic
    "\u2039": "\u203a",
    "\u300c": "\u300d",  # Chinese, Japanese
    "\u300e": "\u300f",
    "\uff62": "\uff63",
    "\u301d": "\u301e\u301f",
    "\uff02": "\uff02",
}  # fmt: skip
"""Quotes, each with those that may end what it begins."""
_LATE_QUOTES = {"\u201d": "\u201d", "\u00bb": "\u00ab\u00bb", "\u203a": "\u2039\u203a"}
"""Quotes that begin a phrase in Swedish or in German books, but mostly end one."""
_LONGEST = 300
"""Characters of a phrase; between quotes further apart stands a text, not a phrase. A choice."""
_SHORTEST_PREFIX = 2
"""Characters: 5* is a class of hotels. A choice."""
# Chinese, Thai and others are written without spaces: a quote may follow a letter.
_UNSPACED = "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff"
_LETTER = f"[^\\W_{_UNSPACED}]"
_START = r"(?:(?<!\S)|(?<=\A[([{])|(?<=\s[([{]))"
"""The start of a word, which may stand in brackets; code such as f(-x) is text."""


def _quoted(begin: str, ends: str) -> str:
    return f"{begin}([^{begin}{ends}]{{1,{_LONGEST}}})[{ends}]"


# Not after a letter, nor before one at its end: 5", acronyms in Hebrew, x="code".
_STRAIGHT = (
    f"(?:{_START}|(?<=[-\uff0d\u2013\u2014'\"{_UNSPACED}]))"
    f'"((?:[^"]|"(?={_LETTER})){{1,{_LONGEST}}})"(?!{_LETTER})'
)
_PHRASE = "|".join(
    [
        _STRAIGHT,
        *(_quoted(*pair) for pair in _QUOTES.items()),
        *("(?<!\\S)" + _quoted(*pair) for pair in _LATE_QUOTES.items()),
    ]
)
_NEVER_INSIDE = re.escape('()[]{}<>"=/\\|,;:?!')
"""Signs that words do not contain, but code and addresses do."""
_OPERATOR = re.compile(
    f"(?P<excluded>{_START}[-\uff0d])?(?:{_PHRASE})"
    f"|{_START}[-\uff0d](?P<word>[^\\W\\d_]\\S*)"
    f"|{_START}(?P<prefix>[^\\W_][^\\s*\uff0a{_NEVER_INSIDE}]*)[*\uff0a](?![\\w*])"
)
_STARS = re.compile("(?<=\\S)[*\uff0a](?!\\w)")
_AFTER_WORD = ".,;:!?)]}\u3002\uff0c\uff01\uff1f\u060c\u061b\u061f"


class Query(NamedTuple):
    """A query as it is understood."""

    text: str
    """What hits are ranked by: the query without operators, and without what it excludes."""
    required: tuple[str, ...] = ()
    """Phrases and beginnings of words, which a hit must contain. A word of any of them that may go
    on ends in an asterisk."""
    excluded: tuple[str, ...] = ()
    """Words, phrases and beginnings of words that no hit may contain."""


@lru_cache(maxsize=1000)
def parse(text: str) -> Query:
    """Find the operators of a query. A text without any is returned as it is."""
    required: list[str] = []
    excluded: list[str] = []

    def plain(operator: re.Match[str]) -> str:
        named = operator.groupdict()
        if named["word"]:
            excluded.append(named["word"].rstrip(_AFTER_WORD))
            return ""
        if prefix := named["prefix"]:
            if len(prefix) < _SHORTEST_PREFIX or not _is_of_words(prefix[-1]):
                return operator[0]
            required.append(f"{prefix}*")
            return prefix
        phrase = " ".join(next(filter(None, operator.groups()[1:])).split())
        if not any(map(_is_of_words, phrase)) and not any(map(_is_symbol, phrase)):
            return operator[0]
        if named["excluded"]:
            excluded.append(phrase)
            return ""
        required.append(phrase)
        return _STARS.sub("", phrase)

    left = _OPERATOR.sub(plain, text)
    if not (required or excluded):
        return Query(text)
    return Query(" ".join(left.split()), tuple(required), tuple(excluded))


def _is_of_words(char: str) -> bool:
    return unicodedata.category(char)[0] in "LMN"


def _is_symbol(char: str) -> bool:
    """Whether a character is a symbol such as an emoji."""
    return unicodedata.category(char) == "So"
