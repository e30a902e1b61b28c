"""The nearest of all vectors, of some, or of most: exactly, or by codes and then exactly."""

from typing import NamedTuple

import faiss
import numpy as np
import numpy.typing as npt

from semsearch.types import Embeddings
from semsearch.vectors.codes import CodeIndex

EXACT_ROWS = 50_000
"""Up to so many rows every one is compared; that takes some milliseconds."""

Rows = npt.NDArray[np.int64]


class Neighbors(NamedTuple):
    """What a vector search found for q queries: both (q, k), best first."""

    rows: Rows
    scores: npt.NDArray[np.float32]
    """Cosine similarities, exact."""


class VectorIndex:
    """Search by cosine similarity over n unit vectors.

    With codes, candidates come from them; without, and for vectors newer than the codes, every
    vector is compared. Scores are exact in either case.
    """

    def __init__(
        self, vectors: Embeddings, ids: Rows | None = None, codes: CodeIndex | None = None
    ) -> None:
        """Hold vectors.

        Args:
            vectors: (n, d), unit rows.
            ids: (n,) ascending, by which the codes know the vectors.
            codes: may lack the newest and hold some that are gone.
        """
        self._vectors = vectors
        self._ids = np.arange(len(vectors)) if ids is None else ids
        self._codes = codes
        self._covered = 0
        self._live: npt.NDArray[np.bool_] | None = None
        if codes:
            self._covered = int(np.searchsorted(self._ids, codes.settings.last_id, side="right"))
            if self._covered < codes.settings.rows:
                self._live = self._bitmap(np.arange(self._covered))

    def search(self, queries: Embeddings, k: int, rows: Rows | None = None) -> Neighbors:
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
        if self._codes and total > EXACT_ROWS:
            found = [self._by_codes(query, k, rows) for query in queries]
        elif rows is None:
            scores, nearest = faiss.knn(queries, self._vectors, k, faiss.METRIC_INNER_PRODUCT)
            return Neighbors(nearest, scores)
        else:
            found = [self._nearest(query, rows, k) for query in queries]
        return Neighbors(np.stack([row for row, _ in found]), np.stack([s for _, s in found]))

    def _by_codes(
        self, query: npt.NDArray[np.float32], k: int, rows: Rows | None
    ) -> tuple[Rows, npt.NDArray[np.float32]]:
        assert self._codes
        if rows is None:
            among, fresh = self._live, np.arange(self._covered, len(self._vectors))
        else:
            split = int(np.searchsorted(rows, self._covered))
            among, fresh = self._bitmap(rows[:split]), rows[split:]
        ids = self._codes.candidates(query[None], k, among)
        ids = ids[ids <= self._ids[-1]]
        at = np.searchsorted(self._ids, ids)
        near = np.concatenate([at[self._ids[at] == ids], fresh])
        if len(near) < k:  # too few where the query looks
            near = np.arange(len(self._vectors)) if rows is None else rows
        return self._nearest(query, near, k)

    def _bitmap(self, rows: Rows) -> npt.NDArray[np.bool_]:
        """Of ids that the codes know, whether they are those of some rows."""
        assert self._codes
        among = np.zeros(self._codes.settings.last_id + 1, dtype=bool)
        among[self._ids[rows]] = True
        return among

    def _nearest(
        self, query: npt.NDArray[np.float32], rows: Rows, k: int
    ) -> tuple[Rows, npt.NDArray[np.float32]]:
        """Rows and scores of the k nearest of some rows."""
        few = len(rows) * 4 < len(self._vectors)  # else gathering them costs more than all
        scores = self._vectors[rows] @ query if few else (self._vectors @ query)[rows]
        best = np.argpartition(-scores, k - 1)[:k]
        best = best[np.argsort(-scores[best], kind="stable")]
        return rows[best], scores[best]
