"""Writing the index folder: staged file by file, visible all at once."""

import json
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Self

import numpy as np

from semsearch.store.checksums import blob_checksum, meta_checksum, row_checksum
from semsearch.store.lock import WriterLock
from semsearch.store.meta import IndexMeta
from semsearch.store.naming import name_articles
from semsearch.store.rows import (
    FILE,
    ChunkRow,
    DocumentRow,
    KnownFile,
    PassageLang,
    PassageText,
    pack_token_ids,
    select_files,
    select_meta,
    select_passages,
    select_roots,
    select_vector,
)
from semsearch.store.schema import connect_writer, damage_reported
from semsearch.types import Chunk, Document, Embeddings, MarkedTokens, Skipped, SourceFile


class Writer:
    """The one connection that changes an index. A context manager; it holds the lock until closed.

    Raises IndexBusy where another process is writing, IndexDamaged, IndexFolderError.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._lock = WriterLock(folder)
        try:
            self._db = connect_writer(folder)
        except BaseException:
            self._lock.release()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *raised: object) -> None:
        self.close()

    def close(self) -> None:
        """Fold the write-ahead log into the database and let the next writer in."""
        try:
            # Where readers or a full disk prevent it, all stays in the log, which is read too.
            with damage_reported(self.folder), suppress(sqlite3.OperationalError):
                self._db.execute("PRAGMA busy_timeout = 0")
                self._db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        finally:
            self._db.close()
            self._lock.release()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Changes made in the context are kept all or not at all, and are on disk when it ends."""
        with damage_reported(self.folder):
            self._db.execute("BEGIN IMMEDIATE")
            try:
                yield
                self._db.execute("COMMIT")
            except BaseException:
                if self._db.in_transaction:
                    self._db.execute("ROLLBACK")
                raise

    def meta(self) -> IndexMeta:
        """How the index was built, its counts and high-water marks."""
        with damage_reported(self.folder):
            return IndexMeta.parse(select_meta(self._db))

    def set_meta(self, values: dict[str, str]) -> None:
        """Write some rows of the table `meta`, by key. Call inside `transaction`."""
        crc = {"crc": str(meta_checksum(select_meta(self._db) | values))}
        self._db.executemany("INSERT OR REPLACE INTO meta VALUES (?, ?)", (values | crc).items())

    def roots(self) -> list[Path]:
        """The folders and files that the user has named so far."""
        return select_roots(self._db)

    def add_root(self, path: str) -> None:
        """Remember a folder or file that the user named. Call inside `transaction`."""
        self._db.execute("INSERT OR IGNORE INTO roots VALUES (?, ?)", (path, row_checksum(path)))

    def begin(self, run: str) -> None:
        """Continue what an interrupted run of the same name staged, or delete what another staged.

        Files that it staged completely stay and replace those of the same path. Of a file staged in
        part the vectors can still be copied (see `copy_vector`) until the commit deletes it.

        Args:
            run: the command, model and settings, which must be the same for a run to be continued.
        """
        mark = self.meta().last_file
        with self.transaction():
            if self.meta().run != run:
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
        with damage_reported(self.folder):
            return select_files(self._db, under, "NOT gone")

    def touch_file(self, known: KnownFile, file: SourceFile) -> None:
        """Note a new time stamp for a file whose content is the same."""
        self._db.execute(
            "UPDATE files SET size_bytes = ?, mtime_ns = ? WHERE id = ?",
            (file.size_bytes, file.mtime_ns, known.id),
        )
        self._seal_file(known.id)

    def drop_path(self, path: str) -> None:
        """Mark a file to be deleted when the run is committed. Call inside `transaction`."""
        self._db.execute("UPDATE files SET gone = 1 WHERE path = ?", (path,))

    def add_file(self, file: SourceFile) -> int:
        """Stage a file; its articles follow by `add_document`, then `finish_file`."""
        id_ = self._next_id("files")
        self._db.execute(
            "INSERT INTO files (id, path, relative, size_bytes, mtime_ns, sha256, skipped, crc)"
            " VALUES (?, ?, ?, ?, ?, x'', '[]', 0)",
            (id_, str(file.path), file.relative, file.size_bytes, file.mtime_ns),
        )
        self._seal_file(id_)
        return id_

    def finish_file(self, file_id: int, sha256: bytes, skipped: Iterable[Skipped]) -> None:
        """Record that a file is staged completely, and what in it could not be read."""
        self._db.execute(
            "UPDATE files SET sha256 = ?, skipped = ? WHERE id = ?",
            (sha256, json.dumps([[s.path, s.reason] for s in skipped]), file_id),
        )
        self._seal_file(file_id)

    def _seal_file(self, file_id: int) -> None:
        (row,) = self._db.execute(f"SELECT {FILE} FROM files WHERE id = ?", (file_id,))
        self._db.execute("UPDATE files SET crc = ? WHERE id = ?", (row_checksum(*row), file_id))

    def _next_id(self, table: str) -> int:
        row = self._db.execute("SELECT seq FROM sqlite_sequence WHERE name = ?", (table,))
        return next((seq + 1 for (seq,) in row), 1)

    def add_document(
        self,
        file_id: int,
        document: Document,
        chunks: Sequence[Chunk],
        digests: Sequence[bytes],
        tokens_lost: Sequence[int],
    ) -> list[int]:
        """Stage an article; returns the ids of its passages, still without vectors.

        Args:
            file_id: of the file that was staged last.
            document: the article; the commit gives it another id if it shares its own.
            chunks: n passages.
            digests: n digests of the texts that the model reads; see `passage_digest`.
            tokens_lost: n numbers of tokens beyond what the model reads.
        """
        row = DocumentRow(
            id=self._next_id("documents"),
            file=file_id,
            doc_id=document.doc_id,
            own_id=document.doc_id,
            title=document.title,
            lang=document.lang,
            date=document.date,
            line=document.line,
            pages=json.dumps(document.pages),
            metadata=json.dumps(dict(document.metadata), ensure_ascii=False),
            text=document.text,
        )
        self._db.execute(
            "INSERT INTO documents VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (*row, row_checksum(*row)),
        )
        first = self._next_id("chunks")
        rows = [
            ChunkRow(id_, row.id, chunk.start, chunk.end, digest, lost, document.lang)
            for id_, (chunk, digest, lost) in enumerate(
                zip(chunks, digests, tokens_lost, strict=True), first
            )
        ]
        self._db.executemany(
            "INSERT INTO chunks VALUES (?, ?, ?, ?, ?, ?, ?)",
            [(*each[:-1], row_checksum(*each)) for each in rows],  # the article has the language
        )
        return [each.id for each in rows]

    def has_vector(self, digest: bytes) -> bool:
        """Whether `copy_vector` will find a vector for a passage with this digest."""
        return select_vector(self._db, digest) is not None

    def copy_vector(self, chunk_id: int, digest: bytes) -> None:
        """Give a passage the vector of another with the same digest."""
        vector = select_vector(self._db, digest)
        assert vector is not None
        self._add_vector(chunk_id, vector)

    def add_vectors(self, chunk_ids: Sequence[int], vectors: Embeddings) -> None:
        """Stage vectors, (n, d) for n chunk ids, stored as float16."""
        for id_, row in zip(chunk_ids, vectors.astype(np.float16), strict=True):
            self._add_vector(id_, row.tobytes())

    def add_token_ids(self, chunk_ids: Sequence[int], tokens: Sequence[MarkedTokens]) -> None:
        """Stage the token ids of n passages, for n chunk ids."""
        packed = [(id_, pack_token_ids(each)) for id_, each in zip(chunk_ids, tokens, strict=True)]
        self._db.executemany(
            "INSERT INTO pieces VALUES (?, ?, ?)",
            [(id_, ids, blob_checksum(id_, ids)) for id_, ids in packed],
        )

    def _add_vector(self, chunk_id: int, vector: bytes) -> None:
        crc = blob_checksum(chunk_id, vector)
        self._db.execute("INSERT INTO vectors VALUES (?, ?, ?)", (chunk_id, vector, crc))

    def gone_passages(self) -> list[PassageLang]:
        """The committed passages that the next commit will delete."""
        rows = self._db.execute(
            "SELECT chunks.id, lang FROM files JOIN documents ON file = files.id"
            " JOIN chunks ON document = documents.id WHERE gone AND chunks.id <= ?",
            (self.meta().last_chunk,),
        )
        return [PassageLang(*row) for row in rows]

    def staged_passages(self, above: int) -> Iterator[PassageText]:
        """The passages of a higher id that will be visible after the next commit."""
        yield from select_passages(self._db, "chunks.id > ? AND NOT gone", above)

    def passages_of(self, files: Sequence[int], documents: Sequence[int]) -> list[PassageLang]:
        """The passages of some files and of some articles, by row ids."""
        found: dict[int, str | None] = {}
        for column, ids in [("file", files), ("documents.id", documents)]:
            for id_ in ids:
                found |= self._db.execute(
                    "SELECT chunks.id, lang FROM documents"
                    f" JOIN chunks ON document = documents.id WHERE {column} = ?",
                    (id_,),
                )
        return [PassageLang(*item) for item in found.items()]

    def has_changes(self) -> bool:
        """Whether the next commit would add or delete anything."""
        row = self._db.execute(
            "SELECT 1 FROM files WHERE gone OR id > ? LIMIT 1", (self.meta().last_file,)
        ).fetchone()
        return row is not None

    def commit(self, built_with: dict[str, str]) -> int:
        """Make all that was staged visible at once; returns the new generation.

        Args:
            built_with: see `build_values`; empty where model and settings stay the same.
        """
        with self.transaction():
            self._db.execute("DELETE FROM files WHERE gone")
            generation = self.meta().generation + 1
            file, document, chunk = (
                self._next_id(table) - 1 for table in ("files", "documents", "chunks")
            )
            name_articles(self._db, document)
            marks = {"last_file": file, "last_document": document, "last_chunk": chunk}
            self.set_meta(
                {name: str(value) for name, value in marks.items()}
                | built_with
                | self._counted(generation, document, chunk)
            )
        return generation

    def delete(self, files: Sequence[int], documents: Sequence[int]) -> int:
        """Delete files and single articles at once, by row ids; returns the new generation.

        What an interrupted run has staged of the same files is deleted as well, as the next commit
        would bring them back; the rest stays staged.
        """
        before = self.meta()
        with self.transaction():
            self._db.executemany(
                "DELETE FROM files WHERE path = (SELECT path FROM files WHERE id = ?)",
                [(id_,) for id_ in files],
            )
            self._db.executemany(
                "DELETE FROM files WHERE id > ? AND path = (SELECT path FROM documents"
                " JOIN files ON files.id = file WHERE documents.id = ?)",
                [(before.last_file, id_) for id_ in documents],
            )
            self._db.executemany(
                "DELETE FROM documents WHERE id = ?", [(id_,) for id_ in documents]
            )
            name_articles(self._db, before.last_document)
            generation = before.generation + 1
            self.set_meta(self._counted(generation, before.last_document, before.last_chunk))
        return generation

    def passages_after(self, chunk_id: int) -> int:
        """How many visible passages have a higher id."""
        (count,) = self._db.execute(
            "SELECT count(*) FROM chunks WHERE id > ? AND id <= ?",
            (chunk_id, self.meta().last_chunk),
        ).fetchone()
        return int(count)

    def _counted(self, generation: int, last_document: int, last_chunk: int) -> dict[str, str]:
        """The rows of `meta` that say what a generation holds, and the time."""
        numbers = {"generation": generation}
        for key, table, last in [
            ("articles", "documents", last_document),
            ("passages", "chunks", last_chunk),
        ]:
            rows = self._db.execute(f"SELECT count(*) FROM {table} WHERE id <= ?", (last,))
            (numbers[key],) = rows.fetchone()
        updated = datetime.now(UTC).isoformat(timespec="seconds")
        return {key: str(number) for key, number in numbers.items()} | {"updated": updated}
