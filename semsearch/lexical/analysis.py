"""The terms of a text in its language: normalised, without stop words, stemmed."""

import re
import unicodedata
from functools import cache, lru_cache

import tantivy

from semsearch.text.scripts import FIRST_SYLLABIC

UNKNOWN = "und"
"""ISO 639 code of texts in an unknown language."""

MAX_QUERY_TERMS = 256
"""Terms of a query that are looked for. 2026-11-24: up to 64 before, but a sentence of Thai has 200
n-grams; BM25 of questions in Thai letters rose from 0.855 to 0.925."""

_LONGEST_TERM = 40
"""Bytes of a term; longer ones are dropped. The limit of tantivy's own default tokenizer."""
_STEMMERS = {
    "ar": "arabic", "da": "danish", "de": "german", "el": "greek", "en": "english",
    "es": "spanish", "fi": "finnish", "fr": "french", "hu": "hungarian", "it": "italian",
    "nb": "norwegian", "nl": "dutch", "no": "norwegian", "pt": "portuguese", "ro": "romanian",
    "ru": "russian", "sv": "swedish", "ta": "tamil", "tr": "turkish",
}  # fmt: skip
_STOP_WORDS = {"da", "de", "en", "es", "fi", "fr", "hu", "it", "nb", "nl", "no", "pt", "ru", "sv"}
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


def analyze(text: str, lang: str) -> list[str]:
    """The terms of a text in a language: normalised, without stop words, stemmed if possible."""
    terms: list[str] = analyzer(lang).analyze(fold(text, lang))
    return terms


@lru_cache(maxsize=1000)
def query_terms(query: str, lang: str) -> tuple[str, ...]:
    """The first terms of a query in a language, in order: those that are looked for and marked."""
    return tuple(analyze(query, lang)[:MAX_QUERY_TERMS])


def group(lang: str | None) -> str:
    """The name of the word index for passages in a language."""
    return lang if lang and re.fullmatch("[a-z]{2,3}", lang) else UNKNOWN


def fold(text: str, lang: str) -> str:
    """Normalise letters and marks that readers take for the same, where the analyzer does not."""
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


@cache
def analyzer(lang: str) -> tantivy.TextAnalyzer:
    """Makes terms of a normalised text in one language."""
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
