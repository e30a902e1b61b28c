"""Reading the index folder: one consistent state at a time, every row checked."""

import json
import threading
import weakref
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from itertools import accumulate, pairwise
from pathlib import Path
from typing import Any, Self

import numpy as np

from semsearch.chunking import passage_text
from semsearch.errors import IndexBusy, IndexDamaged
from semsearch.store.checksums import blob_checksum
from semsearch.store.filters import Facts
from semsearch.store.meta import IndexMeta
from semsearch.store.rows import (
    ARTICLES,
    CHUNKS,
    FILES,
    PASSAGES,
    TOKENS,
    ChunkRow,
    Kind,
    KnownFile,
    PassageText,
    R,
    select_files,
    select_meta,
    select_passages,
    select_roots,
    unpack_token_ids,
)
from semsearch.store.schema import connect_reader, damage_reported, missing, unlocked_stamp
from semsearch.types import Document, Halves, MarkedTokens, Rows
from semsearch.vectors import Passages

_KEPT = 1000
"""Rows that a snapshot remembers: a choice."""
_BATCH = 4096
"""Rows fetched from SQLite at once: a choice, 4 MB of vectors of 448 dimensions."""


class Reader:
    """The committed state of an index, as it is at each call or throughout a `snapshot`.

    A context manager that closes itself. Threads may share it; they wait for one another.

    Raises IndexMissing where no run has been committed yet, IndexDamaged.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._turn = threading.RLock()
        self._read: dict[tuple[str, int], Any] = {}
        """Rows that the current snapshot has read, by kind and id."""
        self._connect()
        if not self.meta().generation:
            raise missing(folder)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *raised: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the connection to the database."""
        self._db.close()

    def _connect(self) -> None:
        self._stamp = unlocked_stamp(self.folder) if self.folder.is_dir() else None
        self._db = connect_reader(self.folder)
        weakref.finalize(self, self._db.close)

    def _is_outdated(self) -> bool:
        """Whether a database that is read without locks has been written since."""
        return self._stamp is not None and self._stamp != unlocked_stamp(self.folder)

    @contextmanager
    def snapshot(self) -> Iterator[None]:
        """One state of the index, that of the first row read, until the context ends.

        Raises IndexBusy where the index is written meanwhile and this process cannot lock it.
        """
        with self._turn, damage_reported(self.folder):
            if self._db.in_transaction:
                yield
                return
            if self._is_outdated():
                self._db.close()
                self._connect()
            self._db.execute("BEGIN")
            self._read = {}
            try:
                yield
            finally:
                self._db.execute("ROLLBACK")
            if self._is_outdated():
                raise IndexBusy(f"the index in {self.folder} was written meanwhile. Ask again.")

    def meta(self) -> IndexMeta:
        """How the index was built, its counts and high-water marks."""
        with self._turn, damage_reported(self.folder):
            return IndexMeta.parse(select_meta(self._db))

    def passages_above(self, chunk: int = 0, lang_names: Sequence[str] = ()) -> Passages:
        """Visible passages of a higher id than `chunk`, each row checked.

        Languages that are not among `lang_names` are numbered after those.
        """
        langs = {name: number for number, name in enumerate(lang_names)}
        with self.snapshot():
            cursor = self._db.execute(
                f"{CHUNKS} WHERE chunks.id > ? AND chunks.id <= ? ORDER BY 1",
                (chunk, self.meta().last_chunk),
            )
            parts = [np.empty((0, 3), dtype=np.int64)]  # id, article, language
            while batch := cursor.fetchmany(_BATCH):
                PASSAGES.check(batch)
                rows = [  # no ChunkRow: an index is opened by reading all of them
                    (id_, document, langs.setdefault(lang or "und", len(langs)))
                    for id_, document, _, _, _, _, lang, _ in batch
                ]
                parts.append(np.array(rows, dtype=np.int64))
        ids, documents, numbers = np.concatenate(parts).T.copy()
        return Passages(ids, documents, numbers.astype(np.int16), tuple(langs))

    def chunk_ids(self, last: int) -> Rows:
        """(n,) ids of all passages up to one, ascending. The rows are not checked."""
        rows = self._rows("SELECT id FROM chunks WHERE id <= ? ORDER BY id", (last,))
        return np.array([id_ for (id_,) in rows], dtype=np.int64)

    def vectors(self, dim: int, above: int = 0) -> Iterator[tuple[Rows, Halves]]:
        """Visible vectors, checked: chunk ids (b,), ascending, and rows (b, d), in batches.

        Only those of passages of a higher id than `above`.
        """
        with self.snapshot():
            cursor = self._db.execute(
                "SELECT chunk, vector, crc FROM vectors WHERE chunk > ? AND chunk <= ?"
                " ORDER BY chunk",
                (above, self.meta().last_chunk),
            )
            while batch := cursor.fetchmany(_BATCH):
                for chunk, vector, crc in batch:
                    if blob_checksum(chunk, vector) != crc or len(vector) != 2 * dim:
                        raise IndexDamaged(
                            self.folder, f"the vector of passage {chunk} has changed"
                        )
                packed = b"".join(vector for _, vector, _ in batch)
                ids = np.array([chunk for chunk, _, _ in batch], dtype=np.int64)
                yield ids, np.frombuffer(packed, np.float16).reshape(-1, dim)

    def documents(self, ids: Sequence[int]) -> dict[int, Document]:
        """Articles by their row ids. Raises IndexDamaged."""
        with self.snapshot():
            rows = self._by_id(ARTICLES, ids)
            files = self._by_id(FILES, {row.file for row in rows.values()})
        return {id_: row.document(files[row.file].path) for id_, row in rows.items()}

    def facts(self, ids: Collection[int] | None = None) -> Iterator[Facts]:
        """What filters compare, of some articles or of all.

        The rows are not checked: the checksum of an article covers its text, so that checking would
        read all texts. Whoever shows an article checks it.
        """
        marks = "" if ids is None else f" AND documents.id IN ({','.join('?' * len(ids))})"
        rows = self._rows(
            "SELECT documents.id, date, path, relative, metadata FROM documents"
            f" JOIN files ON files.id = file WHERE documents.id <= ?{marks} ORDER BY 1",
            (self._last_document(), *(ids or ())),
        )
        try:
            for document, date, path, relative, metadata in rows:
                yield Facts(document, date, path, relative, json.loads(metadata))
        except ValueError as error:
            raise IndexDamaged(self.folder, f"the metadata of an article: {error}") from error

    def dated(self, since: str, until: str) -> Rows:
        """(m,) row ids of the articles from one date to another, both included.

        A date may be a year or a month: until 2019-11 includes all of that month.
        """
        rows = self._rows(
            "SELECT id FROM documents WHERE id <= ? AND date >= ? AND date <= ?",
            (self._last_document(), since, f"{until}~"),  # `~` sorts after all that dates contain
        )
        return np.array([id_ for (id_,) in rows], dtype=np.int64)

    def find_document(self, path_or_id: str, base: str = "") -> int | None:
        """The row id of the article with this doc_id, else of the only one in a file at this path.

        A relative path starts from the folder `base`, the current one when empty.

        Raises IndexDamaged where it is not found because a row has changed or is missing.
        """
        found = self._named(path_or_id, base)
        if not found:
            self._refuse_hidden(path_or_id, str(Path(base, path_or_id).resolve()))
        return found[0] if len(found) == 1 else None

    def look_up(self, path_or_id: str) -> int | None:
        """The same as `find_document`, but does not search all articles for a damaged name."""
        found = self._named(path_or_id, "")
        return found[0] if len(found) == 1 else None

    def _named(self, path_or_id: str, base: str) -> list[int]:
        """The row ids of up to two articles with this doc_id, else in the file at this path."""
        path = str(Path(base, path_or_id).resolve())
        for column, value in [("doc_id", path_or_id), ("path", path)]:
            rows = self._rows(
                f"SELECT documents.id FROM documents JOIN files ON files.id = file"
                f" WHERE {column} = ? AND documents.id <= ? LIMIT 2",
                (value, self._last_document()),
            )
            if rows:
                return [int(id_) for (id_,) in rows]
        return []

    def _refuse_hidden(self, doc_id: str, path: str) -> None:
        """Raise IndexDamaged where an article is not found because something has changed."""
        with self.snapshot():
            query = "SELECT id FROM documents NOT INDEXED WHERE id <= ?"
            found = 0
            for (id_,) in self._db.execute(query, (self._last_document(),)):
                document = self.documents([id_])[id_]
                if document.doc_id == doc_id or document.path == path:
                    raise IndexDamaged(self.folder, f"the database index of names lacks {doc_id}")
                found += 1
            if found != self.meta().articles:
                raise IndexDamaged(self.folder, "some articles are missing")

    def known_files(self, under: Path) -> dict[str, KnownFile]:
        """Files at or below a path, by absolute path, as the last run left them."""
        with self._turn, damage_reported(self.folder):
            return select_files(self._db, under, f"id <= {self.meta().last_file}")

    def roots(self) -> list[Path]:
        """The folders and files that the user has named so far."""
        with self._turn, damage_reported(self.folder):
            return select_roots(self._db)

    def file_of(self, document: int) -> tuple[str, int]:
        """Path and row id of the file that holds an article."""
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

    def documents_as_read(self, file_id: int, path: str) -> Iterator[Document]:
        """The articles of one file, with the ids that it gives them. Raises IndexDamaged."""
        for id_ in self.documents_of(file_id):
            yield self._by_id(ARTICLES, [id_])[id_].as_read(path)

    def spans(self, chunk_ids: Sequence[int]) -> dict[int, tuple[int, int]]:
        """(start, end) of passages in their article's text, by chunk id."""
        return {id_: (row.start, row.end) for id_, row in self._by_id(PASSAGES, chunk_ids).items()}

    def passage_texts(self, chunk_ids: Sequence[int]) -> dict[int, str]:
        """Passages as the rankings read them, with the title of their article, by chunk id."""
        with self.snapshot():
            rows = self._by_id(PASSAGES, chunk_ids)
            articles = self._by_id(ARTICLES, {row.document for row in rows.values()})
        texts = {}
        for id_, row in rows.items():
            article = articles[row.document]
            texts[id_] = passage_text(article.title, article.text[row.start : row.end])
        return texts

    def token_ids(self, chunk_ids: Sequence[int]) -> dict[int, MarkedTokens]:
        """Token ids of passages by chunk id, in the form of `encoders.sentence_tokens`."""
        rows = self._by_id(TOKENS, chunk_ids)
        tokens = unpack_token_ids(b"".join(row.ids for row in rows.values()))
        ends = list(accumulate(len(row.ids) // 3 for row in rows.values()))
        return {id_: tokens[a:b] for id_, (a, b) in zip(rows, pairwise([0, *ends]), strict=True)}

    def spans_of(self, document: int) -> list[tuple[int, int]]:
        """(start, end) of the passages of one article, in text order."""
        with self.snapshot():
            text = self.documents([document])[document].text
            rows = self._rows(f"{CHUNKS} WHERE document = ? ORDER BY 1", (document,))
            spans = [(row.start, row.end) for row in PASSAGES.load(rows)]
        borders = [(0, 0), *spans, (len(text), len(text))]
        if any(text[end:start].strip() for (_, end), (start, _) in pairwise(borders)):
            raise IndexDamaged(self.folder, f"the article {document} lacks passages")
        return spans

    def passages(self) -> Iterator[PassageText]:
        """Every visible passage with its text, in order of id, each row checked."""
        with self.snapshot():
            yield from select_passages(self._db, "chunks.id <= ?", self.meta().last_chunk)

    def chunks(self) -> Iterator[ChunkRow]:
        """Every visible passage without its text, each row checked."""
        with self.snapshot():
            cursor = self._db.execute(f"{CHUNKS} WHERE chunks.id <= ?", (self.meta().last_chunk,))
            while batch := cursor.fetchmany(_BATCH):
                yield from PASSAGES.load(batch)

    def passages_by_language(self) -> dict[str | None, int]:
        """How many passages are visible, by the language of their article."""
        query = (
            "SELECT lang, count(*) FROM chunks JOIN documents ON documents.id = document"
            " WHERE chunks.id <= ? GROUP BY lang"
        )
        return dict(self._rows(query, (self.meta().last_chunk,)))

    def articles_by_language(self) -> dict[str, int]:
        """How many articles are visible, most frequent language first. The rows are not checked."""
        query = (
            "SELECT coalesce(lang, 'und') AS name, count(*) AS articles FROM documents"
            " WHERE id <= ? GROUP BY name ORDER BY articles DESC, name"
        )
        return dict(self._rows(query, (self._last_document(),)))

    def _last_document(self) -> int:
        return self.meta().last_document

    def _rows(self, query: str, values: tuple[object, ...] = ()) -> list[tuple[Any, ...]]:
        with self._turn, damage_reported(self.folder):
            return self._db.execute(query, values).fetchall()

    def _by_id(self, kind: Kind[R], ids: Collection[int]) -> dict[int, R]:
        """The rows with some ids, checked; each is read once in a snapshot.

        Raises IndexDamaged where one has changed or is missing.
        """
        with self._turn, damage_reported(self.folder):
            if len(self._read) > _KEPT or not self._db.in_transaction:
                self._read = {}
            new = [id_ for id_ in ids if (kind.name, id_) not in self._read]
            marks = ",".join("?" * len(new))
            rows = self._rows(f"{kind.by_id} IN ({marks})", tuple(new)) if new else []
            self._read |= {(kind.name, row[0]): row for row in kind.load(rows)}
            try:
                return {id_: self._read[kind.name, id_] for id_ in ids}
            except KeyError as lost:
                raise IndexDamaged(
                    self.folder, f"the {kind.name} {lost.args[0][1]} is missing"
                ) from None
