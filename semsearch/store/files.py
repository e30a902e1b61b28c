"""Files as the index knows them, told alike by readers and the writer."""

import json
import sqlite3
from dataclasses import dataclass
from pathlib import Path

from semsearch.types import Skipped


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
        "SELECT path, id, relative, size_bytes, mtime_ns, sha256, skipped FROM files"
        f" WHERE {which} AND (path = ? OR substr(path, 1, ?) = ?)",
        (str(under), len(folder), folder),
    )
    return {
        path: KnownFile(id_, relative, size, mtime, sha256, _load_skipped(skipped))
        for path, id_, relative, size, mtime, sha256, skipped in rows
    }


def select_roots(db: sqlite3.Connection) -> list[Path]:
    """The folders and files that the user has named so far."""
    return [Path(path) for (path,) in db.execute("SELECT path FROM roots ORDER BY path")]


def _load_skipped(text: str) -> tuple[Skipped, ...]:
    if text == "[]":  # of nearly every file
        return ()
    return tuple(Skipped(path, reason) for path, reason in json.loads(text))
