"""Files with many articles: JSON lines, CSV and TSV, streamed with one record in memory."""

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
TEXT_FIELDS = ("text", "body", "content")
_TEXT_NAMES = " or ".join(TEXT_FIELDS)
HEAD_BYTES = 4096
"""A choice: the bytes in which a byte order mark and binary data are looked for."""


def read_json_lines(
    file: SourceFile, stream: BinaryIO, limits: ReadLimits
) -> Iterator[Document | Skipped]:
    """An article from each line; a line without one is reported and reading goes on."""
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
    # The only way to raise csv's limit of 131,072 characters; it applies to the whole process.
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
    """The lines of a file.

    `next` raises DocumentError for a line that is too long or not valid text, and the call after it
    returns the following line.
    """

    def __init__(self, stream: BinaryIO, limit: int) -> None:
        head = stream.read(HEAD_BYTES)
        stream.seek(0)
        encoding, name = bom_encoding(head)
        if name == "UTF-8" and b"\0" in head:
            raise DocumentError("a binary file, or UTF-16 without a byte order mark")
        self._limit = limit
        # Invalid bytes become lone surrogates, so that only their own line is lost. newline=""
        # keeps line ends inside quoted fields unchanged.
        errors = "surrogateescape" if name == "UTF-8" else "strict"
        self._text = io.TextIOWrapper(stream, encoding, errors=errors, newline="")
        self.number = 0
        """1-based number of the line that was read last."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._text.detach()  # otherwise closing the wrapper would close the caller's stream

    def __next__(self) -> str:
        line = self._text.readline(self._limit + 1)
        if not line:
            raise StopIteration
        self.number += 1
        if len(line) > self._limit:
            while line and not line.endswith(("\n", "\r")):
                line = self._text.readline(1 << 20)
            raise DocumentError(f"a line over the limit of {self._limit:,} characters")
        try:
            line.encode()
        except UnicodeEncodeError as error:
            raise DocumentError("not UTF-8: convert the file") from error
        return line


def _parse_json(line: str) -> dict[str, object]:
    """The fields of a record; those under `metadata`, as in BEIR, are overridden by the others."""
    try:
        record = json.loads(line)
    except json.JSONDecodeError as error:
        raise DocumentError(f"not JSON: {error.msg} at character {error.pos + 1}") from error
    except (ValueError, RecursionError) as error:
        raise DocumentError(f"JSON that cannot be parsed: {error}") from error
    if not isinstance(record, dict):
        raise DocumentError("not a JSON object")
    metadata = record.pop("metadata", None)
    return {**metadata, **record} if isinstance(metadata, dict) else record


def _document(file: SourceFile, record: Mapping[str, object], line: int) -> Document:
    fields = {name.lower(): value for name, value in record.items()}
    doc_id = _take(fields, ID_FIELDS)
    text = _take(fields, TEXT_FIELDS)
    if not isinstance(text, str) or not text.strip():
        raise DocumentError(f"no text in a field named {_TEXT_NAMES}")
    # Line ends are not normalised: the text is exactly that of the record.
    return build_document(
        file,
        text,
        fields,
        doc_id=str(doc_id) if isinstance(doc_id, str | int | float) else f"{file.relative}#{line}",
        line=line,
    )


def _take(fields: dict[str, object], names: tuple[str, ...]) -> object:
    """Remove the first of these fields that has a value and return the value; else None."""
    for name in names:
        if fields.get(name) not in (None, ""):
            return fields.pop(name)
    return None


def _columns(header: str, delimiter: str) -> list[str]:
    columns = [name.strip() for name in next(csv.reader([header], delimiter=delimiter), [])]
    if header and not any(name.lower() in TEXT_FIELDS for name in columns):
        found = ", ".join(name for name in columns if name)[:200] or "none"
        raise DocumentError(f"no column is named {_TEXT_NAMES}; its columns: {found}")
    return columns


def _delimiter(header: str) -> str:
    """The separator that occurs most often: spreadsheets of some countries write semicolons."""
    return max(",;\t", key=header.count)
