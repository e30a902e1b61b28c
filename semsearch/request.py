"""What is asked of an index: a question and everything that can be said with it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypedDict

from semsearch.errors import InputError
from semsearch.types import Mode


class SearchOptions(TypedDict, total=False):
    """The keyword arguments of `SearchIndex.search`: the fields of a `Request` by name."""

    mode: Mode
    langs: Sequence[str]
    passages: bool
    min_relevance: float
    explain: bool


@dataclass(frozen=True, slots=True)
class Request:
    """One question. Raises InputError where it cannot be answered as it stands."""

    query: str
    """Some words, in any language."""
    k: int = 10
    """How many hits; fewer come back only when the index holds fewer."""
    mode: Mode = Mode.HYBRID
    """Meaning and words together, or one of them."""
    langs: Sequence[str] = ()
    """ISO 639-1 codes of the languages of the articles wanted; empty for all."""
    passages: bool = False
    """Every passage instead of the best of each article."""
    min_relevance: float = 0.0
    """Hits with less are left out; only hybrid hits have a relevance."""
    explain: bool = False
    """Say of every hit what its score is made of."""

    def __post_init__(self) -> None:
        # What is no UTF-8 (a lone surrogate out of argv) cannot be encoded, stored or printed.
        object.__setattr__(self, "query", self.query.encode("utf-8", "replace").decode())
        if not self.query.strip():
            raise InputError("the query is empty")
        if self.k < 1:
            raise InputError(f"k must be at least 1, not {self.k}")
        if not 0 <= self.min_relevance <= 1:
            raise InputError(f"a relevance lies between 0 and 1: {self.min_relevance} does not")
