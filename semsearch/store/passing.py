"""Which articles of an index a filter lets through."""

import numpy as np
import numpy.typing as npt

from semsearch.store.filters import Facts, Filter, passing
from semsearch.store.reader import Reader


class Passing:
    """The articles of one state of the index. Threads may share it."""

    def __init__(self) -> None:
        self._facts: list[Facts] | None = None

    def documents(self, conditions: Filter, reader: Reader) -> npt.NDArray[np.int64]:
        """Row ids, (m,).

        Args:
            conditions: dates alone are looked up in the database; for others the facts of all
                articles are read once and kept.
            reader: in a snapshot of that state.
        """
        if conditions.is_of_dates:
            return reader.dated(conditions.since, conditions.until)
        if self._facts is None:
            self._facts = [Facts(*row) for row in reader.facts()]
        return np.array(passing(self._facts, conditions), dtype=np.int64)
