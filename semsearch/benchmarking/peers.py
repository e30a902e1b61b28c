"""semsearch compared with other libraries, each in its own process, on one core."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import closing
from dataclasses import asdict, dataclass
from importlib import import_module
from importlib.metadata import version
from pathlib import Path

import numpy as np

from semsearch.benchmarking.datasets import Dataset
from semsearch.benchmarking.memory import anonymous_bytes
from semsearch.benchmarking.metrics import evaluate, mean
from semsearch.benchmarking.peer_libraries import VECTORS, WORDS, Engine, K
from semsearch.benchmarking.synthetic import passage_vectors
from semsearch.errors import InputError
from semsearch.index import SearchIndex
from semsearch.store import Reader
from semsearch.types import VERSION, Progress, no_progress
from semsearch.vectors import VectorIndex, VectorRows

_TUNING, _QUERIES = 200, 500
"""Queries for tuning and for measuring, a choice."""
_TIMEOUT_S = 3600
"""A choice: the slowest library took 272 s for 100,000 vectors (2026-11-24)."""
_ONE_THREAD = {
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "RAYON_NUM_THREADS": "1",
    "LANCE_CPU_THREADS": "1",
    "TOKENIZERS_PARALLELISM": "false",
    "HF_HUB_OFFLINE": "1",
    "PYTHONWARNINGS": "ignore",
}


@dataclass(frozen=True, slots=True)
class VectorRow:
    """A library for vector search, measured."""

    name: str
    version: str
    settings: str
    recall: float
    """ann_recall@10 of queries that were not used for tuning."""
    p50_ms: float
    """Latency of one query at a time, on one core; so is the next."""
    p95_ms: float
    build_s: float
    memory_mb: float
    """Memory of the process without mapped files, less what it held before it built the index."""


@dataclass(frozen=True, slots=True)
class WordRow:
    """A library for keyword search, measured."""

    name: str
    version: str
    settings: str
    mrr: float
    """MRR@10 of articles, each ranked by its best passage."""
    p50_ms: float
    p95_ms: float
    build_s: float


@dataclass(frozen=True, slots=True)
class Peers:
    """All libraries on the same data; `dataclasses.asdict` turns it into JSON types."""

    passages: int
    """Number of passages for keyword search."""
    queries: int
    vectors: tuple[VectorRow, ...]
    """semsearch first."""
    words: tuple[WordRow, ...]
    """semsearch first."""
    skipped: dict[str, str]
    """Reasons why libraries were not measured, by name."""


def measure(
    dataset: Dataset,
    folder: Path,
    shape: tuple[int, int],
    *,
    only: Sequence[str] = (),
    target: float = 0.95,
    progress: Progress = no_progress,
) -> Peers:
    """Measure every library that is installed on the same vectors and the same passages.

    Args:
        dataset: its passages and queries are used for keyword search.
        folder: an empty folder for the data and for what libraries keep on disk.
        shape: (n, d) of the synthetic vectors for vector search.
        only: names of libraries to measure besides semsearch; all when empty.
        target: the recall that graphs are tuned to, on queries that are used for that only.
        progress: called with the numbers of libraries measured and of all.

    Raises:
        InputError: semsearch itself could not be measured, or a name is unknown.
        SemsearchError: `SearchIndex.build` failed.
    """
    engines = [("vectors", engine) for engine in VECTORS] + [("words", engine) for engine in WORDS]
    names = {engine.name for _, engine in engines}
    if unknown := set(only) - names:
        raise InputError(f"unknown library {min(unknown)}: choose from {', '.join(sorted(names))}")
    if only:
        engines = [each for each in engines if each[1].name in ("semsearch", *only)]
    _write_vectors(folder, *shape)
    passages = _write_passages(folder, dataset)
    rows: dict[str, list[dict[str, object]]] = {"vectors": [], "words": []}
    skipped: dict[str, str] = {}
    for done, (kind, engine) in enumerate(engines):
        progress(done, len(engines))
        row, reason = _in_process(kind, engine.name, folder, target)
        if row:
            rows[kind].append(row)
        elif engine.name == "semsearch":
            raise InputError(f"semsearch could not be measured: {reason}")
        else:
            skipped[f"{engine.name} ({kind})"] = reason
    progress(len(engines), len(engines))
    return Peers(
        passages=passages,
        queries=len(dataset.queries),
        vectors=tuple(VectorRow(**row) for row in rows["vectors"]),  # type: ignore[arg-type]
        words=tuple(WordRow(**row) for row in rows["words"]),  # type: ignore[arg-type]
        skipped=skipped,
    )


def _write_vectors(folder: Path, n: int, dim: int) -> None:
    """Vectors to index, held-back queries, and the exact neighbours of each query."""
    extra = _TUNING + _QUERIES
    everything = np.concatenate(list(passage_vectors(n + extra, dim)))
    held_back = np.zeros(len(everything), dtype=bool)
    held_back[np.linspace(0, len(everything) - 1, extra).astype(np.int64)] = True
    rows, queries = everything[~held_back], everything[held_back]
    np.random.default_rng(0).shuffle(queries)
    for name, array in {
        "rows": rows,
        "queries": queries,
        "truth": VectorIndex(VectorRows(rows.astype(np.float16))).search(queries, K).rows,
    }.items():
        np.save(folder / f"{name}.npy", array)


def _write_passages(folder: Path, dataset: Dataset) -> int:
    """Write passages as semsearch cuts them, the article of each, and the judged queries.

    Returns:
        The number of passages.
    """
    SearchIndex.build(dataset.articles, folder / "index").close()
    with closing(Reader(folder / "index")) as reader:
        passages = [(id_, lang or "", text) for id_, lang, text in reader.passages()]
        table = reader.passages_above()
        names = {}
        for document in np.unique(table.documents).tolist():
            names[document] = reader.documents([document])[document].doc_id
    articles = [names[document] for document in table.documents.tolist()]
    content = {
        "passages": passages,
        "articles": dict(zip(table.ids.tolist(), articles, strict=True)),
        "queries": dict(dataset.queries),
        "qrels": dict(dataset.qrels),
    }
    (folder / "words.json").write_text(json.dumps(content, default=dict), encoding="utf-8")
    return len(passages)


def _in_process(
    kind: str, name: str, folder: Path, target: float
) -> tuple[dict[str, object] | None, str]:
    """The row of a library, measured in a process of its own, or None and the reason."""
    command = [sys.executable, "-m", __name__, kind, name, str(folder), str(target)]
    try:
        done = subprocess.run(
            command,
            capture_output=True,
            text=True,
            encoding="utf-8",
            env=os.environ | _ONE_THREAD,
            timeout=_TIMEOUT_S,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return None, f"it took longer than {_TIMEOUT_S} s"
    if done.returncode:
        lines = done.stderr.strip().splitlines() or [f"it ended with code {done.returncode}"]
        return None, lines[-1][:200]
    found: dict[str, object] = json.loads(done.stdout.splitlines()[-1])
    return found, ""


def main(kind: str, name: str, folder: str, target: str) -> None:
    """Measure one library and print its row as JSON, on the last line of standard output."""
    engine = next(e for e in (VECTORS if kind == "vectors" else WORDS) if e.name == name)
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    try:
        import_module(engine.module)
    except ImportError as error:
        sys.exit(f"not installed ({error})")
    own = Path(folder, f"{kind}-{engine.module}")
    own.mkdir()
    measured = _vectors if kind == "vectors" else _words
    row = asdict(measured(engine, Path(folder), own, float(target)))
    sys.stdout.write(json.dumps(row) + "\n")


def _vectors(engine: Engine, data: Path, own: Path, target: float) -> VectorRow:
    assert engine.vectors
    # Mapped, so that it does not count as memory; "c" because voyager refuses a read-only array.
    rows = np.asarray(np.load(data / "rows.npy", mmap_mode="c"))
    queries, truth = np.load(data / "queries.npy"), np.load(data / "truth.npy")
    before = anonymous_bytes()
    began = time.perf_counter()
    search = engine.vectors(rows, own)
    build_s = time.perf_counter() - began
    memory_mb = (anonymous_bytes() - before) / 1e6

    def recall(effort: int, part: slice) -> tuple[float, list[float]]:
        times, hits = [], 0
        for query, right in zip(queries[part], truth[part], strict=True):
            began = time.perf_counter()
            found = search(query, effort)
            times.append(1000 * (time.perf_counter() - began))
            hits += int(np.isin(np.asarray(found, dtype=np.int64), right).sum())
        return hits / truth[part].size, times

    tuned = (e for e in engine.efforts if recall(e, slice(_TUNING))[0] >= target)
    effort = next(tuned, engine.efforts[-1])
    found, times = recall(effort, slice(_TUNING, None))
    settings = engine.settings.format(effort=effort)
    p50, p95 = np.percentile(times, [50, 95]).tolist()
    return VectorRow(engine.name, _version(engine), settings, found, p50, p95, build_s, memory_mb)


def _words(engine: Engine, data: Path, own: Path, target: float) -> WordRow:
    assert engine.words
    content = json.loads((data / "words.json").read_text(encoding="utf-8"))
    passages = [(id_, lang, text) for id_, lang, text in content["passages"]]
    began = time.perf_counter()
    search = engine.words(passages)
    build_s = time.perf_counter() - began
    queries: dict[str, str] = content["queries"]
    run: dict[str, Sequence[str]] = {}
    times = []
    for query in queries.values():
        search(query)
    for query_id, query in queries.items():
        began = time.perf_counter()
        found = search(query)
        times.append(1000 * (time.perf_counter() - began))
        run[query_id] = list(dict.fromkeys(content["articles"][str(id_)] for id_ in found))
    mrr = mean(evaluate(content["qrels"], run, "mrr@10"))
    p50, p95 = np.percentile(times, [50, 95]).tolist()
    return WordRow(engine.name, _version(engine), engine.settings, mrr, p50, p95, build_s)


def _version(engine: Engine) -> str:
    return VERSION if engine.name == "semsearch" else version(engine.distribution)


if __name__ == "__main__":
    main(*sys.argv[1:])
