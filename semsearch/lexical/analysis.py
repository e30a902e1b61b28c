"""The terms of a text, as its language writes them: folded, without stop words, stemmed."""

import re
import unicodedata
from functools import cache, lru_cache

import tantivy

from semsearch.text.scripts import FIRST_SYLLABIC

UNKNOWN = "und"

MAX_QUERY_TERMS = 256
"""The rest of a query is not looked for: a sentence of Thai has 200 n-grams."""

_LONGEST_TERM = 40
_STEMMERS = {
    "ar": "arabic", "da": "danish", "de": "german", "el": "greek", "en": "english",
    "es": "spanish", "fi": "finnish", "fr": "french", "hu": "hungarian", "it": "italian",
    "nb": "norwegian", "nl": "dutch", "no": "norwegian", "pt": "portuguese", "ro": "romanian",
    "ru": "russian", "sv": "swedish", "ta": "tamil", "tr": "turkish",
}  # fmt: skip
_STOP_WORDS = {"da", "de", "en", "es", "fi", "fr", "hu", "it", "nb", "nl", "no", "pt", "ru", "sv"}
# Scripts written without spaces, in n-grams: two of kana and Han, whose signs are words or
# syllables; three and four of Thai, Lao, Myanmar and Khmer, whose signs are letters.
UNSPACED = re.compile("[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff]+|[\u3040-\u30ff\u3400-\u9fff]+")
# Marks are dropped by their combining class (Unicode 4.3): accents, Arabic and Hebrew vowels,
# nukta, virama, tones. The classes below are those of vowels of Indic scripts and of voiced kana,
# which make another word; Thai has two silent signs among them.
_VOWEL_CLASSES = {0, 8, 84, 91, 103, 118, 129, 130, 132}
_SILENT = {"\u0e47", "\u0e4c"}
_LETTER_FORMS = str.maketrans({"ى": "ي", "ی": "ي", "ې": "ي", "ک": "ك", "ة": "ه", "ـ": None})


def analyze(text: str, lang: str) -> list[str]:
    """The terms of a text in a language: folded, stop words dropped, stemmed where it can be."""
    terms: list[str] = analyzer(lang).analyze(fold(text, lang))
    return terms


@lru_cache(maxsize=1000)
def query_terms(query: str, lang: str) -> tuple[str, ...]:
    """The terms of a query in a language, in order: what is looked for, and then marked."""
    return tuple(analyze(query, lang)[:MAX_QUERY_TERMS])


def group(lang: str | None) -> str:
    """The name of the index that holds passages in a language."""
    return lang if lang and re.fullmatch("[a-z]{2,3}", lang) else UNKNOWN


def fold(text: str, lang: str) -> str:
    """Make alike what readers take for the same, as far as the analyzer does not do it."""
    if text.isascii():
        return text
    if lang not in _STEMMERS or lang == "ar":
        text = unicodedata.normalize("NFKD", text)
        for mark in set(text):
            if mark in _SILENT or unicodedata.combining(mark) not in _VOWEL_CLASSES:
                text = text.replace(mark, "")
        text = unicodedata.normalize("NFC", text).translate(_LETTER_FORMS)
    return UNSPACED.sub(lambda run: f" {' '.join(_ngrams(run.group()))} ", text)


def ngram_sizes(sign: str) -> tuple[int, ...]:
    """The lengths of the terms of a script without spaces, by one of its signs."""
    return (2,) if sign >= FIRST_SYLLABIC else (3, 4)


def _ngrams(run: str) -> list[str]:
    return [run[i : i + n] for n in ngram_sizes(run) for i in range(len(run) - n + 1)] or [run]


@cache
def analyzer(lang: str) -> tantivy.TextAnalyzer:
    """Terms of a folded text, for one language."""
    builder = (
        tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.simple())
        .filter(tantivy.Filter.remove_long(_LONGEST_TERM))
        .filter(tantivy.Filter.lowercase())
    )
    if lang in _STOP_WORDS:
        builder = builder.filter(tantivy.Filter.stopword(_STEMMERS[lang]))
    if lang in _STEMMERS:
        builder = builder.filter(tantivy.Filter.stemmer(_STEMMERS[lang]))
    return builder.filter(tantivy.Filter.ascii_fold()).build()
