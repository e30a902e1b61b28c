"""A question and every option that can come with it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypedDict

from semsearch.errors import InputError
from semsearch.types import Mode


class FilterOptions(TypedDict, total=False):
    """Which articles are wanted: fields of a `Request` by name."""

    langs: Sequence[str]
    since: str | None
    until: str | None
    paths: Sequence[str]
    where: Sequence[str]
    per_lang: int | None


class SearchOptions(FilterOptions, total=False):
    """The keyword arguments of `SearchIndex.search`: the fields of a `Request` by name."""

    mode: Mode
    also: Sequence[str]
    like: Sequence[str]
    unlike: Sequence[str]
    rerank: str | None
    budget_ms: float
    passages: bool
    all_copies: bool
    min_relevance: float
    explain: bool


@dataclass(frozen=True, slots=True)
class Request:
    """One question. Raises InputError where it cannot be answered as it stands."""

    query: str
    """Some words, in any language; may be empty where `like` says what is looked for."""
    k: int = 10
    """How many hits; fewer come back only when the index holds fewer."""
    mode: Mode = Mode.HYBRID
    """Meaning and words together, or one of them."""
    langs: Sequence[str] = ()
    """ISO 639-1 codes of the languages of the articles wanted; empty for all."""
    since: str | None = None
    """Only articles of this date or later: 2019, 2019-11 or 2019-11-15."""
    until: str | None = None
    """Only articles of this date or earlier; 2019-11 is all of that month."""
    paths: Sequence[str] = ()
    """Only articles in files that match one of these patterns, in the syntax of .gitignore, by
    their path inside the indexed folder or by their absolute path."""
    where: Sequence[str] = ()
    """Only articles whose front matter has one of the values for each FIELD of FIELD=VALUE."""
    per_lang: int | None = None
    """So many hits of each language at most."""
    also: Sequence[str] = ()
    """More queries, joined with the first."""
    like: Sequence[str] = ()
    """Examples of what is looked for: doc_ids or absolute paths of articles, or texts."""
    unlike: Sequence[str] = ()
    """Examples of what is not."""
    rerank: str | None = None
    """Name or folder of a cross-encoder that orders the best hits anew."""
    budget_ms: float = 300.0
    """Time for that; loading the cross-encoder, and its first passages, are not counted."""
    passages: bool = False
    """Every passage instead of the best of each article."""
    all_copies: bool = False
    """Copies of an article, edited or translated, as hits of their own."""
    min_relevance: float = 0.0
    """Hits with less are left out; only hybrid hits have a relevance."""
    explain: bool = False
    """Say of every hit what its score is made of."""

    def __post_init__(self) -> None:
        # What is no UTF-8 (a lone surrogate out of argv) cannot be encoded, stored or printed.
        object.__setattr__(self, "query", _encodable(self.query))
        for name in ("also", "like", "unlike"):
            object.__setattr__(self, name, tuple(map(_encodable, getattr(self, name))))
        if self.mode not in tuple(Mode):
            raise InputError(f"mode must be one of {', '.join(Mode)}, not {self.mode}")
        object.__setattr__(self, "mode", Mode(self.mode))  # its name will do
        if not self.query.strip() and not any(text.strip() for text in (*self.also, *self.like)):
            raise InputError("the query is empty")
        if self.k < 1:
            raise InputError(f"k must be at least 1, not {self.k}")
        if self.per_lang is not None and self.per_lang < 1:
            raise InputError(f"per_lang must be at least 1, not {self.per_lang}")
        if not 0 <= self.min_relevance <= 1:
            raise InputError(f"a relevance lies between 0 and 1: {self.min_relevance} does not")


def _encodable(text: str) -> str:
    return text.encode("utf-8", "replace").decode()
