"""Passages and their vectors as they are stored, and exact comparisons with these."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import faiss
import numpy as np
import numpy.typing as npt

from semsearch.types import Embeddings, Halves, Rows, Scores
from semsearch.vectors.threads import one_thread

_BLOCK_BYTES = 1 << 19
"""Vectors compared at once: what is larger is given back to the system after each use, and taking
it anew costs more than comparing."""
_HALF = faiss.ScalarQuantizer.QT_fp16


@dataclass(frozen=True, slots=True)
class Passages:
    """What ranking needs of n passages besides their vectors, in order of chunk id."""

    ids: Rows
    """(n,) chunk ids, ascending."""
    documents: Rows
    """(n,) id of the article that each passage stands in; ascending, as ids are given in order."""
    langs: npt.NDArray[np.int16]
    """(n,) position of the article's language in `lang_names`."""
    lang_names: tuple[str, ...]
    """`und` stands for unknown."""

    def rows_of(self, documents: Sequence[int]) -> list[Rows]:
        """The rows of the passages of each of some articles."""
        first, end = (
            np.searchsorted(self.documents, documents, side) for side in ("left", "right")
        )
        return [np.arange(i, j) for i, j in zip(first, end, strict=True)]


def joined(old: Passages, kept: "Rows | None", newer: Passages) -> Passages:
    """Those of some passages that are kept, all when that is None, and newer ones after them."""
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
        """How many rows, and of how many numbers."""

    def __len__(self) -> int: ...

    def __getitem__(self, rows: Rows) -> Halves: ...


class VectorRows:
    """n unit vectors (n, d) of half precision: those of a matrix that are kept, then newer ones."""

    def __init__(
        self, matrix: Matrix, *, kept: "Rows | None" = None, newer: "Halves | None" = None
    ) -> None:
        """Hold vectors.

        Args:
            matrix: (m, d).
            kept: ascending places in the matrix of those that are still there; all when left out.
            newer: (f, d), which follow.
        """
        self.matrix = matrix
        self.kept = kept
        self.old = len(matrix) if kept is None else len(kept)
        """Rows from the matrix; the newer ones begin here."""
        self._newer = newer if newer is not None else np.empty((0, self.dim), np.float16)

    @property
    def dim(self) -> int:
        """Numbers of a vector, d."""
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

    def cosines(self, query: Embeddings, rows: Rows) -> Scores:
        """(m,) cosine similarities of a query (1, d) with some rows."""
        cosines = np.empty(len(rows), dtype=np.float32)
        if len(rows):
            with one_thread():
                scores, places = scanner(self.halves(rows)).search(query, len(rows))
            cosines[places[0]] = scores[0]
        return cosines

    def nearest(self, queries: Embeddings, k: int, rows: Rows) -> tuple[Rows, Scores]:
        """Rows and cosine similarities, (q, k) each, of the k nearest among some rows, best first.

        Args:
            queries: (q, d) unit rows.
            k: at most the number of rows.
            rows: (m,)
        """
        found, scores = [], []
        for start in range(0, len(rows), block := max(1, _BLOCK_BYTES // (2 * self.dim))):
            part = rows[start : start + block]
            near, places = scanner(self.halves(part)).search(queries, min(k, len(part)))
            found.append(part[places])
            scores.append(near)
        best = best_first(np.concatenate(found, axis=1), np.concatenate(scores, axis=1))
        return best[0][:, :k], best[1][:, :k]

    def _from_matrix(self, rows: Rows) -> Halves:
        return self.matrix[rows if self.kept is None else self.kept[rows]]


def scanner(halves: Halves) -> faiss.IndexScalarQuantizer:
    """Exact search over all of some vectors (m, d) as they are stored, which are copied."""
    index = faiss.IndexScalarQuantizer(halves.shape[1], _HALF, faiss.METRIC_INNER_PRODUCT)
    faiss.copy_array_to_vector(np.ascontiguousarray(halves).view(np.uint8).ravel(), index.codes)
    index.ntotal = len(halves)
    return index


def best_first(rows: Rows, scores: Scores) -> tuple[Rows, Scores]:
    """Both (q, k), by falling score, then by row: FAISS leaves equals as they come."""
    order = np.lexsort((rows, -scores), axis=1)
    return np.take_along_axis(rows, order, 1), np.take_along_axis(scores, order, 1)
