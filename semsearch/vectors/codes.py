"""An approximate index: short codes of vectors in inverted lists, tuned to a recall."""

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import faiss
import numpy as np
import numpy.typing as npt

from semsearch.types import Embeddings

Ids = npt.NDArray[np.int64]
Batches = Callable[[], Iterable[tuple[Ids, Embeddings]]]
"""The same batches at each call: ids (b,), ascending over all batches, and unit vectors (b, d)."""

_ONE_LIST = 300_000
"""Vectors up to which all codes are compared: training lists would cost more than it saves."""
_MOST_LISTS = 4096
_PER_LIST = 64
"""Vectors that each list is trained with."""
_TRAINING_ROWS = 20_000
_QUERIES = 256
"""Vectors of the collection that stand for queries when the index is tuned."""
_DEPTHS = {10: 0.0, 200: 0.05}
"""Numbers of neighbours for which it is tuned, and what may be missing from the target: the many
are for the ranking to choose from."""
_MARGIN = 0.01
"""Recall beyond the target that is asked of the sample, kinder perhaps than what is to come."""
_CANDIDATES = (5, 10, 20, 40, 80)
"""Candidates for each neighbour, the fewest that reach the target."""
_LEAST_CANDIDATES = 100


@dataclass(frozen=True, slots=True)
class Tuning:
    """How to search for up to so many neighbours, and what that finds."""

    k: int
    nprobe: int
    candidates: int
    recall: float
    """Share of the k nearest among the candidates: ann_recall@k once these are compared exactly."""


@dataclass(frozen=True, slots=True)
class Settings:
    """What an approximate index was made of."""

    fingerprint: str
    """Of the model that made the vectors."""
    rows: int
    last_id: int
    """Vectors with a higher id are not in it."""
    tunings: tuple[Tuning, ...]
    """By ascending k."""

    def to_dict(self) -> dict[str, Any]:
        """As JSON holds it."""
        return asdict(self)

    @classmethod
    def from_dict(cls, record: dict[str, Any]) -> "Settings":
        """The inverse of `to_dict`. Raises TypeError, KeyError."""
        tunings = tuple(Tuning(**tuning) for tuning in record["tunings"])
        return cls(record["fingerprint"], record["rows"], record["last_id"], tunings)


class CodeIndex:
    """Candidates for an exact comparison, from codes of one bit a dimension or two.

    Product quantization (Jégou, Douze and Schmid 2011) with 16 centroids for every two dimensions,
    scanned in registers (André, Kermarrec and Le Scouarnec 2015), in about 4·sqrt(n) inverted
    lists where n is large.
    """

    def __init__(self, index: faiss.IndexIVF, settings: Settings) -> None:
        self._index = index
        self.settings = settings

    @classmethod
    def build(cls, batches: Batches, n: int, fingerprint: str, target: float) -> "CodeIndex":
        """Train, add and tune; the vectors are read twice and never held.

        Args:
            batches: n vectors in all.
            n: more than 20,000.
            fingerprint: of their model.
            target: the ann_recall@10 wanted, of the collection's own vectors.
        """
        lists = 1 if n <= _ONE_LIST else min(_MOST_LISTS, 2 ** round(math.log2(4 * math.sqrt(n))))
        training, queries = _sample(batches(), n, max(_TRAINING_ROWS, _PER_LIST * lists))
        d = training.shape[1]
        codes = f"PQ{d // 2 if d % 2 == 0 else d}x4fs"
        index = faiss.index_factory(d, f"IVF{lists},{codes}", faiss.METRIC_INNER_PRODUCT)
        _train(index, training)
        truth = _Nearest(queries, max(_DEPTHS))
        last_id = 0
        for ids, vectors in batches():
            index.add_with_ids(vectors, ids)
            truth.see(ids, vectors)
            last_id = int(ids[-1])
        tunings = tuple(
            _tune(index, queries, truth.ids[:, :k], target + _MARGIN - missing)
            for k, missing in _DEPTHS.items()
        )
        return cls(index, Settings(fingerprint, n, last_id, tunings))

    @classmethod
    def read(cls, path: Path, settings: Settings, dim: int) -> "CodeIndex | None":
        """The index in a file that is as it was written; None where it is of another kind."""
        # FAISS believes the lengths in a file, whatever they are.
        faiss.set_deserialization_vector_byte_limit(path.stat().st_size)
        try:
            index = faiss.read_index(str(path))
        except (RuntimeError, MemoryError):
            return None
        fits = isinstance(index, faiss.IndexIVFPQFastScan) and index.ntotal == settings.rows
        return cls(index, settings) if fits and index.d == dim else None

    def write(self, path: Path) -> None:
        """Raises RuntimeError where the file cannot be written."""
        faiss.write_index(self._index, str(path))

    @property
    def kind(self) -> str:
        """What it is made of, as FAISS names it."""
        return f"IVF{self._index.nlist},PQ{self._index.pq.M}x4fs"

    def candidates(
        self, query: Embeddings, k: int, among: npt.NDArray[np.bool_] | None = None
    ) -> Ids:
        """Ids of vectors that hold about `target` of the k nearest.

        Args:
            query: (1, d), a unit row.
            k: neighbours wanted.
            among: (last_id + 1,) whether the vector with an id may be found; all when left out.
        """
        tuning = next((t for t in self.settings.tunings if t.k >= k), self.settings.tunings[-1])
        wanted = max(tuning.candidates, tuning.candidates * k // tuning.k)
        nprobe, selector = tuning.nprobe, None
        if among is not None:
            selector = faiss.IDSelectorBitmap(np.packbits(among, bitorder="little"))
            nprobe = min(self._index.nlist, -(-nprobe * among.size // max(1, int(among.sum()))))
        return _search(self._index, query, wanted, nprobe, selector)[0]


def _train(index: faiss.IndexIVF, training: Embeddings) -> None:
    if index.nlist > 1:
        index.cp.max_points_per_centroid = _PER_LIST
        faiss.Clustering(index.d, index.nlist, index.cp).train(training, index.quantizer)
    # Codes are trained in thousands of short steps. Threads that wait for one another at each take
    # ten times as long as one does where other programs keep the cores busy.
    threads = faiss.omp_get_max_threads()
    faiss.omp_set_num_threads(1)
    try:
        index.train(training)
    finally:
        faiss.omp_set_num_threads(threads)


class _Nearest:
    """The exact neighbours of some queries, which are themselves among what is seen."""

    def __init__(self, queries: Embeddings, k: int) -> None:
        self._queries = queries
        self._scores = np.full((len(queries), k + 1), -np.inf, dtype=np.float32)
        self._ids = np.full((len(queries), k + 1), -1, dtype=np.int64)

    @property
    def ids(self) -> Ids:
        """(q, k), best first: without the best of all, which is the query itself."""
        return self._ids[:, 1:]

    def see(self, ids: Ids, vectors: Embeddings) -> None:
        """More vectors: (b,) and (b, d)."""
        k = self._ids.shape[1]
        scores, rows = faiss.knn(
            self._queries, vectors, min(k, len(ids)), metric=faiss.METRIC_INNER_PRODUCT
        )
        scores = np.concatenate([self._scores, scores], axis=1)
        found = np.concatenate([self._ids, ids[rows]], axis=1)
        order = np.argsort(-scores, axis=1, kind="stable")[:, :k]
        self._scores = np.take_along_axis(scores, order, axis=1)
        self._ids = np.take_along_axis(found, order, axis=1)


def _sample(
    batches: Iterable[tuple[Ids, Embeddings]], n: int, size: int
) -> tuple[Embeddings, Embeddings]:
    """Vectors to train with, and others to tune with, evenly from all."""
    step = max(1, n // (size + _QUERIES))
    parts, seen = [], 0
    for _, vectors in batches:
        parts.append(vectors[-seen % step :: step].copy())
        seen += len(vectors)
    rows = np.concatenate(parts)
    held_back = np.zeros(len(rows), dtype=bool)
    held_back[:: -(-len(rows) // _QUERIES)] = True
    return rows[~held_back], rows[held_back]


def _tune(index: faiss.IndexIVF, queries: Embeddings, truth: Ids, target: float) -> Tuning:
    """The fewest candidates from the fewest lists that reach the target, else the best there is."""
    k = truth.shape[1]
    best = Tuning(k, index.nlist, 0, -1.0)
    for factor in _CANDIDATES:
        wanted = max(_LEAST_CANDIDATES, factor * k)
        nprobe = 1
        while True:
            found = _search(index, queries, wanted, nprobe)
            recall = _recall(found, truth)
            if recall > best.recall:
                best = Tuning(k, nprobe, wanted, recall)
            if recall >= target or nprobe == index.nlist:
                break
            nprobe = min(index.nlist, -(-nprobe * 5 // 4))
        if best.recall >= target:
            break
    return best


def _recall(found: Sequence[Ids], truth: Ids) -> float:
    hits = [np.isin(right, ids).sum() for ids, right in zip(found, truth, strict=True)]
    return float(sum(hits) / truth.size)


def _search(
    index: faiss.IndexIVF,
    queries: Embeddings,
    wanted: int,
    nprobe: int,
    selector: faiss.IDSelector | None = None,
) -> list[Ids]:
    parameters = faiss.SearchParametersIVF(nprobe=nprobe, sel=selector)
    _, ids = index.search(queries, min(wanted, index.ntotal), params=parameters)
    return [row[row >= 0] for row in ids]
