"""Every passage of an index as ranking needs it: ids, languages and vectors, row by row."""

from dataclasses import dataclass

import numpy as np

from semsearch.errors import IndexDamaged
from semsearch.store.reader import Reader
from semsearch.types import Halves, Rows
from semsearch.vectors import Passages, StoredIndex, VectorRows, join_passages


@dataclass(frozen=True, slots=True)
class ChunkTable(Passages):
    """Passages and their vectors, row by row, in one state of the index."""

    generation: int
    vectors: VectorRows


def read_table(reader: Reader, dim: int, stored: StoredIndex | None = None) -> ChunkTable:
    """Every visible passage with its vector.

    Args:
        reader: of the index.
        dim: of the vectors.
        stored: an approximate index of it. Its passages and vectors are used where they are, the
            vectors on disk; only newer passages are read from the database.

    Raises:
        IndexDamaged: a row has changed or is missing.
    """
    with reader.snapshot():
        meta = reader.meta()
        n = meta.passages
        if stored is None:
            passages = reader.passages_above()
            rows = VectorRows(_vectors_of(reader, passages.ids, dim))
        else:
            old = stored.passages
            newer = reader.passages_above(int(old.ids[-1]), old.lang_names)
            kept = _kept(reader, old.ids, n - len(newer.ids))
            passages = join_passages(old, kept, newer)
            vectors = _vectors_of(reader, newer.ids, dim)
            rows = VectorRows(stored.vectors, kept=kept, newer=vectors)
    found = len(passages.ids)
    if found != n:
        raise IndexDamaged(reader.folder, f"{n} passages were written, {found} are there")
    return ChunkTable(
        passages.ids,
        passages.documents,
        passages.langs,
        passages.lang_names,
        meta.generation,
        rows,
    )


def _kept(reader: Reader, ids: Rows, n: int) -> "Rows | None":
    """(n,) rows, among passages with these ids, of those that are still there; None for all."""
    if n == len(ids):
        return None
    left = reader.chunk_ids(int(ids[-1]))
    kept = np.searchsorted(ids, left)
    if len(left) != n or not np.array_equal(ids[kept], left):
        raise IndexDamaged(reader.folder, f"{n} old passages were written, {len(left)} are there")
    return kept


def _vectors_of(reader: Reader, ids: Rows, dim: int) -> Halves:
    """(n, d) the vectors of the last n passages, which have these ids."""
    matrix = np.empty((len(ids), dim), dtype=np.float16)
    row = 0
    for chunks, vectors in reader.vectors(dim, above=int(ids[0]) - 1) if len(ids) else ():
        if not np.array_equal(ids[row : row + len(chunks)], chunks):
            raise IndexDamaged(reader.folder, "some passages have no vector, or not their own")
        matrix[row : row + len(chunks)] = vectors
        row += len(chunks)
    if row != len(ids):
        raise IndexDamaged(reader.folder, f"{len(ids)} passages but {row} vectors")
    return matrix
