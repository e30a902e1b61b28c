"""Bytes to text, and the two formats that need little more: plain text and Markdown.

Encodings are never guessed: a wrong guess would index an article that no search can find.
"""

import codecs
import re

from semsearch.config import ReadLimits
from semsearch.errors import DocumentError
from semsearch.readers.document import build_document
from semsearch.types import Document, SourceFile

TITLE_CHARS = 200
"""A choice: a longer first line is a paragraph, not a title."""

FRONT_MATTER_CHARS = 1 << 16
"""A choice. A block that is not closed within as many characters is text of the article; the limit
also bounds the time that parsing YAML may take."""

_BOMS = (  # UTF-32 before UTF-16: its little-endian mark begins with that of UTF-16.
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
    """A plain text file: all of it is the text of one article."""
    text = decode(data)
    return build_document(file, text, {"title": title_from_first_line(text)}, line=1)


def read_markdown(file: SourceFile, data: bytes, _limits: ReadLimits) -> Document:
    """A Markdown file; title, date and language come from its front matter."""
    text = decode(data)
    fields, begin = _front_matter(text)
    body = text[begin:]
    if not fields.get("title"):
        fields["title"] = _first_heading(body)
    return build_document(file, body, fields, line=text.count("\n", 0, begin) + 1)


def decode(data: bytes) -> str:
    """Decode UTF-8, or UTF-16 or UTF-32 with a byte order mark.

    Returns:
        The text without the mark, with every line end as a line feed.

    Raises:
        DocumentError: the bytes are not valid in that encoding, or are binary data.
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
        raise DocumentError(
            f"not valid {name}, which its byte order mark announces, at byte {error.start}"
        ) from error
    if "\0" in text:
        raise DocumentError("a binary file, or UTF-16 without a byte order mark")
    return _LINE_END.sub("\n", text) if "\r" in text else text


def bom_encoding(data: bytes) -> tuple[str, str]:
    """Codec and display name of the encoding that a byte order mark announces; else of UTF-8."""
    for bom, encoding, name in _BOMS:
        if data.startswith(bom):
            return encoding, name
    return "utf-8", "UTF-8"


def title_from_first_line(text: str) -> str:
    """The first non-blank line, if it is short enough for a title and text follows; else ""."""
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
    """The fields between the first two `---` lines, and the offset at which the body begins.

    python-frontmatter does not fit: it strips the body, so that offsets and line numbers would be
    wrong, raises on broken YAML, reads `lang: no` as False, and drops blocks that are not mappings.
    """
    if not re.match(r"---[ \t]*\n", text):
        return {}, 0
    begin = text.index("\n") + 1
    end = _FENCE_END.search(text, begin, begin + FRONT_MATTER_CHARS)
    if end is None:
        return {}, 0
    import yaml

    try:
        # BaseLoader makes strings, lists and mappings only: `lang: no` stays "no" and `id: 007`
        # stays "007". The C loader is not used: builds of libyaml that have no limit on nesting
        # crash the process.
        fields = yaml.load(text[begin : end.start()], Loader=yaml.BaseLoader)
    except (yaml.YAMLError, RecursionError):
        return {}, 0
    if not isinstance(fields, dict):
        return {}, 0
    nulls = ("~", "null")
    return {str(name): v for name, v in fields.items() if v not in nulls}, end.end()
