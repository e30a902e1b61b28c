"""What an index holds, told without loading its model."""

import os
from contextlib import suppress
from pathlib import Path

from semsearch.reports import Status
from semsearch.store import Reader
from semsearch.vectors import ANN, describe


def read_status(reader: Reader) -> Status:
    """What an index holds; its model is not loaded."""
    with reader.snapshot():
        meta = reader.meta()
        languages = reader.languages()
        held = describe(reader.folder / ANN)
        return Status(
            folder=str(reader.folder),
            articles=sum(languages.values()),
            passages=reader.passage_count(),
            languages=languages,
            model=meta["model"],
            dim=int(meta["dim"]),
            size_bytes=_size_of(reader.folder),
            tokens_lost=reader.tokens_lost(),
            updated=meta.get("updated", ""),
            ann_recall_at_10=held.settings.tunings[0].recall if held else None,
        )


def _size_of(folder: Path) -> int:
    size = 0
    for path, _, names in os.walk(folder):
        for name in names:
            with suppress(FileNotFoundError):  # a writer removes what is no longer needed
                size += (Path(path) / name).stat().st_size
    return size
