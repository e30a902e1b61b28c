"""Reading all of a database and reporting what in it is not as it was written."""

import sqlite3
from collections.abc import Iterator
from pathlib import Path

from semsearch.chunking import passage_text
from semsearch.store.checksums import blob_checksum, passage_digest, row_checksum
from semsearch.store.meta import IndexMeta
from semsearch.store.rows import CHUNKS, DOCUMENT, FILE, select_meta
from semsearch.store.schema import connect_reader, damage_reported


def check_database(folder: Path) -> Iterator[str]:
    """What is wrong with the database, one line each, read row by row in one state.

    Of rows that an interrupted run has staged only the checksums are checked.

    Raises:
        IndexMissing: there is no database.
        IndexDamaged: the rest of it cannot be read.
        IndexFolderError: it has a newer format, or may not be read.
    """
    db = connect_reader(folder)
    try:
        with damage_reported(folder):
            db.execute("BEGIN")
            sound = True
            for line in _check_structure(db):
                sound = False
                yield line
            if sound and (meta := IndexMeta.parse(select_meta(db))).generation:
                yield from _check_counts(db, meta)
                yield from _check_articles(db, meta)
    finally:
        db.close()


def _check_structure(db: sqlite3.Connection) -> Iterator[str]:
    """What SQLite's own checks find, then rows that do not match their checksums."""
    for (line,) in db.execute("PRAGMA integrity_check"):
        if line != "ok":
            yield f"SQLite reports: {line}"
    for table, id_, parent, _ in db.execute("PRAGMA foreign_key_check"):
        yield f"row {id_} of {table} belongs to no row of {parent}"
    select_meta(db)
    yield from _check_rows(db)


def _check_rows(db: sqlite3.Connection) -> Iterator[str]:
    for kind, query in [
        ("folder", "SELECT path, crc FROM roots"),
        ("record of the file", f"SELECT {FILE}, crc FROM files"),
        ("article", f"SELECT {DOCUMENT}, crc FROM documents"),
        ("passage", CHUNKS),
    ]:
        for id_, *columns, crc in db.execute(query):
            if row_checksum(id_, *columns) != crc:
                yield f"the {kind} {id_} has changed"
    for kind, query in [
        ("vector", "SELECT chunk, vector, crc FROM vectors"),
        ("token list", "SELECT chunk, ids, crc FROM pieces"),
    ]:
        for chunk, blob, crc in db.execute(query):
            if blob_checksum(chunk, blob) != crc:
                yield f"the {kind} of passage {chunk} has changed"


def _check_counts(db: sqlite3.Connection, meta: IndexMeta) -> Iterator[str]:
    for table, last, name, written in [
        ("documents", meta.last_document, "articles", meta.articles),
        ("chunks", meta.last_chunk, "passages", meta.passages),
    ]:
        (count,) = db.execute(f"SELECT count(*) FROM {table} WHERE id <= ?", (last,)).fetchone()
        if count != written:
            yield f"{written} {name} were written, {count} are there"
    highest = dict(db.execute("SELECT name, max(seq) FROM sqlite_sequence GROUP BY name"))
    for table, last in [
        ("files", meta.last_file),
        ("documents", meta.last_document),
        ("chunks", meta.last_chunk),
    ]:
        if highest.get(table, 0) < last:
            yield f"ids of {table} would be used twice"


def _check_articles(db: sqlite3.Connection, meta: IndexMeta) -> Iterator[str]:
    """Whether each article has all its passages, and each passage the vector of its text."""
    articles = db.execute(
        "SELECT id, doc_id, title, text FROM documents WHERE id <= ?", (meta.last_document,)
    )
    for id_, doc_id, title, text in articles:
        end = 0
        for chunk, start, stop, digest, vector_bytes, tokens_bytes in db.execute(
            'SELECT id, start, "end", digest, length(vector), length(ids) FROM chunks'
            " LEFT JOIN vectors ON vectors.chunk = id LEFT JOIN pieces ON pieces.chunk = id"
            " WHERE document = ? ORDER BY id",
            (id_,),
        ):
            if not 0 <= start < stop <= len(text) or text[end:start].strip():
                yield f"passage {chunk} of article {doc_id} is not where it should be"
            inputs = (passage_text(title, text[start:stop]), text[start:stop])
            if digest not in [passage_digest(meta.fingerprint, each) for each in inputs]:
                yield f"passage {chunk} of article {doc_id} is not the text that was embedded"
            if vector_bytes is None:
                yield f"passage {chunk} of article {doc_id} has no vector"
            elif vector_bytes != 2 * meta.dim:
                yield f"the vector of passage {chunk} does not have {meta.dim} dimensions"
            if tokens_bytes is None and meta.aligner:
                yield f"passage {chunk} of article {doc_id} has no token list"
            end = max(end, stop)
        if text[end:].strip():
            yield f"article {doc_id} lacks passages"
