"""Whether an index folder is what was written, told after reading all of it."""

from collections.abc import Iterator
from pathlib import Path

from semsearch import lexical
from semsearch.errors import IndexDamaged
from semsearch.lexical import LEXICAL
from semsearch.reports import Damage
from semsearch.store import Reader, check_database
from semsearch.vectors import ANN, stored


def verify(folder: str | Path = "index") -> Iterator[Damage]:
    """Read everything in an index folder and tell what is wrong with it.

    Articles are read one by one; other processes may search and write meanwhile. The model is not
    loaded. Nothing comes for an intact index.

    Raises:
        IndexMissing: there is none in the folder.
        IndexFolderError: it was written by a newer version, or the system does not let it be read.
    """
    folder = Path(folder)
    advice = f"Run `semsearch repair --index {folder}`."
    sound = True
    try:
        for line in check_database(folder):
            sound = False
            yield Damage(line, advice)
        if sound:
            found = _check_lexical(folder) + stored.check(folder / ANN)
            yield from (Damage(line, advice) for line in found)
    except IndexDamaged as error:
        yield Damage(error.what, advice)


def _check_lexical(folder: Path) -> list[str]:
    """The word index against the database; again where a writer has moved on meanwhile."""
    reader = Reader(folder)
    try:
        while True:
            with reader.snapshot():
                generation = int(reader.meta()["generation"])
                passages = reader.passages_by_language()
            found = lexical.check(folder / LEXICAL, generation, passages)
            if not found or int(reader.meta()["generation"]) == generation:
                return found
    finally:
        reader.close()
