"""Whether a text contains a phrase or a word as it is written.

Case, Unicode form, accents and letter forms do not count, as in the word index; endings and the
order of words do. Between two words of a phrase signs may stand, but not the end of a sentence or
of a paragraph. In Arabic, the article and what is written together with the first word may.
"""

import re
import unicodedata
from functools import lru_cache

from semsearch.lexical.normalization import JOINER, fold, normalize
from semsearch.lexical.words import MARKS, SPACED_LETTER, UNSPACED, WORD

_VOWELS = "\u0900-\u0963\u0971-\u0df3"
"""Scripts with vowels that `folded` leaves and `\\w` does not match."""
_ENDS = ".!?\u3002\u061f\u06d4\u0964\u0965"
"""Signs that end a sentence."""
_NEW_LINE = r"\n(?![^\S\n]*\n)"
_SIGN = f"(?:[^\\w\\n{_VOWELS}]|_|{_NEW_LINE})"
_SIGN_INSIDE = f"(?:[^\\w\\n{_VOWELS}{_ENDS}]|_|{_NEW_LINE})"
_TOKEN = re.compile(
    f"(?P<word>(?:[^\\W_]|[{MARKS}])+)(?P<goes_on>\\*?)|(?<!\\S)(?P<minus>-)(?=\\d)|[^\\w\\s]"
)
_REST = f"(?:[^\\W_]|[{MARKS}])*"
_NOT_AFTER_LETTER = f"(?<!{SPACED_LETTER})(?<![{_VOWELS}])"
_NOT_BEFORE_LETTER = f"(?!{SPACED_LETTER})(?![{_VOWELS}])"
_MEANINGFUL = frozenset("#@&%\u00a7/\\")
"""Punctuation that is part of a name or a number."""
_WORD_THAT_GOES_ON = re.compile(r"\S+[*\uff0a](?!\w)")
_ARABIC = re.compile("[\u0621-\u064a]")
_CACHED_WORDS = 100_000
"""Words whose folded forms are kept. A choice."""


def folded(text: str) -> str:
    """A text as `ExactText` compares it."""
    return fold(normalize(text).lower()).replace(JOINER, "")


class ExactText:
    """A word or a phrase to be found in texts. A word before an asterisk may go on."""

    def __init__(self, text: str) -> None:
        self.text = text
        certain = _WORD_THAT_GOES_ON.sub(" ", text).strip()
        self.spellings = _with_conjunctions(certain) if _ARABIC.match(certain) else (certain,)
        """The words that do not go on. A text that contains it has all words of one of these."""
        tokens = [token for token in _TOKEN.finditer(folded(text)) if _is_meaningful(token)]
        self._words = [token["word"] for token in tokens if token["word"]]
        self.beginnings = tuple(token["word"] for token in tokens if token["goes_on"])
        """The beginnings of those that do."""
        self._pattern = _compiled(tokens)
        self._in_arabic = _compiled(tokens, clitics=True)

    def __bool__(self) -> bool:
        """Whether there is anything to find."""
        return bool(self._pattern.pattern)

    def is_in(self, text: str, lang: str | None) -> bool:
        """Whether a folded text in a language contains it."""
        return bool((self._in_arabic if lang == "ar" else self._pattern).search(text))

    def words_in(self, text: str, lang: str | None) -> list[tuple[int, int]]:
        """The spans of its words in a text that is not folded, in order, where it is found.

        Words that are not separated by spaces from others are left out.
        """
        if not self._words:
            return []
        spans = [word.span() for word in WORD.finditer(text)]
        n = len(self._words)
        found: dict[tuple[int, int], None] = {}
        for i in range(len(spans) - n + 1):
            start, end = spans[i][0], spans[i + n - 1][1]
            if self._words[0] not in _folded_word(text[start : spans[i][1]]):
                continue
            if not UNSPACED.search(text, start, end) and self.is_in(folded(text[start:end]), lang):
                found |= dict.fromkeys(spans[i : i + n])
        return list(found)


@lru_cache(maxsize=_CACHED_WORDS)
def _folded_word(word: str) -> str:
    return folded(word)


def _is_meaningful(token: re.Match[str]) -> bool:
    if token["word"] or token["minus"] or token[0] in _MEANINGFUL:
        return True
    return unicodedata.category(token[0]) in ("Sm", "Sc", "So")


def _compiled(tokens: list[re.Match[str]], *, clitics: bool = False) -> re.Pattern[str]:
    """What finds words and signs, one after the other, in a folded text."""
    parts: list[str] = []
    for position, token in enumerate(tokens):
        before = tokens[position - 1].end() if position else token.start()
        parts.append(_between(token.string[before : token.start()]))
        first = clitics and not position
        parts.append(_with_clitics(token[0]) if first else re.escape(token["word"] or token[0]))
        if token["goes_on"]:
            parts.append(_REST)
    if tokens and _is_spaced(tokens[0]["word"], 0):
        parts.insert(0, _NOT_AFTER_LETTER)
    if tokens and _is_spaced(tokens[-1]["word"], -1):
        parts.append(_NOT_BEFORE_LETTER)
    return re.compile("".join(parts))


def _between(signs: str) -> str:
    """What may stand between two words, given what stands there in the phrase."""
    if re.search(r"\s", signs):
        return f"{_SIGN}+" if set(signs) & set(_ENDS) else f"{_SIGN_INSIDE}+"
    # aujourd'hui, well-known
    return f"{_SIGN_INSIDE}*" if signs and set(signs) <= {"-", "'"} else re.escape(signs)


def _is_spaced(word: str | None, end: int) -> bool:
    return bool(word) and not UNSPACED.match(str(word)[end])


def _with_conjunctions(text: str) -> tuple[str, ...]:
    """An Arabic text with what may be written together with it, other than the article.

    The terms of a word differ with these where the stemmer takes a letter of it for one of them.
    """
    conjunctions, prepositions = ("", "\u0648", "\u0641"), ("", "\u0628", "\u0643", "\u0644")
    return tuple(f"{one}{other}{text}" for one in conjunctions for other in prepositions)


def _with_clitics(word: str) -> str:
    """An Arabic word with what may stand before it: and, so; in, like; for; the."""
    word = word.removesuffix("*")
    if not word.startswith("\u0627\u0644") or len(word) < 4:
        return (
            f"[\u0648\u0641]?(?:[\u0628\u0643]?(?:\u0627\u0644)?|\u0644\u0644?)?{re.escape(word)}"
        )
    return f"[\u0648\u0641]?(?:[\u0628\u0643]?{word}|\u0644\u0644{word[2:]})"
