"""Nearest neighbours by FAISS: the only module that knows it."""

from typing import NamedTuple

import faiss
import numpy as np
import numpy.typing as npt

from semsearch.types import Embeddings


class Neighbors(NamedTuple):
    """What a vector search found for q queries: both (q, k), best first."""

    rows: npt.NDArray[np.int64]
    scores: npt.NDArray[np.float32]
    """Cosine similarities."""


class VectorIndex:
    """Exact search by cosine similarity over n unit vectors."""

    def __init__(self, vectors: Embeddings) -> None:
        n, d = vectors.shape
        self._index = faiss.IndexFlatIP(d)
        self._index.add(vectors)
        self._n = n

    def search(
        self, queries: Embeddings, k: int, rows: npt.NDArray[np.int64] | None = None
    ) -> Neighbors:
        """The k nearest rows of each query, fewer when there are fewer.

        Args:
            queries: (q, d) unit rows.
            k: neighbours per query.
            rows: (m,) the rows that may be found; every row when left out.

        Returns:
            Two (q, min(k, m)) arrays. No slot is ever empty.
        """
        k = min(k, self._n if rows is None else len(rows))
        if k == 0:
            shape = (len(queries), 0)
            return Neighbors(np.empty(shape, np.int64), np.empty(shape, np.float32))
        params = None
        if rows is not None:
            params = faiss.SearchParameters(sel=faiss.IDSelectorBatch(rows))  # type: ignore[call-arg]
        scores, found = self._index.search(queries, k, params=params)
        return Neighbors(found, scores)
