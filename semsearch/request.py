"""A question and every option that can come with it."""

from collections.abc import Sequence
from dataclasses import KW_ONLY, dataclass
from typing import TYPE_CHECKING, TypedDict

from semsearch.errors import InputError
from semsearch.types import Mode

if TYPE_CHECKING:
    from semsearch.text.query_syntax import Query


# Only a base: each method that is not made saves a search that a server answers 0.1 ms.
@dataclass(frozen=True, slots=True, kw_only=True, init=False, eq=False, repr=False)
class Filters:
    """Which articles may be among the hits; the same for every kind of question."""

    langs: Sequence[str] = ()
    """Only articles in one of these languages, as ISO 639-1 codes or names; empty for all."""
    since: str | None = None
    """Only articles of this date or later: 2019, 2019-11 or 2019-11-15."""
    until: str | None = None
    """Only articles of this date or earlier; 2019-11 includes all of that month."""
    paths: Sequence[str] = ()
    """Only articles in files that match one of these patterns, in the syntax of .gitignore, by
    their path inside the indexed folder or by their absolute path."""
    where: Sequence[str] = ()
    """Only articles whose front matter has one of the values for each FIELD of FIELD=VALUE."""
    per_lang: int | None = None
    """At most this many hits in each language."""


@dataclass(frozen=True, slots=True)
class Request(Filters):
    """One question. Raises InputError where it cannot be answered as it stands."""

    query: str
    """Some words, in any language; may be empty where `also` or `like` is given. A hit contains
    what stands in quotes and a word that begins with `prefix*`, and does not contain `-word`."""
    k: int = 10
    """Number of hits; fewer come back only when the index holds fewer."""
    mode: Mode = Mode.HYBRID
    """Rank by meaning and words together (hybrid), by meaning (dense) or by words (lexical)."""
    _: KW_ONLY
    also: Sequence[str] = ()
    """More queries, combined with the first."""
    like: Sequence[str] = ()
    """Examples of what to find: doc_ids or absolute paths of articles, or texts."""
    unlike: Sequence[str] = ()
    """Examples of what to avoid, given in the same ways."""
    rerank: str | None = None
    """Name or folder of a cross-encoder that reorders the best hits."""
    budget_ms: float = 300.0
    """Milliseconds for reranking; loading the cross-encoder does not count, and its first batch is
    always scored."""
    passages: bool = False
    """Return every matching passage instead of the best one of each article."""
    all_copies: bool = False
    """Return edited and translated copies of an article as hits of their own."""
    min_relevance: float = 0.0
    """Leave out hits whose relevance is lower, from 0 to 1; hits of unknown relevance stay."""
    explain: bool = False
    """Add to every hit the parts that its score is made of."""
    literal: bool = False
    """Take quotes, hyphens and asterisks in the queries as they are, not as syntax."""

    def __post_init__(self) -> None:
        # A lone surrogate (argv that is not UTF-8) can be neither encoded, stored nor printed.
        object.__setattr__(self, "query", _encodable(self.query))
        if self.langs:  # what names mean is not read for a search in all languages
            from semsearch.text import parse_languages

            try:
                object.__setattr__(self, "langs", parse_languages(self.langs))
            except ValueError as error:
                raise InputError(str(error)) from None
        for name in ("also", "like", "unlike"):
            object.__setattr__(self, name, tuple(map(_encodable, getattr(self, name))))
        if self.mode not in tuple(Mode):
            raise InputError(f"mode must be one of {', '.join(Mode)}, not {self.mode}")
        object.__setattr__(self, "mode", Mode(self.mode))  # it may be given as a string
        if not self.query.strip() and not any(text.strip() for text in (*self.also, *self.like)):
            raise InputError("the query is empty")
        if self.k < 1:
            raise InputError(f"k must be at least 1, not {self.k}")
        if self.per_lang is not None and self.per_lang < 1:
            raise InputError(f"per_lang must be at least 1, not {self.per_lang}")
        if not 0 <= self.min_relevance <= 1:
            raise InputError(f"min_relevance must be between 0 and 1, not {self.min_relevance}")

    def parsed(self) -> "list[Query]":
        """The query and those of `also`, as they are understood."""
        from semsearch.text.query_syntax import Query, parse  # not needed where a server answers

        return [Query(text) if self.literal else parse(text) for text in (self.query, *self.also)]

    @property
    def only_excludes(self) -> bool:
        """Whether it says what to leave out and not what to look for."""
        return not self.like and not any(each.text for each in self.parsed())


@dataclass(frozen=True, slots=True)
class Similar(Filters):
    """The question for articles like an indexed one: the arguments of `SearchIndex.similar`."""

    path_or_id: str
    """A doc_id, or the path of an indexed file."""
    k: int = 10
    """Number of hits; fewer come back only when the index holds fewer."""
    _: KW_ONLY
    base: str = ""
    """Folder that a relative path starts from; the working folder of the server when empty."""


Question = Request | Similar


class FilterOptions(TypedDict, total=False):
    """The fields of `Filters` as keyword arguments."""

    langs: Sequence[str]
    since: str | None
    until: str | None
    paths: Sequence[str]
    where: Sequence[str]
    per_lang: int | None


class SearchOptions(FilterOptions, total=False):
    """The fields of `Request` but its query and k, as keyword arguments of `SearchIndex.search`."""

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
    literal: bool


def _encodable(text: str) -> str:
    return text.encode("utf-8", "replace").decode()
