"""Passages, their vectors as they are stored, and exact comparison with these."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import faiss
import numpy as np
import numpy.typing as npt

from semsearch.types import Cosines, Embeddings, Halves, Rows, Scores
from semsearch.vectors.threads import one_faiss_thread

_BLOCK_BYTES = 1 << 19
"""Bytes of vectors compared at once. Larger blocks are returned to the system after each use, and
allocating them again takes longer than comparing (2026-11-24)."""
_HALF = faiss.ScalarQuantizer.QT_fp16


@dataclass(frozen=True, slots=True)
class Passages:
    """What ranking needs of n passages besides their vectors, as columns in order of chunk id."""

    ids: Rows
    """(n,) chunk ids, ascending."""
    documents: Rows
    """(n,) id of the article of each passage; ascending, because ids are given in order."""
    langs: npt.NDArray[np.int16]
    """(n,) position of the article's language in `lang_names`."""
    lang_names: tuple[str, ...]
    """`und` stands for unknown."""

    def rows_of(self, documents: Sequence[int]) -> list[Rows]:
        """The rows (m,) of the passages of each article, by the ids of articles."""
        first, end = (
            np.searchsorted(self.documents, documents, side) for side in ("left", "right")
        )
        return [np.arange(i, j) for i, j in zip(first, end, strict=True)]


def join_passages(old: Passages, kept: "Rows | None", newer: Passages) -> Passages:
    """Old passages and newer ones after them.

    Args:
        old: n passages.
        kept: (m,) ascending positions of those that still exist; None for all.
        newer: passages with higher ids.
    """
    if kept is None and not len(newer.ids):
        return old
    where = slice(None) if kept is None else kept
    return Passages(
        np.concatenate([old.ids[where], newer.ids]),
        np.concatenate([old.documents[where], newer.documents]),
        np.concatenate([old.langs[where], newer.langs]),
        newer.lang_names,
    )


class Matrix(Protocol):
    """n rows of d half-precision numbers: an array, or a `VectorFile`."""

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape (n, d)."""

    def __len__(self) -> int: ...

    def __getitem__(self, rows: Rows) -> Halves: ...


class VectorRows:
    """n unit vectors (n, d) of half precision: rows of a matrix, then newer ones."""

    def __init__(
        self, matrix: Matrix, *, kept: "Rows | None" = None, newer: "Halves | None" = None
    ) -> None:
        """Hold vectors.

        Args:
            matrix: (m, d)
            kept: (k,) ascending rows of the matrix that still exist; all when left out.
            newer: (f, d) vectors that follow these.
        """
        self.matrix = matrix
        self.kept = kept
        self.old = len(matrix) if kept is None else len(kept)
        """How many rows come from the matrix, and the first row of the newer ones."""
        self._newer = newer if newer is not None else np.empty((0, self.dim), np.float16)

    @property
    def dim(self) -> int:
        """d, the numbers of a vector."""
        return int(self.matrix.shape[1])

    def __len__(self) -> int:
        return self.old + len(self._newer)

    def take(self, rows: Rows) -> Embeddings:
        """(m, d) some rows, in single precision. Raises VectorsChanged."""
        return self.halves(rows).astype(np.float32)

    def halves(self, rows: Rows) -> Halves:
        """(m, d) some rows as they are stored. Raises VectorsChanged."""
        if len(self._newer) == 0:
            return self._from_matrix(rows)
        newer = rows >= self.old
        taken = np.empty((len(rows), self.dim), dtype=np.float16)
        taken[~newer] = self._from_matrix(rows[~newer])
        taken[newer] = self._newer[rows[newer] - self.old]
        return taken

    def cosines(self, query: Embeddings, rows: Rows) -> Cosines:
        """(m,) cosine similarities of a query (1, d) with rows (m,). Raises VectorsChanged."""
        cosines = np.empty(len(rows), dtype=np.float32)
        if len(rows):
            with one_faiss_thread():
                scores, positions = scanner(self.halves(rows)).search(query, len(rows))
            cosines[positions[0]] = scores[0]
        return cosines

    def nearest(self, queries: Embeddings, k: int, rows: Rows) -> tuple[Rows, Cosines]:
        """The k nearest of some rows, best first: their rows and cosine similarities, (q, k) each.

        Args:
            queries: (q, d) unit rows.
            k: at most the number of rows.
            rows: (m,)

        Raises:
            VectorsChanged: a row is not what was written.
        """
        found, scores = [], []
        for start in range(0, len(rows), block := max(1, _BLOCK_BYTES // (2 * self.dim))):
            part = rows[start : start + block]
            near, positions = scanner(self.halves(part)).search(queries, min(k, len(part)))
            found.append(part[positions])
            scores.append(near)
        best = best_first(np.concatenate(found, axis=1), np.concatenate(scores, axis=1))
        return best[0][:, :k], best[1][:, :k]

    def _from_matrix(self, rows: Rows) -> Halves:
        return self.matrix[rows if self.kept is None else self.kept[rows]]


def scanner(halves: Halves) -> faiss.IndexScalarQuantizer:
    """Exact search over a copy of vectors (m, d) as they are stored."""
    index = faiss.IndexScalarQuantizer(halves.shape[1], _HALF, faiss.METRIC_INNER_PRODUCT)
    faiss.copy_array_to_vector(np.ascontiguousarray(halves).view(np.uint8).ravel(), index.codes)
    index.ntotal = len(halves)
    return index


def best_first(rows: Rows, scores: Scores) -> tuple[Rows, Scores]:
    """Both (q, k), by descending score, then by row: FAISS does not order equal scores."""
    order = np.lexsort((rows, -scores), axis=1)
    return np.take_along_axis(rows, order, 1), np.take_along_axis(scores, order, 1)
