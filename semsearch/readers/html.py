"""A saved web page to the article on it, without the navigation and boxes around it."""

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
    rb"""<(?:meta|\?xml)\b[^>]*?(?:charset|encoding)\s*=\s*["']?\s*([\w.:-]+)""", re.I
)
_CHARSET_BYTES = 4096
_XML_DECLARATION = re.compile(r"<\?xml\b[^>]*\?>")
_HTML_LANG = re.compile(r"<html\b[^>]*?\slang\s*=\s*[\"']?([\w-]+)", re.I)
_HEAD_CHARS = 4096

# Browsers read the older name as the newer superset of it, and pages are written for browsers.
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
    """The main text of a page, a paragraph to a line, and what the page says of it.

    Raises:
        DocumentError: there is no article on the page, or its encoding is unknown.
    """
    from trafilatura import bare_extraction
    from trafilatura.settings import Document as Page

    html = _decode(data)
    page = bare_extraction(
        html,
        favor_precision=True,
        include_comments=False,
        with_metadata=True,
        # The date that the page gives; none is looked for in the text, where it is a guess.
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
    """The page's source: by its byte order mark, as UTF-8, or as its own declaration says."""
    _, name = bom_encoding(data)
    charset = _CHARSET.search(data, 0, _CHARSET_BYTES)
    try:
        html = decode(data)
    except DocumentError:
        if name != "UTF-8" or charset is None or b"\0" in data:
            raise
        html = _decode_as(charset[1].decode("ascii", "replace"), data)
    declaration = _XML_DECLARATION.match(html)
    return html[declaration.end() :] if declaration else html  # lxml refuses text that has one


def _decode_as(charset: str, data: bytes) -> str:
    try:
        encoding = codecs.lookup(charset).name
        # As in a browser, a byte that the encoding does not know costs one character.
        return data.decode(_SUPERSETS.get(encoding, encoding), "replace")
    except (LookupError, ValueError) as error:
        raise DocumentError(f"declares the encoding {charset}, which is not known") from error
