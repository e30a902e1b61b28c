"""Settings: frozen, with the defaults that suit news articles."""

from dataclasses import dataclass

MIB = 1 << 20


@dataclass(frozen=True, slots=True)
class ReadLimits:
    """What is too much for one file. A file over a limit is skipped and named."""

    file_bytes: int = 32 * MIB
    """Of a file that holds one article, or of one record of a file that holds many."""
    inflated_bytes: int = 200 * MIB
    """Of all that a zip-based format (.docx) unpacks to."""
    inflation_ratio: int = 100
    """Unpacked size over packed size."""
    pages: int = 5_000
    """Of a paged file (.pdf)."""
    depth: int = 64
    """Folders inside folders."""


@dataclass(frozen=True, slots=True)
class ChunkSettings:
    """How an article is cut into passages."""

    max_tokens: int = 160
    """Tokens of the model in one passage, at most; less where the model reads less."""
    overlap_tokens: int = 0
    """Tokens that a passage shares with the one before it, at most."""
