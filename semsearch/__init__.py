"""Ask a folder of articles a question, in any language, and get the passages that answer."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from semsearch.config import ChunkSettings, EncoderOptions, ReadLimits, VectorSettings
    from semsearch.errors import (
        DocumentError,
        IndexBusy,
        IndexDamaged,
        IndexFolderError,
        IndexMissing,
        InputError,
        ModelError,
        ModelMismatch,
        SemsearchError,
    )
    from semsearch.index import SearchIndex
    from semsearch.indexing import repair, verify
    from semsearch.reports import Damage, ReindexReport, Removal, RepairReport, Status, SyncReport
    from semsearch.request import Request
    from semsearch.types import Article, Chunk, Document, Hit, Mode, SearchResult, Skipped

_HOMES = {
    "config": ("ChunkSettings", "EncoderOptions", "ReadLimits", "VectorSettings"),
    "errors": (
        "DocumentError",
        "IndexBusy",
        "IndexDamaged",
        "IndexFolderError",
        "IndexMissing",
        "InputError",
        "ModelError",
        "ModelMismatch",
        "SemsearchError",
    ),
    "index": ("SearchIndex",),
    "indexing": ("repair", "verify"),
    "request": ("Request",),
    "reports": (
        "Damage",
        "ReindexReport",
        "Removal",
        "RepairReport",
        "Status",
        "SyncReport",
    ),
    "types": ("Article", "Chunk", "Document", "Hit", "Mode", "SearchResult", "Skipped"),
}

__all__ = [
    "Article",
    "Chunk",
    "ChunkSettings",
    "Damage",
    "Document",
    "DocumentError",
    "EncoderOptions",
    "Hit",
    "IndexBusy",
    "IndexDamaged",
    "IndexFolderError",
    "IndexMissing",
    "InputError",
    "Mode",
    "ModelError",
    "ModelMismatch",
    "ReadLimits",
    "ReindexReport",
    "Removal",
    "RepairReport",
    "Request",
    "SearchIndex",
    "SearchResult",
    "SemsearchError",
    "Skipped",
    "Status",
    "SyncReport",
    "VectorSettings",
    "repair",
    "verify",
]


def __getattr__(name: str) -> Any:  # noqa: ANN401 - public names have many types
    """Import a public name when it is first used, so that the command line starts at once."""
    for module, names in _HOMES.items():
        if name in names:
            return getattr(import_module(f"semsearch.{module}"), name)
    if name == "__version__":
        return import_module("semsearch.types").VERSION
    raise AttributeError(f"module 'semsearch' has no attribute {name!r}")


def __dir__() -> list[str]:
    return [*__all__, "__version__"]
