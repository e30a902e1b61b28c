"""Which passages meet the wording of a query: its phrases, beginnings of words and exclusions."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from semsearch.lexical import ExactText, LexicalIndex, folded
from semsearch.ranking import RankedPassages
from semsearch.store import ChunkTable, Reader
from semsearch.text.query_syntax import Query
from semsearch.types import Document

if TYPE_CHECKING:
    import numpy.typing as npt

_LEAST = 8
"""One in so many candidates, or twice as many as hits are wanted, must meet it before the others
are read too. A choice."""
_READ_AT_ONCE = 16
"""Passages whose texts are read together. A choice."""


class Wording(NamedTuple):
    """What hits must contain and must not, word for word."""

    required: tuple[ExactText, ...] = ()
    """The passage, or the title of its article, contains each of them."""
    excluded: tuple[ExactText, ...] = ()
    """Neither the text of the article nor its title contains any of them."""

    @classmethod
    def of(cls, queries: Iterable[Query]) -> "Wording":
        """All that several queries ask for."""
        each = list(queries)
        required, excluded = (
            tuple(filter(None, map(ExactText, texts)))
            for texts in (
                [text for query in each for text in query.required],
                [text for query in each for text in query.excluded],
            )
        )
        return cls(required, excluded)


class WordingFilter:
    """Finds the passages that meet a wording, in one state of an index.

    The word index tells which ones may. Only the texts of the best of these are read to see whether
    they do: a frequent phrase stands in thousands.
    """

    def __init__(
        self, wording: Wording, table: ChunkTable, lexical: LexicalIndex, reader: Reader
    ) -> None:
        self._wording = wording
        self._table = table
        self._reader = reader
        self.may_meet = np.ones(len(table.ids), dtype=bool)
        """(n,) for each row, whether it may have all that is required."""
        for each in wording.required:
            self.may_meet &= _may_have(each, table, lexical)
        suspects = np.zeros(len(table.ids), dtype=bool)
        for each in wording.excluded:
            suspects |= _may_have(each, table, lexical)
        self._suspects = frozenset(table.documents[suspects].tolist())
        """Articles that may have what is excluded."""
        self._has_excluded: dict[int, bool] = {}
        """Whether they have it, for those that have been read."""
        self._meets: dict[int, bool] = {}
        """Of the rows that have been looked at."""

    def first(self, ranked: RankedPassages, k: int, depth: int, total: int) -> RankedPassages:
        """The first of some ranked passages that meet it, for k hits, or all of them in the end.

        Args:
            ranked: `depth` of them or more.
            k: how many hits are looked for.
            depth: where it is not less than `total`, no more will be ranked.
            total: how many may be found.
        """
        least = total if depth >= total else max(depth // _LEAST, 2 * k)
        rows = ranked.rows.tolist()
        found: list[int] = []
        for start in range(0, len(rows), _READ_AT_ONCE):
            some = rows[start : start + _READ_AT_ONCE]
            self._look_at([row for row in some if row not in self._meets])
            found += [start + i for i, row in enumerate(some) if self._meets[row]]
            if len(found) >= least:
                break
        return ranked.take(found)

    def _look_at(self, rows: list[int]) -> None:
        required = self._wording.required
        ids, articles = (own[rows].tolist() for own in (self._table.ids, self._table.documents))
        needed = set(articles) if required else set(articles) & self._suspects
        documents = self._reader.documents(sorted(needed))
        spans = self._reader.spans(ids) if required else {}
        for row, id_, article in zip(rows, ids, articles, strict=True):
            meets = not required or self._has_required(documents[article], *spans[id_])
            if meets and article in self._suspects:
                meets = not self._has_any_excluded(article, documents[article])
            self._meets[row] = meets

    def _has_required(self, document: Document, start: int, end: int) -> bool:
        text = folded(f"{document.title}\n\n{document.text[start:end]}")
        return all(each.is_in(text, document.lang) for each in self._wording.required)

    def _has_any_excluded(self, article: int, document: Document) -> bool:
        if article not in self._has_excluded:
            text = folded(f"{document.title}\n\n{document.text}")
            self._has_excluded[article] = any(
                each.is_in(text, document.lang) for each in self._wording.excluded
            )
        return self._has_excluded[article]


def _may_have(
    exact: ExactText, table: ChunkTable, lexical: LexicalIndex
) -> "npt.NDArray[np.bool_]":
    """(n,) for each row, whether it may contain a text, as far as the word index knows."""
    may = np.zeros(len(table.ids), dtype=bool)
    for spelling in exact.spellings:
        may |= np.isin(table.ids, lexical.holding(spelling))
    for beginning in exact.beginnings:
        may &= np.isin(table.ids, lexical.beginning(beginning))
    return may
