"""Text as strings: sentence borders, languages, and what is safe to print.

Imports only types and errors. Others take the functions named here, and three modules that these
functions do not need, so that printing does not load them: `hashing`, which needs numpy,
`query_syntax` and `scripts`.
"""

from semsearch.text.languages import (
    detect_language,
    language_code,
    language_name,
    parse_languages,
)
from semsearch.text.markdown import is_heading, markdown_signs, without_markdown
from semsearch.text.printable import sanitize
from semsearch.text.sentences import Span, extends, grapheme_borders, sentence_spans, trim

__all__ = [
    "Span",
    "detect_language",
    "extends",
    "grapheme_borders",
    "hashing",
    "is_heading",
    "language_code",
    "language_name",
    "markdown_signs",
    "parse_languages",
    "query_syntax",
    "sanitize",
    "scripts",
    "sentence_spans",
    "trim",
    "without_markdown",
]
