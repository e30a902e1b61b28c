"""An index that is kept in memory for as long as its files are those that were loaded."""

import os
import threading
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path

from semsearch.errors import SemsearchError
from semsearch.index import SearchIndex
from semsearch.lexical import LEXICAL
from semsearch.reports import Status
from semsearch.request import Question, Similar
from semsearch.store import DATABASE
from semsearch.types import SearchResult
from semsearch.vectors import ANN, MARKER

_Stamp = frozenset[tuple[str, int, int, int]]


class WarmIndex:
    """One index folder. Threads may share it.

    A `SearchIndex` notices what is committed. This also notices a database that was repaired,
    replaced, removed or damaged: it then opens the folder anew, and so tells what a process that
    was just started would tell.
    """

    def __init__(self, folder: Path) -> None:
        """Load everything that an answer needs. Raises what `SearchIndex.open` raises."""
        self.folder = folder
        self._turn = threading.Lock()
        self._load()

    def answer(self, question: Question) -> SearchResult:
        """Raises what `SearchIndex.search` and `similar` raise."""
        if isinstance(question, Similar):
            return self.current().similar(**asdict(question))
        return self.current().answer([question])[0]

    def status(self) -> Status:
        """What the index holds."""
        return self.current().status()

    def current(self) -> SearchIndex:
        """The index as its files are now."""
        with self._turn:
            if self._stamp != _stamp(self.folder):
                self._load()
            return self._index

    def refresh(self) -> None:
        """Load what has changed, so that the next question need not wait; tried once a change."""
        if self._tried != _stamp(self.folder):
            with suppress(SemsearchError, OSError):  # told to whoever asks
                self.current()

    def _load(self) -> None:
        # Before: what changes meanwhile is loaded the next time.
        stamp = self._tried = _stamp(self.folder)
        index = SearchIndex.open(self.folder)
        index.search("a")  # vectors, words and model, which are loaded when first needed
        self._index, self._stamp = index, stamp


def _stamp(folder: Path) -> _Stamp:
    """Identity, size and time of the files that stay as they are between two commits.

    The log of the database changes while a run stages articles; its frames have checksums.
    """
    paths = [folder / DATABASE, *(folder / ANN).glob(f"*/{MARKER}")]
    for parent, _, names in os.walk(folder / LEXICAL):
        paths += [Path(parent, name) for name in names]
    stamps = set()
    for path in paths:
        with suppress(OSError):
            status = path.stat()
            stamps.add((str(path), status.st_ino, status.st_size, status.st_mtime_ns))
    return frozenset(stamps)
