"""Writing the index folder: staged file by file, visible all at once."""

import json
import sqlite3
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from semsearch.store.lock import WriterLock
from semsearch.store.schema import connect_writer, damage_reported
from semsearch.types import Chunk, Document, Embeddings, Skipped, SourceFile


@dataclass(frozen=True, slots=True)
class KnownFile:
    """A file as the index last saw it."""

    id: int
    relative: str
    size_bytes: int
    mtime_ns: int
    sha256: bytes
    skipped: tuple[Skipped, ...]


class Writer:
    """The one process that changes an index. Holds the lock until closed."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._lock = WriterLock(folder)
        try:
            self._db = connect_writer(folder)
        except BaseException:
            self._lock.release()
            raise

    def close(self) -> None:
        """Fold the write-ahead log into the database and let the next writer in."""
        try:
            with damage_reported(self.folder):
                self._db.execute("PRAGMA busy_timeout = 0")  # fold what readers let; never wait
                self._db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        finally:
            self._db.close()
            self._lock.release()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All or nothing, on disk when it returns."""
        with damage_reported(self.folder):
            self._db.execute("BEGIN IMMEDIATE")
            try:
                yield
                self._db.execute("COMMIT")
            except BaseException:
                if self._db.in_transaction:
                    self._db.execute("ROLLBACK")
                raise

    def meta(self) -> dict[str, str]:
        """What the index says of itself: model, settings, generation, high-water marks."""
        with damage_reported(self.folder):
            return dict(self._db.execute("SELECT key, value FROM meta"))

    def set_meta(self, values: Mapping[str, str]) -> None:
        """Record what the index says of itself. Call inside `transaction`."""
        self._db.executemany("INSERT OR REPLACE INTO meta VALUES (?, ?)", values.items())

    def roots(self) -> list[str]:
        """The folders and files that the user has named so far."""
        return [path for (path,) in self._db.execute("SELECT path FROM roots ORDER BY path")]

    def add_root(self, path: str) -> None:
        """Remember a folder or file that the user named. Call inside `transaction`."""
        self._db.execute("INSERT OR IGNORE INTO roots VALUES (?)", (path,))

    def begin(self) -> None:
        """Take up what an interrupted run left.

        Files that it staged to the end stay and stand for those paths. Of a file staged in part
        the vectors are still of use (see `copy_vector`) until the commit deletes it.
        """
        mark = self.mark("last_file")
        with self.transaction():
            self._db.execute("UPDATE files SET gone = 0 WHERE id <= ?", (mark,))
            self._db.execute("UPDATE files SET gone = 1 WHERE id > ? AND sha256 = x''", (mark,))
            self._db.execute(
                "UPDATE files SET gone = 1 WHERE id <= ? AND path IN"
                " (SELECT path FROM files WHERE id > ? AND NOT gone)",
                (mark, mark),
            )

    def known_files(self, under: str) -> dict[str, KnownFile]:
        """Files at or below a path, by absolute path, as the last run left them."""
        rows = self._db.execute(
            "SELECT path, id, relative, size_bytes, mtime_ns, sha256, skipped FROM files"
            " WHERE NOT gone AND (path = ? OR substr(path, 1, ?) = ?)",
            (under, len(under.rstrip("/")) + 1, under.rstrip("/") + "/"),
        )
        return {
            path: KnownFile(id_, relative, size, mtime, sha, _load_skipped(skipped))
            for path, id_, relative, size, mtime, sha, skipped in rows
        }

    def touch_file(self, known: KnownFile, file: SourceFile) -> None:
        """Note a new time stamp for a file whose content is the same."""
        self._db.execute(
            "UPDATE files SET size_bytes = ?, mtime_ns = ? WHERE id = ?",
            (file.size_bytes, file.mtime_ns, known.id),
        )

    def drop_path(self, path: str) -> None:
        """Forget a file once the run is committed. Call inside `transaction`."""
        self._db.execute("UPDATE files SET gone = 1 WHERE path = ?", (path,))

    def add_file(self, file: SourceFile) -> int:
        """Stage a file; its articles follow by `add_document`, then `finish_file`."""
        cursor = self._db.execute(
            "INSERT INTO files (path, relative, size_bytes, mtime_ns, sha256, skipped)"
            " VALUES (?, ?, ?, ?, x'', '[]')",
            (str(file.path), file.relative, file.size_bytes, file.mtime_ns),
        )
        return _row_id(cursor)

    def finish_file(self, file_id: int, sha256: bytes, skipped: Iterable[Skipped]) -> None:
        """Note that a file is staged to its end, and what of it could not be read."""
        self._db.execute(
            "UPDATE files SET sha256 = ?, skipped = ? WHERE id = ?",
            (sha256, json.dumps([[s.path, s.reason] for s in skipped]), file_id),
        )

    def doc_id_taken(self, doc_id: str) -> bool:
        """Whether an article that stays has this id."""
        row = self._db.execute(
            "SELECT 1 FROM documents JOIN files ON files.id = documents.file"
            " WHERE doc_id = ? AND NOT gone",
            (doc_id,),
        ).fetchone()
        return row is not None

    def add_document(
        self,
        file_id: int,
        doc_id: str,
        document: Document,
        chunks: Sequence[Chunk],
        digests: Sequence[bytes],
    ) -> list[int]:
        """Stage an article under an id; returns the ids of its passages, still without vectors."""
        text = document.text.encode()
        cursor = self._db.execute(
            "INSERT INTO documents (file, doc_id, title, lang, date, line, pages, metadata, text,"
            " crc) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                file_id,
                doc_id,
                document.title,
                document.lang,
                document.date,
                document.line,
                json.dumps(document.pages),
                json.dumps(dict(document.metadata), ensure_ascii=False),
                document.text,
                zlib.crc32(text),
            ),
        )
        document_id = _row_id(cursor)
        ids = []
        for chunk, digest in zip(chunks, digests, strict=True):
            cursor = self._db.execute(
                'INSERT INTO chunks (document, start, "end", digest) VALUES (?, ?, ?, ?)',
                (document_id, chunk.start, chunk.end, digest),
            )
            ids.append(_row_id(cursor))
        return ids

    def add_lost_tokens(self, chunk_id: int, count: int) -> None:
        """Note how many tokens of a passage the model does not read."""
        self._db.execute("UPDATE chunks SET tokens_lost = ? WHERE id = ?", (count, chunk_id))

    def has_vector(self, digest: bytes) -> bool:
        """Whether `copy_vector` will find a vector for a passage with this digest."""
        row = self._db.execute(
            "SELECT 1 FROM chunks JOIN vectors ON chunk = id WHERE digest = ? LIMIT 1", (digest,)
        ).fetchone()
        return row is not None

    def copy_vector(self, chunk_id: int, digest: bytes) -> None:
        """Give a passage the vector of another with the same digest."""
        self._db.execute(
            "INSERT INTO vectors SELECT ?, vector, crc FROM vectors WHERE chunk ="
            " (SELECT chunk FROM chunks JOIN vectors ON chunk = id WHERE digest = ? LIMIT 1)",
            (chunk_id, digest),
        )

    def add_vectors(self, chunk_ids: Sequence[int], vectors: Embeddings) -> None:
        """Stage vectors, (n, d) for n chunk ids, stored as float16."""
        blobs = [row.tobytes() for row in vectors.astype(np.float16)]
        self._db.executemany(
            "INSERT INTO vectors VALUES (?, ?, ?)",
            [(id_, blob, zlib.crc32(blob)) for id_, blob in zip(chunk_ids, blobs, strict=True)],
        )

    def gone_passages(self) -> list[tuple[int, str | None]]:
        """(chunk id, language) of the passages that a commit would take away."""
        return self._db.execute(
            "SELECT chunks.id, lang FROM files JOIN documents ON file = files.id"
            " JOIN chunks ON document = documents.id WHERE gone AND chunks.id <= ?",
            (self.mark("last_chunk"),),
        ).fetchall()

    def has_changes(self) -> bool:
        """Whether anything is staged or gone."""
        row = self._db.execute(
            "SELECT 1 FROM files WHERE gone OR id > ? LIMIT 1", (self.mark("last_file"),)
        ).fetchone()
        return row is not None

    def commit(self) -> int:
        """Make all that was staged visible at once; returns the new generation."""
        with self.transaction():
            self._db.execute("DELETE FROM files WHERE gone")
            generation = self.mark("generation") + 1
            marks = {
                f"last_{name}": self._db.execute(
                    "SELECT coalesce(max(seq), 0) FROM sqlite_sequence WHERE name = ?", (table,)
                ).fetchone()[0]
                for name, table in [
                    ("file", "files"),
                    ("document", "documents"),
                    ("chunk", "chunks"),
                ]
            }
            self.set_meta(
                {name: str(value) for name, value in marks.items()}
                | {
                    "generation": str(generation),
                    "updated": datetime.now(UTC).isoformat(timespec="seconds"),
                }
            )
        return generation

    def mark(self, key: str) -> int:
        """A number in `meta`: the generation or a high-water mark; 0 before the first commit."""
        row = self._db.execute("SELECT value FROM meta WHERE key = ?", (key,)).fetchone()
        return int(row[0]) if row else 0


def _row_id(cursor: sqlite3.Cursor) -> int:
    assert cursor.lastrowid is not None
    return cursor.lastrowid


def _load_skipped(text: str) -> tuple[Skipped, ...]:
    return tuple(Skipped(path, reason) for path, reason in json.loads(text))
