"""Which language a text is written in, as an ISO 639-1 code.

The model is py3langid's, 4.6 MB inside its wheel: nothing is fetched. It knows 140 languages and
is never narrowed to fewer, so that a language without an ISO 639-1 code comes out as unknown
instead of as its nearest neighbour. It is loaded by the first call, in about half a second.
"""

import re
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from py3langid.langid import LanguageIdentifier

SAMPLE_CHARS = 160
"""Read at the beginning and again in the middle; more costs time and tells nothing new."""

MIN_CONFIDENCE = 0.15
"""Of 140 languages. A name or a greeting alone stays below, a sentence is far above."""

_CODES = {
    # Written Chinese and Arabic, whatever the region.
    "yue": "zh",
    "wuu": "zh",
    "arz": "ar",
    "ary": "ar",
    # The macrolanguage: what is written under its name is Bokmål, Nynorsk has a code of its own.
    "no": "nb",
    # Withdrawn from ISO 639 and still met in web pages.
    "in": "id",
    "iw": "he",
    "ji": "yi",
}
_TAG = re.compile(r"([a-z]{2})(?:[-_][a-z0-9_-]*)?", re.IGNORECASE)


def detect_language(text: str) -> str | None:
    """The language of a text; None when there is too little to tell.

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
    """The ISO 639-1 code of a language tag as people write it; None when it begins with none.

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
