"""The nouns of semsearch: documents, passages, encoders, hits, and the arrays between them.

Shapes are named by one letter everywhere: n passages, q queries, k neighbours, d dimensions.
A higher score is always better.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, TypeAlias, runtime_checkable

VERSION = "0.1.0"
"""Of the package; it stands here because a search that a server answers imports little else."""

if TYPE_CHECKING:  # a search that a server answers does without numpy, 60 ms
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
"""Called often with the numbers of items done and of all, as far as they are known.

When it raises KeyboardInterrupt the run ends; what is done is kept for the next run.
"""


def no_progress(done: int, total: int) -> None:
    """The `Progress` of a caller that does not show any."""


NOTHING = 0.08
"""A best hit of less relevance is no answer."""


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
    """Something that could not be read as an article, and why, in words for the user."""

    path: str
    reason: str
    unseen: bool = False
    """Nobody could look there: what the index holds from it, or from below it, stays."""


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
    """Everything else that the file says of itself: author, site, other front-matter fields."""


@dataclass(frozen=True, slots=True)
class Chunk:
    """A passage: a slice of one article, `text == document.text[start:end]`."""

    start: int
    end: int
    text: str


class Encoder(Protocol):
    """Turns text into unit vectors. Queries and passages may be encoded differently."""

    @property
    def name(self) -> str:
        """The name or folder by which the user asked for the model."""
        ...

    @property
    def dim(self) -> int:
        """d, the length of every vector."""
        ...

    @property
    def fingerprint(self) -> str:
        """Hex digest of all that decides the vectors; it changes whenever they would."""
        ...

    @property
    def max_tokens(self) -> int | None:
        """Tokens of a passage that the model reads, prompt and special tokens taken off."""
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
    """An encoder that can also compare texts piece by piece, and knows what is usual for it."""

    @property
    def usual_cosines(self) -> tuple[float, float]:
        """Mean and deviation between texts that have nothing to do with each other."""
        ...

    def can_read(self, text: str) -> bool:
        """Whether the model knows more of the script of a text than its letters."""
        ...

    def learn(self, texts: Sequence[str]) -> None:
        """Be quick with texts that come soon: their new words are looked up together."""
        ...

    def token_ids(self, texts: Sequence[str]) -> list[TokenIds]:
        """The known pieces of each text."""
        ...

    def encode_token_ids(self, texts: Sequence[TokenIds]) -> Embeddings:
        """(n, d) unit vectors of n texts by their pieces; one without any is all zero."""
        ...

    def align(self, query: str, texts: Sequence[TokenIds]) -> "npt.NDArray[np.float32]":
        """(n,) how much of a query each of n texts says, in [0, 1]."""
        ...


@dataclass(frozen=True, slots=True)
class Copy:
    """An article that says the same as a hit: edited, shortened or translated."""

    doc_id: str
    path: str
    title: str
    lang: str | None


@dataclass(frozen=True, slots=True)
class Explanation:
    """What a score is made of."""

    parts: Mapping[str, float]
    """The score is their sum."""
    evidence: Mapping[str, float]
    """What the parts and the relevance were made of: `deviations` of the cosine above the
    background of the article's language, `shares` of the highest BM25 score that the query allows,
    the part of the query that the language has `known`, `alignment` piece by piece."""


@dataclass(frozen=True, slots=True)
class Hit:
    """One answer: a passage and the article that it stands in."""

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
    """1-based line of the file at which the passage begins."""
    page: int | None
    """1-based page on which the passage begins."""
    highlights: tuple[tuple[int, int], ...] = ()
    """(start, end) offsets into `text` of the sentences nearest to the query, in text order."""
    matches: tuple[tuple[int, int], ...] = ()
    """The same of the words of the query, in any inflection."""
    relevance: float | None = None
    """How likely the passage answers, from 0 to 1, on one scale for every index; None where only
    one ranking was asked, or the bundled model cannot read the script of the query."""
    similar: tuple[Copy, ...] = ()
    """Copies of the article that would have been hits of their own, best first."""
    explanation: Explanation | None = None
    """None unless it was asked for."""


@dataclass(frozen=True, slots=True)
class SearchResult:
    """The hits for one query, best first, and where the time went."""

    query: str
    mode: Mode
    hits: tuple[Hit, ...]
    timings_ms: Mapping[str, float]

    @property
    def relevance(self) -> float | None:
        """That of the best hit; None where there is none."""
        return max((hit.relevance for hit in self.hits if hit.relevance is not None), default=None)

    def or_nothing(self) -> "SearchResult":
        """The result, without hits where even the best is no answer."""
        best = self.relevance
        return self if best is None or best >= NOTHING else replace(self, hits=())


@dataclass(frozen=True, slots=True)
class Article:
    """One article of an index with the passages that it was cut into, in text order."""

    document: Document
    chunks: tuple[Chunk, ...]
