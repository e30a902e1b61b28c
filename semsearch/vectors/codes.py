"""An approximate index: short codes of vectors in inverted lists, tuned to a recall."""

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import faiss
import numpy as np
import numpy.typing as npt

from semsearch.config import VectorSettings
from semsearch.types import Embeddings, Halves, Progress, Rows, no_progress
from semsearch.vectors.nearest import Nearest
from semsearch.vectors.threads import one_thread
from semsearch.vectors.tuning import Tuning, list_sizes, most_probed, tune

Batches = Callable[[], Iterable[Halves]]
"""The same unit vectors (b, d) at each call, in batches."""

_ONE_LIST = 300_000
"""Vectors up to which all codes are compared: training lists would cost more than it saves."""
_MOST_LISTS = 4096
_PER_LIST = 64
"""Vectors that each list is trained with."""
_TRAINING_ROWS = 20_000
_QUERIES = 512
"""Vectors of the collection that stand for queries when the index is tuned."""
_DEPTHS = {10: 0.0, 200: 0.1}
"""Numbers of neighbours for which it is tuned, and what may be missing from the target: the many
are for the ranking to choose from. Questions lie farther from passages than these from one another:
finding nine tenths of 200 for a passage finds about as much of the ten nearest to a question."""
_MARGIN = 0.01
"""Recall beyond the target that is asked of the sample, kinder perhaps than what is to come."""
_DIMENSIONS_PER_CODE = (2, 4, 8)
"""Dimensions that share one of 16 centroids: the fewest that memory allows."""
_ID_BYTES = 8


@dataclass(frozen=True, slots=True)
class Settings:
    """What an approximate index was made of."""

    rows: int
    dim: int
    wanted: VectorSettings
    tunings: tuple[Tuning, ...]
    """By ascending k."""

    @classmethod
    def from_dict(cls, record: dict[str, Any]) -> "Settings":
        """The inverse of `dataclasses.asdict`. Raises TypeError, KeyError."""
        tunings = tuple(Tuning(**tuning) for tuning in record["tunings"])
        wanted = VectorSettings(**record["wanted"])
        return cls(record["rows"], record["dim"], wanted, tunings)


class CodeIndex:
    """Candidates for an exact comparison, from codes of two bits a dimension or less.

    Product quantization (Jégou, Douze and Schmid 2011) with 16 centroids for every two dimensions,
    scanned in registers (André, Kermarrec and Le Scouarnec 2015), in about 4·sqrt(n) inverted
    lists where n is large. A query looks into the lists whose centroids are nearly as close as the
    closest (query-aware pruning of SPANN, Chen et al. 2021): few where its neighbours lie together,
    which is a third of the time of a fixed number.
    """

    def __init__(self, index: faiss.IndexIVF, settings: Settings) -> None:
        self._index = index
        self._centroids: Embeddings = index.quantizer.reconstruct_n(0, index.nlist)
        self._sizes = list_sizes(index)
        self.settings = settings

    @classmethod
    def build(
        cls,
        batches: Batches,
        n: int,
        wanted: VectorSettings,
        progress: Progress = no_progress,
    ) -> "CodeIndex":
        """Train, add and tune; the vectors are read twice and never held.

        Args:
            batches: n vectors in all; the place of each is its id.
            n: more than 20,000.
            wanted: the recall, of the collection's own vectors, and the memory that codes may take.
            progress: told how many vectors are in.
        """
        lists = lists_for(n)
        training, queries = _sample(batches(), n, max(_TRAINING_ROWS, _PER_LIST * lists))
        d = training.shape[1]
        index = faiss.index_factory(
            d, f"IVF{lists},{_code(n, d, wanted.memory_bytes)}", faiss.METRIC_INNER_PRODUCT
        )
        _train(index, training)
        del training
        nearest = Nearest(queries, max(_DEPTHS) + 1)  # the best of all is the query itself
        done = 0
        for halves in batches():
            vectors = halves.astype(np.float32)
            index.add_with_ids(vectors, np.arange(done, done + len(vectors)))
            nearest.see(vectors)
            done += len(vectors)
            progress(done, n)
        depths = {
            k: wanted.target_recall + _MARGIN - missing for k, missing in _DEPTHS.items() if k < n
        }
        tunings = tune(index, queries, nearest.ids[:, 1:], depths)
        return cls(index, Settings(n, d, wanted, tunings))

    @classmethod
    def read(cls, path: Path, settings: Settings) -> "CodeIndex | None":
        """The index in a file that is as it was written; None where it is of another kind."""
        # FAISS believes the lengths in a file, whatever they are.
        faiss.set_deserialization_vector_byte_limit(path.stat().st_size)
        try:
            index = faiss.read_index(str(path))
        except (RuntimeError, MemoryError):
            return None
        fits = isinstance(index, faiss.IndexIVFPQFastScan) and index.ntotal == settings.rows
        return cls(index, settings) if fits and index.d == settings.dim else None

    def write(self, path: Path) -> None:
        """Raises RuntimeError where the file cannot be written."""
        faiss.write_index(self._index, str(path))

    @property
    def kind(self) -> str:
        """What it is made of, as FAISS names it."""
        return f"IVF{self._index.nlist},PQ{self._index.pq.M}x4fs"

    @property
    def description(self) -> str:
        """Its kind, and its settings for few neighbours."""
        tuning = self.settings.tunings[0]
        margin = f", lists within {tuning.margin:.3f}" if self._index.nlist > 1 else ""
        return f"{self.kind}{margin}, {tuning.candidates} compared exactly"

    def candidates(
        self, query: Embeddings, k: int, among: npt.NDArray[np.bool_] | None = None
    ) -> Rows:
        """Ids of vectors that hold about `target_recall` of the k nearest.

        Args:
            query: (1, d), a unit row.
            k: neighbours wanted.
            among: (n,) whether a vector may be found; all when left out.
        """
        tuning = next((t for t in self.settings.tunings if t.k >= k), self.settings.tunings[-1])
        wanted = min(max(tuning.candidates, tuning.candidates * k // tuning.k), self._index.ntotal)
        cosines = self._centroids @ query[0]
        lists = np.flatnonzero(cosines >= cosines.max() - tuning.margin)
        if len(lists) > (most := most_probed(len(cosines))):
            lists = np.argpartition(-cosines, most - 1)[:most]
        selector, share = None, 1.0
        if among is not None:
            selector = faiss.IDSelectorBitmap(np.packbits(among, bitorder="little"))
            share = max(1, int(among.sum())) / among.size
        if share < 1 or self._sizes[lists].sum() < wanted:  # more lists, for as many codes
            order = np.argsort(-cosines)
            enough = 1 + int(np.searchsorted(np.cumsum(self._sizes[order]), wanted / share))
            lists = order[: max(math.ceil(len(lists) / share), enough)]
        lists = lists[np.argsort(-cosines[lists])]
        return self._scan(query, lists, cosines[lists], wanted, selector)

    def _scan(
        self,
        query: Embeddings,
        lists: Rows,
        cosines: npt.NDArray[np.float32],
        wanted: int,
        selector: faiss.IDSelector | None,
    ) -> Rows:
        """Ids of the best codes in some lists, whose centroids have these cosines."""
        parameters = faiss.SearchParametersIVF(nprobe=len(lists), sel=selector)
        scores, ids = np.empty(wanted, np.float32), np.empty(wanted, np.int64)
        looked_at = (faiss.swig_ptr(lists), faiss.swig_ptr(cosines))
        found = (faiss.swig_ptr(scores), faiss.swig_ptr(ids))
        # FAISS's own wrapper of this takes no parameters, and the number of lists from the index,
        # which threads share.
        self._index.search_preassigned_c(
            1, faiss.swig_ptr(query), wanted, *looked_at, *found, False, parameters
        )
        return ids[ids >= 0]


def lists_for(n: int) -> int:
    """How many inverted lists suit n vectors; one where lists are not worth it."""
    return 1 if n <= _ONE_LIST else min(_MOST_LISTS, 2 ** round(math.log2(4 * math.sqrt(n))))


def _code(n: int, d: int, memory_bytes: int | None) -> str:
    """The longest codes of n vectors that fit into so much memory, else the shortest there are."""
    widths = [width for width in _DIMENSIONS_PER_CODE if d % width == 0] or [1]
    for width in widths:
        if memory_bytes is None or n * (d // width / 2 + _ID_BYTES) <= memory_bytes:
            break
    return f"PQ{d // width}x4fs"


def _train(index: faiss.IndexIVF, training: Embeddings) -> None:
    if index.nlist > 1:
        index.cp.max_points_per_centroid = _PER_LIST
        faiss.Clustering(index.d, index.nlist, index.cp).train(training, index.quantizer)
    with one_thread():  # codes are trained in thousands of short steps
        index.train(training)


def _sample(batches: Iterable[Halves], n: int, size: int) -> tuple[Embeddings, Embeddings]:
    """Vectors to train with, and others to tune with, evenly from all."""
    step = max(1, n // (size + _QUERIES))
    parts, seen = [], 0
    for halves in batches:
        parts.append(halves[-seen % step :: step].astype(np.float32))
        seen += len(halves)
    rows = np.concatenate(parts)
    held_back = np.zeros(len(rows), dtype=bool)
    held_back[:: -(-len(rows) // _QUERIES)] = True
    return rows[~held_back], rows[held_back]
