"""What an index holds, read from SQLite directly, and what it should hold."""

import hashlib
import shutil
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from semsearch import SearchIndex
from semsearch.lexical.index import LexicalIndex

DATABASE = "semsearch.db"
MODEL = "fast"
"""A choice: thousands of articles are indexed again and again."""
Columns = tuple[Any, ...]
"""A row of the database."""
State = dict[str, tuple[Columns, ...]]
"""Articles of each file, by its path inside the folder: all columns, then a tuple of passages."""

_VISIBLE = """
    SELECT relative, path, documents.id, doc_id, title, lang, date, line, pages, metadata, text
    FROM documents JOIN files ON files.id = file JOIN meta ON key = 'last_document'
    WHERE documents.id <= CAST(value AS INTEGER) ORDER BY documents.id
"""
_PASSAGES = """
    SELECT start, "end", hex(digest), tokens_lost, vector
    FROM chunks LEFT JOIN vectors ON chunk = id WHERE document = ? ORDER BY id
"""


class Wrong(AssertionError):
    """The index is not what it should be."""


@contextmanager
def database(folder: Path) -> Iterator[sqlite3.Connection]:
    """A copy of the database and its log, so that SQLite recovers nothing in the folder itself."""
    with TemporaryDirectory() as place:
        for path in folder.glob(f"{DATABASE}*"):
            if not path.name.endswith("-shm"):
                shutil.copy(path, place)
        with closing(sqlite3.connect(Path(place) / DATABASE)) as db:
            yield db


def read_state(folder: Path, root: Path) -> State | None:
    """The committed content of an index; None before its first commit. Raises Wrong."""
    try:
        with database(folder) as db:
            return _read(db, root)
    except sqlite3.DatabaseError as error:
        raise Wrong(f"SQLite: {error}") from error


def _read(db: sqlite3.Connection, root: Path) -> State | None:
    for name in ("integrity_check", "foreign_key_check"):
        if (rows := db.execute(f"PRAGMA {name}").fetchall()) not in ([], [("ok",)]):
            raise Wrong(f"{name}: {rows[:3]}")
    if not _has_table(db, "meta"):
        return None
    if not db.execute("SELECT 1 FROM meta WHERE key = 'generation'").fetchone():
        return None
    state: dict[str, list[Columns]] = {}
    for relative, path, id_, *article in db.execute(_VISIBLE):
        if path != str(root / relative):
            raise Wrong(f"{relative} is noted as {path}")
        own = db.execute(_PASSAGES, (id_,))
        state.setdefault(relative, []).append((*article, tuple(own)))
    return {relative: tuple(articles) for relative, articles in state.items()}


def encoded(folder: Path) -> set[str]:
    """Digests of the passages that have a vector, staged ones too."""
    with database(folder) as db:
        if not _has_table(db, "vectors"):
            return set()
        rows = db.execute("SELECT DISTINCT hex(digest) FROM chunks JOIN vectors ON chunk = id")
        return {digest for (digest,) in rows}


def lexical_is_current(folder: Path) -> bool:
    """Whether the lexical index on disk is that of the last commit."""
    with database(folder) as db:
        ((generation,),) = db.execute("SELECT value FROM meta WHERE key = 'generation'")
    return LexicalIndex.open(folder / "lexical", int(generation)) is not None


def _has_table(db: sqlite3.Connection, name: str) -> bool:
    return bool(db.execute("SELECT 1 FROM sqlite_schema WHERE name = ?", (name,)).fetchone())


def passages(state: State) -> Iterator[tuple[Columns, Columns]]:
    """(article, passage) for every passage."""
    for articles in state.values():
        for article in articles:
            for passage in article[-1]:
                yield article, passage


def digests(state: State) -> set[str]:
    """Digests of the passages of a state."""
    return {digest for _, (_, _, digest, _, _) in passages(state)}


class Expected:
    """What an index of given files should hold, kept apart from the index that is tortured.

    Each content is indexed once, in a fresh index of its own, and remembered while it may be the
    old or the new state.
    """

    def __init__(self, scratch: Path) -> None:
        self._scratch = scratch
        self._known: dict[tuple[str, bytes], tuple[Columns, ...]] = {}
        self._last: dict[tuple[str, bytes], tuple[Columns, ...]] = {}

    def of(self, contents: Mapping[str, bytes]) -> State:
        """The state after an uninterrupted run over these files."""
        keys = {name: (name, hashlib.sha256(data).digest()) for name, data in contents.items()}
        new = [name for name, key in keys.items() if key not in self._known]
        if new:
            found = self.built({name: contents[name] for name in new})
            self._known |= {keys[name]: found[name] for name in new}
        state = {name: self._known[key] for name, key in keys.items()}
        latest = {key: state[name] for name, key in keys.items()}
        self._known, self._last = self._last | latest, latest
        return state

    def built(self, contents: Mapping[str, bytes]) -> State:
        """The state of a fresh index of these files."""
        root, folder = self._scratch / "news", self._scratch / "index"
        for old in (root, folder):
            shutil.rmtree(old, ignore_errors=True)
        for name, data in contents.items():
            path = root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
        SearchIndex.build([root], folder, model=MODEL).close()
        state = read_state(folder, root)
        assert state is not None
        return state
