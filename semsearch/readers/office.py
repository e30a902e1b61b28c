"""PDF and Word files to articles."""

import io
from typing import TYPE_CHECKING

from semsearch.config import ReadLimits
from semsearch.errors import DocumentError
from semsearch.readers.document import build_document
from semsearch.readers.plain import title_from_first_line
from semsearch.types import Document, SourceFile

if TYPE_CHECKING:
    from zipfile import ZipFile, ZipInfo

    from pypdf import DocumentInformation

PAGE_BREAK = "\n\n"
_BLOCK = 1 << 16
_BLOCK = 1 << 16
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
"""Signature of OLE files: Word before 2007, and password-protected .docx files of any age."""


def read_pdf(file: SourceFile, data: bytes, limits: ReadLimits) -> Document:
    """The text of a PDF file, with the offset at which each page begins.

    Raises:
        DocumentError: the file is encrypted or too long, or its pages have no text.
    """
    import pypdf

    pdf = pypdf.PdfReader(io.BytesIO(data))
    if pdf.is_encrypted and not pdf.decrypt(""):
        raise DocumentError("encrypted: save it without a password")
    if len(pdf.pages) > limits.pages:
        raise DocumentError(f"{len(pdf.pages):,} pages, more than the limit of {limits.pages:,}")
    texts: list[str] = []
    begins: list[int] = []
    length = 0
    for page in pdf.pages:
        begins.append(length)
        texts.append(page.extract_text().strip())
        length += len(texts[-1]) + len(PAGE_BREAK)
        if length > limits.inflated_bytes:
            raise DocumentError(f"more than {limits.inflated_bytes:,} characters of text")
    text = PAGE_BREAK.join(texts)
    if not text.strip():
        raise DocumentError("contains no text: its pages are empty, or images that need OCR first")
    info = pdf.metadata
    fields: dict[str, object] = {
        "title": (info.title if info else "") or title_from_first_line(text),
        "author": info.author if info else "",
        "date": _creation_date(info) if info else "",
    }
    return build_document(file, text, fields, pages=tuple(begins))


def _creation_date(info: "DocumentInformation") -> str:
    try:
        created = info.creation_date
    except ValueError:  # an invalid date must not cost the article
        return ""
    return created.isoformat() if created else ""


def read_docx(file: SourceFile, data: bytes, limits: ReadLimits) -> Document:
    """The paragraphs and tables of a Word file, one paragraph or table row per line.

    Raises:
        DocumentError: the file is not a Word document, or unpacks to too much.
    """
    import docx
    from docx.table import Table

    word = docx.Document(_repack(data, limits))
    lines: list[str] = []
    for block in word.iter_inner_content():
        if isinstance(block, Table):
            for row in block.rows:
                # python-docx repeats a merged cell for each column that it spans.
                cells = dict.fromkeys(row.cells)
                lines.append("\t".join(" ".join(cell.text.split()) for cell in cells))
        else:
            lines.append(block.text)
    text = "\n".join(lines)
    properties = word.core_properties
    fields: dict[str, object] = {
        "title": properties.title or title_from_first_line(text),
        "author": properties.author,
        "lang": properties.language,
        "date": properties.created.isoformat() if properties.created else "",
    }
    return build_document(file, text, fields)


def _repack(data: bytes, limits: ReadLimits) -> io.BytesIO:
    """The same zip file without compression, safe for a library that trusts its sizes."""
    import zipfile

    if data.startswith(_OLE):
        raise DocumentError(
            "password-protected, or an old .doc file: save it as .docx without a password"
        )
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as packed:
            entries = packed.infolist()
            if "word/document.xml" not in packed.namelist():
                raise DocumentError("a zip file, but not a Word document")
            _check_inflation(sum(entry.file_size for entry in entries), len(data), limits)
            repacked = io.BytesIO()
            with zipfile.ZipFile(repacked, "w") as stored:
                for entry in entries:
                    stored.writestr(entry.filename, _read_entry(packed, entry))
    except (zipfile.BadZipFile, NotImplementedError, EOFError) as error:
        raise DocumentError(f"not a Word document: {error}") from error
    return repacked


def _read_entry(packed: "ZipFile", entry: "ZipInfo") -> bytes:
    """The content of an entry, read in blocks.

    A single `read` would unpack everything, whatever size the entry claims to have.
    """
    with packed.open(entry) as unpacked:
        return b"".join(iter(lambda: unpacked.read(_BLOCK), b""))


def _check_inflation(inflated: int, packed: int, limits: ReadLimits) -> None:
    if inflated > limits.inflated_bytes:
        raise DocumentError(
            f"unpacks to {inflated:,} bytes, more than the limit of {limits.inflated_bytes:,}"
        )
    if inflated > limits.inflation_ratio * packed:
        raise DocumentError(
            f"unpacks to {inflated // packed} times its size, "
            f"more than the limit of {limits.inflation_ratio}"
        )
