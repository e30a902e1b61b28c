"""Writes the table of languages from which names and codes are understood.

    python -m benchmarks.language_names

Codes and names are those of Unicode CLDR, as the package Babel has them.
"""

from contextlib import suppress
from pathlib import Path

from babel import Locale
from babel.core import UnknownLocaleError, get_global

from semsearch import text

_TABLE = Path(text.__file__).with_name("languages.tsv")
_NAMED_IN = ["fr", "de", "es", "pt", "it", "nl", "ru", "ar", "zh", "ja", "tr", "pl", "hi"]
"""Beside English and the language itself: widely read languages, a choice."""
_ALSO_CALLED = {
    "ca": ["Valencian"],
    "el": ["Modern Greek"],
    "es": ["Castilian", "castellano"],
    "fa": ["Farsi", "Dari"],
    "ga": ["Gaelic"],
    "he": ["Ivrit"],
    "id": ["Bahasa Indonesia"],
    "km": ["Cambodian"],
    "ku": ["Sorani", "Kurmanji"],
    "ms": ["Bahasa Melayu", "Malaysian"],
    "my": ["Myanmar"],
    "nb": ["Bokmål"],
    "nl": ["Flemish", "Vlaams"],
    "nn": ["Nynorsk"],
    "or": ["Oriya"],
    "ps": ["Pushto"],
    "ro": ["Moldovan"],
    "tl": ["Filipino"],
    "zh": ["Mandarin", "Cantonese"],
}
_ALSO_CODED = {"tl": ["fil", "tgl"]}
"""CLDR has Filipino as a language of its own."""
_HEADER = """\
# code, ISO 639-2 and 639-3 codes, name in English, other names separated by |
# From Unicode CLDR (Unicode License v3, unicode.org/license) by python -m benchmarks.language_names
"""


def longer_codes(code: str) -> list[str]:
    """The codes of three letters that stand for the same language."""
    aliases = get_global("language_aliases").items()
    longer = [str(alias) for alias, of in aliases if of == code and len(str(alias)) == 3]
    return sorted(longer + _ALSO_CODED.get(code, []))


def names(code: str) -> list[str]:
    """The names of a language, its English one first, each once."""
    found = [Locale.parse(lang).languages.get(code) for lang in ["en", *_NAMED_IN]]
    with suppress(UnknownLocaleError):  # CLDR may not say how its speakers call it
        found.insert(1, Locale.parse(code).languages.get(code))
    return list(dict.fromkeys(name for name in [*found, *_ALSO_CALLED.get(code, ())] if name))


def main() -> None:
    rows = []
    for code in sorted(code for code in map(str, Locale.parse("en").languages) if len(code) == 2):
        english, *others = names(code)
        rows.append("\t".join([code, " ".join(longer_codes(code)), english, "|".join(others)]))
    _TABLE.write_text(_HEADER + "\n".join(rows) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
