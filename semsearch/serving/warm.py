"""An index in memory, loaded again when its files are replaced."""

import os
import threading
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path

from semsearch.disk import MARKER
from semsearch.errors import SemsearchError
from semsearch.index import SearchIndex
from semsearch.lexical import LEXICAL_FOLDER
from semsearch.reports import Status
from semsearch.request import Question, Similar
from semsearch.store import DATABASE
from semsearch.types import SearchResult
from semsearch.vectors import ANN_FOLDER

_Stamp = frozenset[tuple[str, int, int, int]]


class WarmIndex:
    """One index folder, kept in memory. Threads may share it.

    A `SearchIndex` sees new commits by itself. This class also notices when the database was
    repaired, replaced, removed or damaged. It then opens the folder again, so that its answers and
    errors are those of a process that has just started.
    """

    def __init__(self, folder: Path) -> None:
        """Load everything that an answer needs. Raises the errors of `SearchIndex.open`."""
        self.folder = folder
        self._turn = threading.Lock()
        self._load()

    def answer(self, question: Question) -> SearchResult:
        """The hits. Raises the errors of `SearchIndex.answer` and `SearchIndex.similar`."""
        if isinstance(question, Similar):
            return self.current().similar(**asdict(question))
        return self.current().answer([question])[0]

    def status(self) -> Status:
        """What the index holds."""
        return self.current().status()

    def current(self) -> SearchIndex:
        """The index, loaded again if its files have changed."""
        with self._turn:
            if self._stamp != _stamp(self.folder):
                self._load()
            return self._index

    def refresh(self) -> None:
        """Load what has changed, so that the next query need not; tried once for each change."""
        if self._tried != _stamp(self.folder):
            with suppress(SemsearchError, OSError):  # the next query reports it
                self.current()

    def _load(self) -> None:
        # Taken before loading: a change during the load is then seen by the next check.
        stamp = self._tried = _stamp(self.folder)
        index = SearchIndex.open(self.folder)
        index.search("a")  # vectors, words and model are loaded when they are first needed
        self._index, self._stamp = index, stamp


def _stamp(folder: Path) -> _Stamp:
    """Identity, size and time of the files that do not change between two commits.

    The write-ahead log is left out: it grows while a run stages articles, and SQLite checks its
    frames by their checksums.
    """
    paths = [folder / DATABASE, *(folder / ANN_FOLDER).glob(f"*/{MARKER}")]
    for parent, _, names in os.walk(folder / LEXICAL_FOLDER):
        paths += [Path(parent, name) for name in names]
    stamps = set()
    for path in paths:
        with suppress(OSError):
            status = path.stat()
            stamps.add((str(path), status.st_ino, status.st_size, status.st_mtime_ns))
    return frozenset(stamps)
