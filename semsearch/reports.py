"""What the commands that change or check an index report when they are done.

Apart from `types`, because a search does without them, and each dataclass takes 0.4 ms to make.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from semsearch.types import Skipped


@dataclass(frozen=True, slots=True)
class Changes:
    """What a run of `index` would do, by absolute paths of files."""

    added: tuple[str, ...]
    changed: tuple[str, ...]
    moved: tuple[tuple[str, str], ...]
    """From where to where."""
    removed: tuple[str, ...]
    unchanged: int
    skipped: tuple[Skipped, ...]
    """Without what is found out only by reading a file."""


@dataclass(frozen=True, slots=True)
class SyncReport:
    """What bringing an index up to date did, and what the index holds now."""

    added: int
    """Files, as are the next four; without those that were skipped."""
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
    """Articles by language, commonest first; `und` where it is unknown."""
    skipped: tuple[Skipped, ...]
    seconds: float


@dataclass(frozen=True, slots=True)
class ReindexReport:
    """What cutting and embedding an index again did."""

    model: str
    articles: int
    passages: int
    embedded: int
    """Passages that went through the model; the others were known to it."""
    seconds: float


@dataclass(frozen=True, slots=True)
class Removal:
    """What was taken out of an index by hand."""

    files: tuple[str, ...]
    """Absolute paths; the next run over a folder that still holds one brings it back."""
    doc_ids: tuple[str, ...]
    """Single articles of files that hold others; each stays out until its file changes."""
    articles: int
    """In the files and by themselves, together."""
    unknown: tuple[str, ...]
    """Names that the index holds nothing of."""


@dataclass(frozen=True, slots=True)
class Damage:
    """Something in an index that is not as it was written."""

    what: str
    advice: str
    """What to do about it."""


@dataclass(frozen=True, slots=True)
class RepairReport:
    """What repairing an index did, and what it holds now."""

    articles: int
    passages: int
    embedded: int
    """Passages that went through the model again."""
    lost: int
    """Articles that neither the index nor a file holds any more."""
    lost_files: tuple[str, ...]
    """Those of them that can be named, by the absolute path of their file."""
    set_aside: str
    """Folder of the damaged state; empty where only the word index was made again."""


@dataclass(frozen=True, slots=True)
class Status:
    """What an index holds."""

    folder: str
    articles: int
    passages: int
    languages: Mapping[str, int]
    """Articles by language, commonest first; `und` where it is unknown."""
    model: str
    dim: int
    size_bytes: int
    """Of all files in the index folder."""
    tokens_lost: int
    """Tokens of passages that the model could not read; 0 unless something is wrong."""
    updated: str
    """When the index last changed: ISO 8601, UTC."""
    ann_recall_at_10: float | None
    """Share of the ten nearest passages that the approximate index finds, measured on its own
    vectors when it was made; None where all vectors are compared."""
