"""What an index holds, found out without loading its model."""

import os
from collections import Counter
from contextlib import suppress
from pathlib import Path

from semsearch.reports import Status
from semsearch.store.reader import Reader
from semsearch.vectors import ANN_FOLDER, describe


def read_status(reader: Reader) -> Status:
    """What an index holds, after reading and checking every passage; its model is not loaded.

    Raises IndexDamaged.
    """
    langs: dict[int, str] = {}
    tokens_lost = 0
    with reader.snapshot():
        meta = reader.meta()
        for chunk in reader.chunks():
            langs[chunk.document] = chunk.lang or "und"
            tokens_lost += chunk.tokens_lost
    counts = Counter(langs.values())
    approximate = describe(reader.folder / ANN_FOLDER)
    return Status(
        folder=str(reader.folder),
        articles=len(langs),
        passages=meta.passages,
        languages=dict(sorted(counts.items(), key=lambda item: (-item[1], item[0]))),
        model=meta.model,
        dim=meta.dim,
        size_bytes=_size_of(reader.folder),
        tokens_lost=tokens_lost,
        updated=meta.updated,
        ann_recall_at_10=approximate.settings.tunings[0].recall if approximate else None,
    )


def _size_of(folder: Path) -> int:
    size = 0
    for path, _, names in os.walk(folder):
        for name in names:
            with suppress(FileNotFoundError):  # a writer has just removed it
                size += (Path(path) / name).stat().st_size
    return size
