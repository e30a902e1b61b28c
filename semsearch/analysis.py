"""The terms of a text, as its language writes them: folded, without stop words, stemmed."""

import re
import unicodedata
from functools import cache

import tantivy

UNKNOWN = "und"

MAX_QUERY_TERMS = 64
"""The rest of a query is not looked for."""

_LONGEST_TERM = 40
_STEMMERS = {
    "ar": "arabic", "da": "danish", "de": "german", "el": "greek", "en": "english",
    "es": "spanish", "fi": "finnish", "fr": "french", "hu": "hungarian", "it": "italian",
    "nb": "norwegian", "nl": "dutch", "no": "norwegian", "pt": "portuguese", "ro": "romanian",
    "ru": "russian", "sv": "swedish", "ta": "tamil", "tr": "turkish",
}  # fmt: skip
_STOP_WORDS = {"da", "de", "en", "es", "fi", "fr", "hu", "it", "nb", "nl", "no", "pt", "ru", "sv"}
# Scripts written without spaces: kana, Han, Thai, Lao, Myanmar, Khmer.
_UNSPACED = re.compile("[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff]+")
_VOICED = {"\u3099", "\u309a"}  # marks that make another kana, not another way to write it
_LETTER_FORMS = str.maketrans({"ى": "ي", "ی": "ي", "ې": "ي", "ک": "ك", "ة": "ه", "ـ": None})


def analyze(text: str, lang: str) -> list[str]:
    """The terms of a text in a language: folded, stop words dropped, stemmed where it can be."""
    terms: list[str] = analyzer(lang).analyze(fold(text, lang))
    return terms


def group(lang: str | None) -> str:
    """The name of the index that holds passages in a language."""
    return lang if lang and re.fullmatch("[a-z]{2,3}", lang) else UNKNOWN


def fold(text: str, lang: str) -> str:
    """Make alike what readers take for the same, as far as the analyzer does not do it."""
    if text.isascii():
        return text
    if lang not in _STEMMERS or lang == "ar":
        text = unicodedata.normalize("NFKD", text)
        for mark in set(text) - _VOICED:
            if unicodedata.category(mark) == "Mn":
                text = text.replace(mark, "")
        text = unicodedata.normalize("NFC", text).translate(_LETTER_FORMS)
    return _UNSPACED.sub(lambda run: f" {' '.join(_bigrams(run.group()))} ", text)


def _bigrams(run: str) -> list[str]:
    return [run[i : i + 2] for i in range(len(run) - 1)] or [run]


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
