"""Filtering articles by date, path and the fields of their front matter."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from semsearch.errors import InputError
from semsearch.request import Filters

if TYPE_CHECKING:
    from pathspec import GitIgnoreSpec

_DATE = re.compile(r"\d{4}(-\d{2}(-\d{2})?)?")


@dataclass(frozen=True, slots=True)
class Facts:
    """The properties of an article that filters compare."""

    document: int
    """Its row id."""
    date: str | None
    path: str
    """Absolute."""
    relative: str
    """Inside the folder that the user named."""
    metadata: Mapping[str, str]


class Filter:
    """The conditions of a request. Raises InputError where one is not well formed."""

    def __init__(self, filters: Filters) -> None:
        for name, date in (("since", filters.since), ("until", filters.until)):
            if date and not _DATE.fullmatch(date):
                raise InputError(
                    f"--{name} {date!r} is not a date: give 2019, 2019-11 or 2019-11-15"
                )
        self.since, self.until = filters.since or "", filters.until or ""
        self._paths = _path_spec(filters.paths)
        self._wanted: dict[str, set[str]] = {}
        for condition in filters.where:
            field, equals, value = condition.partition("=")
            if not (equals and field.strip() and value.strip()):
                raise InputError(f"--where {condition!r} is not a condition: give FIELD=VALUE")
            self._wanted.setdefault(_folded(field), set()).add(_folded(value))

    def __bool__(self) -> bool:
        return bool(self.since or self.until or self._paths or self._wanted)

    @property
    def is_of_dates(self) -> bool:
        """Whether it has conditions on dates and no others."""
        return bool(self.since or self.until) and not (self._paths or self._wanted)

    def lets_through(self, facts: Facts) -> bool:
        """Whether an article meets every condition."""
        return (
            self._is_of_time(facts.date)
            and self._is_at(facts.path, facts.relative)
            and self._says(facts.metadata)
        )

    def _is_of_time(self, date: str | None) -> bool:
        """Both ends are included and compared as far as they go: 2019-11 is all of that month."""
        if not (self.since or self.until):
            return True
        if not date:
            return False
        return date[: len(self.since)] >= self.since and (
            not self.until or date[: len(self.until)] <= self.until
        )

    def _is_at(self, path: str, relative: str) -> bool:
        if self._paths is None:
            return True
        return self._paths.match_file(relative) or self._paths.match_file(path.lstrip("/"))

    def _says(self, metadata: Mapping[str, str]) -> bool:
        if not self._wanted:
            return True
        said = {_folded(field): _folded(value) for field, value in metadata.items()}
        return all(said.get(field) in values for field, values in self._wanted.items())


def passing(articles: Iterable[Facts], conditions: Filter) -> list[int]:
    """The row ids of the articles that meet every condition."""
    return [facts.document for facts in articles if conditions.lets_through(facts)]


def _path_spec(patterns: Sequence[str]) -> "GitIgnoreSpec | None":
    if not patterns:
        return None
    from pathspec import GitIgnoreSpec

    try:
        return GitIgnoreSpec.from_lines(patterns)
    except ValueError as error:
        raise InputError(f"--path {' '.join(patterns)!r} is not a pattern: {error}") from error


def _folded(text: str) -> str:
    return " ".join(text.casefold().split())
