"""The rows of the tables as named tuples, and the queries that the reader and the writer share.

Each row is compared with its checksum when it is read; one that has changed raises SQLite's own
error, which `damage_reported` turns into IndexDamaged.
"""

import json
import sqlite3
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import Any, Generic, NamedTuple, TypeVar

import numpy as np

from semsearch.chunking import passage_text
from semsearch.store.checksums import blob_checksum, meta_checksum, row_checksum
from semsearch.types import Document, MarkedTokens, Skipped

FILE = "id, path, relative, size_bytes, mtime_ns, sha256, skipped"
"""The columns of a FileRow."""
DOCUMENT = (
    "documents.id, file, doc_id, own_id, title, documents.lang, date, line, pages, metadata, text"
)
"""The columns of a DocumentRow."""
CHUNK = 'chunks.id, document, start, "end", digest, tokens_lost, documents.lang'
"""The columns of a ChunkRow."""
CHUNKS = f"SELECT {CHUNK}, chunks.crc FROM chunks JOIN documents ON documents.id = document"
"""Passages with their checksums."""


@dataclass(frozen=True, slots=True)
class KnownFile:
    """A file as the index last saw it."""

    id: int
    relative: str
    size_bytes: int
    mtime_ns: int
    sha256: bytes
    skipped: tuple[Skipped, ...]


class FileRow(NamedTuple):
    """A file: the columns under its checksum. `gone` is not one, as only a running writer sets it.

    The empty `sha256` marks a file that is staged in part.
    """

    id: int
    path: str
    relative: str
    size_bytes: int
    mtime_ns: int
    sha256: bytes
    skipped: str
    """JSON: pairs of a path and the reason why nothing was read there."""

    def known_file(self) -> KnownFile:
        """The same with what was skipped."""
        reasons = [] if self.skipped == "[]" else json.loads(self.skipped)
        return KnownFile(
            self.id,
            self.relative,
            self.size_bytes,
            self.mtime_ns,
            self.sha256,
            tuple(Skipped(*each) for each in reasons),
        )


class DocumentRow(NamedTuple):
    """An article: the columns under its checksum."""

    id: int
    file: int
    doc_id: str
    own_id: str
    """The id that its data gives it; `doc_id` is another where articles share one."""
    title: str
    lang: str | None
    date: str | None
    line: int | None
    pages: str
    """JSON: the offset at which each page begins."""
    metadata: str
    """JSON: an object of strings."""
    text: str

    def document(self, path: str) -> Document:
        """The article, given the path of its file."""
        return Document(
            doc_id=self.doc_id,
            text=self.text,
            path=path,
            title=self.title,
            lang=self.lang,
            date=self.date,
            line=self.line,
            pages=() if self.pages == "[]" else tuple(json.loads(self.pages)),
            metadata={} if self.metadata == "{}" else json.loads(self.metadata),
        )

    def as_read(self, path: str) -> Document:
        """The article as it was read from the file at a path, with its own id."""
        return self._replace(doc_id=self.own_id).document(path)


class ChunkRow(NamedTuple):
    """A passage: the columns under its checksum, one of which is the language of its article."""

    id: int
    document: int
    start: int
    end: int
    digest: bytes
    tokens_lost: int
    lang: str | None


class TokensRow(NamedTuple):
    """The token ids of a passage, packed by `pack_token_ids`."""

    chunk: int
    ids: bytes


class PassageText(NamedTuple):
    """A passage as the rankings read it."""

    id: int
    lang: str | None
    text: str
    """With the title of its article."""


class PassageLang(NamedTuple):
    """A passage and the word index that it belongs to."""

    id: int
    lang: str | None


R = TypeVar("R", FileRow, DocumentRow, ChunkRow, TokensRow)


class Kind(Generic[R]):
    """A kind of rows with an id and a checksum.

    Args:
        name: in messages.
        by_id: SELECT of the columns and the checksum, up to the name of the id.
        row: the named tuple of the columns.
        checksum: of the columns.
    """

    def __init__(
        self, name: str, by_id: str, row: type[R], checksum: Callable[..., int] = row_checksum
    ) -> None:
        self.name = name
        self.by_id = by_id
        self._row: Callable[..., R] = row
        self._checksum = checksum

    def check(self, rows: Iterable[tuple[Any, ...]]) -> None:
        """Raise sqlite3.DatabaseError where the columns of a row do not match its checksum."""
        for *columns, crc in rows:
            if self._checksum(*columns) != crc:
                raise sqlite3.DatabaseError(f"the {self.name} {columns[0]} has changed")

    def load(self, rows: Iterable[tuple[Any, ...]]) -> list[R]:
        """The rows without their checksums. Raises as `check`."""
        found = list(rows)
        self.check(found)
        return [self._row(*row[:-1]) for row in found]


FILES = Kind("file", f"SELECT {FILE}, crc FROM files WHERE id", FileRow)
ARTICLES = Kind("article", f"SELECT {DOCUMENT}, crc FROM documents WHERE id", DocumentRow)
PASSAGES = Kind("passage", f"{CHUNKS} WHERE chunks.id", ChunkRow)
TOKENS = Kind(
    "token list of passage",
    "SELECT chunk, ids, crc FROM pieces WHERE chunk",
    TokensRow,
    blob_checksum,
)


def select_files(db: sqlite3.Connection, under: Path, which: str) -> dict[str, KnownFile]:
    """Files at or below a path, by absolute path; `which` is an SQL condition on `files`."""
    folder = str(under).rstrip("/") + "/"
    rows = db.execute(
        f"SELECT {FILE}, crc FROM files WHERE {which} AND (path = ? OR substr(path, 1, ?) = ?)",
        (str(under), len(folder), folder),
    )
    found = {}
    for *columns, crc in rows:
        file = FileRow(*columns)
        if row_checksum(*columns) != crc:
            raise sqlite3.DatabaseError(f"the record of the file {file.path} has changed")
        found[file.path] = file.known_file()
    return found


def select_meta(db: sqlite3.Connection) -> dict[str, str]:
    """The rows of the table `meta` by key; `IndexMeta.parse` reads them."""
    values = dict(db.execute("SELECT key, value FROM meta"))
    if values and values.pop("crc", None) != str(meta_checksum(values)):
        raise sqlite3.DatabaseError("the table meta, its record of model and counts, has changed")
    return values


def select_roots(db: sqlite3.Connection) -> list[Path]:
    """The folders and files that the user has named so far."""
    found = []
    for path, crc in db.execute("SELECT path, crc FROM roots ORDER BY path"):
        if row_checksum(path) != crc:
            raise sqlite3.DatabaseError(f"the name of the folder {path} has changed")
        found.append(Path(path))
    return found


def select_passages(db: sqlite3.Connection, which: str, value: int) -> Iterator[PassageText]:
    """Passages in order of id; `which` is an SQL condition with one parameter, the value."""
    rows = db.execute(
        f"SELECT {CHUNK}, chunks.crc FROM chunks JOIN documents ON documents.id = document"
        f" JOIN files ON files.id = file WHERE {which} ORDER BY chunks.id",
        (value,),
    )
    for document, chunks in groupby(rows, key=itemgetter(1)):
        (article,) = ARTICLES.load(db.execute(f"{ARTICLES.by_id} = ?", (document,)))
        for chunk in PASSAGES.load(chunks):
            text = passage_text(article.title, article.text[chunk.start : chunk.end])
            yield PassageText(chunk.id, article.lang, text)


def select_vector(db: sqlite3.Connection, digest: bytes) -> bytes | None:
    """The vector of a passage with this digest; never one that has changed since."""
    rows = db.execute(
        f"SELECT {CHUNK}, chunks.crc, vector, vectors.crc FROM chunks"
        " JOIN documents ON documents.id = document JOIN vectors ON chunk = chunks.id"
        " WHERE digest = ?",
        (digest,),
    )
    for *columns, crc, vector, vector_crc in rows:
        chunk = ChunkRow(*columns)
        if row_checksum(*chunk) == crc and blob_checksum(chunk.id, vector) == vector_crc:
            return bytes(vector)
    return None


def pack_token_ids(tokens: MarkedTokens) -> bytes:
    """Three bytes for each number, the lowest first: vocabularies have less than 2^24 tokens."""
    return tokens.astype("<i4").view(np.uint8).reshape(-1, 4)[:, :3].tobytes()


def unpack_token_ids(packed: bytes) -> MarkedTokens:
    """The token ids that `pack_token_ids` was given."""
    numbers = np.zeros((len(packed) // 3, 4), dtype=np.uint8)
    numbers[:, :3] = np.frombuffer(packed, dtype=np.uint8).reshape(-1, 3)
    return numbers.view("<i4").ravel()
