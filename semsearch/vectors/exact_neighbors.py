"""The exact neighbours of some queries among vectors that come in batches."""

import faiss
import numpy as np

from semsearch.types import Embeddings, Rows


class ExactNeighbors:
    """For q queries, the k nearest of all vectors added so far, by inner product."""

    def __init__(self, queries: Embeddings, k: int) -> None:
        """Begin without vectors.

        Args:
            queries: (q, d) unit rows.
            k: neighbours of each.
        """
        self._queries = queries
        self._scores = np.full((len(queries), k), -np.inf, dtype=np.float32)
        self.ids: Rows = np.full((len(queries), k), -1, dtype=np.int64)
        """(q, k), best first; -1 while fewer than k vectors have been added."""
        self._added = 0

    def add(self, vectors: Embeddings) -> None:
        """Compare with more vectors (b, d), whose ids follow those before."""
        k = self.ids.shape[1]
        scores, rows = faiss.knn(
            self._queries, vectors, min(k, len(vectors)), metric=faiss.METRIC_INNER_PRODUCT
        )
        scores = np.concatenate([self._scores, scores], axis=1)
        found = np.concatenate([self.ids, self._added + rows], axis=1)
        order = np.argsort(-scores, axis=1, kind="stable")[:, :k]
        self._scores = np.take_along_axis(scores, order, axis=1)
        self.ids = np.take_along_axis(found, order, axis=1)
        self._added += len(vectors)
