"""The terms of a text in its language: normalised, without stop words, stemmed."""

import re
import unicodedata
from functools import cache, lru_cache
from pathlib import Path

import Stemmer

from semsearch.text.scripts import FIRST_SYLLABIC

UNKNOWN = "und"
"""ISO 639 code of texts in an unknown language."""

MAX_QUERY_TERMS = 256
"""Terms of a query that are looked for. 2026-11-24: up to 64 before, but a sentence of Thai has 200
n-grams; BM25 of questions in Thai letters rose from 0.855 to 0.925."""

_LONGEST_TERM = 40
"""Bytes of a term; longer ones are dropped. A choice: longer words are addresses and noise."""
_CACHED_WORDS = 200_000
"""Words of a language whose terms are kept. A choice: about 40 MB."""
_STEMMERS = {
    "ar": "arabic", "da": "danish", "de": "german", "el": "greek", "en": "english",
    "es": "spanish", "fi": "finnish", "fr": "french", "hu": "hungarian", "it": "italian",
    "nb": "norwegian", "nl": "dutch", "no": "norwegian", "pt": "portuguese", "ro": "romanian",
    "ru": "russian", "sv": "swedish", "ta": "tamil", "tr": "turkish",
}  # fmt: skip
_MARKS = (
    "\u0300-\u036f\u0591-\u05bd\u05bf-\u05c7\u0610-\u061a\u064b-\u065f\u0670\u06d6-\u06ed"
    "\u0900-\u0963\u0971-\u0df3\u0e00-\u0eff\u1000-\u1049\u1780-\u17d3"
)
"""Signs inside of words that `\\w` leaves out: accents, and vowels of Indic and other scripts."""
_WORD = re.compile(f"[\\w{_MARKS}]+")
# Scripts written without spaces become n-grams: two characters of kana and Han, which are syllables
# or words; three and four of Thai, Lao, Myanmar and Khmer, which are letters. Of European text
# without spaces, n-grams of three and four reached MRR@10 0.952, bigrams 0.734, words 0.954.
UNSPACED = re.compile("[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff]+|[\u3040-\u30ff\u3400-\u9fff]+")
# Marks are dropped by their combining class (Unicode 4.3): accents, Arabic and Hebrew vowels,
# nukta, virama, tones. The classes below are those of vowels of Indic scripts and of voiced kana,
# which make another word; Thai has two silent marks among them.
_VOWEL_CLASSES = {0, 8, 84, 91, 103, 118, 129, 130, 132}
_SILENT = {"\u0e47", "\u0e4c"}
_LETTER_FORMS = str.maketrans({"ى": "ي", "ی": "ي", "ې": "ي", "ک": "ك", "ة": "ه", "ـ": None})
_LIGATURES = str.maketrans(
    {"ß": "ss", "æ": "ae", "œ": "oe", "ø": "o", "ł": "l", "đ": "d", "ı": "i"}
)


class Analyzer:
    """Cuts texts of one language into terms."""

    def __init__(self, lang: str) -> None:
        self.lang = lang
        self._stop_words = _stop_words().get(lang, frozenset())
        self._stem = Stemmer.Stemmer(_STEMMERS[lang], 0) if lang in _STEMMERS else None
        self._terms: dict[str, tuple[str, ...]] = {}
        """The terms of each word seen: one, or none for a stop word."""

    def terms(self, text: str) -> list[str]:
        """The terms of a text, in order."""
        if len(self._terms) > _CACHED_WORDS:
            self._terms.clear()
        terms: list[str] = []
        for word in _WORD.findall(fold(text, self.lang).replace("_", " ")):
            known = self._terms.get(word)
            if known is None:
                known = self._terms[word] = self._analyze(word.lower())
            terms += known
        return terms

    def _analyze(self, word: str) -> tuple[str, ...]:
        if len(word.encode()) > _LONGEST_TERM or word in self._stop_words:
            return ()
        stem = self._stem.stemWord(word) if self._stem else word
        return (_without_accents(stem),)


@lru_cache(maxsize=1000)
def query_terms(query: str, lang: str) -> tuple[str, ...]:
    """The first terms of a query in a language, in order: those that are looked for and marked."""
    return tuple(analyze(query, lang)[:MAX_QUERY_TERMS])


def analyze(text: str, lang: str) -> list[str]:
    """The terms of a text in a language: normalised, without stop words, stemmed if possible."""
    return _analyzer(lang).terms(text)


@cache
def _analyzer(lang: str) -> Analyzer:
    """The analyzer that all queries share; threads too, as PyStemmer holds the interpreter lock."""
    return Analyzer(lang)


def group(lang: str | None) -> str:
    """The name of the word index for passages in a language."""
    return lang if lang and re.fullmatch("[a-z]{2,3}", lang) else UNKNOWN


def fold(text: str, lang: str) -> str:
    """Normalise letters and marks that readers take for the same, where the stemmer does not."""
    if text.isascii():
        return text
    if lang not in _STEMMERS or lang == "ar":
        text = unicodedata.normalize("NFKD", text)
        for mark in set(text):
            if mark in _SILENT or unicodedata.combining(mark) not in _VOWEL_CLASSES:
                text = text.replace(mark, "")
        text = unicodedata.normalize("NFC", text).translate(_LETTER_FORMS)
    return UNSPACED.sub(lambda run: f" {' '.join(_ngrams(run.group()))} ", text)


def ngram_sizes(char: str) -> tuple[int, ...]:
    """The lengths of n-grams in a script without spaces, by one of its characters."""
    return (2,) if char >= FIRST_SYLLABIC else (3, 4)


def _ngrams(run: str) -> list[str]:
    return [run[i : i + n] for n in ngram_sizes(run) for i in range(len(run) - n + 1)] or [run]


def _without_accents(word: str) -> str:
    """A word in Latin letters without accents and ligatures; another one as it is."""
    if word.isascii() or word[0] > "\u024f":
        return word
    letters = unicodedata.normalize("NFD", word.translate(_LIGATURES))
    return "".join(letter for letter in letters if not unicodedata.combining(letter))


@cache
def _stop_words() -> dict[str, frozenset[str]]:
    """The stop words of each language that has a list."""
    lines = Path(__file__).with_name("stop_words.txt").read_text(encoding="utf-8").splitlines()
    lists = [line.split() for line in lines if not line.startswith("#")]
    found = {lang: frozenset(words) for lang, *words in lists}
    return found | {"no": found["nb"]}
