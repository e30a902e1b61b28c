"""What the commands that change or check an index report when they are done.

Separate from `types`, as a search does not need them and each dataclass takes 0.4 ms to create.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from semsearch.types import Skipped


@dataclass(frozen=True, slots=True)
class Changes:
    """What a run of `index` would do, as absolute paths of files."""

    added: tuple[str, ...]
    changed: tuple[str, ...]
    moved: tuple[tuple[str, str], ...]
    """Pairs of the old and the new path."""
    removed: tuple[str, ...]
    unchanged: int
    skipped: tuple[Skipped, ...]
    """Only what is known without reading the files."""


@dataclass(frozen=True, slots=True)
class SyncReport:
    """What bringing an index up to date did, and what the index holds now."""

    added: int
    """Number of files, as are the next four; skipped files are in none of them."""
    changed: int
    moved: int
    removed: int
    unchanged: int
    embedded: int
    """Passages that went through the model."""
    articles: int
    """In the index now, as are `passages` and `languages`."""
    passages: int
    languages: Mapping[str, int]
    """Number of articles by language, largest first; `und` where it is unknown."""
    skipped: tuple[Skipped, ...]
    seconds: float


@dataclass(frozen=True, slots=True)
class ReindexReport:
    """What cutting and embedding an index again did."""

    model: str
    articles: int
    passages: int
    embedded: int
    """Passages that went through the model; the vectors of the others were reused."""
    seconds: float


@dataclass(frozen=True, slots=True)
class Removal:
    """What `remove` took out of an index."""

    files: tuple[str, ...]
    """Absolute paths; the next run over a folder that still holds one adds it again."""
    doc_ids: tuple[str, ...]
    """Single articles of files that hold others; each stays out until its file changes."""
    articles: int
    """Number of all articles removed, in the files and single ones."""
    unknown: tuple[str, ...]
    """Names that stand for nothing in the index."""


@dataclass(frozen=True, slots=True)
class Damage:
    """Something in an index that has changed since it was written, or is missing."""

    what: str
    advice: str
    """What to do about it, as a sentence."""


@dataclass(frozen=True, slots=True)
class RepairReport:
    """What repairing an index did, and what it holds now."""

    articles: int
    passages: int
    embedded: int
    """Passages that went through the model again."""
    lost: int
    """Articles that are neither in the index nor in a file any more."""
    lost_files: tuple[str, ...]
    """Absolute paths of the files of lost articles, as far as they are known."""
    set_aside: str
    """Folder of the damaged state; empty where only the word and vector indexes were made again."""


@dataclass(frozen=True, slots=True)
class Status:
    """What an index holds."""

    folder: str
    articles: int
    passages: int
    languages: Mapping[str, int]
    """Number of articles by language, largest first; `und` where it is unknown."""
    model: str
    dim: int
    size_bytes: int
    """Of all files in the index folder."""
    tokens_lost: int
    """Tokens of passages beyond what the model reads; 0 unless something is wrong."""
    updated: str
    """When the index last changed: ISO 8601, UTC."""
    ann_recall_at_10: float | None
    """Share of the ten nearest passages that the approximate index finds, measured on its own
    vectors when it was made; None where a search compares all vectors."""
