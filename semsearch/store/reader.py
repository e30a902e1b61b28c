"""Reading the index folder: one consistent state at a time, every row checked."""

import json
import threading
import weakref
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from semsearch.errors import IndexBusy
from semsearch.store.files import KnownFile, select_files, select_roots
from semsearch.store.schema import (
    connect_reader,
    damage_reported,
    damaged,
    missing,
    unlocked_stamp,
)
from semsearch.types import Document, Embeddings

_DOCUMENT = (
    "documents.id, doc_id, text, files.path, title, lang, date, line, pages, metadata, crc"
    " FROM documents JOIN files ON files.id = file"
)


@dataclass(frozen=True, slots=True)
class ChunkTable:
    """What ranking needs of every passage, row by row; n rows in order of chunk id."""

    generation: int
    ids: npt.NDArray[np.int64]
    """(n,) chunk ids, ascending."""
    documents: npt.NDArray[np.int64]
    """(n,) id of the article that each passage stands in."""
    langs: npt.NDArray[np.int16]
    """(n,) position of the article's language in `lang_names`."""
    lang_names: tuple[str, ...]
    """`und` stands for unknown."""
    vectors: Embeddings
    """(n, d)"""


class Reader:
    """The committed state of an index, as it is at each call or all through a `snapshot`.

    Threads may share it; they wait for one another.

    Raises IndexMissing where no run has been committed yet, IndexDamaged.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._turn = threading.RLock()
        self._connect()
        if "generation" not in self.meta():
            raise missing(folder)

    def close(self) -> None:
        """Let go of the database."""
        self._db.close()

    def _connect(self) -> None:
        self._stamp = unlocked_stamp(self.folder) if self.folder.is_dir() else None
        self._db = connect_reader(self.folder)
        weakref.finalize(self, self._db.close)

    def _is_outdated(self) -> bool:
        """Whether a file that is read without locks has been written."""
        return self._stamp is not None and self._stamp != unlocked_stamp(self.folder)

    @contextmanager
    def snapshot(self) -> Iterator[None]:
        """One state of the index, that of the first row read, until the context ends.

        Raises IndexBusy where it is written meanwhile and this process cannot take part in locks.
        """
        with self._turn, damage_reported(self.folder):
            if self._db.in_transaction:
                yield
                return
            if self._is_outdated():
                self._db.close()
                self._connect()
            self._db.execute("BEGIN")
            try:
                yield
            finally:
                self._db.execute("ROLLBACK")
            if self._is_outdated():
                raise IndexBusy(f"the index in {self.folder} was written meanwhile: ask again.")

    def meta(self) -> dict[str, str]:
        """What the index says of itself: model, settings, generation, high-water marks."""
        return dict(self._rows("SELECT key, value FROM meta"))

    def chunk_table(self, dim: int) -> ChunkTable:
        """Every visible passage with its vector. Call inside `snapshot`. Raises IndexDamaged."""
        with self._turn, damage_reported(self.folder):
            meta = dict(self._db.execute("SELECT key, value FROM meta"))
            last = int(meta.get("last_chunk", 0))
            langs: dict[str, int] = {}
            lang_of = {
                id_: langs.setdefault(lang or "und", len(langs))
                for id_, lang in self._db.execute("SELECT id, lang FROM documents")
            }
            chunks = self._db.execute(
                "SELECT id, document FROM chunks WHERE id <= ? ORDER BY id", (last,)
            ).fetchall()
            vectors = self._vectors(last, len(chunks), dim)
        documents = [document for _, document in chunks]
        return ChunkTable(
            generation=int(meta.get("generation", 0)),
            ids=np.fromiter((id_ for id_, _ in chunks), np.int64, len(chunks)),
            documents=np.array(documents, dtype=np.int64),
            langs=np.array([lang_of[document] for document in documents], dtype=np.int16),
            lang_names=tuple(langs),
            vectors=vectors,
        )

    def _vectors(self, last: int, n: int, dim: int) -> Embeddings:
        matrix = np.empty((n, dim), dtype=np.float32)
        row = 0
        cursor = self._db.execute(
            "SELECT chunk, vector, crc FROM vectors WHERE chunk <= ? ORDER BY chunk", (last,)
        )
        while batch := cursor.fetchmany(4096):
            for chunk, vector, crc in batch:
                if len(vector) != 2 * dim or zlib.crc32(vector) != crc:
                    raise damaged(self.folder, f"the vector of passage {chunk} has changed")
            if row + len(batch) > n:
                break
            joined = b"".join(vector for _, vector, _ in batch)
            matrix[row : row + len(batch)] = np.frombuffer(joined, np.float16).reshape(-1, dim)
            row += len(batch)
        if row != n:
            raise damaged(self.folder, f"{n} passages but {row} vectors")
        return matrix

    def documents(self, ids: Sequence[int]) -> dict[int, Document]:
        """Articles by their row ids. Raises IndexDamaged."""
        marks = ",".join("?" * len(ids))
        rows = self._rows(f"SELECT {_DOCUMENT} WHERE documents.id IN ({marks})", tuple(ids))
        return {row[0]: self._document(row) for row in rows}

    def find_document(self, path_or_id: str) -> int | None:
        """The row id of the article with this doc_id, else of the only one in the file so named."""
        for column, value in [("doc_id", path_or_id), ("path", str(Path(path_or_id).resolve()))]:
            rows = self._rows(
                f"SELECT documents.id FROM documents JOIN files ON files.id = file"
                f" WHERE {column} = ? AND documents.id <= ? LIMIT 2",
                (value, self._last_document()),
            )
            if len(rows) == 1:
                return int(rows[0][0])
        return None

    def known_files(self, under: Path) -> dict[str, KnownFile]:
        """Files at or below a path, by absolute path, as the last run left them."""
        with self._turn, damage_reported(self.folder):
            return select_files(self._db, under, f"id <= {int(self.meta()['last_file'])}")

    def roots(self) -> list[Path]:
        """The folders and files that the user has named so far."""
        with self._turn, damage_reported(self.folder):
            return select_roots(self._db)

    def file_of(self, document: int) -> tuple[str, int]:
        """Path and row id of the file that an article stands in."""
        ((path, id_),) = self._rows(
            "SELECT path, files.id FROM documents JOIN files ON files.id = file"
            " WHERE documents.id = ?",
            (document,),
        )
        return path, id_

    def documents_of(self, file_id: int) -> list[int]:
        """The row ids of the articles in one file, in the order of the file."""
        rows = self._rows("SELECT id FROM documents WHERE file = ? ORDER BY id", (file_id,))
        return [id_ for (id_,) in rows]

    def spans(self, chunk_ids: Sequence[int]) -> dict[int, tuple[int, int]]:
        """(start, end) of passages in their article's text, by chunk id."""
        marks = ",".join("?" * len(chunk_ids))
        rows = self._rows(
            f'SELECT id, start, "end" FROM chunks WHERE id IN ({marks})', tuple(chunk_ids)
        )
        return {id_: (start, end) for id_, start, end in rows}

    def chunks_of(self, document: int) -> list[tuple[int, int, int]]:
        """(chunk id, start, end) of the passages of one article, in text order."""
        return self._rows(
            'SELECT id, start, "end" FROM chunks WHERE document = ? ORDER BY id', (document,)
        )

    def passages(self) -> Iterator[tuple[int, str | None, str, str]]:
        """(chunk id, language, title, text) of every visible passage."""
        last = int(self.meta().get("last_chunk", 0))
        with self._turn, damage_reported(self.folder):
            cursor = self._db.execute(
                'SELECT chunks.id, lang, title, substr(text, start + 1, "end" - start)'
                " FROM chunks JOIN documents ON documents.id = document"
                " WHERE chunks.id <= ? ORDER BY chunks.id",
                (last,),
            )
            yield from cursor

    def languages(self) -> dict[str, int]:
        """Articles by language, commonest first."""
        rows = self._rows(
            "SELECT coalesce(lang, 'und'), count(*) AS n FROM documents WHERE id <= ?"
            " GROUP BY 1 ORDER BY n DESC, 1",
            (self._last_document(),),
        )
        return dict(rows)

    def passage_count(self) -> int:
        """How many passages are visible."""
        last = int(self.meta().get("last_chunk", 0))
        return int(self._rows("SELECT count(*) FROM chunks WHERE id <= ?", (last,))[0][0])

    def tokens_lost(self) -> int:
        """Tokens of visible passages that the model did not read."""
        last = int(self.meta().get("last_chunk", 0))
        rows = self._rows("SELECT coalesce(sum(tokens_lost), 0) FROM chunks WHERE id <= ?", (last,))
        return int(rows[0][0])

    def _last_document(self) -> int:
        return int(self.meta().get("last_document", 0))

    def _rows(self, query: str, values: tuple[object, ...] = ()) -> list[tuple]:  # type: ignore[type-arg]
        with self._turn, damage_reported(self.folder):
            return self._db.execute(query, values).fetchall()

    def _document(self, row: tuple) -> Document:  # type: ignore[type-arg]
        _, doc_id, text, path, title, lang, date, line, pages, metadata, crc = row
        if zlib.crc32(text.encode()) != crc:
            raise damaged(self.folder, f"the text of article {doc_id} has changed")
        return Document(
            doc_id=doc_id,
            text=text,
            path=path,
            title=title,
            lang=lang,
            date=date,
            line=line,
            pages=tuple(json.loads(pages)),
            metadata=json.loads(metadata),
        )
