"""The terms of a text in its language: normalised, without stop words, stemmed."""

import re
from functools import cache, lru_cache
from itertools import chain
from pathlib import Path

import Stemmer

from semsearch.lexical.arabic import without_clitics, without_conjunction
from semsearch.lexical.normalization import JOINER, fold, for_stemmer, lower, normalize
from semsearch.lexical.words import SIGNS, UNSPACED, ngram_sizes, pieces, words

UNKNOWN = "und"
"""ISO 639 code of texts in an unknown language."""

MAX_QUERY_TERMS = 256
"""Terms of a query that are looked for. 2026-11-24: up to 64 before, but a sentence of Thai has 200
n-grams; BM25 of questions in Thai letters rose from 0.855 to 0.925."""

_LONGEST_TERM = 40
"""Letters of a term; longer ones are dropped. A choice: longer words are addresses and noise."""
_LONGEST_ACRONYM = 5
"""Letters of a stop word that is an acronym where it stands in capitals. A choice."""
_CACHED_PIECES = 200_000
"""Pieces of texts in a language whose terms are kept. A choice: about 40 MB."""
_SENTENCE = 10
"""A piece of so many words is a sentence in a script without spaces: it hardly comes again."""
_AFFIXES = frozenset(
    ["ها", "های", "هایی", "هایش", "ای", "ام", "ات", "اش", "تر", "ترین", "می", "نمی"]
)
"""Of Persian: endings of the plural, of persons and of degree; the present tense."""
_STEMMERS = {
    "ar": "arabic", "ca": "catalan", "cs": "czech", "da": "danish", "de": "german", "el": "greek",
    "en": "english", "eo": "esperanto", "es": "spanish", "et": "estonian", "eu": "basque",
    "fa": "persian", "fi": "finnish", "fr": "french", "ga": "irish", "hi": "hindi",
    "hu": "hungarian", "hy": "armenian", "id": "indonesian", "it": "italian", "lt": "lithuanian",
    "nb": "norwegian", "ne": "nepali", "nl": "dutch", "nn": "norwegian", "no": "norwegian",
    "pl": "polish", "pt": "portuguese", "ro": "romanian", "ru": "russian", "sr": "serbian",
    "st": "sesotho", "sv": "swedish", "ta": "tamil", "tr": "turkish", "yi": "yiddish",
}  # fmt: skip
"""The Snowball stemmer of each language that has one."""


class Analyzer(dict[str, tuple[str, ...]]):
    """The terms of each piece of text in one language, made when it is first asked for."""

    def __init__(self, lang: str) -> None:
        super().__init__()
        self._terms = _Terms(lang)

    def terms(self, text: str) -> list[str]:
        """The terms of a text, in order."""
        if len(self) > _CACHED_PIECES:
            self.clear()
            self._terms.clear()
        return list(chain.from_iterable(map(self.__getitem__, pieces(text))))

    def terms_of_word(self, word: str) -> tuple[str, ...]:
        """The terms of a word that `words` has cut out."""
        return self._terms[word]

    def __missing__(self, piece: str) -> tuple[str, ...]:
        found = words(normalize(piece))
        if len(found) == 1:
            terms = self[piece] = self._terms[found[0]]
            return terms
        terms = tuple(chain.from_iterable(map(self._terms.__getitem__, found)))
        if len(found) < _SENTENCE:
            self[piece] = terms
        return terms


class _Terms(dict[str, tuple[str, ...]]):
    """The terms of each word in one language: none for a stop word, often one."""

    def __init__(self, lang: str) -> None:
        super().__init__()
        self._lang = lang
        self._stop_words = _stop_words().get(lang, frozenset())
        self._stem = Stemmer.Stemmer(_STEMMERS[lang], 0).stemWord if lang in _STEMMERS else None

    def __missing__(self, word: str) -> tuple[str, ...]:
        terms = self[word] = tuple(self._made(word))
        return terms

    def _made(self, word: str) -> list[str]:
        if len(word) > _LONGEST_TERM:
            return []
        if not word.isalnum():
            if not SIGNS.isdisjoint(word):
                return [word.lower()]
            if JOINER in word:
                return self._of_parts(word)
        small = lower(word, self._lang)
        if small in self._stop_words:
            acronym = word.isupper() and 1 < len(word) <= _LONGEST_ACRONYM
            return [word] if acronym else []
        if self._lang == "ar":
            small = without_clitics(small)
        stem = self._stem(for_stemmer(small, self._lang)) if self._stem else small
        return [fold(stem)]

    def _of_parts(self, word: str) -> list[str]:
        """The terms of a Persian word of several parts: one of each, and one of all together."""
        parts = [part for part in word.split(JOINER) if part and part not in _AFFIXES]
        joined = word.replace(JOINER, "")
        return list(dict.fromkeys(term for part in [*parts, joined] for term in self[part]))


@lru_cache(maxsize=1000)
def query_words(query: str, lang: str) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """The words of a query, in order, each with its terms in a language, which may be none."""
    found = [word for piece in pieces(query) for word in _words(piece)]
    return tuple((word, _analyzer(lang).terms_of_word(word)) for word in found)


@lru_cache(maxsize=1000)
def query_terms(query: str, lang: str) -> tuple[str, ...]:
    """The first terms of a query in a language, in order: those that are looked for and marked."""
    terms = [term for _, terms in query_words(query, lang) for term in terms]
    return tuple(terms[:MAX_QUERY_TERMS])


def possible_starts(prefix: str, lang: str) -> tuple[str, ...]:
    """The letters with which the terms of words with a prefix begin, before stemmers change them.

    Several where a stemmer takes letters off the beginning of a word, as in Arabic; those of
    Indonesian are not undone.
    """
    found = [word for piece in pieces(prefix) for word in _words(piece)]
    if not found:
        return ()
    start = lower(found[-1], lang)
    if lang == "ar":
        start = without_clitics(start)
        return tuple(map(fold, dict.fromkeys((start, without_conjunction(start)))))
    return (fold(start),)


def certain_terms(text: str, lang: str) -> tuple[str, ...]:
    """The terms that every passage with a text has, whatever stands around the text.

    Not among them: acronyms that are stop words otherwise, which a headline in capitals may hide,
    and letters too few for an n-gram.
    """
    return tuple(
        term
        for term in dict.fromkeys(query_terms(text, lang))
        if term == term.lower()
        and not (UNSPACED.fullmatch(term) and len(term) < min(ngram_sizes(term[0])))
    )


def analyze(text: str, lang: str) -> list[str]:
    """The terms of a text in a language: normalised, without stop words, stemmed if possible."""
    return _analyzer(lang).terms(text)


@lru_cache(maxsize=_CACHED_PIECES)
def _words(piece: str) -> tuple[str, ...]:
    """The words of a piece of text, which are the same in every language."""
    return tuple(words(normalize(piece)))


def group(lang: str | None) -> str:
    """The name of the word index for passages in a language."""
    return lang if lang and re.fullmatch("[a-z]{2,3}", lang) else UNKNOWN


@cache
def _analyzer(lang: str) -> Analyzer:
    """The analyzer that all queries share; threads too, as PyStemmer holds the interpreter lock."""
    return Analyzer(lang)


@cache
def _stop_words() -> dict[str, frozenset[str]]:
    """The stop words of each language that has a list."""
    lines = Path(__file__).with_name("stop_words.txt").read_text(encoding="utf-8").splitlines()
    lists = [line.split() for line in lines if not line.startswith("#")]
    found = {lang: frozenset(listed) for lang, *listed in lists}
    return found | {"no": found["nb"]}
