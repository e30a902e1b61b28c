"""What a file says of itself, in the forms that a Document promises.

Every format hands over its fields under the names that it found; here they become title, date,
language and metadata, so that all formats agree on what each field means.
"""

import re
from collections.abc import Mapping
from datetime import date, datetime

from semsearch.errors import DocumentError
from semsearch.text import detect_language, language_code
from semsearch.types import Document, SourceFile

DATE_CHARS = 64
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
    """An article from its text and the fields found beside it.

    Args:
        file: where it was read.
        text: kept as it is.
        fields: `title`, `date`, `lang` or `language` are understood when they hold something;
            other strings and numbers go into the metadata, all else is left out.
        doc_id: the article's own name, when its data gives it one.
        line: as in Document.
        pages: as in Document.

    Raises:
        DocumentError: there is no text.
    """
    text = _without_surrogates(text)
    if not text or text.isspace():
        raise DocumentError("no text in it")
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
    """A date, with its time if it has one, as ISO 8601; None for what is not surely a date.

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
        return parsedate_to_datetime(value).isoformat()  # as feeds write it, RFC 2822
    except (ValueError, TypeError, IndexError, OverflowError):
        return None


def _take_language(fields: dict[str, str]) -> str | None:
    for name in ("lang", "language"):
        if code := language_code(fields.get(name, "")):
            del fields[name]
            return code
    return None


def _take_date(fields: dict[str, str]) -> str | None:
    """The date, taken out of the fields; one that cannot be understood stays among them."""
    if found := iso_date(fields.get("date", "")):
        del fields["date"]
    return found


def _scalar(value: object) -> str:
    """A string or a number as a string; all else as an empty one."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str | int | float):
        return _without_surrogates(str(value)).strip()
    return ""


def _without_surrogates(text: str) -> str:
    """Half a UTF-16 pair, which JSON can spell and UTF-8 cannot, becomes U+FFFD in its place."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return _SURROGATE.sub("\ufffd", text)
    return text
