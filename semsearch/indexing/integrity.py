"""Checking an index folder: all of it is read and compared with its checksums."""

from collections.abc import Iterator
from pathlib import Path

from semsearch import lexical
from semsearch.errors import IndexDamaged
from semsearch.lexical import LEXICAL_FOLDER
from semsearch.reports import Damage
from semsearch.store import Reader, check_database
from semsearch.vectors import ANN_FOLDER, stored


def verify(folder: str | Path = "index") -> Iterator[Damage]:
    """Read everything in an index folder and report what is wrong with it.

    Articles are read one by one; other processes may search and write meanwhile. The model is not
    loaded. An intact index yields nothing.

    Raises:
        IndexMissing: there is none in the folder.
        IndexFolderError: it was written by a newer version, or may not be read.
    """
    folder = Path(folder)
    advice = f"Run `semsearch repair --index {folder}`."
    sound = True
    try:
        for line in check_database(folder):
            sound = False
            yield Damage(line, advice)
        if sound:
            found = _check_lexical(folder) + stored.check(folder / ANN_FOLDER)
            yield from (Damage(line, advice) for line in found)
    except IndexDamaged as error:
        yield Damage(error.what, advice)


def _check_lexical(folder: Path) -> list[str]:
    """The word index against the database, once more where a writer has committed meanwhile."""
    with Reader(folder) as reader:
        while True:
            with reader.snapshot():
                generation = reader.meta().generation
                passages = reader.passages_by_language()
            found = lexical.check(folder / LEXICAL_FOLDER, generation, passages)
            if not found or reader.meta().generation == generation:
                return found
