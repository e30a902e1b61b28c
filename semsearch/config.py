"""Settings: frozen, with the defaults that suit news articles."""

from dataclasses import dataclass
from typing import Literal

MIB = 1 << 20

VERBATIM_SUFFIXES = frozenset({".txt", ".md", ".markdown"})
"""Suffixes of text files, whose lines are the lines of the article."""


@dataclass(frozen=True, slots=True)
class ReadLimits:
    """Limits for one file: choices. A file that exceeds one is skipped and reported."""

    file_bytes: int = 32 * MIB
    """Size of a file that holds one article, or of one record of a file that holds many."""
    inflated_bytes: int = 200 * MIB
    """Unpacked size of a zip-based format (.docx)."""
    inflation_ratio: int = 100
    """Unpacked size over packed size."""
    pages: int = 5_000
    """Pages of a paged file (.pdf)."""
    depth: int = 64
    """Levels of folders below the one that the user named."""


@dataclass(frozen=True, slots=True)
class ChunkSettings:
    """How an article is cut into passages."""

    max_tokens: int = 160
    """Most tokens in one passage, a choice; fewer where the model reads fewer."""
    overlap_tokens: int = 0
    """Most tokens that a passage shares with the one before it."""


Backend = Literal["torch", "onnx", "openvino"]


@dataclass(frozen=True, slots=True)
class EncoderOptions:
    """How a sentence-transformers model is run. The models in the package ignore all of these."""

    truncate_dim: int | None = None
    """Dimensions of a vector that are kept, for models trained to allow it (Kusupati et al. 2022,
    "Matryoshka Representation Learning"); None for all."""
    device: str | None = None
    """`cpu`, `cuda`, `cuda:1`, `mps`; None for the fastest that is available."""
    backend: Backend = "torch"
    """onnx and openvino need the extra of the same name."""
    batch_size: int = 32
    """Passages encoded at once; the default of sentence-transformers."""


@dataclass(frozen=True, slots=True)
class VectorSettings:
    """Recall and memory of the approximate index of a large collection."""

    target_recall: float = 0.95
    """Share of the ten nearest passages that it is tuned to find (ann_recall@10): a choice."""
    memory_bytes: int | None = None
    """Most memory that its codes may take; None for what is fastest."""
