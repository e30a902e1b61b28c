"""Writing the index folder: staged file by file, visible all at once."""

import json
import sqlite3
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from semsearch.store.files import KnownFile, select_files, select_roots
from semsearch.store.lock import WriterLock
from semsearch.store.schema import connect_writer, damage_reported
from semsearch.types import Chunk, Document, Embeddings, Skipped, SourceFile


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
            # Where readers or a full disk do not let it be folded, the log goes on holding all.
            with damage_reported(self.folder), suppress(sqlite3.OperationalError):
                self._db.execute("PRAGMA busy_timeout = 0")
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

    def roots(self) -> list[Path]:
        """The folders and files that the user has named so far."""
        return select_roots(self._db)

    def add_root(self, path: str) -> None:
        """Remember a folder or file that the user named. Call inside `transaction`."""
        self._db.execute("INSERT OR IGNORE INTO roots VALUES (?)", (path,))

    def begin(self, run: str) -> None:
        """Take up what an interrupted run of the same kind left; of another kind, delete it.

        Files that it staged to the end stay and stand for those paths. Of a file staged in part
        the vectors are still of use (see `copy_vector`) until the commit deletes it.
        """
        mark = self.mark("last_file")
        with self.transaction():
            if self.meta().get("run") != run:
                self._db.execute("DELETE FROM files WHERE id > ?", (mark,))
                self.set_meta({"run": run})
            self._db.execute("UPDATE files SET gone = 0 WHERE id <= ?", (mark,))
            self._db.execute("UPDATE files SET gone = 1 WHERE id > ? AND sha256 = x''", (mark,))
            self._db.execute(
                "UPDATE files SET gone = 1 WHERE id <= ? AND path IN"
                " (SELECT path FROM files WHERE id > ? AND NOT gone)",
                (mark, mark),
            )

    def known_files(self, under: Path) -> dict[str, KnownFile]:
        """Files at or below a path, by absolute path, as the last run left them."""
        return select_files(self._db, under, "NOT gone")

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

    def staged_passages(self, above: int) -> Iterator[tuple[int, str | None, str, str]]:
        """(chunk id, language, title, text) with a higher id, as they will be after a commit."""
        yield from self._db.execute(
            'SELECT chunks.id, lang, title, substr(text, start + 1, "end" - start)'
            " FROM chunks JOIN documents ON documents.id = document"
            " JOIN files ON files.id = file"
            " WHERE chunks.id > ? AND NOT gone ORDER BY chunks.id",
            (above,),
        )

    def passages_of(
        self, files: Sequence[int], documents: Sequence[int]
    ) -> list[tuple[int, str | None]]:
        """(chunk id, language) of the passages of some files and of some articles."""
        found: dict[int, str | None] = {}
        for column, ids in [("file", files), ("documents.id", documents)]:
            for id_ in ids:
                found |= self._db.execute(
                    "SELECT chunks.id, lang FROM documents"
                    f" JOIN chunks ON document = documents.id WHERE {column} = ?",
                    (id_,),
                )
        return list(found.items())

    def has_changes(self) -> bool:
        """Whether anything is staged or gone."""
        row = self._db.execute(
            "SELECT 1 FROM files WHERE gone OR id > ? LIMIT 1", (self.mark("last_file"),)
        ).fetchone()
        return row is not None

    def commit(self, provenance: dict[str, str]) -> int:
        """Make all that was staged visible at once; returns the new generation.

        Args:
            provenance: what the index was built with from now on; empty for the same as before.
        """
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
                | provenance
                | _now_at(generation)
            )
        return generation

    def delete(self, files: Sequence[int], documents: Sequence[int]) -> int:
        """Take files and single articles away at once; returns the new generation.

        What an interrupted run has staged of the same files is deleted, or it would bring them
        back; the rest stays staged.
        """
        last = self.mark("last_file")
        with self.transaction():
            self._db.executemany(
                "DELETE FROM files WHERE path = (SELECT path FROM files WHERE id = ?)",
                [(id_,) for id_ in files],
            )
            self._db.executemany(
                "DELETE FROM files WHERE id > ? AND path = (SELECT path FROM documents"
                " JOIN files ON files.id = file WHERE documents.id = ?)",
                [(last, id_) for id_ in documents],
            )
            self._db.executemany(
                "DELETE FROM documents WHERE id = ?", [(id_,) for id_ in documents]
            )
            generation = self.mark("generation") + 1
            self.set_meta(_now_at(generation))
        return generation

    def mark(self, key: str) -> int:
        """A number in `meta`: the generation or a high-water mark; 0 before the first commit."""
        row = self._db.execute("SELECT value FROM meta WHERE key = ?", (key,)).fetchone()
        return int(row[0]) if row else 0


def _now_at(generation: int) -> dict[str, str]:
    updated = datetime.now(UTC).isoformat(timespec="seconds")
    return {"generation": str(generation), "updated": updated}


def _row_id(cursor: sqlite3.Cursor) -> int:
    assert cursor.lastrowid is not None
    return cursor.lastrowid
