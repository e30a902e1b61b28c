"""Which language a text is written in, and which one a code or a name stands for (ISO 639-1).

The model is that of py3langid, 4.6 MB inside its wheel: nothing is downloaded. It knows 140
languages and is never restricted to fewer, so that a language without an ISO 639-1 code is reported
as unknown and not as a similar one. The first call loads it, in about half a second.
"""

import re
import unicodedata
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from py3langid.langid import LanguageIdentifier

SAMPLE_CHARS = 160
"""Characters read at the beginning and again in the middle. 2026-11-23: enough for 99.9 % of texts
of three sentences (`python -m benchmarks.language_detection` on PUD)."""

MIN_CONFIDENCE = 0.15
"""Probability, among 140 languages, below which the answer is "unknown". A choice (2026-11-23): a
name or a greeting alone is below, a sentence far above."""

TABLE = Path(__file__).parent / "languages.tsv"
"""Codes and names of languages; `python -m benchmarks.language_names` writes it."""

_UNKNOWN = "und"
"""ISO 639 code of an unknown language."""

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
_VARIETIES = {"no": ("nb", "nn")}
"""Languages by a code that no article has, and the codes that articles in them have."""
_TAG = re.compile(r"([a-z]{2})(?:[-_][a-z0-9_-]*)?", re.IGNORECASE)
_LONG_TAG = re.compile(r"([a-z]{2,3})(?:[-_][a-z0-9_-]*)?", re.IGNORECASE)
_NEAR = 3
"""Languages that are suggested in place of an unknown one, at most. A choice."""


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


def parse_languages(given: Sequence[str]) -> tuple[str, ...]:
    """The codes, as articles have them, of languages given by code, tag or name.

    A name may be English, that of the language itself, or one in a widely read language. A code of
    which articles have only varieties stands for all of these.

    Example:
        >>> parse_languages(["French", "العربية", "zh-Hans", "no", "deu"])
        ('fr', 'ar', 'zh', 'nb', 'nn', 'de')

    Raises:
        ValueError: a language is unknown; similar ones are named.
    """
    codes = [code for text in given for code in _parse_language(text)]
    return tuple(dict.fromkeys(codes))


def language_name(code: str | None) -> str:
    """The English name of an ISO 639-1 code, or the code itself if it has none."""
    code = code or _UNKNOWN
    return _table().get(code, _Language((), code, ())).name


class _Language(NamedTuple):
    longer: Sequence[str]
    """Its codes in ISO 639-2 and 639-3."""
    name: str
    """In English."""
    others: Sequence[str]


@cache
def _table() -> dict[str, _Language]:
    """Every language by its code."""
    languages = {_UNKNOWN: _Language((), "unknown", ())}
    for line in TABLE.read_text(encoding="utf-8").splitlines():
        if not line.startswith("#"):
            code, longer, name, others = line.split("\t")
            languages[code] = _Language(longer.split(), name, others.split("|"))
    return languages


@cache
def _codes_of_names() -> dict[str, str]:
    """The code of every name, English names first where languages share one."""
    languages = _table().items()
    names = {_letters(language.name): code for code, language in languages}
    for code, language in languages:
        for name in language.others:
            names.setdefault(_letters(name), code)
            names.setdefault(_letters(name.partition("(")[0]), code)
    return names


def _parse_language(text: str) -> Sequence[str]:
    tag = _LONG_TAG.fullmatch(text.strip())
    code = tag[1].lower() if tag else ""
    code = _CODES.get(code, code) if code not in _VARIETIES else code
    if code not in _table():
        longer = {alias: of for of, language in _table().items() for alias in language.longer}
        code = _codes_of_names().get(_letters(text)) or longer.get(code, "")
    if not code:
        raise ValueError(f"there is no language {text!r}: {_suggestion(text)}")
    return _VARIETIES.get(code, (code,))


def _suggestion(text: str) -> str:
    """What to write in place of an unknown language."""
    from difflib import get_close_matches  # 5 ms, for an error only

    letters, names = _letters(text), _codes_of_names()
    near = [names[name] for name in get_close_matches(letters, names, _NEAR)]
    if len(letters) <= 3:
        near[:0] = get_close_matches(letters, _table(), _NEAR, cutoff=0.5)
    named = [f"{language_name(code)} ({code})" for code in dict.fromkeys(near)][:_NEAR]
    meant = f"did you mean {' or '.join(named)}? Write" if named else "write"
    return f"{meant} a code or a name, for example fr or French"


def _letters(name: str) -> str:
    """What of a name is compared: letters alone, without case and accents."""
    decomposed = unicodedata.normalize("NFKD", name.casefold())
    return "".join(char for char in decomposed if char.isalnum())


@cache
def _identifier() -> "LanguageIdentifier":
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    return LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
