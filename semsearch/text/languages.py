"""Which language a text is written in, as an ISO 639-1 code.

The model is that of py3langid, 4.6 MB inside its wheel: nothing is downloaded. It knows 140
languages and is never restricted to fewer, so that a language without an ISO 639-1 code is reported
as unknown and not as a similar one. The first call loads it, in about half a second.
"""

import re
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from py3langid.langid import LanguageIdentifier

SAMPLE_CHARS = 160
"""Characters read at the beginning and again in the middle. 2026-11-23: enough for 99.9 % of texts
of three sentences (`python -m benchmarks.language_detection` on PUD)."""

MIN_CONFIDENCE = 0.15
"""Probability, among 140 languages, below which the answer is "unknown". A choice (2026-11-23): a
name or a greeting alone is below, a sentence far above."""

_CODES = {
    # Varieties of Chinese and Arabic, which are written alike.
    "yue": "zh",
    "wuu": "zh",
    "arz": "ar",
    "ary": "ar",
    # The macrolanguage: text tagged so is usually Bokmål; Nynorsk has a code of its own.
    "no": "nb",
    # Withdrawn from ISO 639, but still used in web pages.
    "in": "id",
    "iw": "he",
    "ji": "yi",
}
_TAG = re.compile(r"([a-z]{2})(?:[-_][a-z0-9_-]*)?", re.IGNORECASE)


def detect_language(text: str) -> str | None:
    """The language of a text; None where the text is too short to tell.

    Example:
        >>> detect_language("La coalition se réunit à Washington.")
        'fr'
        >>> detect_language("42") is None
        True
    """
    sample = text.strip()
    if len(sample) > 2 * SAMPLE_CHARS:
        middle = len(sample) // 2
        sample = f"{sample[:SAMPLE_CHARS]} {sample[middle : middle + SAMPLE_CHARS]}"
    label, confidence = _identifier().classify(sample)
    code = _CODES.get(label, label)
    return code if confidence >= MIN_CONFIDENCE and len(code) == 2 else None


def language_code(tag: str) -> str | None:
    """The ISO 639-1 code of a language tag; None where it does not begin with one.

    Example:
        >>> language_code("pt-BR"), language_code("no"), language_code("und")
        ('pt', 'nb', None)
    """
    match = _TAG.fullmatch(tag.strip())
    if match is None:
        return None
    code = match[1].lower()
    return _CODES.get(code, code)


@cache
def _identifier() -> "LanguageIdentifier":
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    return LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
