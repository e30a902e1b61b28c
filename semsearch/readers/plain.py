"""Bytes to text, and the two formats that are little more: plain text and Markdown.

An encoding is never guessed: a wrong guess gives an article that looks read and is never found.
"""

import codecs
import re

from semsearch.config import ReadLimits
from semsearch.errors import DocumentError
from semsearch.readers.document import build_document
from semsearch.types import Document, SourceFile

TITLE_CHARS = 200
FRONT_MATTER_CHARS = 1 << 16
"""A block that does not end within these is text; it also bounds what YAML may cost."""

_BOMS = (  # The longer ones first: UTF-32's little-endian mark begins with that of UTF-16.
    (codecs.BOM_UTF32_LE, "utf-32", "UTF-32"),
    (codecs.BOM_UTF32_BE, "utf-32", "UTF-32"),
    (codecs.BOM_UTF8, "utf-8-sig", "UTF-8"),
    (codecs.BOM_UTF16_LE, "utf-16", "UTF-16"),
    (codecs.BOM_UTF16_BE, "utf-16", "UTF-16"),
)
_LINE_END = re.compile(r"\r\n?")
_FENCE_END = re.compile(r"^(?:---|\.\.\.)[ \t]*(?:\n|\Z)", re.MULTILINE)
_HEADING = re.compile(r"^ {0,3}#{1,6}[ \t]+(\S.*)", re.MULTILINE)


def read_text(file: SourceFile, data: bytes, _limits: ReadLimits) -> Document:
    """A file of plain text: the whole of it is the article's text."""
    text = decode(data)
    return build_document(file, text, {"title": first_line(text)}, line=1)


def read_markdown(file: SourceFile, data: bytes, _limits: ReadLimits) -> Document:
    """A Markdown file; its front matter says the title, date and language."""
    text = decode(data)
    fields, begin = _front_matter(text)
    body = text[begin:]
    if not fields.get("title"):
        fields["title"] = _first_heading(body)
    return build_document(file, body, fields, line=text.count("\n", 0, begin) + 1)


def decode(data: bytes) -> str:
    """Text whose lines end in a line feed, without the byte order mark.

    Raises:
        DocumentError: the bytes are neither UTF-8 nor begin with a byte order mark.
    """
    encoding, name = bom_encoding(data)
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError as error:
        if name == "UTF-8" and b"\0" not in data:
            raise DocumentError(
                f"not UTF-8 at byte {error.start}: convert it with `iconv -f ENCODING -t UTF-8`"
            ) from error
        if name == "UTF-8":
            raise DocumentError("a binary file") from error
        raise DocumentError(f"begins as {name} but is not, at byte {error.start}") from error
    if "\0" in text:
        raise DocumentError("a binary file, or UTF-16 without a byte order mark")
    return _LINE_END.sub("\n", text) if "\r" in text else text


def bom_encoding(data: bytes) -> tuple[str, str]:
    """The codec for these first bytes of a file and its name for people; without a mark, UTF-8."""
    for bom, encoding, name in _BOMS:
        if data.startswith(bom):
            return encoding, name
    return "utf-8", "UTF-8"


def first_line(text: str) -> str:
    """The first line with anything on it, when it is short enough for a title and text follows."""
    line, _, rest = text.lstrip().partition("\n")
    line = line.strip()
    return line if len(line) <= TITLE_CHARS and rest.strip() else ""


def _first_heading(text: str) -> str:
    heading = _HEADING.search(text)
    if heading is None:
        return ""
    title, _, closing = heading[1].strip().rpartition(" ")
    return title if set(closing) == {"#"} else f"{title} {closing}"


def _front_matter(text: str) -> tuple[dict[str, object], int]:
    """The fields between the first two `---` lines, and the offset at which the body begins."""
    if not re.match(r"---[ \t]*\n", text):
        return {}, 0
    begin = text.index("\n") + 1
    end = _FENCE_END.search(text, begin, begin + FRONT_MATTER_CHARS)
    if end is None:
        return {}, 0
    import yaml

    try:
        # Nothing but strings, lists and mappings: `lang: no` stays "no" and `id: 007` stays "007".
        # The C loader is not used, for it crashes the process on deep nesting.
        fields = yaml.load(text[begin : end.start()], Loader=yaml.BaseLoader)
    except (yaml.YAMLError, RecursionError):
        return {}, 0
    if not isinstance(fields, dict):
        return {}, 0
    nothing = ("~", "null")
    return {str(name): v for name, v in fields.items() if v not in nothing}, end.end()
