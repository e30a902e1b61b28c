"""Settings: frozen, with the defaults that suit news articles."""

from dataclasses import dataclass
from typing import Literal

MIB = 1 << 20

VERBATIM_SUFFIXES = frozenset({".txt", ".md", ".markdown"})
"""Of files in which an article stands line for line."""


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


Backend = Literal["torch", "onnx", "openvino"]


@dataclass(frozen=True, slots=True)
class EncoderOptions:
    """How a sentence-transformers model is run. The bundled model has no such choices."""

    truncate_dim: int | None = None
    """Keep the first so many numbers of a vector: for models trained to allow it (Matryoshka)."""
    device: str | None = None
    """`cpu`, `cuda`, `cuda:1`, `mps`; None for the best that is there."""
    backend: Backend = "torch"
    """The last two need the extra of the same name."""
    batch_size: int = 32
    """Passages encoded at once."""


@dataclass(frozen=True, slots=True)
class VectorSettings:
    """What is asked of the approximate index of a large collection."""

    target_recall: float = 0.95
    """The ann_recall@10 that it is tuned to."""
    memory_bytes: int | None = None
    """What its codes may take; None for as much as is good for speed."""
