"""One file to its articles, in the reader that its extension asks for.

Whatever a parser raises about a bad file becomes a reason for the user here, and nowhere else, so
that a run over a thousand files goes on with the next one.
"""

import errno
import logging
import os
import stat
import warnings
from collections.abc import Callable, Iterator, Mapping
from io import BufferedReader
from typing import BinaryIO

from semsearch.config import MIB, ReadLimits
from semsearch.errors import DocumentError
from semsearch.readers.html import read_html
from semsearch.readers.office import read_docx, read_pdf
from semsearch.readers.plain import read_markdown, read_text
from semsearch.readers.records import read_json_lines, read_table
from semsearch.types import Document, Skipped, SourceFile

ArticleReader = Callable[[SourceFile, bytes, ReadLimits], Document]
RecordReader = Callable[[SourceFile, BinaryIO, ReadLimits], Iterator[Document | Skipped]]

_ARTICLE_READERS: Mapping[str, ArticleReader] = {
    ".txt": read_text,
    ".md": read_markdown,
    ".markdown": read_markdown,
    ".html": read_html,
    ".htm": read_html,
    ".xhtml": read_html,
    ".pdf": read_pdf,
    ".docx": read_docx,
}
_RECORD_READERS: Mapping[str, RecordReader] = {
    ".jsonl": read_json_lines,
    ".ndjson": read_json_lines,
    ".csv": read_table,
    ".tsv": read_table,
}
SUFFIXES = frozenset(_ARTICLE_READERS) | frozenset(_RECORD_READERS)
"""The file name extensions that can be read, in lower case."""

REASON_CHARS = 200
"""A choice: longer messages of parsers are cut, to fit a line or two of a report."""

_SILENT = logging.NullHandler()
_LOGGING_PARSERS = ("pypdf", "trafilatura", "htmldate")


def open_source(file: SourceFile, limits: ReadLimits) -> BufferedReader:
    """Open a file that may have been replaced since it was found.

    Raises:
        DocumentError: the file cannot be opened, is not a regular file, or holds one article and
            is over the size limit. The message is the reason only, without the path.
    """
    try:
        # A link in its place is refused, and a FIFO that nobody writes to cannot block the run.
        descriptor = os.open(file.path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as error:
        if error.errno == errno.ELOOP:
            raise DocumentError("a link: links are not followed") from error
        raise DocumentError((error.strerror or str(error)).lower()) from error
    try:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            raise DocumentError("not a regular file")
        if _suffix(file) in _ARTICLE_READERS:
            _check_size(status.st_size, limits)
    except DocumentError:
        os.close(descriptor)
        raise
    return os.fdopen(descriptor, "rb")


def read_documents(
    file: SourceFile, stream: BinaryIO, limits: ReadLimits
) -> Iterator[Document | Skipped]:
    """The articles of a file in order, and a `Skipped` for each part that cannot be read.

    Args:
        file: its extension decides the format.
        stream: seekable, at position 0; it is left open.
        limits: sizes above which a file or record is skipped.
    """
    suffix = _suffix(file)
    try:
        if suffix in _RECORD_READERS:
            yield from _read_records(_RECORD_READERS[suffix], file, stream, limits)
        elif suffix in _ARTICLE_READERS:
            yield _read_article(_ARTICLE_READERS[suffix], file, stream, limits)
        else:
            raise DocumentError(f"no reader for {suffix} files")
    except DocumentError as error:
        yield Skipped(str(file.path), str(error))
    except Exception as error:  # parsers raise anything on a file that is not what it claims
        yield Skipped(str(file.path), _reason(suffix, error))


def _read_article(
    reader: ArticleReader, file: SourceFile, stream: BinaryIO, limits: ReadLimits
) -> Document:
    data = stream.read(limits.file_bytes + 1)
    _check_size(len(data), limits)
    if not data.strip():
        raise DocumentError("an empty file")
    for name in _LOGGING_PARSERS:
        # Without a handler, Python prints the warnings that a library logs on stderr.
        logging.getLogger(name).addHandler(_SILENT)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return reader(file, data, limits)


def _read_records(
    reader: RecordReader, file: SourceFile, stream: BinaryIO, limits: ReadLimits
) -> Iterator[Document | Skipped]:
    found_any = False
    for item in reader(file, stream, limits):
        found_any = True
        yield item
    if not found_any:
        raise DocumentError("contains no records" if stream.tell() else "an empty file")


def _check_size(size_bytes: int, limits: ReadLimits) -> None:
    if size_bytes > limits.file_bytes:
        raise DocumentError(
            f"{size_bytes / MIB:.1f} MiB, over the limit of {limits.file_bytes / MIB:g} MiB"
        )


def _suffix(file: SourceFile) -> str:
    return file.path.suffix.lower()


def _reason(suffix: str, error: Exception) -> str:
    message = " ".join(str(error).split()) or type(error).__name__
    return f"cannot be read as {suffix}: {message}"[:REASON_CHARS]
