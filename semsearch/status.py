"""What an index holds, told without loading its model."""

from semsearch.store import Reader
from semsearch.types import Status


def read_status(reader: Reader) -> Status:
    """What an index holds; its model is not loaded."""
    meta = reader.meta()
    languages = reader.languages()
    return Status(
        folder=str(reader.folder),
        articles=sum(languages.values()),
        passages=reader.passage_count(),
        languages=languages,
        model=meta["model"],
        dim=int(meta["dim"]),
        size_bytes=sum(f.stat().st_size for f in reader.folder.rglob("*") if f.is_file()),
        tokens_lost=reader.tokens_lost(),
        updated=meta.get("updated", ""),
    )
