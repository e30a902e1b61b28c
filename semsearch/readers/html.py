"""Saved web pages to articles: the main text, without navigation and advertising."""

import codecs
import re
from typing import TYPE_CHECKING

from semsearch.config import ReadLimits
from semsearch.errors import DocumentError
from semsearch.readers.document import build_document
from semsearch.readers.plain import bom_encoding, decode
from semsearch.types import Document, SourceFile

if TYPE_CHECKING:
    from trafilatura.settings import Document as Page

_CHARSET = re.compile(
    rb"""<(?:meta|\?xml)\b[^>]*?(?:charset|encoding)\s*=\s*["']?\s*([\w.:-]+)""", re.IGNORECASE
)
_CHARSET_BYTES = 4096
"""A choice: four times what the HTML standard allows in front of the declaration."""
"""A choice: four times what the HTML standard allows in front of the declaration."""
_XML_DECLARATION = re.compile(r"<\?xml\b[^>]*\?>")
_HTML_LANG = re.compile(r"<html\b[^>]*?\slang\s*=\s*[\"']?([\w-]+)", re.IGNORECASE)
_HEAD_CHARS = 4096
"""A choice: where the `<html lang>` tag is looked for."""
"""A choice: where the `<html lang>` tag is looked for."""

# Browsers decode these encodings as a newer superset of them (WHATWG Encoding Standard), and pages
# are written for browsers.
_SUPERSETS = {
    "iso8859-1": "cp1252",
    "ascii": "cp1252",
    "iso8859-9": "cp1254",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "shift_jis": "cp932",
    "euc_kr": "cp949",
    "big5": "big5hkscs",
}


def read_html(file: SourceFile, data: bytes, _limits: ReadLimits) -> Document:
    """The main text of a page, one paragraph per line, with the metadata of the page.

    Raises:
        DocumentError: no article was found on the page, or its encoding is unknown.
    """
    from trafilatura import bare_extraction
    from trafilatura.settings import Document as Page

    html = _decode(data)
    page = bare_extraction(
        html,
        favor_precision=True,
        include_comments=False,
        with_metadata=True,
        # Only the date in the page's metadata: a date found in the text would be a guess.
        date_extraction_params={"extensive_search": False, "original_date": True},
    )
    if not isinstance(page, Page) or not page.text:
        raise DocumentError("no article text found")
    return build_document(file, page.text, _fields(page, html))


def _fields(page: "Page", html: str) -> dict[str, object]:
    lang = _HTML_LANG.search(html, 0, _HEAD_CHARS)
    return {
        "title": page.title,
        "date": page.date,
        "lang": lang[1] if lang else None,
        "author": page.author,
        "site": page.sitename,
        "url": page.url,
        "description": page.description,
    }


def _decode(data: bytes) -> str:
    """The source of the page, decoded by byte order mark, as UTF-8, or as the page declares."""
    _, name = bom_encoding(data)
    charset = _CHARSET.search(data, 0, _CHARSET_BYTES)
    try:
        html = decode(data)
    except DocumentError:
        if name != "UTF-8" or charset is None or b"\0" in data:
            raise
        html = _decode_as(charset[1].decode("ascii", "replace"), data)
    declaration = _XML_DECLARATION.match(html)
    return html[declaration.end() :] if declaration else html  # lxml rejects it in a str


def _decode_as(charset: str, data: bytes) -> str:
    try:
        encoding = codecs.lookup(charset).name
        # As in a browser, an invalid byte becomes one replacement character.
        return data.decode(_SUPERSETS.get(encoding, encoding), "replace")
    except (LookupError, ValueError) as error:
        raise DocumentError(
            f"declares the unknown encoding {charset}: convert it to UTF-8"
        ) from error
