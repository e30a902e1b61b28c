"""Reading all of a database and telling what in it is not as it was written."""

import sqlite3
from collections.abc import Iterator
from pathlib import Path

from semsearch.chunking import passage_text
from semsearch.store.checksums import (
    CHUNK,
    DOCUMENT,
    FILE,
    blob_checksum,
    passage_digest,
    row_checksum,
)
from semsearch.store.rows import select_meta
from semsearch.store.schema import connect_reader, damage_reported


def check_database(folder: Path) -> Iterator[str]:
    """What is wrong with the database, a line each; in one state, row by row.

    Rows that an interrupted run has staged are checked by their checksums alone.

    Raises:
        IndexMissing: there is no database.
        IndexDamaged: it cannot be read on from here.
        IndexFolderError: it has a newer format, or the system does not let it be read.
    """
    db = connect_reader(folder)
    try:
        with damage_reported(folder):
            db.execute("BEGIN")
            sound = True
            for line in _check_structure(db):
                sound = False
                yield line
            if sound and "generation" in (meta := select_meta(db)):
                yield from _check_counts(db, meta)
                yield from _check_articles(db, meta)
    finally:
        db.close()


def _check_structure(db: sqlite3.Connection) -> Iterator[str]:
    """What SQLite finds, and what the checksums tell."""
    for (line,) in db.execute("PRAGMA integrity_check"):
        if line != "ok":
            yield f"SQLite says of the database: {line}"
    for table, id_, parent, _ in db.execute("PRAGMA foreign_key_check"):
        yield f"row {id_} of {table} belongs to no row of {parent}"
    select_meta(db)
    yield from _check_rows(db)


def _check_rows(db: sqlite3.Connection) -> Iterator[str]:
    for kind, query in [
        ("folder", "SELECT path, crc FROM roots"),
        ("record of the file", f"SELECT {FILE}, crc FROM files"),
        ("article", f"SELECT {DOCUMENT}, crc FROM documents"),
        (
            "passage",
            f"SELECT {CHUNK}, chunks.crc FROM chunks JOIN documents ON documents.id = document",
        ),
    ]:
        for *columns, crc in db.execute(query):
            if row_checksum(*columns) != crc:
                yield f"the {kind} {columns[0]} has changed"
    for kind, query in [
        ("vector", "SELECT chunk, vector, crc FROM vectors"),
        ("cut", "SELECT chunk, ids, crc FROM pieces"),
    ]:
        for chunk, blob, crc in db.execute(query):
            if blob_checksum(chunk, blob) != crc:
                yield f"the {kind} of passage {chunk} has changed"


def _check_counts(db: sqlite3.Connection, meta: dict[str, str]) -> Iterator[str]:
    for table, key, last in [
        ("documents", "articles", "last_document"),
        ("chunks", "passages", "last_chunk"),
    ]:
        query = f"SELECT count(*) FROM {table} WHERE id <= ?"
        (count,) = db.execute(query, (int(meta[last]),)).fetchone()
        if count != int(meta[key]):
            yield f"{meta[key]} {key} were written, {count} are there"
    marks = dict(db.execute("SELECT name, max(seq) FROM sqlite_sequence GROUP BY name"))
    for table, last in [
        ("files", "last_file"),
        ("documents", "last_document"),
        ("chunks", "last_chunk"),
    ]:
        if marks.get(table, 0) < int(meta[last]):
            yield f"ids of {table} would be used twice"


def _check_articles(db: sqlite3.Connection, meta: dict[str, str]) -> Iterator[str]:
    """Whether each article has all its passages, and each passage the vector of its text."""
    articles = db.execute(
        "SELECT id, doc_id, title, text FROM documents WHERE id <= ?", (meta["last_document"],)
    )
    for id_, doc_id, title, text in articles:
        end = 0
        for chunk, start, stop, digest, size, cut in db.execute(
            'SELECT id, start, "end", digest, length(vector), length(ids) FROM chunks'
            " LEFT JOIN vectors ON vectors.chunk = id LEFT JOIN pieces ON pieces.chunk = id"
            " WHERE document = ? ORDER BY id",
            (id_,),
        ):
            if not 0 <= start < stop <= len(text) or text[end:start].strip():
                yield f"passage {chunk} of article {doc_id} is not where it should be"
            inputs = (passage_text(title, text[start:stop]), text[start:stop])
            if digest not in [passage_digest(meta["fingerprint"], each) for each in inputs]:
                yield f"passage {chunk} of article {doc_id} is not the text that was embedded"
            if size is None:
                yield f"passage {chunk} of article {doc_id} has no vector"
            elif size != 2 * int(meta["dim"]):
                yield f"the vector of passage {chunk} has not {meta['dim']} dimensions"
            if cut is None and meta["pieces"]:
                yield f"passage {chunk} of article {doc_id} has no cut"
            end = max(end, stop)
        if text[end:].strip():
            yield f"article {doc_id} lacks passages"
