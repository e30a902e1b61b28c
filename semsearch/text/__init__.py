"""Text as strings: sentence borders, languages, and what is safe to print.

Imports only types and errors. Others take the functions named here; `hashing`, which needs numpy,
is a module of its own so that printing does not load numpy.
"""

from semsearch.text.languages import detect_language, language_code
from semsearch.text.printable import sanitize
from semsearch.text.sentences import Span, extends, grapheme_borders, sentence_spans, trim

__all__ = [
    "Span",
    "detect_language",
    "extends",
    "grapheme_borders",
    "hashing",
    "language_code",
    "sanitize",
    "sentence_spans",
    "trim",
]
