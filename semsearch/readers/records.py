"""Files of many articles: JSON lines and tables. They are streamed, one record in memory."""

import csv
import io
import json
from collections.abc import Iterator, Mapping
from typing import BinaryIO, Self

from semsearch.config import ReadLimits
from semsearch.errors import DocumentError
from semsearch.readers.document import build_document
from semsearch.readers.plain import bom_encoding
from semsearch.types import Document, Skipped, SourceFile

ID_FIELDS = ("_id", "id")
HEAD_BYTES = 4096
TEXT_FIELDS = ("text", "body", "content")


def read_json_lines(
    file: SourceFile, stream: BinaryIO, limits: ReadLimits
) -> Iterator[Document | Skipped]:
    """An article from each line; a line that holds none is named and reading goes on."""
    with _Lines(stream, limits.file_bytes) as lines:
        while True:
            try:
                line = next(lines)
                if not line.isspace():
                    yield _document(file, _parse_json(line), lines.number)
            except StopIteration:
                return
            except DocumentError as error:
                yield Skipped(f"{file.path}:{lines.number}", str(error))


def read_table(
    file: SourceFile, stream: BinaryIO, limits: ReadLimits
) -> Iterator[Document | Skipped]:
    """An article from each row of a table whose first row names the columns."""
    # The one way to lift csv's limit of 131,072 characters; it holds for the process.
    csv.field_size_limit(max(csv.field_size_limit(), limits.file_bytes))
    with _Lines(stream, limits.file_bytes) as lines:
        header = next(lines, "")
        delimiter = "\t" if file.path.suffix.lower() == ".tsv" else _delimiter(header)
        columns = _columns(header, delimiter)
        rows = csv.reader(lines, delimiter=delimiter)
        while True:
            line = lines.number + 1
            try:
                row = next(rows)
                if row:
                    yield _document(file, dict(zip(columns, row, strict=False)), line)
            except StopIteration:
                return
            except (DocumentError, csv.Error) as error:
                yield Skipped(f"{file.path}:{line}", str(error))


class _Lines(Iterator[str]):
    """The lines of a file, each within a limit; what is not, or is not text, raises and is past."""

    def __init__(self, stream: BinaryIO, limit: int) -> None:
        head = stream.read(HEAD_BYTES)
        stream.seek(0)
        encoding, name = bom_encoding(head)
        if name == "UTF-8" and b"\0" in head:
            raise DocumentError("a binary file, or UTF-16 without a byte order mark")
        self._limit = limit
        # Bytes that are not of the encoding become lone surrogates, so that only their own line
        # is lost. newline="" keeps the line ends inside quoted fields as they are.
        errors = "surrogateescape" if name == "UTF-8" else "strict"
        self._text = io.TextIOWrapper(stream, encoding, errors=errors, newline="")
        self.number = 0
        """1-based, of the line that was read last."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._text.detach()  # else the caller's stream would be closed with the wrapper

    def __next__(self) -> str:
        line = self._text.readline(self._limit + 1)
        if not line:
            raise StopIteration
        self.number += 1
        if len(line) > self._limit:
            while line and not line.endswith(("\n", "\r")):
                line = self._text.readline(1 << 20)
            raise DocumentError(f"a line of more than {self._limit:,} characters, the limit")
        try:
            line.encode()
        except UnicodeEncodeError as error:
            raise DocumentError("not UTF-8: convert the file") from error
        return line


def _parse_json(line: str) -> dict[str, object]:
    """The fields of a record; those under `metadata`, as BEIR has it, give way to the others."""
    try:
        record = json.loads(line)
    except json.JSONDecodeError as error:
        raise DocumentError(f"not JSON: {error.msg} at character {error.pos + 1}") from error
    except (ValueError, RecursionError) as error:
        raise DocumentError(f"not usable JSON: {error}") from error
    if not isinstance(record, dict):
        raise DocumentError("not a JSON object")
    metadata = record.pop("metadata", None)
    return {**metadata, **record} if isinstance(metadata, dict) else record


def _document(file: SourceFile, record: Mapping[str, object], line: int) -> Document:
    fields = {name.lower(): value for name, value in record.items()}
    doc_id = _take(fields, ID_FIELDS)
    text = _take(fields, TEXT_FIELDS)
    if not isinstance(text, str) or not text.strip():
        raise DocumentError(f"no text under {' or '.join(TEXT_FIELDS)}")
    # Line ends stay as they are: the text is the record's, to the character.
    return build_document(
        file,
        text,
        fields,
        doc_id=str(doc_id) if isinstance(doc_id, str | int | float) else f"{file.relative}#{line}",
        line=line,
    )


def _take(fields: dict[str, object], names: tuple[str, ...]) -> object:
    """The first of these fields that holds something, taken out; the others stay."""
    for name in names:
        if fields.get(name) not in (None, ""):
            return fields.pop(name)
    return None


def _columns(header: str, delimiter: str) -> list[str]:
    columns = [name.strip() for name in next(csv.reader([header], delimiter=delimiter), [])]
    if header and not any(name.lower() in TEXT_FIELDS for name in columns):
        found = ", ".join(name for name in columns if name)[:200] or "none"
        raise DocumentError(f"no column {' or '.join(TEXT_FIELDS)}; columns: {found}")
    return columns


def _delimiter(header: str) -> str:
    """Spreadsheets write a semicolon where the comma is the decimal point."""
    return max(",;\t", key=header.count)
