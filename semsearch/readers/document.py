"""A `Document` from the text of an article and the metadata fields found in its file.

Every reader passes the fields under the names that it found in the file. Here they become title,
date, language and metadata, so that each field means the same for all formats.
"""

import re
from collections.abc import Mapping
from datetime import date, datetime

from semsearch.errors import DocumentError
from semsearch.text import detect_language, language_code
from semsearch.types import Document, SourceFile

DATE_CHARS = 64
"""A choice: longer values are not parsed as dates. RFC 2822 dates have about 31 characters."""

"""A choice: longer values are not parsed as dates. RFC 2822 dates have about 31 characters."""

_SURROGATE = re.compile(r"[\ud800-\udfff]")
_SHORT_DATE = re.compile(r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})")


def build_document(
    file: SourceFile,
    text: str,
    fields: Mapping[str, object],
    *,
    doc_id: str = "",
    line: int | None = None,
    pages: tuple[int, ...] = (),
) -> Document:
    """Build a document from the text of an article and the fields found with it.

    Args:
        file: the file that holds the article.
        text: stored unchanged, except that lone surrogates become U+FFFD.
        fields: `title`, `date`, and `lang` or `language` fill the fields of the document; other
            strings and numbers become metadata, and values of other types are ignored.
        doc_id: the id that the data gives the article; without one, the relative path of the file.
        line: see `Document.line`.
        pages: see `Document.pages`.

    Raises:
        DocumentError: the text is empty or white space.
    """
    text = _without_surrogates(text)
    if not text or text.isspace():
        raise DocumentError("contains no text")
    rest = {_without_surrogates(name): _scalar(value) for name, value in fields.items()}
    title = " ".join(rest.pop("title", "").split())
    return Document(
        doc_id=_without_surrogates(doc_id) or file.relative,
        text=text,
        path=str(file.path),
        title=title,
        lang=_take_language(rest) or detect_language(text) or detect_language(f"{title}\n{text}"),
        date=_take_date(rest),
        line=line,
        pages=pages,
        metadata={name: value for name, value in rest.items() if value},
    )


def iso_date(value: str) -> str | None:
    """A date, with its time if it has one, as ISO 8601; None if the value is ambiguous or no date.

    Example:
        >>> iso_date("2019-11-14"), iso_date("Thu, 14 Nov 2019 18:30:00 GMT"), iso_date("14/11/19")
        ('2019-11-14', '2019-11-14T18:30:00+00:00', None)
    """
    from email.utils import parsedate_to_datetime

    value = value.strip()
    if not value or len(value) > DATE_CHARS:
        return None
    try:
        return date.fromisoformat(value).isoformat()
    except ValueError:
        pass
    try:
        return datetime.fromisoformat(value).isoformat()
    except ValueError:
        pass
    try:
        if short := _SHORT_DATE.fullmatch(value):
            return date(int(short[1]), int(short[2]), int(short[3])).isoformat()
        return parsedate_to_datetime(value).isoformat()  # RFC 2822, as in RSS feeds
    except (ValueError, TypeError, IndexError, OverflowError):
        return None


def _take_language(fields: dict[str, str]) -> str | None:
    """Remove the first valid language code from the fields and return it."""
    """Remove the first valid language code from the fields and return it."""
    for name in ("lang", "language"):
        if code := language_code(fields.get(name, "")):
            del fields[name]
            return code
    return None


def _take_date(fields: dict[str, str]) -> str | None:
    """Remove the date from the fields and return it; a date that cannot be parsed stays there."""
    if found := iso_date(fields.get("date", "")):
        del fields["date"]
    return found


def _scalar(value: object) -> str:
    """Strings and numbers as a string; an empty string for values of other types."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str | int | float):
        return _without_surrogates(str(value)).strip()
    return ""


def _without_surrogates(text: str) -> str:
    """Replace each lone UTF-16 surrogate, which JSON allows but UTF-8 does not, by U+FFFD."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return _SURROGATE.sub("\ufffd", text)
    return text
