"""What the approximate index costs and what it misses, against exact search."""

import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from semsearch.benchmarking.synthetic import passage_vectors
from semsearch.errors import InputError
from semsearch.types import Embeddings
from semsearch.vectors import CodeIndex, VectorIndex

K = 10
_QUERIES = 500
_LEAST = 25_000
_BATCH = 4096


@dataclass(frozen=True, slots=True)
class Row:
    """One way to search."""

    index: str
    """`exact`, or the settings of the approximate one."""
    recall: float
    """ann_recall@10 of queries that nothing was tuned on."""
    p50_ms: float
    """Of one query at a time, in one process, as are the next two."""
    p95_ms: float
    p99_ms: float
    qps: float
    """Queries in a second, when all are given at once."""
    build_s: float
    size_bytes: int
    """Of the codes, or of all vectors."""
    memory_bytes: int
    """Of the vectors, and of the codes where there are any."""
    chosen: bool
    """Whether an index folder of that size would have it."""


def synthetic_vectors(n: int, dim: int = 256) -> Embeddings:
    """(n, dim), see `passage_vectors`."""
    return np.concatenate(list(passage_vectors(n, dim)))


def measure(vectors: Embeddings, *, target: float = 0.95) -> list[Row]:
    """Exact search and the approximate index of an index folder of that size, on the same queries.

    Every so many rows are held back as queries: nothing is trained or tuned on them.

    Args:
        vectors: (n, d), unit rows.
        target: the recall that the approximate index is tuned to.

    Raises:
        InputError: there are fewer than 25,000 vectors; these are searched exactly anyway.
    """
    if len(vectors) < _LEAST:
        raise InputError(f"{len(vectors):,} vectors are few: exact search is fast. Give {_LEAST:,}")
    held_back = np.zeros(len(vectors), dtype=bool)
    held_back[:: len(vectors) // _QUERIES] = True
    queries, rows = vectors[held_back], vectors[~held_back]
    ids = np.arange(1, len(rows) + 1)

    def batches() -> Iterator[tuple[npt.NDArray[np.int64], Embeddings]]:
        for at in range(0, len(rows), _BATCH):
            yield ids[at : at + _BATCH], rows[at : at + _BATCH]

    exact = VectorIndex(rows)
    truth = exact.search(queries, K).rows
    began = time.perf_counter()
    codes = CodeIndex.build(batches, len(rows), "", target)
    build_s = time.perf_counter() - began
    tuned = codes.settings.tunings[0]
    name = f"{codes.kind}, nprobe {tuned.nprobe}, {tuned.candidates} compared exactly"
    approximate = VectorIndex(rows, ids, codes)
    size = _size_of(codes)
    return [
        _row("exact", exact.search, queries, truth, 0.0, rows.nbytes, rows.nbytes, False),
        _row(name, approximate.search, queries, truth, build_s, size, size + rows.nbytes, True),
    ]


def _row(
    name: str,
    search: Callable[..., tuple[npt.NDArray[np.int64], npt.NDArray[np.float32]]],
    queries: Embeddings,
    truth: npt.NDArray[np.int64],
    build_s: float,
    size_bytes: int,
    memory_bytes: int,
    chosen: bool,
) -> Row:
    search(queries[:1], K)  # warm
    times, hits = [], 0
    for query, right in zip(queries, truth, strict=True):
        began = time.perf_counter()
        found, _ = search(query[None], K)
        times.append(1000 * (time.perf_counter() - began))
        hits += np.isin(found[0], right).sum()
    p50, p95, p99 = np.percentile(times, [50, 95, 99]).tolist()
    began = time.perf_counter()
    search(queries, K)
    qps = len(queries) / (time.perf_counter() - began)
    recall = float(hits / truth.size)
    return Row(name, recall, p50, p95, p99, qps, build_s, size_bytes, memory_bytes, chosen)


def _size_of(codes: CodeIndex) -> int:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "index.faiss"
        codes.write(path)
        return path.stat().st_size
