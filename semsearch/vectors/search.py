"""The nearest vectors of all rows or of some: exactly, or by codes and then exactly."""

from functools import cached_property
from typing import NamedTuple

import faiss
import numpy as np
import numpy.typing as npt

from semsearch.types import Cosines, Embeddings, Rows
from semsearch.vectors.codes import CodeIndex
from semsearch.vectors.rows import VectorRows, best_first, scanner
from semsearch.vectors.threads import one_faiss_thread

EXACT_ROWS = 50_000
"""Rows up to which every vector is compared. A choice (2026-11-24): 100,000 take 2.5 ms
(`semsearch bench ann`)."""


class Neighbors(NamedTuple):
    """The k nearest rows of q queries, both (q, k), best first."""

    rows: Rows
    scores: Cosines
    """Exact."""


class VectorIndex:
    """Search by cosine similarity over n unit vectors.

    Candidates come from codes if there are any; vectors newer than the codes, and all vectors if
    there are no codes, are compared one by one. Scores are exact either way. Threads may share it.
    """

    def __init__(self, vectors: VectorRows, codes: CodeIndex | None = None) -> None:
        """Search some vectors.

        Args:
            vectors: (n, d)
            codes: of all vectors in the matrix of `vectors`; none for a small collection.
        """
        self._vectors = vectors
        self._codes = codes

    @property
    def description(self) -> str:
        """How all rows are searched: `exact`, or by which codes, set for ten neighbours."""
        return self._codes.description if self._codes else "exact"

    def search(self, queries: Embeddings, k: int, rows: "Rows | None" = None) -> Neighbors:
        """The k nearest rows of each query, fewer when there are fewer.

        Args:
            queries: (q, d) unit rows.
            k: neighbours per query.
            rows: (m,) the rows that may be found, ascending; every row when left out.

        Returns:
            Two (q, min(k, m)) arrays, always full.

        Raises:
            VectorsChanged: a vector on disk is not what was written.
        """
        total = len(self._vectors) if rows is None else len(rows)
        k = min(k, total)
        if k == 0:
            shape = (len(queries), 0)
            return Neighbors(np.empty(shape, np.int64), np.empty(shape, np.float32))
        queries = np.ascontiguousarray(queries, dtype=np.float32)
        with one_faiss_thread():
            return self._search(queries, k, rows, total)

    def _search(self, queries: Embeddings, k: int, rows: "Rows | None", total: int) -> Neighbors:
        if self._codes and total > EXACT_ROWS:
            found = [self._by_codes(query[None], k, rows) for query in queries]
            return Neighbors(*(np.concatenate(parts) for parts in zip(*found, strict=True)))
        if rows is not None:
            return Neighbors(*self._vectors.nearest(queries, k, rows))
        scores, nearest = self._everything.search(queries, k)
        return Neighbors(*best_first(nearest, scores))

    @cached_property
    def _everything(self) -> faiss.IndexScalarQuantizer:
        return scanner(self._vectors.halves(np.arange(len(self._vectors))))

    @cached_property
    def _newer(self) -> faiss.IndexScalarQuantizer:
        """Exact search over the rows that have no codes."""
        return scanner(self._vectors.halves(np.arange(self._vectors.old, len(self._vectors))))

    def _by_codes(self, query: Embeddings, k: int, rows: "Rows | None") -> tuple[Rows, Cosines]:
        """The rows and cosines of candidates, (1, k) each, compared exactly."""
        assert self._codes
        old = self._vectors.old
        if rows is None:
            among, newer = self._existing, None
        else:
            split = int(np.searchsorted(rows, old))
            among, newer = self._in_matrix(rows[:split]), rows[split:] - old
        found = self._codes.candidates(query, k, among)
        near = found if self._existing is None else self._row_of[found]
        if old < len(self._vectors):
            near = np.concatenate([near, old + self._nearest_newer(query, k, newer)])
        if len(near) < k:  # not enough candidates: compare every row
            near = np.arange(len(self._vectors)) if rows is None else rows
        return self._vectors.nearest(query, k, near)

    def _nearest_newer(self, query: Embeddings, k: int, among: "Rows | None") -> Rows:
        """Positions of the k nearest of the newer rows, or of some of them."""
        selector = None if among is None else faiss.IDSelectorBatch(among)
        parameters = faiss.SearchParameters(sel=selector)
        _, found = self._newer.search(query, min(k, self._newer.ntotal), params=parameters)
        return np.asarray(found[found >= 0])

    @cached_property
    def _existing(self) -> npt.NDArray[np.bool_] | None:
        """(m,) whether each vector of the matrix still exists; None where all do."""
        if self._vectors.kept is None:
            return None
        return self._in_matrix(np.arange(self._vectors.old))

    @cached_property
    def _row_of(self) -> Rows:
        """(m,) the row of each vector of the matrix; -1 where it was removed."""
        row_of = np.full(len(self._vectors.matrix), -1)
        row_of[self._vectors.kept] = np.arange(self._vectors.old)
        return row_of

    def _in_matrix(self, rows: Rows) -> npt.NDArray[np.bool_]:
        """(m,) which vectors of the matrix belong to some rows."""
        among = np.zeros(len(self._vectors.matrix), dtype=bool)
        among[rows if self._vectors.kept is None else self._vectors.kept[rows]] = True
        return among
