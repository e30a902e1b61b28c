"""Nearest neighbours by FAISS: the only module that knows it."""

from typing import NamedTuple

import faiss
import numpy as np
import numpy.typing as npt

from semsearch.types import Embeddings

EXACT_ROWS = 50_000
"""Up to so many rows every one is compared; that takes some milliseconds."""
_CODES_PER_NEIGHBOUR, _LEAST_CODES = 5, 1000
"""Rows compared exactly for each neighbour wanted, and at least."""
_TRAINING_ROWS = 20_000


class Neighbors(NamedTuple):
    """What a vector search found for q queries: both (q, k), best first."""

    rows: npt.NDArray[np.int64]
    scores: npt.NDArray[np.float32]
    """Cosine similarities, exact."""


class VectorIndex:
    """Search by cosine similarity over n unit vectors.

    Past `EXACT_ROWS` the candidates come from codes of one bit a dimension (Gao and Long 2024,
    "RaBitQ: Quantizing High-Dimensional Vectors with a Theoretical Error Bound for Approximate
    Nearest Neighbor Search") and are then compared exactly: of the 10 nearest hardly one in a
    thousand is missed, of the 200 nearest one in thirty.
    """

    def __init__(self, vectors: Embeddings) -> None:
        n, d = vectors.shape
        self._vectors = vectors
        self._is_exact = n <= EXACT_ROWS
        if self._is_exact:
            self._index: faiss.Index = faiss.IndexFlatIP(d)
        else:
            rotation = faiss.RandomRotationMatrix(d, d)
            rotation.init(0)
            codes = faiss.IndexRaBitQFastScan(d, faiss.METRIC_INNER_PRODUCT)
            self._index = faiss.IndexPreTransform(rotation, codes)
            self._index.train(vectors[:: -(-n // _TRAINING_ROWS)])
        self._index.add(vectors)

    def search(
        self, queries: Embeddings, k: int, rows: npt.NDArray[np.int64] | None = None
    ) -> Neighbors:
        """The k nearest rows of each query, fewer when there are fewer.

        Args:
            queries: (q, d) unit rows.
            k: neighbours per query.
            rows: (m,) the rows that may be found, compared exactly; every row when left out.

        Returns:
            Two (q, min(k, m)) arrays. No slot is ever empty.
        """
        k = min(k, len(self._vectors) if rows is None else len(rows))
        if k == 0:
            shape = (len(queries), 0)
            return Neighbors(np.empty(shape, np.int64), np.empty(shape, np.float32))
        if rows is not None:
            found = [self._nearest(query, rows, k) for query in queries]
        elif self._is_exact:
            scores, nearest = self._index.search(queries, k)
            return Neighbors(nearest, scores)
        else:
            wanted = min(len(self._vectors), max(_LEAST_CODES, _CODES_PER_NEIGHBOUR * k))
            _, codes = self._index.search(queries, wanted)
            found = [
                self._nearest(query, candidates[candidates >= 0], k)
                for query, candidates in zip(queries, codes, strict=True)
            ]
        return Neighbors(np.stack([row for row, _ in found]), np.stack([s for _, s in found]))

    def _nearest(
        self, query: npt.NDArray[np.float32], rows: npt.NDArray[np.int64], k: int
    ) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.float32]]:
        """Rows and scores of the k nearest of some rows."""
        few = len(rows) * 4 < len(self._vectors)  # else gathering them costs more than all
        scores = self._vectors[rows] @ query if few else (self._vectors @ query)[rows]
        best = np.argpartition(-scores, k - 1)[:k]
        best = best[np.argsort(-scores[best], kind="stable")]
        return rows[best], scores[best]
