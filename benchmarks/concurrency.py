"""python -m benchmarks.concurrency: how long readers wait while a writer adds and removes articles.

Four processes query in a loop, first alone, then while another process replaces a part of the
articles again and again. Every article of the changing part carries the number of its state, so
that an answer which mixes two states is noticed; the program ends with 1 if there was one.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from semsearch import SearchIndex

READERS = 4
FIXED, CHANGING = 2_000, 20
QUERIES = ["bulletin of the day", "bulletin about the harbour", "le bulletin du jour", "edition"]


def write_fixed(source: Path) -> None:
    for number in range(FIXED):
        text = (
            f"Report {number}\n\n" + f"The council of town {number} met about road {number}. " * 20
        )
        (source / f"fixed-{number}.txt").write_text(text, encoding="utf-8")


def write_state(source: Path, state: int) -> None:
    for path in source.glob("state-*"):
        path.unlink()
    for number in range(CHANGING):
        text = f"Bulletin of edition {state}\n\nBulletin of the day, number {number}."
        (source / f"state-{state}-{number}.txt").write_text(text, encoding="utf-8")


def read(folder: Path, seconds: float) -> None:
    """Query for so long and print what was met."""
    index = SearchIndex.open(folder)
    index.search(QUERIES[0])
    times: list[float] = []
    states: set[str] = set()
    mixed = 0
    end = time.perf_counter() + seconds
    while time.perf_counter() < end:
        query = QUERIES[len(times) % len(QUERIES)]
        began = time.perf_counter()
        hits = index.search(query, k=30).hits
        times.append((time.perf_counter() - began) * 1000)
        met = {hit.doc_id.split("-")[1] for hit in hits if hit.doc_id.startswith("state-")}
        states |= met
        mixed += len(met) > 1
    print(json.dumps({"times": times, "states": len(states), "mixed": mixed}))


def write(source: Path, folder: Path, seconds: float) -> None:
    """Replace the changing part for so long and print how often."""
    end = time.perf_counter() + seconds
    state = 0
    while time.perf_counter() < end:
        state += 1
        write_state(source, state)
        SearchIndex.build([source], folder).close()
    print(json.dumps({"commits": state}))


def child(*arguments: object) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "benchmarks.concurrency", *map(str, arguments)]
    # One thread for each reader: four that each take all cores would measure the scheduler.
    environment = os.environ | {"OMP_NUM_THREADS": "1"}
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment)


def result(process: subprocess.Popen[str]) -> dict[str, object]:
    out, _ = process.communicate()
    if process.returncode:
        sys.exit("a reader or the writer failed")
    return json.loads(out)  # type: ignore[no-any-return]


def measure(name: str, folder: Path, seconds: float, source: Path | None) -> tuple[float, int]:
    readers = [child("read", folder, seconds) for _ in range(READERS)]
    writer = child("write", source, folder, seconds) if source else None
    reports = [result(reader) for reader in readers]
    commits = result(writer)["commits"] if writer else 0
    times = [ms for report in reports for ms in report["times"]]  # type: ignore[attr-defined]
    mixed = sum(int(str(report["mixed"])) for report in reports)
    seen = [report["states"] for report in reports]
    p95 = statistics.quantiles(times, n=100)[94]
    print(
        f"| {name} | {len(times)} | {statistics.median(times):.2f} | {p95:.2f} | {max(times):.0f} |"
        f" {commits} | {min(seen)} | {mixed} |"  # type: ignore[type-var]
    )
    return p95, mixed


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=60)
    seconds = parser.parse_args().seconds
    with tempfile.TemporaryDirectory() as temporary:
        source, folder = Path(temporary) / "news", Path(temporary) / "index"
        source.mkdir()
        write_fixed(source)
        write_state(source, 0)
        SearchIndex.build([source], folder).close()
        print("| readers | queries | median ms | p95 ms | max ms | commits | states | mixed |")
        print("|---|---|---|---|---|---|---|---|")
        alone, _ = measure("alone", folder, seconds, None)
        beside, mixed = measure("beside a writer", folder, seconds, source)
    print(f"\np95 beside a writer over p95 alone: {beside / alone:.2f}")
    sys.exit(mixed > 0)


if __name__ == "__main__":
    match sys.argv[1:2]:
        case ["read"]:
            read(Path(sys.argv[2]), float(sys.argv[3]))
        case ["write"]:
            write(Path(sys.argv[2]), Path(sys.argv[3]), float(sys.argv[4]))
        case _:
            main()
