"""The database file: its tables, and opening it with every check that SQLite offers.

A run stages rows in small transactions, and they become visible all at once: its last transaction
deletes what is gone and raises the high-water marks `last_file`, `last_document` and `last_chunk`
in `meta`. Ids are never reused, so a row above its mark belongs to a run that has not been
committed, and no reader uses it.
"""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from semsearch.errors import IndexDamaged, IndexFolderError, IndexMissing

DATABASE = "semsearch.db"
APPLICATION_ID = 0x53454D53  # "SEMS"
FORMAT = 6
"""Raised when the tables change, or the way that text is split into sentences: `pieces` marks the
end of each sentence."""

SCHEMA = """
CREATE TABLE meta (
    key TEXT PRIMARY KEY,
    value TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE roots (
    path TEXT PRIMARY KEY,
    crc INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE files (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    path TEXT NOT NULL,
    relative TEXT NOT NULL,
    size_bytes INTEGER NOT NULL,
    mtime_ns INTEGER NOT NULL,
    sha256 BLOB NOT NULL,
    skipped TEXT NOT NULL,
    gone INTEGER NOT NULL DEFAULT 0,
    crc INTEGER NOT NULL
) STRICT;
CREATE INDEX files_by_path ON files (path);
CREATE TABLE documents (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    file INTEGER NOT NULL REFERENCES files ON DELETE CASCADE,
    doc_id TEXT NOT NULL,
    own_id TEXT NOT NULL,
    title TEXT NOT NULL,
    lang TEXT,
    date TEXT,
    line INTEGER,
    pages TEXT NOT NULL,
    metadata TEXT NOT NULL,
    text TEXT NOT NULL,
    crc INTEGER NOT NULL
) STRICT;
CREATE INDEX documents_by_file ON documents (file);
CREATE INDEX documents_by_doc_id ON documents (doc_id);
CREATE INDEX documents_by_own_id ON documents (own_id, doc_id);
CREATE INDEX documents_by_date ON documents (date);
CREATE TABLE chunks (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    document INTEGER NOT NULL REFERENCES documents ON DELETE CASCADE,
    start INTEGER NOT NULL,
    "end" INTEGER NOT NULL,
    digest BLOB NOT NULL,
    tokens_lost INTEGER NOT NULL,
    crc INTEGER NOT NULL
) STRICT;
CREATE INDEX chunks_by_document ON chunks (document);
CREATE INDEX chunks_by_digest ON chunks (digest);
CREATE TABLE vectors (
    chunk INTEGER PRIMARY KEY REFERENCES chunks ON DELETE CASCADE,
    vector BLOB NOT NULL,
    crc INTEGER NOT NULL
) STRICT;
CREATE TABLE pieces (
    chunk INTEGER PRIMARY KEY REFERENCES chunks ON DELETE CASCADE,
    ids BLOB NOT NULL,
    crc INTEGER NOT NULL
) STRICT;
"""


@contextmanager
def damage_reported(folder: Path) -> Iterator[None]:
    """Turn SQLite's errors about a damaged file or a full disk into errors that say what to do.

    Raises:
        IndexDamaged: the file is not what was written.
        IndexFolderError: the disk is full, the folder cannot be written, or the system reports
            another error.
    """
    try:
        yield
    except sqlite3.OperationalError as error:
        if str(error).startswith("Could not decode"):  # text that is not UTF-8
            raise IndexDamaged(folder, str(error)) from error
        raise IndexFolderError(
            f"cannot use the index in {folder}: {error}. {_advice(error)}"
        ) from error
    except (sqlite3.DatabaseError, UnicodeDecodeError) as error:
        raise IndexDamaged(folder, str(error)) from error


def _advice(error: sqlite3.OperationalError) -> str:
    if error.sqlite_errorcode == sqlite3.SQLITE_FULL:
        return (
            "Searches find what they found before. Make room on the disk and run the same command "
            "again: it continues from there."
        )
    if error.sqlite_errorcode & 0xFF == sqlite3.SQLITE_CANTOPEN:
        return (
            "Make its files readable. If a run was cut off, SQLite must first merge its log into "
            "the database: use the index once as a user who can write in its folder, "
            "or copy it to such a place."
        )
    return "Check that the disk has room and that the folder can be read and written."


def missing(folder: Path) -> IndexMissing:
    """The error for a folder in which no run has been committed yet."""
    return IndexMissing(
        f"there is no index in {folder}. Make one: semsearch index PATH --index {folder}"
    )


def connect_writer(folder: Path) -> sqlite3.Connection:
    """The one connection that writes; creates the database where there is none."""
    with (
        damage_reported(folder),
        _kept(
            sqlite3.connect(folder / DATABASE, isolation_level=None, check_same_thread=False)
        ) as db,
    ):
        if _is_empty(db):
            db.execute("PRAGMA page_size = 16384")  # a choice: most articles fit in one page
            db.execute("PRAGMA journal_mode = WAL")
            db.execute(f"PRAGMA application_id = {APPLICATION_ID}")
            db.executescript(f"BEGIN;{SCHEMA}PRAGMA user_version = {FORMAT};COMMIT;")
        _configure(db)
        db.execute("PRAGMA synchronous = FULL")
        db.execute("PRAGMA foreign_keys = ON")
        db.execute("PRAGMA cache_size = -65536")  # 64 MiB, a choice
        _check(db, folder)
    return db


def connect_reader(folder: Path) -> sqlite3.Connection:
    """A connection that never writes. Raises IndexMissing, IndexDamaged."""
    path = folder / DATABASE
    if not path.is_file():
        raise missing(folder)
    with damage_reported(folder), _kept(_open_to_read(path)) as db:
        _configure(db)
        if _is_empty(db):
            raise missing(folder)
        _check(db, folder)
    return db


def _open_to_read(path: Path) -> sqlite3.Connection:
    uri = f"{path.absolute().as_uri()}?mode=ro"
    try:
        with _kept(sqlite3.connect(uri, uri=True, check_same_thread=False)) as db:
            db.execute("SELECT 1 FROM sqlite_schema").fetchone()
    except sqlite3.OperationalError as error:
        if error.sqlite_errorname == "SQLITE_READONLY_ROLLBACK":
            raise missing(path.parent) from error  # it was being created: afterwards it has a log
        # SQLite must write files beside a WAL database. Where it cannot, the database is read
        # without locks, and the reader compares `unlocked_stamp` to see whether it has changed.
        if unlocked_stamp(path.parent) is None:
            raise
        return sqlite3.connect(f"{uri}&immutable=1", uri=True, check_same_thread=False)
    return db


def unlocked_stamp(folder: Path) -> tuple[int, int] | None:
    """Size and time of a database that can only be read without locks; None for any other.

    That is a database in a folder that this process cannot write, and that has no log.
    """
    log = folder / f"{DATABASE}-wal"
    if os.access(folder, os.W_OK) or log.exists():
        return None
    status = (folder / DATABASE).stat()
    return status.st_size, status.st_mtime_ns


@contextmanager
def _kept(connection: sqlite3.Connection) -> Iterator[sqlite3.Connection]:
    """A connection that is closed if the context raises."""
    try:
        yield connection
    except BaseException:
        connection.close()
        raise


def _configure(connection: sqlite3.Connection) -> None:
    connection.execute("PRAGMA trusted_schema = OFF")
    connection.execute("PRAGMA cell_size_check = ON")
    connection.execute("PRAGMA busy_timeout = 5000")  # milliseconds, a choice


def _check(connection: sqlite3.Connection, folder: Path) -> None:
    """Refuse a database of another program, of another format, or with other tables."""
    (application,) = connection.execute("PRAGMA application_id").fetchone()
    if application != APPLICATION_ID:
        raise IndexDamaged(folder, f"{DATABASE} was not written by semsearch")
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    if version > FORMAT:
        raise IndexFolderError(
            f"the index in {folder} has format {version}; this semsearch reads {FORMAT}. "
            "Update semsearch, or index into another folder."
        )
    if version < FORMAT and version > 0:
        raise IndexFolderError(
            f"the index in {folder} has format {version}, of an older semsearch; this one reads "
            f"{FORMAT}. Index the articles again into another folder."
        )
    if _tables(connection) != _expected_tables():
        raise IndexDamaged(folder, "its tables are not those of an index")


def _is_empty(connection: sqlite3.Connection) -> bool:
    """Whether nothing has been written to this database."""
    return connection.execute("PRAGMA user_version").fetchone() == (0,) and not _tables(connection)


def _tables(connection: sqlite3.Connection) -> set[str]:
    rows = connection.execute(
        "SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite_%'"
    )
    return {sql for (sql,) in rows}


def _expected_tables() -> set[str]:
    return {statement.strip() for statement in SCHEMA.split(";") if statement.strip()}
