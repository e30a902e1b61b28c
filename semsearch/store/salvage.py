"""Taking out of a damaged database what is still as it was written."""

import sqlite3
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any, Self

import numpy as np

from semsearch.errors import IndexFolderError
from semsearch.store.checksums import DOCUMENT, FILE, row_checksum
from semsearch.store.rows import KnownFile, load_document, load_file, select_meta, select_vector
from semsearch.store.schema import DATABASE
from semsearch.types import Document, Embeddings

Row = tuple[Any, ...]
_BY_ID = f"SELECT {DOCUMENT}, crc FROM documents WHERE id = ?"
_BROKEN = (sqlite3.Error, UnicodeDecodeError)


class Salvage:
    """A database that may be damaged anywhere, opened to read. What has changed is left out.

    Raises IndexFolderError when not even what the index says of itself can be read.
    """

    def __init__(self, folder: Path) -> None:
        uri = f"{(folder / DATABASE).absolute().as_uri()}?mode=ro"
        self._db = sqlite3.connect(uri, uri=True, check_same_thread=False)
        self.roots: list[Path] = []
        """The folders and files that the user had named."""
        try:
            self._db.execute("PRAGMA trusted_schema = OFF")
            self._db.execute("PRAGMA writable_schema = ON")  # lets a file be read that was cut
            rows = self._intact("SELECT path, crc FROM roots")
            self.roots = [Path(path) for (path,) in rows]
            self.meta = select_meta(self._db)
            """What the index says of itself."""
            if "generation" not in self.meta:
                raise sqlite3.DatabaseError("no run has ended in it")
        except _BROKEN as error:
            self._db.close()
            named = " ".join(map(str, self.roots)) or "PATH"
            raise IndexFolderError(
                f"the index in {folder} cannot be repaired: {error}. Index the articles again into "
                f"another folder: semsearch index {named} --index OTHER"
            ) from error
        last = int(self.meta["last_file"])
        self._files = {row[0]: row for row in self._scan(f"SELECT {FILE}, crc FROM files", last)}
        self._documents: dict[int, list[int]] = {}
        last = int(self.meta["last_document"])
        for row in self._scan(f"SELECT {DOCUMENT}, crc FROM documents", last):
            if self._has_document(row[0]):  # a scan also finds what stands in a wrong place
                self._documents.setdefault(row[1], []).append(row[0])

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *raised: object) -> None:
        self._db.close()

    @property
    def is_complete(self) -> bool:
        """Whether every article, and the record of its file, is as it was written."""
        count = sum(len(self._documents.get(id_, ())) for id_ in self._files)
        return count == int(self.meta["articles"])

    def files(self) -> Iterator[tuple[Path, KnownFile]]:
        """The files whose record is intact."""
        for row in self._files.values():
            yield Path(row[1]), load_file(row)

    def documents(self, file_id: int) -> Iterator[Document]:
        """The intact articles of a file, in its order."""
        path = self._files[file_id][1]
        for id_ in sorted(self._documents.get(file_id, ())):
            yield from (load_document(row, path) for row in self._intact(_BY_ID, id_))

    def vector(self, digest: bytes) -> "Embeddings | None":
        """(d,) of a passage with this digest, when one is intact."""
        with suppress(*_BROKEN):
            vector = select_vector(self._db, digest)
            if vector is not None and len(vector) == 2 * int(self.meta["dim"]):
                return np.frombuffer(vector, np.float16).astype(np.float32)
        return None

    def _has_document(self, id_: int) -> bool:
        with suppress(*_BROKEN):
            return any(True for _ in self._intact(_BY_ID, id_))
        return False

    def _scan(self, query: str, last: int) -> Iterator[Row]:
        """Intact rows up to an id, from both ends: a damaged page stops SQLite on its way."""
        reached = 0
        query += " NOT INDEXED WHERE id > ? AND id <= ? ORDER BY id"
        try:
            for row in self._intact(query, reached, last):
                reached = row[0]
                yield row
        except _BROKEN:
            with suppress(*_BROKEN):
                yield from self._intact(query + " DESC", reached, last)

    def _intact(self, query: str, *values: int) -> Iterator[Row]:
        for *columns, crc in self._db.execute(query, values):
            if row_checksum(*columns) == crc:
                yield tuple(columns)
