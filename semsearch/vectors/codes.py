"""An approximate index: short codes of vectors in inverted lists, tuned to a target recall."""

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import faiss
import numpy as np
import numpy.typing as npt

from semsearch.config import VectorSettings
from semsearch.types import Cosines, Embeddings, Halves, Progress, Rows, no_progress
from semsearch.vectors.exact_neighbors import ExactNeighbors
from semsearch.vectors.threads import one_faiss_thread
from semsearch.vectors.tuning import Tuning, list_sizes, most_probed, tune

Batches = Callable[[], Iterable[Halves]]
"""Called for the unit vectors, in batches (b, d); every call gives the same ones."""

_ONE_LIST = 300_000
"""Vectors up to which all codes are scanned, without lists. Scanning is faster up to here
(2026-11-24, synthetic vectors of `semsearch bench ann`), and lists would have to be trained."""
_MAX_LISTS = 4096
"""Inverted lists at most. 2026-11-24: a million synthetic vectors at recall 0.961 took 0.29 ms of
scanning in 4,096 lists and 0.54 ms in 2,048."""
_TRAINING_ROWS_PER_LIST = 64
"""Vectors that each list is trained with. A choice; FAISS warns below 39."""
_TRAINING_ROWS = 20_000
"""Vectors that the codes are trained with, at least. A choice."""
_QUERIES = 512
"""Vectors of the collection that serve as queries when the index is tuned. A choice."""
_DEPTHS = {10: 0.0, 200: 0.1}
"""Numbers of neighbours for which the index is tuned, and by how much the recall may be below the
target. The 200 are candidates of a ranking: questions are farther from passages than passages from
one another, and where 0.9 of the 200 nearest to a passage are found, about as many of the ten
nearest to a question are (2026-11-24)."""
_RECALL_MARGIN = 0.01
"""Recall above the target that the sample must reach, since later queries may be harder. A
choice."""
_DIMENSIONS_PER_CODE = (2, 4, 8)
"""Dimensions that share one of 16 centroids; the first that memory allows is taken."""
_ID_BYTES = 8
"""Bytes of an id that FAISS keeps with each code."""


@dataclass(frozen=True, slots=True)
class CodeSettings:
    """What an approximate index was built from, and how it is searched."""

    rows: int
    dim: int
    wanted: VectorSettings
    tunings: tuple[Tuning, ...]
    """In order of ascending k."""

    @classmethod
    def from_dict(cls, record: dict[str, Any]) -> "CodeSettings":
        """The inverse of `dataclasses.asdict`. Raises TypeError or KeyError for other records."""
        tunings = tuple(Tuning(**tuning) for tuning in record["tunings"])
        wanted = VectorSettings(**record["wanted"])
        return cls(record["rows"], record["dim"], wanted, tunings)


class CodeIndex:
    """Finds candidates for an exact comparison by codes of at most two bits a dimension.

    Product quantization (Jégou, Douze and Schmid 2011) with 16 centroids for every two dimensions,
    scanned in registers (André, Kermarrec and Le Scouarnec 2015), in about 4·sqrt(n) inverted lists
    where n is large. A query searches the lists whose centroids are nearly as close as the closest
    (query-aware pruning of SPANN, Chen et al. 2021): few lists where its neighbours are close
    together, so that it takes a third of the time of a fixed number of lists.
    """

    def __init__(self, index: faiss.IndexIVF, settings: CodeSettings) -> None:
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
        """Train, add and tune; the vectors are read twice and never all in memory.

        Args:
            batches: n vectors in all; the position of each is its id.
            n: more than 20,000.
            wanted: the recall, for queries like the collection's own vectors, and the memory that
                codes may take.
            progress: called with the number of vectors added and of all.
        """
        lists = lists_for(n)
        training, queries = _sample(
            batches(), n, max(_TRAINING_ROWS, _TRAINING_ROWS_PER_LIST * lists)
        )
        d = training.shape[1]
        index = faiss.index_factory(
            d, f"IVF{lists},{_code(n, d, wanted.memory_bytes)}", faiss.METRIC_INNER_PRODUCT
        )
        _train(index, training)
        del training
        nearest = ExactNeighbors(queries, max(_DEPTHS) + 1)  # the first is the query itself
        done = 0
        for halves in batches():
            vectors = halves.astype(np.float32)
            index.add_with_ids(vectors, np.arange(done, done + len(vectors)))
            nearest.add(vectors)
            done += len(vectors)
            progress(done, n)
        depths = {
            k: wanted.target_recall + _RECALL_MARGIN - below
            for k, below in _DEPTHS.items()
            if k < n
        }
        tunings = tune(index, queries, nearest.ids[:, 1:], depths)
        return cls(index, CodeSettings(n, d, wanted, tunings))

    @classmethod
    def read(cls, path: Path, settings: CodeSettings) -> "CodeIndex | None":
        """The index in a file that passed its checksum; None if it does not fit the settings."""
        # FAISS allocates whatever lengths a file states.
        faiss.set_deserialization_vector_byte_limit(path.stat().st_size)
        try:
            index = faiss.read_index(str(path))
        except (RuntimeError, MemoryError):
            return None
        fits = isinstance(index, faiss.IndexIVFPQFastScan) and index.ntotal == settings.rows
        return cls(index, settings) if fits and index.d == settings.dim else None

    def write(self, path: Path) -> None:
        """Write the index to a file. Raises RuntimeError where that is not possible."""
        faiss.write_index(self._index, str(path))

    @property
    def kind(self) -> str:
        """How it is built, as a factory string of FAISS."""
        return f"IVF{self._index.nlist},PQ{self._index.pq.M}x4fs"

    @property
    def description(self) -> str:
        """Its kind, and its settings for the fewest neighbours."""
        tuning = self.settings.tunings[0]
        margin = f", lists within {tuning.margin:.3f}" if self._index.nlist > 1 else ""
        return f"{self.kind}{margin}, {tuning.candidates} compared exactly"

    def candidates(
        self, query: Embeddings, k: int, among: npt.NDArray[np.bool_] | None = None
    ) -> Rows:
        """Ids of vectors among which are about `target_recall` of the k nearest.

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
        if share < 1 or self._sizes[lists].sum() < wanted:  # more lists, to scan enough codes
            order = np.argsort(-cosines)
            enough = 1 + int(np.searchsorted(np.cumsum(self._sizes[order]), wanted / share))
            lists = order[: max(math.ceil(len(lists) / share), enough)]
        lists = lists[np.argsort(-cosines[lists])]
        return self._scan(query, lists, cosines[lists], wanted, selector)

    def _scan(
        self,
        query: Embeddings,
        lists: Rows,
        cosines: Cosines,
        wanted: int,
        selector: faiss.IDSelector | None,
    ) -> Rows:
        """Ids of the best codes in some lists.

        Args:
            query: (1, d)
            lists: (p,) numbers of the lists, nearest first.
            cosines: (p,) of their centroids to the query.
            wanted: ids, at most.
            selector: which ids may be found; all for None.
        """
        parameters = faiss.SearchParametersIVF(nprobe=len(lists), sel=selector)
        scores, ids = np.empty(wanted, np.float32), np.empty(wanted, np.int64)
        probed = (faiss.swig_ptr(lists), faiss.swig_ptr(cosines))
        found = (faiss.swig_ptr(scores), faiss.swig_ptr(ids))
        # The Python wrapper of this takes no parameters: it would read the number of lists from the
        # index, which threads share.
        self._index.search_preassigned_c(
            1, faiss.swig_ptr(query), wanted, *probed, *found, False, parameters
        )
        return ids[ids >= 0]


def lists_for(n: int) -> int:
    """The number of inverted lists for n vectors; 1 where lists are not worth it."""
    return 1 if n <= _ONE_LIST else min(_MAX_LISTS, 2 ** round(math.log2(4 * math.sqrt(n))))


def _code(n: int, d: int, memory_bytes: int | None) -> str:
    """The longest codes of n vectors of d numbers that fit into memory, else the shortest."""
    widths = [width for width in _DIMENSIONS_PER_CODE if d % width == 0] or [1]
    for width in widths:
        if memory_bytes is None or n * (d // width / 2 + _ID_BYTES) <= memory_bytes:
            break
    return f"PQ{d // width}x4fs"


def _train(index: faiss.IndexIVF, training: Embeddings) -> None:
    if index.nlist > 1:
        index.cp.max_points_per_centroid = _TRAINING_ROWS_PER_LIST
        faiss.Clustering(index.d, index.nlist, index.cp).train(training, index.quantizer)
    with one_faiss_thread():  # codes are trained in thousands of short steps
        index.train(training)


def _sample(batches: Iterable[Halves], n: int, size: int) -> tuple[Embeddings, Embeddings]:
    """(t, d) vectors to train with and (s, d) others to tune with, evenly from all."""
    step = max(1, n // (size + _QUERIES))
    parts, seen = [], 0
    for halves in batches:
        parts.append(halves[-seen % step :: step].astype(np.float32))
        seen += len(halves)
    rows = np.concatenate(parts)
    held_back = np.zeros(len(rows), dtype=bool)
    held_back[:: -(-len(rows) // _QUERIES)] = True
    return rows[~held_back], rows[held_back]
