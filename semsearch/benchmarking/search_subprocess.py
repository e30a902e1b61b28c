"""Recall, speed and memory of one vector index, measured in a process that does nothing else.

A process of its own, because memory is counted by process. It prints its results as JSON.
"""

import json
import re
import resource
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from time import perf_counter

import numpy as np
import numpy.typing as npt

from semsearch.benchmarking.faiss_indexes import kinds_of
from semsearch.benchmarking.vector_folder import K, VectorFolder
from semsearch.errors import InputError
from semsearch.types import Embeddings

Search = Callable[[Embeddings], npt.NDArray[np.int64]]
"""Rows (q, 10) of the nearest of each query (q, d)."""

CHOSEN, EXACT = "chosen", "exact"
_WARM = 20


@dataclass(frozen=True, slots=True)
class Searched:
    """What one way to search costs and finds."""

    index: str
    """`exact`, or the kind and its settings."""
    recall: float
    """ann_recall@10 of queries that nothing was tuned on."""
    p50_ms: float
    """Of one query at a time, as are the next two."""
    p95_ms: float
    p99_ms: float
    qps: float
    """Queries in a second, when all are given at once."""
    build_s: float
    """0 where it was built by another process."""
    memory_bytes: int
    """The most that the process held beyond what it held before it opened the index."""


def searched(vectors: VectorFolder, how: str) -> list[Searched]:
    """Ask all queries in a process of its own.

    Args:
        vectors: already indexed, for the index that semsearch chooses.
        how: `chosen`, `exact` or the name of another kind, as FAISS's factory takes it; that one
            is built first and asked with several settings.

    Raises:
        InputError: the process ended with an error, which is told.
    """
    name = "semsearch.benchmarking.search_subprocess"
    command = [sys.executable, "-m", name, str(vectors.folder), str(vectors.dim), how]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        reason = (done.stderr.strip().splitlines() or ["it was killed"])[-1]
        raise InputError(f"the search of {how} could not be measured: {reason}")
    return [Searched(**row) for row in json.loads(done.stdout)]


def _measured(vectors: VectorFolder, how: str) -> Iterator[Searched]:
    queries, truth = vectors.queries, vectors.truth
    before = _memory_bytes("VmRSS")
    if how in (CHOSEN, EXACT):
        index = vectors.open(how == EXACT)
        name = index.description
        yield _row(name, lambda asked: index.search(asked, K).rows, queries, truth, 0.0, before)
        return
    for kind in kinds_of(how, vectors):
        yield _row(kind.name, kind.search, queries, truth, kind.build_s, before)


def _row(
    name: str,
    search: Search,
    queries: Embeddings,
    truth: npt.NDArray[np.int64],
    build_s: float,
    before: int,
) -> Searched:
    for query in queries[:_WARM]:
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
    memory = _memory_bytes("VmHWM") - before
    return Searched(name, hits / truth.size, p50, p95, p99, qps, build_s, memory)


def _memory_bytes(kind: str) -> int:
    """What this process holds in memory (VmRSS), or the most that it has held (VmHWM)."""
    status = Path("/proc/self/status")
    if status.exists():  # what Linux tells of a process without its parent
        return 1024 * int(re.findall(rf"{kind}:\s+(\d+) kB", status.read_text("ascii"))[0])
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss  # bytes on macOS


if __name__ == "__main__":
    folder, dim, how = sys.argv[1:]
    rows = _measured(VectorFolder(Path(folder), int(dim)), how)
    sys.stdout.write(json.dumps([asdict(row) for row in rows]))
