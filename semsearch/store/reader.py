"""Reading the index folder: one consistent state at a time, every row checked."""

import json
import threading
import weakref
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from itertools import accumulate, pairwise
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from semsearch.chunking import passage_text
from semsearch.errors import IndexBusy, IndexDamaged
from semsearch.store.checksums import blob_checksum
from semsearch.store.rows import (
    BY_ID,
    CHUNKS,
    KnownFile,
    load_document,
    select_files,
    select_meta,
    select_passages,
    select_roots,
    unpack_token_ids,
)
from semsearch.store.schema import connect_reader, damage_reported, missing, unlocked_stamp
from semsearch.types import Document, Halves, MarkedTokens
from semsearch.vectors import Passages

_KEPT = 1000
"""Rows that a snapshot remembers."""
_BATCH = 4096

Row = tuple[Any, ...]


class Reader:
    """The committed state of an index, as it is at each call or all through a `snapshot`.

    Threads may share it; they wait for one another.

    Raises IndexMissing where no run has been committed yet, IndexDamaged.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._turn = threading.RLock()
        self._read: dict[tuple[str, int], Row] = {}
        """Rows of the present snapshot, by kind and id."""
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
            self._read = {}
            try:
                yield
            finally:
                self._db.execute("ROLLBACK")
            if self._is_outdated():
                raise IndexBusy(f"the index in {self.folder} was written meanwhile: ask again.")

    def meta(self) -> dict[str, str]:
        """What the index says of itself: model, settings, generation, high-water marks."""
        with self._turn, damage_reported(self.folder):
            return select_meta(self._db)

    def passages_above(self, chunk: int = 0, lang_names: Sequence[str] = ()) -> Passages:
        """Visible passages of higher id, checked; languages get new numbers after known ones."""
        langs = {name: number for number, name in enumerate(lang_names)}
        with self.snapshot():
            last = int(self.meta()["last_chunk"])
            cursor = self._db.execute(
                f"{CHUNKS} WHERE chunks.id > ? AND chunks.id <= ? ORDER BY 1", (chunk, last)
            )
            parts = [np.empty((0, 3), dtype=np.int64)]  # id, article, language
            while batch := cursor.fetchmany(_BATCH):
                self._check(batch)
                rows = [(c[0], c[1], langs.setdefault(c[6] or "und", len(langs))) for c in batch]
                parts.append(np.array(rows, dtype=np.int64))
        ids, documents, numbers = np.concatenate(parts).T.copy()
        return Passages(ids, documents, numbers.astype(np.int16), tuple(langs))

    def chunk_ids(self, last: int) -> npt.NDArray[np.int64]:
        """Ids of all passages up to one, ascending. They are not checked."""
        rows = self._rows("SELECT id FROM chunks WHERE id <= ? ORDER BY id", (last,))
        return np.array([id_ for (id_,) in rows], dtype=np.int64)

    def vectors(self, dim: int, above: int = 0) -> Iterator[tuple[npt.NDArray[np.int64], Halves]]:
        """Every visible vector, checked: chunk ids (b,), ascending, and rows (b, d), in batches.

        Only those of passages of a higher id than `above`.
        """
        with self.snapshot():
            cursor = self._db.execute(
                "SELECT chunk, vector, crc FROM vectors WHERE chunk > ? AND chunk <= ?"
                " ORDER BY chunk",
                (above, int(self.meta()["last_chunk"])),
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
            rows = self._by_id("article", ids)
            files = self._by_id("file", {row[1] for row in rows.values()})
        return {id_: load_document(row, files[row[1]][1]) for id_, row in rows.items()}

    def facts(
        self, ids: Collection[int] | None = None
    ) -> Iterator[tuple[int, str | None, str, str, dict[str, str]]]:
        """(row id, date, path, path inside the indexed folder, metadata) of articles, or of all.

        The checksum of an article covers its text, so it is not checked here: check what is shown.
        """
        marks = "" if ids is None else f" AND documents.id IN ({','.join('?' * len(ids))})"
        rows = self._rows(
            "SELECT documents.id, date, path, relative, metadata FROM documents"
            f" JOIN files ON files.id = file WHERE documents.id <= ?{marks} ORDER BY 1",
            (self._last_document(), *(ids or ())),
        )
        try:
            yield from ((*columns, json.loads(metadata)) for *columns, metadata in rows)
        except ValueError as error:
            raise IndexDamaged(self.folder, f"the metadata of an article: {error}") from error

    def dated(self, since: str, until: str) -> npt.NDArray[np.int64]:
        """Row ids of the articles of a time. Both ends belong to it, as far as they are given."""
        rows = self._rows(
            "SELECT id FROM documents WHERE id <= ? AND date >= ? AND date <= ?",
            (self._last_document(), since, f"{until}~"),  # which is beyond all that a date has
        )
        return np.array([id_ for (id_,) in rows], dtype=np.int64)

    def find_document(self, path_or_id: str, base: str = "") -> int | None:
        """The row id of the article with this doc_id, else of the only one in the file so named.

        A relative path starts from the folder `base`, the current one when empty.
        """
        found = self._named(path_or_id, base)
        if not found:
            self._refuse_hidden(path_or_id, str(Path(base, path_or_id).resolve()))
        return found[0] if len(found) == 1 else None

    def look_up(self, path_or_id: str) -> int | None:
        """The same as `find_document` in no time; does not notice a name that was damaged."""
        found = self._named(path_or_id, "")
        return found[0] if len(found) == 1 else None

    def _named(self, path_or_id: str, base: str) -> list[int]:
        """The row ids of up to two articles with this doc_id, else in the file so named."""
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
                    raise IndexDamaged(self.folder, f"its list of names lacks {doc_id}")
                found += 1
            if found != int(self.meta()["articles"]):
                raise IndexDamaged(self.folder, "some articles are missing")

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
        rows = self._by_id("passage", chunk_ids)
        return {id_: (start, end) for id_, (_, _, start, end, *_) in rows.items()}

    def passage_texts(self, chunk_ids: Sequence[int]) -> dict[int, str]:
        """Passages as the rankings read them, with the title of their article, by chunk id."""
        with self.snapshot():
            rows = self._by_id("passage", chunk_ids)
            documents = self._by_id("article", {row[1] for row in rows.values()})
        texts = {}
        for id_, (_, document, start, end, *_) in rows.items():
            _, _, _, title, *_, text = documents[document]
            texts[id_] = passage_text(title, text[start:end])
        return texts

    def token_ids(self, chunk_ids: Sequence[int]) -> dict[int, MarkedTokens]:
        """Token ids of passages by chunk id, in the form of `encoders.sentence_tokens`."""
        rows = self._by_id("cut of passage", chunk_ids)
        tokens = unpack_token_ids(b"".join(packed for _, packed in rows.values()))
        ends = list(accumulate(len(packed) // 3 for _, packed in rows.values()))
        return {id_: tokens[a:b] for id_, (a, b) in zip(rows, pairwise([0, *ends]), strict=True)}

    def chunks_of(self, document: int) -> list[tuple[int, int, int]]:
        """(chunk id, start, end) of the passages of one article, in text order."""
        with self.snapshot():
            text = self.documents([document])[document].text
            rows = self._rows(f"{CHUNKS} WHERE document = ? ORDER BY 1", (document,))
            self._check(rows)
        borders = [(0, 0), *(row[2:4] for row in rows), (len(text), len(text))]
        if any(text[end:start].strip() for (_, end), (start, _) in pairwise(borders)):
            raise IndexDamaged(self.folder, f"the article {document} lacks passages")
        return [(id_, start, end) for id_, _, start, end, *_ in rows]

    def passages(self) -> Iterator[tuple[int, str | None, str]]:
        """(chunk id, language, text with title) of every visible passage."""
        with self.snapshot():
            last = int(self.meta()["last_chunk"])
            yield from select_passages(self._db, "chunks.id <= ?", last)

    def languages(self) -> dict[str, int]:
        """Articles by language, commonest first."""
        langs = {row[1]: row[6] or "und" for row in self._visible_chunks()}
        return dict(sorted(Counter(langs.values()).items(), key=lambda item: (-item[1], item[0])))

    def _visible_chunks(self) -> Iterator[Row]:
        with self.snapshot():
            last = int(self.meta()["last_chunk"])
            for row in self._db.execute(f"{CHUNKS} WHERE chunks.id <= ?", (last,)):
                self._check([row])
                yield row

    def passages_by_language(self) -> dict[str | None, int]:
        """How many passages are visible, by the language of their article."""
        rows = self._rows(
            "SELECT lang, count(*) FROM chunks JOIN documents ON documents.id = document"
            " WHERE chunks.id <= ? GROUP BY lang",
            (int(self.meta()["last_chunk"]),),
        )
        return dict(rows)

    def articles_by_language(self) -> dict[str, int]:
        """The same as `languages` in a tenth of the time: the rows are not checked."""
        rows = self._rows(
            "SELECT coalesce(lang, 'und') AS name, count(*) AS articles FROM documents"
            " WHERE id <= ? GROUP BY name ORDER BY articles DESC, name",
            (self._last_document(),),
        )
        return dict(rows)

    def passage_count(self) -> int:
        """How many passages are visible."""
        return int(self.meta()["passages"])

    def tokens_lost(self) -> int:
        """Tokens of visible passages that the model did not read."""
        return sum(row[5] for row in self._visible_chunks())

    def _last_document(self) -> int:
        return int(self.meta().get("last_document", 0))

    def _rows(self, query: str, values: tuple[object, ...] = ()) -> list[Row]:
        with self._turn, damage_reported(self.folder):
            return self._db.execute(query, values).fetchall()

    def _by_id(self, kind: str, ids: Collection[int]) -> dict[int, Row]:
        """The rows with some ids, checked; each is read once in a snapshot.

        Raises IndexDamaged where one is not as it was written, or not there.
        """
        query, _ = BY_ID[kind]
        with self._turn:
            if len(self._read) > _KEPT or not self._db.in_transaction:
                self._read = {}
            new = [id_ for id_ in ids if (kind, id_) not in self._read]
            marks = ",".join("?" * len(new))
            rows = self._rows(f"{query} IN ({marks})", tuple(new)) if new else []
            self._check(rows, kind)
            self._read |= {(kind, row[0]): row[:-1] for row in rows}
            try:
                return {id_: self._read[kind, id_] for id_ in ids}
            except KeyError as lost:
                raise IndexDamaged(
                    self.folder, f"the {kind} {lost.args[0][1]} is missing"
                ) from None

    def _check(self, rows: Sequence[Row], kind: str = "passage") -> None:
        """Raise IndexDamaged where a row is not as it was written."""
        _, checksum = BY_ID[kind]
        for *columns, crc in rows:
            if checksum(*columns) != crc:
                raise IndexDamaged(self.folder, f"the {kind} {columns[0]} has changed")
