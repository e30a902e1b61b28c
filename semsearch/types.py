"""Types that all rooms share: documents, passages, encoders, hits, and the arrays between them.

Shapes are named by one letter everywhere: n passages, q queries, k neighbours, d dimensions.
A higher score is always better.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, Protocol, TypeAlias, runtime_checkable

VERSION = "0.1.0"
"""Of the package; it is here because a search that a server answers imports little else."""

if TYPE_CHECKING:  # a search that a server answers does not import numpy, which takes 60 ms
    import numpy as np
    import numpy.typing as npt

Embeddings: TypeAlias = "npt.NDArray[np.float32]"
"""(n, d) float32, every row of length one."""
Vector: TypeAlias = "npt.NDArray[np.float32]"
"""(d,) float32 of length one: a row of `Embeddings`."""
Halves: TypeAlias = "npt.NDArray[np.float16]"
"""(n, d) the same in half precision, as they are stored."""
Rows: TypeAlias = "npt.NDArray[np.int64]"
"""(m,) row numbers of passages, or row ids of the database."""
Scores: TypeAlias = "npt.NDArray[np.float32]"
"""(m,) float32, one number for each of m candidates; higher is better."""
Cosines: TypeAlias = "npt.NDArray[np.float32]"
"""float32 cosine similarities in [-1, 1], of the shape that is stated where they are used."""
Weights: TypeAlias = "npt.NDArray[np.float32]"
"""(s,) float32, not negative: how much each of s parts counts."""
TokenIds: TypeAlias = "npt.NDArray[np.int32]"
"""(t,) ids of the known tokens of a text, in order."""
MarkedTokens: TypeAlias = "npt.NDArray[np.int32]"
"""(t,) token ids of a passage with a mark after its title and after each sentence; see
`encoders.sentence_tokens`."""
Progress: TypeAlias = Callable[[int, int], None]
"""Called often with the number of items done and the number of all that are known so far.

When it raises KeyboardInterrupt the run ends; what is done is kept for the next run.
"""


def no_progress(done: int, total: int) -> None:
    """The `Progress` of a caller that does not show any."""


MIN_RELEVANCE = 0.1
"""If the relevance of the best hit is below this, report no results. 2026-11-29: of the right
answers to the questions of eleven sets, at most one in a hundred is below; of 40 nonsense
questions, 40 to 88 % are, 75 % where they were asked of `seeds/`."""


class Mode(StrEnum):
    """Which ranking answers a query."""

    HYBRID = "hybrid"
    DENSE = "dense"
    LEXICAL = "lexical"


@dataclass(frozen=True, slots=True)
class SourceFile:
    """A regular file found under a folder that the user named."""

    path: Path
    """Absolute."""
    relative: str
    """POSIX path inside the folder that the user named; the doc_id of a one-article file."""
    size_bytes: int
    mtime_ns: int


@dataclass(frozen=True, slots=True)
class Skipped:
    """A file or record that could not be read as an article, and why, in words for the user."""

    path: str
    reason: str
    unseen: bool = False
    """Whether it could not be accessed: what the index holds from it, or from below it, stays."""


@dataclass(frozen=True, slots=True)
class Document:
    """One article.

    Every offset into `text` counts Unicode code points, as Python's own slices do.
    """

    doc_id: str
    """Given by the data (`_id` or `id` of a record), else the path inside the indexed folder."""
    text: str
    path: str
    """Absolute path of the file that holds the article."""
    title: str = ""
    lang: str | None = None
    """ISO 639-1; None when unknown."""
    date: str | None = None
    """ISO 8601, `YYYY-MM-DD` or longer; None when unknown."""
    line: int | None = None
    """1-based line of the file at which `text` begins; None where the file has no such line."""
    pages: tuple[int, ...] = ()
    """Offset in `text` at which each page begins; empty for files without pages."""
    metadata: Mapping[str, str] = field(default_factory=dict)
    """Other metadata that the file contains: author, site, other front-matter fields."""


@dataclass(frozen=True, slots=True)
class Chunk:
    """A passage: a slice of one article, `text == document.text[start:end]`."""

    start: int
    end: int
    text: str


class UsualCosines(NamedTuple):
    """Cosines of a model between texts that have nothing to do with each other."""

    mean: float
    deviation: float
    """Standard deviation, above 0."""


class Encoder(Protocol):
    """Turns text into unit vectors. Queries and passages may be encoded differently."""

    @property
    def name(self) -> str:
        """The name or folder that the user gave for the model."""
        ...

    @property
    def dim(self) -> int:
        """d, the length of every vector."""
        ...

    @property
    def fingerprint(self) -> str:
        """Hex digest of everything that the vectors depend on; it changes whenever they do."""
        ...

    @property
    def max_tokens(self) -> int | None:
        """Tokens of a passage that the model reads, prompt and special tokens deducted.

        None where there is no limit.
        """
        ...

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """The number of tokens of each text, without prompt and special tokens."""
        ...

    def encode_queries(self, texts: Sequence[str]) -> Embeddings:
        """(q, d) unit vectors, one for each query; a text without any known token is all zero."""
        ...

    def encode_passages(self, texts: Sequence[str]) -> Embeddings:
        """(n, d) unit vectors, one for each passage; a text without any known token is all zero."""
        ...


@runtime_checkable
class Aligner(Encoder, Protocol):
    """An encoder that can also compare texts token by token."""

    def can_read(self, text: str) -> bool:
        """Whether the vocabulary covers the script of a text beyond its single letters."""
        ...

    def learn(self, texts: Sequence[str]) -> None:
        """Split the new words of these texts into tokens together, so that later calls are fast."""
        ...

    def token_ids(self, texts: Sequence[str]) -> list[TokenIds]:
        """The ids of the known tokens of each text."""
        ...

    def encode_token_ids(self, texts: Sequence[TokenIds]) -> Embeddings:
        """(n, d) unit vectors of n texts, given their tokens; a text without any is all zero."""
        ...

    def align(self, query: str, texts: Sequence[TokenIds]) -> Scores:
        """(n,) the share of a query, in [0, 1], that each of n texts says."""
        ...


@dataclass(frozen=True, slots=True)
class Copy:
    """An article with the same content as a hit: edited, shortened or translated."""

    doc_id: str
    path: str
    title: str
    lang: str | None


@dataclass(frozen=True, slots=True)
class Explanation:
    """The parts of a score, and the evidence behind them."""

    parts: Mapping[str, float]
    """The score is their sum."""
    evidence: Mapping[str, float]
    """What the parts were computed from: `cosine` of query and passage, and `words`, how much of
    what the words of the query say the passage contains, from 0 to 1."""


@dataclass(frozen=True, slots=True)
class Hit:
    """One result: a passage and the article that it is part of."""

    rank: int
    """From 1."""
    score: float
    doc_id: str
    path: str
    title: str
    lang: str | None
    date: str | None
    start: int
    end: int
    text: str
    """The passage: the article's text from `start` to `end`."""
    line: int | None
    """1-based line of the file at which the best sentence begins, or else the passage; None where
    `Document.line` is."""
    page: int | None
    """1-based page on which it begins; None for files without pages."""
    highlights: tuple[tuple[int, int], ...] = ()
    """(start, end) offsets into `text` of the sentences that say most of the query, best first;
    empty where the relevance is below `MIN_RELEVANCE`."""
    matches: tuple[tuple[int, int], ...] = ()
    """(start, end) offsets into `text` of the words of the query, in any inflection."""
    relevance: float | None = None
    """How likely the passage answers, from 0 to 1, on one scale for every index; it never rises
    from one hit to the next."""
    similar: tuple[Copy, ...] = ()
    """Copies of the article that would have been hits of their own, best first."""
    explanation: Explanation | None = None
    """None unless the request asked for it."""


@dataclass(frozen=True, slots=True)
class SearchResult:
    """The hits for one query, best first, and how long each step took."""

    query: str
    mode: Mode
    hits: tuple[Hit, ...]
    timings_ms: Mapping[str, float]

    @property
    def relevance(self) -> float | None:
        """The highest relevance of a hit; None where no hit has one."""
        return max((hit.relevance for hit in self.hits if hit.relevance is not None), default=None)

    def or_nothing(self) -> "SearchResult":
        """The result, without hits where even the best is below `MIN_RELEVANCE`."""
        best = self.relevance
        return self if best is None or best >= MIN_RELEVANCE else replace(self, hits=())

    def relevant(self, minimum: float) -> "SearchResult":
        """The result without hits of less relevance; those of unknown relevance stay."""
        kept = [hit for hit in self.hits if hit.relevance is None or hit.relevance >= minimum]
        return replace(
            self, hits=tuple(replace(hit, rank=rank) for rank, hit in enumerate(kept, 1))
        )


@dataclass(frozen=True, slots=True)
class Article:
    """One article of an index and its passages, in text order."""

    document: Document
    chunks: tuple[Chunk, ...]
