"""python -m benchmarks: quality on a labelled folder, and how long indexing and asking take.

Quality is that of a ranking of articles against judgements. Times are medians on the machine at
hand; compare them only with figures of the same run.
"""

import argparse
import json
import random
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from semsearch import SearchIndex
from semsearch.benchmarking.ann import measure as measure_ann
from semsearch.benchmarking.ann import synthetic_vectors
from semsearch.benchmarking.datasets import load_dataset
from semsearch.benchmarking.quality import measure as measure_quality
from semsearch.benchmarking.tables import ann_lines, quality_lines
from semsearch.evaluation import read_queries

SEEDS = Path(__file__).parent.parent / "seeds"
IMPORTS = "import numpy, faiss, tokenizers, typer, sqlite3"


def indexing(articles: int, folder: Path) -> None:
    """Short articles, each a shuffle of sentences from the seeds, one file each."""
    chooser = random.Random(0)
    lines = [
        line
        for path in sorted(SEEDS.rglob("*.txt"))
        for line in path.read_text(encoding="utf-8").splitlines()
        if line
    ]
    source = folder / "articles"
    for number in range(articles):
        path = source / f"{number // 1000:03}" / f"{number:06}.txt"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("\n".join(chooser.choices(lines, k=5)), encoding="utf-8")
    command = [sys.executable, "-m", "semsearch"]
    at = ["--index", str(folder / "index")]
    for what in ("first run", "unchanged"):  # each in a process of its own, start and all
        began = time.perf_counter()
        subprocess.run([*command, "index", str(source), *at], check=True, capture_output=True)
        seconds = time.perf_counter() - began
        done = subprocess.run([*command, "status", "--json", *at], check=True, capture_output=True)
        held = json.loads(done.stdout)
        print(
            f"| {what} | {held['articles']} | {held['passages']} | {seconds:.1f} s |"
            f" {held['articles'] / seconds:.0f} |"
        )


def warm_latency(index: SearchIndex, queries: list[str]) -> None:
    index.search(queries[0])
    times: dict[str, list[float]] = {}
    for query in queries:
        for part, ms in index.search(query).timings_ms.items():
            times.setdefault(part, []).append(ms)
    print("\nOne query in a warm process, ms\n\n| part | p50 | p95 |\n|---|---|---|")
    for part, values in times.items():
        centiles = statistics.quantiles(values, n=20, method="inclusive")
        print(f"| {part} | {statistics.median(values):.2f} | {centiles[18]:.2f} |")


def cold_latency(folder: Path) -> None:
    program = [sys.executable, "-m", "semsearch"]
    index = ["--index", str(folder)]
    search = [*program, "search", "Qui a gagné la finale ?", *index]
    medians = {
        f'python -c "{IMPORTS}"': median_time([sys.executable, "-c", IMPORTS]),
        "semsearch --help": median_time([*program, "--help"]),
        "semsearch search QUERY": median_time(search),
        "semsearch search QUERY --json": median_time([*search, "--json"]),
    }
    serve = [*program, "serve", "--no-http", *index]
    with subprocess.Popen(serve, stdout=subprocess.PIPE) as server:
        assert server.stdout is not None
        server.stdout.readline()  # it is ready
        medians["semsearch search QUERY (server)"] = median_time(search)
        medians["semsearch search QUERY --json (server)"] = median_time([*search, "--json"])
        server.terminate()
    base = next(iter(medians.values()))
    print("\nA cold process, median of 10\n\n| command | s | of the first |\n|---|---|---|")
    for name, seconds in medians.items():
        print(f"| `{name}` | {seconds:.2f} | {seconds / base:.2f} |")


def median_time(command: list[str]) -> float:
    """Seconds, of ten runs after a first one."""
    times = []
    for _ in range(11):
        began = time.perf_counter()
        subprocess.run(command, check=True, capture_output=True)
        times.append(time.perf_counter() - began)
    return statistics.median(times[1:])


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument(
        "--dataset", type=Path, default=SEEDS, help="a folder with articles, queries and qrels"
    )
    parser.add_argument("--articles", type=int, default=5000, help="articles to index for the time")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        measured = measure_quality(load_dataset(arguments.dataset), index_folder=folder / "quality")
        print("\nQuality, with 95 % intervals\n", *quality_lines(measured), sep="\n")
        index = SearchIndex.open(folder / "quality")
        queries = list(read_queries(arguments.dataset / "queries.jsonl").values())
        warm_latency(index, queries[:200])
        cold_latency(folder / "quality")
        print("\nThe vector index, 100,000 synthetic vectors\n")
        print(*ann_lines(measure_ann(synthetic_vectors(100_000))), sep="\n")
        print("\nIndexing short plain-text articles\n")
        print("| run | articles | passages | time | articles/s |\n|---|---|---|---|---|")
        indexing(arguments.articles, folder)


if __name__ == "__main__":
    main()
