"""The articles of an index that pass a filter."""

import numpy as np

from semsearch.store.filters import Facts, Filter, passing
from semsearch.store.reader import Reader
from semsearch.types import Rows


class Passing:
    """Filters the articles of one state of the index. Threads may share it."""

    def __init__(self) -> None:
        self._facts: list[Facts] | None = None

    def documents(self, conditions: Filter, reader: Reader) -> Rows:
        """(m,) row ids.

        Args:
            conditions: dates alone are looked up in the database; for any others the facts of all
                articles are read once and kept.
            reader: in a snapshot of that state.
        """
        if conditions.is_of_dates:
            return reader.dated(conditions.since, conditions.until)
        if self._facts is None:
            self._facts = list(reader.facts())
        return np.array(passing(self._facts, conditions), dtype=np.int64)
