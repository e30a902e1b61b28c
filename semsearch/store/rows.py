"""Rows that readers and the writer take alike, each checked; SQLite's error where one changed."""

import json
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import Any

import numpy as np

from semsearch.chunking import passage_text
from semsearch.store.checksums import (
    CHUNK,
    DOCUMENT,
    FILE,
    blob_checksum,
    meta_checksum,
    row_checksum,
)
from semsearch.types import Document, MarkedTokens, Skipped

CHUNKS = f"SELECT {CHUNK}, chunks.crc FROM chunks JOIN documents ON documents.id = document"
"""Passages with their checksums."""
BY_ID: dict[str, tuple[str, Callable[..., int]]] = {
    "file": (f"SELECT {FILE}, crc FROM files WHERE id", row_checksum),
    "article": (f"SELECT {DOCUMENT}, crc FROM documents WHERE id", row_checksum),
    "passage": (f"{CHUNKS} WHERE chunks.id", row_checksum),
    "cut of passage": ("SELECT chunk, ids, crc FROM pieces WHERE chunk", blob_checksum),
}
"""How rows of each kind are found by their ids, and the checksum that they have."""


@dataclass(frozen=True, slots=True)
class KnownFile:
    """A file as the index last saw it."""

    id: int
    relative: str
    size_bytes: int
    mtime_ns: int
    sha256: bytes
    skipped: tuple[Skipped, ...]


def select_files(db: sqlite3.Connection, under: Path, which: str) -> dict[str, KnownFile]:
    """Files at or below a path, by absolute path; `which` is SQL that says of which state."""
    folder = str(under).rstrip("/") + "/"
    rows = db.execute(
        f"SELECT {FILE}, crc FROM files WHERE {which} AND (path = ? OR substr(path, 1, ?) = ?)",
        (str(under), len(folder), folder),
    )
    found = {}
    for *columns, crc in rows:
        if row_checksum(*columns) != crc:
            raise sqlite3.DatabaseError(f"the record of the file {columns[1]} has changed")
        found[columns[1]] = load_file(columns)
    return found


def select_meta(db: sqlite3.Connection) -> dict[str, str]:
    """What the index says of itself: model, settings, generation, counts, high-water marks."""
    meta = dict(db.execute("SELECT key, value FROM meta"))
    if meta and meta.pop("crc", None) != str(meta_checksum(meta)):
        raise sqlite3.DatabaseError("what the index says of itself has changed")
    return meta


def select_roots(db: sqlite3.Connection) -> list[Path]:
    """The folders and files that the user has named so far."""
    found = []
    for path, crc in db.execute("SELECT path, crc FROM roots ORDER BY path"):
        if row_checksum(path) != crc:
            raise sqlite3.DatabaseError(f"the name of the folder {path} has changed")
        found.append(Path(path))
    return found


def select_passages(
    db: sqlite3.Connection, which: str, value: int
) -> Iterator[tuple[int, str | None, str]]:
    """(chunk id, language, text with title) of passages; `which` is SQL that says which ones."""
    rows = db.execute(
        f"SELECT {CHUNK}, chunks.crc FROM chunks JOIN documents ON documents.id = document"
        f" JOIN files ON files.id = file WHERE {which} ORDER BY chunks.id",
        (value,),
    )
    for document, chunks in groupby(rows, key=itemgetter(1)):
        query = f"SELECT {DOCUMENT}, crc FROM documents WHERE id = ?"
        *columns, crc = db.execute(query, (document,)).fetchone()
        if row_checksum(*columns) != crc:
            raise sqlite3.DatabaseError(f"the article {document} has changed")
        title, lang, text = columns[3], columns[4], columns[9]
        for *chunk, crc in chunks:
            if row_checksum(*chunk) != crc:
                raise sqlite3.DatabaseError(f"the passage {chunk[0]} has changed")
            yield chunk[0], lang, passage_text(title, text[chunk[2] : chunk[3]])


def select_vector(db: sqlite3.Connection, digest: bytes) -> bytes | None:
    """The vector of a passage with this digest; never one that has changed since."""
    rows = db.execute(
        f"SELECT {CHUNK}, chunks.crc, vector, vectors.crc FROM chunks"
        " JOIN documents ON documents.id = document JOIN vectors ON chunk = chunks.id"
        " WHERE digest = ?",
        (digest,),
    )
    for *columns, crc, vector, vector_crc in rows:
        intact = row_checksum(*columns) == crc
        if intact and blob_checksum(columns[0], vector) == vector_crc:
            return bytes(vector)
    return None


def pack_token_ids(tokens: MarkedTokens) -> bytes:
    """Three bytes for each number, the least first."""
    return tokens.astype("<i4").view(np.uint8).reshape(-1, 4)[:, :3].tobytes()


def unpack_token_ids(packed: bytes) -> MarkedTokens:
    """What `pack_token_ids` was given."""
    numbers = np.zeros((len(packed) // 3, 4), dtype=np.uint8)
    numbers[:, :3] = np.frombuffer(packed, dtype=np.uint8).reshape(-1, 3)
    return numbers.view("<i4").ravel()


def load_file(columns: Sequence[Any]) -> KnownFile:
    """A file from the columns under its checksum."""
    id_, _, relative, size_bytes, mtime_ns, sha256, skipped = columns
    reasons = [] if skipped == "[]" else json.loads(skipped)
    return KnownFile(
        id_, relative, size_bytes, mtime_ns, sha256, tuple(Skipped(*each) for each in reasons)
    )


def load_document(columns: Sequence[Any], path: str) -> Document:
    """An article from the columns under its checksum, and the path of its file."""
    _, _, doc_id, title, lang, date, line, pages, metadata, text = columns
    return Document(
        doc_id=doc_id,
        text=text,
        path=path,
        title=title,
        lang=lang,
        date=date,
        line=line,
        pages=() if pages == "[]" else tuple(json.loads(pages)),
        metadata={} if metadata == "{}" else json.loads(metadata),
    )
