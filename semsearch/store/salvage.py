"""Reading the intact rows of a damaged database."""

import sqlite3
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any, Self

import numpy as np

from semsearch.errors import IndexFolderError
from semsearch.store.checksums import row_checksum
from semsearch.store.meta import IndexMeta
from semsearch.store.rows import (
    ARTICLES,
    DOCUMENT,
    FILE,
    DocumentRow,
    FileRow,
    KnownFile,
    select_meta,
    select_vector,
)
from semsearch.store.schema import DATABASE
from semsearch.types import Document, Vector

_BROKEN = (sqlite3.Error, UnicodeDecodeError)


class Salvage:
    """A database that may be damaged anywhere, opened for reading. Changed rows are left out.

    Raises IndexFolderError where not even the table `meta` can be read.
    """

    def __init__(self, folder: Path) -> None:
        uri = f"{(folder / DATABASE).absolute().as_uri()}?mode=ro"
        self._db = sqlite3.connect(uri, uri=True, check_same_thread=False)
        self.roots: list[Path] = []
        """The folders and files that the user had named."""
        try:
            self._db.execute("PRAGMA trusted_schema = OFF")
            self._db.execute("PRAGMA writable_schema = ON")  # a truncated file can be read
            rows = self._intact("SELECT path, crc FROM roots")
            self.roots = [Path(path) for (path,) in rows]
            self.meta = IndexMeta.parse(select_meta(self._db))
            """How the index was built, its counts and high-water marks."""
            if not self.meta.generation:
                raise sqlite3.DatabaseError("no run was ever finished in it")
        except _BROKEN as error:
            self._db.close()
            named = " ".join(map(str, self.roots)) or "PATH"
            raise IndexFolderError(
                f"the index in {folder} cannot be repaired: {error}. Index the articles again into "
                f"another folder: semsearch index {named} --index OTHER"
            ) from error
        files = self._scan(f"SELECT {FILE}, crc FROM files", self.meta.last_file)
        self._files = {file.id: file for file in map(FileRow._make, files)}
        self._documents: dict[int, list[int]] = {}
        """Row ids of the intact articles, by the row id of their file."""
        rows = self._scan(f"SELECT {DOCUMENT}, crc FROM documents", self.meta.last_document)
        for row in map(DocumentRow._make, rows):
            if self._has_document(row.id):  # a scan also finds rows that are in a wrong place
                self._documents.setdefault(row.file, []).append(row.id)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *raised: object) -> None:
        self._db.close()

    @property
    def is_complete(self) -> bool:
        """Whether every article, and the record of its file, is as it was written."""
        count = sum(len(self._documents.get(id_, ())) for id_ in self._files)
        return count == self.meta.articles

    def files(self) -> Iterator[tuple[Path, KnownFile]]:
        """The files whose record is intact."""
        for row in self._files.values():
            yield Path(row.path), row.known_file()

    def documents(self, file_id: int) -> Iterator[Document]:
        """The intact articles of a file as they were read from it, in its order."""
        path = self._files[file_id].path
        for id_ in sorted(self._documents.get(file_id, ())):
            for row in self._intact(f"{ARTICLES.by_id} = ?", id_):
                yield DocumentRow(*row).as_read(path)

    def vector(self, digest: bytes) -> "Vector | None":
        """The vector of a passage with this digest; None where none is intact."""
        with suppress(*_BROKEN):
            vector = select_vector(self._db, digest)
            if vector is not None and len(vector) == 2 * self.meta.dim:
                return np.frombuffer(vector, np.float16).astype(np.float32)
        return None

    def _has_document(self, id_: int) -> bool:
        with suppress(*_BROKEN):
            return any(True for _ in self._intact(f"{ARTICLES.by_id} = ?", id_))
        return False

    def _scan(self, query: str, last: int) -> Iterator[tuple[Any, ...]]:
        """Intact rows up to an id, from both ends, as SQLite stops at a damaged page."""
        reached = 0
        query += " NOT INDEXED WHERE id > ? AND id <= ? ORDER BY id"
        try:
            for row in self._intact(query, reached, last):
                reached = row[0]
                yield row
        except _BROKEN:
            with suppress(*_BROKEN):
                yield from self._intact(query + " DESC", reached, last)

    def _intact(self, query: str, *values: int) -> Iterator[tuple[Any, ...]]:
        for *columns, crc in self._db.execute(query, values):
            if row_checksum(*columns) == crc:
                yield tuple(columns)
