"""semsearch beside what a user would pick instead, each in a process and on a core of its own."""

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
from semsearch.benchmarking.metrics import evaluate, mean
from semsearch.benchmarking.peer_libraries import VECTORS, WORDS, Engine, K
from semsearch.benchmarking.synthetic import passage_vectors
from semsearch.errors import InputError
from semsearch.index import SearchIndex
from semsearch.store import Reader
from semsearch.types import VERSION, Progress, no_progress
from semsearch.vectors import VectorIndex, VectorRows

_TUNING, _QUERIES = 200, 500
_PATIENCE_S = 3600
_ALONE = {
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
    """An engine of vectors."""

    name: str
    version: str
    settings: str
    recall: float
    """Share of the 10 nearest, of queries that nothing was tuned on."""
    p50_ms: float
    """Of one query at a time, on one core, as is all else."""
    p95_ms: float
    build_s: float
    memory_mb: float
    """What the process holds more than before, the vectors too where the engine keeps them."""


@dataclass(frozen=True, slots=True)
class WordRow:
    """An engine of words."""

    name: str
    version: str
    settings: str
    mrr: float
    """MRR@10 of articles."""
    p50_ms: float
    p95_ms: float
    build_s: float


@dataclass(frozen=True, slots=True)
class Peers:
    """All engines on the same data; `dataclasses.asdict` makes JSON of it."""

    passages: int
    """With words."""
    queries: int
    vectors: tuple[VectorRow, ...]
    """semsearch first."""
    words: tuple[WordRow, ...]
    """semsearch first."""
    skipped: dict[str, str]
    """Why an engine was not measured, by its name."""


def measure(
    dataset: Dataset,
    folder: Path,
    shape: tuple[int, int],
    *,
    only: Sequence[str] = (),
    target: float = 0.95,
    progress: Progress = no_progress,
) -> Peers:
    """Put the same vectors and the same passages through every engine that is installed.

    Args:
        dataset: its passages and queries are for the engines of words.
        folder: for what is measured, and for what engines keep on disk.
        shape: (n, d) of the synthetic vectors for the engines of vectors.
        only: names of engines to measure beside semsearch; all when left out.
        target: the recall that graphs are tuned to, on queries of their own.
        progress: called now and then.

    Raises:
        InputError: semsearch itself could not be measured, or no engine has such a name.
        SemsearchError: whatever `SearchIndex.build` raises.
    """
    engines = [("vectors", engine) for engine in VECTORS] + [("words", engine) for engine in WORDS]
    names = {engine.name for _, engine in engines}
    if unknown := set(only) - names:
        raise InputError(f"no engine is named {min(unknown)}: name some of {sorted(names)}")
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
    """Rows, and queries held back from them, with what is nearest to each."""
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
    """Passages as semsearch cuts them, the article of each, and the judged queries."""
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
    """What a process of its own measured of an engine, or None and why it did not."""
    command = [sys.executable, "-m", __name__, kind, name, str(folder), str(target)]
    try:
        done = subprocess.run(
            command,
            capture_output=True,
            text=True,
            encoding="utf-8",
            env=os.environ | _ALONE,
            timeout=_PATIENCE_S,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return None, f"it took longer than {_PATIENCE_S} s"
    if done.returncode:
        told = done.stderr.strip().splitlines() or [f"it ended with code {done.returncode}"]
        return None, told[-1][:200]
    found: dict[str, object] = json.loads(done.stdout.splitlines()[-1])
    return found, ""


def main(kind: str, name: str, folder: str, target: str) -> None:
    """The process of one engine: its row as JSON on the last line of standard output."""
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
    # Of the file, whose pages are nobody's memory; "c" because voyager takes no read-only array.
    rows = np.asarray(np.load(data / "rows.npy", mmap_mode="c"))
    queries, truth = np.load(data / "queries.npy"), np.load(data / "truth.npy")
    before = _held_mb()
    began = time.perf_counter()
    search = engine.vectors(rows, own)
    build_s = time.perf_counter() - began
    memory = _held_mb() - before

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
    return VectorRow(engine.name, _version(engine), settings, found, p50, p95, build_s, memory)


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


def _held_mb() -> float:
    """Memory of this process that is no file's, in MB; 0 where the system does not tell."""
    try:
        lines = Path("/proc/self/status").read_text(encoding="utf-8").splitlines()
    except OSError:
        return 0.0
    return sum(int(line.split()[1]) for line in lines if line.startswith("RssAnon")) / 1000


if __name__ == "__main__":
    main(*sys.argv[1:])
