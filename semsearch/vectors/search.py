"""The nearest of all vectors, of some, or of most: exactly, or by codes and then exactly."""

from functools import cached_property
from typing import NamedTuple

import faiss
import numpy as np
import numpy.typing as npt

from semsearch.types import Embeddings, Rows, Scores
from semsearch.vectors.codes import CodeIndex
from semsearch.vectors.rows import VectorRows, best_first, scanner
from semsearch.vectors.threads import one_thread

EXACT_ROWS = 50_000
"""Up to so many rows every one is compared; that takes some milliseconds."""


class Neighbors(NamedTuple):
    """What a vector search found for q queries: both (q, k), best first."""

    rows: Rows
    scores: Scores
    """Cosine similarities, exact."""


class VectorIndex:
    """Search by cosine similarity over n unit vectors.

    With codes, candidates come from them; without, and for vectors newer than the codes, every
    vector is compared. Scores are exact in either case. Threads may share it.
    """

    def __init__(self, vectors: VectorRows, codes: CodeIndex | None = None) -> None:
        """Hold vectors, and codes of those in their matrix."""
        self._vectors = vectors
        self._codes = codes

    @property
    def description(self) -> str:
        """How it searches all: `exact`, or the kind and settings for ten neighbours."""
        return self._codes.description if self._codes else "exact"

    def search(self, queries: Embeddings, k: int, rows: "Rows | None" = None) -> Neighbors:
        """The k nearest rows of each query, fewer when there are fewer.

        Args:
            queries: (q, d) unit rows.
            k: neighbours per query.
            rows: (m,) the rows that may be found, ascending; every row when left out.

        Returns:
            Two (q, min(k, m)) arrays. No slot is ever empty.
        """
        total = len(self._vectors) if rows is None else len(rows)
        k = min(k, total)
        if k == 0:
            shape = (len(queries), 0)
            return Neighbors(np.empty(shape, np.int64), np.empty(shape, np.float32))
        queries = np.ascontiguousarray(queries, dtype=np.float32)
        with one_thread():
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
        """Of the rows that the codes do not have."""
        return scanner(self._vectors.halves(np.arange(self._vectors.old, len(self._vectors))))

    def _by_codes(self, query: Embeddings, k: int, rows: "Rows | None") -> tuple[Rows, Scores]:
        assert self._codes
        old = self._vectors.old
        if rows is None:
            among, wanted = self._live, None
        else:
            split = int(np.searchsorted(rows, old))
            among, wanted = self._places(rows[:split]), rows[split:] - old
        places = self._codes.candidates(query, k, among)
        near = self._row_of[places] if self._gone else places
        if old < len(self._vectors):
            near = np.concatenate([near, old + self._nearest_newer(query, k, wanted)])
        if len(near) < k:  # too few where the query looks
            near = np.arange(len(self._vectors)) if rows is None else rows
        return self._vectors.nearest(query, k, near)

    def _nearest_newer(self, query: Embeddings, k: int, wanted: "Rows | None") -> Rows:
        """Places among the newer rows of the k nearest: of some, or of all."""
        selector = None if wanted is None else faiss.IDSelectorBatch(wanted)
        parameters = faiss.SearchParameters(sel=selector)
        _, places = self._newer.search(query, min(k, self._newer.ntotal), params=parameters)
        return np.asarray(places[places >= 0])

    @property
    def _gone(self) -> bool:
        """Whether codes are left of vectors that are not there any more."""
        return self._vectors.kept is not None

    @cached_property
    def _live(self) -> npt.NDArray[np.bool_] | None:
        return self._places(np.arange(self._vectors.old)) if self._gone else None

    @cached_property
    def _row_of(self) -> Rows:
        """(m,) the row of each vector of the matrix; -1 where it is gone."""
        row_of = np.full(len(self._vectors.matrix), -1)
        row_of[self._vectors.kept] = np.arange(self._vectors.old)
        return row_of

    def _places(self, rows: Rows) -> npt.NDArray[np.bool_]:
        """(m,) of the vectors of the matrix, whether they are those of some rows."""
        among = np.zeros(len(self._vectors.matrix), dtype=bool)
        among[rows if self._vectors.kept is None else self._vectors.kept[rows]] = True
        return among
