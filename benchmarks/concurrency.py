"""python -m benchmarks.concurrency: latency of readers while a writer adds and removes articles.

Four processes query in a loop, alternately alone and while another process replaces some of the
articles over and over. Each replaced article carries the number of its state, so that an answer
that mixes two states is noticed; the program exits with 1 if there was one. The model is `fast`.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from semsearch import SearchIndex

READERS = 4
ROUNDS = 6  # alternating, so that other load on the machine affects both alike
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
    """Query for some seconds and print the times and the states that were seen."""
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
    """Replace the changing articles for some seconds and print how often."""
    end = time.perf_counter() + seconds
    state = 0
    while time.perf_counter() < end:
        state += 1
        write_state(source, state)
        SearchIndex.build([source], folder).close()
    print(json.dumps({"commits": state}))


def child(*arguments: object) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "benchmarks.concurrency", *map(str, arguments)]
    # One thread per reader: four readers that each use all cores would measure the scheduler.
    environment = os.environ | {"OMP_NUM_THREADS": "1"}
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment)


def result(process: subprocess.Popen[str]) -> dict[str, Any]:
    out, _ = process.communicate()
    if process.returncode:
        sys.exit("a reader or the writer failed")
    return dict(json.loads(out))


@dataclass
class Tally:
    """What the readers of several rounds saw."""

    times: list[float] = field(default_factory=list)
    commits: int = 0
    states: int = 0
    mixed: int = 0

    def add(self, folder: Path, seconds: float, source: Path | None) -> None:
        """Run one round, with a writer if there is a source folder for it to change."""
        readers = [child("read", folder, seconds) for _ in range(READERS)]
        writer = child("write", source, folder, seconds) if source else None
        for reader in readers:
            report = result(reader)
            self.times += report["times"]
            self.states += report["states"]
            self.mixed += report["mixed"]
        self.commits += result(writer)["commits"] if writer else 0

    def p95(self) -> float:
        return statistics.quantiles(self.times, n=100)[94]

    def row(self, name: str) -> str:
        numbers = f"{statistics.median(self.times):.2f} | {self.p95():.2f} | {max(self.times):.0f}"
        states = self.states / READERS
        met = f"{self.commits} | {states:.0f} | {self.mixed}"
        return f"| {name} | {len(self.times)} | {numbers} | {met} |"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=60, help="with a writer, and without")
    seconds = parser.parse_args().seconds
    alone, beside = Tally(), Tally()
    with tempfile.TemporaryDirectory() as temporary:
        source, folder = Path(temporary) / "news", Path(temporary) / "index"
        source.mkdir()
        write_fixed(source)
        write_state(source, 0)
        SearchIndex.build([source], folder, model="fast").close()
        for _ in range(ROUNDS):
            alone.add(folder, seconds / ROUNDS, None)
            beside.add(folder, seconds / ROUNDS, source)
    print("| readers | queries | median ms | p95 ms | max ms | commits | states | mixed |")
    print("|---|---|---|---|---|---|---|---|")
    print(alone.row("alone"))
    print(beside.row("beside a writer"))
    print(f"\np95 beside a writer over p95 alone: {beside.p95() / alone.p95():.2f}")
    sys.exit(beside.mixed > 0)


if __name__ == "__main__":
    match sys.argv[1:2]:
        case ["read"]:
            read(Path(sys.argv[2]), float(sys.argv[3]))
        case ["write"]:
            write(Path(sys.argv[2]), Path(sys.argv[3]), float(sys.argv[4]))
        case _:
            main()
