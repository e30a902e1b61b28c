"""Recall, speed and memory of one vector index, measured in a process that does nothing else.

A process of its own, because memory is counted by process. It prints its results as JSON.
"""

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from time import perf_counter

import numpy as np
import numpy.typing as npt

from semsearch.benchmarking.faiss_indexes import variants
from semsearch.benchmarking.memory import peak_bytes, resident_bytes
from semsearch.benchmarking.vector_folder import K, VectorFolder
from semsearch.errors import InputError
from semsearch.types import Embeddings

Search = Callable[[Embeddings], npt.NDArray[np.int64]]
"""From queries (q, d) to the rows (q, 10) of the nearest vectors of each."""

CHOSEN, EXACT = "chosen", "exact"
_WARM_UP = 20
"""Queries before the timed ones, a choice: they load code and data into the caches."""


@dataclass(frozen=True, slots=True)
class SearchCost:
    """What one way to search costs, and how much it finds."""

    index: str
    """`exact`, or the index and its settings."""
    recall: float
    """ann_recall@10 of queries that were not used for training or tuning."""
    p50_ms: float
    """Latency of one query at a time; so are the next two."""
    p95_ms: float
    p99_ms: float
    qps: float
    """Queries per second when all are given at once."""
    build_s: float
    """0 where another process built the index."""
    memory_bytes: int
    """Peak memory of the process, less what it held before it opened the index."""


def search_costs(vectors: VectorFolder, how: str) -> list[SearchCost]:
    """Run all queries in a process of its own.

    Args:
        vectors: already indexed, for the index that semsearch chooses.
        how: `chosen`, `exact`, or the name of another index, as FAISS's factory takes it; that one
            is built first and measured with several search settings.

    Raises:
        InputError: the process failed; the message holds its last line.
    """
    command = [sys.executable, "-m", __name__, str(vectors.folder), str(vectors.dim), how]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        reason = (done.stderr.strip().splitlines() or ["it was killed"])[-1]
        raise InputError(f"the search of {how} could not be measured: {reason}")
    return [SearchCost(**row) for row in json.loads(done.stdout)]


def _measured(vectors: VectorFolder, how: str) -> Iterator[SearchCost]:
    queries, truth = vectors.queries, vectors.truth
    before = resident_bytes()
    if how in (CHOSEN, EXACT):
        index = vectors.open(how == EXACT)
        name = index.description
        yield _cost(name, lambda asked: index.search(asked, K).rows, queries, truth, 0.0, before)
        return
    for variant in variants(how, vectors):
        yield _cost(variant.name, variant.search, queries, truth, variant.build_s, before)


def _cost(
    name: str,
    search: Search,
    queries: Embeddings,
    truth: npt.NDArray[np.int64],
    build_s: float,
    before: int,
) -> SearchCost:
    for query in queries[:_WARM_UP]:
        search(query[None])
    times, hits = [], 0
    for query, right in zip(queries, truth, strict=True):
        began = perf_counter()
        (found,) = search(query[None])
        times.append(1000 * (perf_counter() - began))
        hits += int(np.isin(found, right).sum())
    p50, p95, p99 = np.percentile(times, [50, 95, 99]).tolist()
    began = perf_counter()
    search(queries)
    qps = len(queries) / (perf_counter() - began)
    memory = peak_bytes() - before
    return SearchCost(name, hits / truth.size, p50, p95, p99, qps, build_s, memory)


if __name__ == "__main__":
    folder, dim, how = sys.argv[1:]
    rows = _measured(VectorFolder(Path(folder), int(dim)), how)
    sys.stdout.write(json.dumps([asdict(row) for row in rows]))
