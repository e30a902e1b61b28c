"""Latency of a query: from a cold start, in a warm process, and of a server under load."""

import itertools
import json
import re
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urlencode

import numpy as np

from semsearch.errors import InputError
from semsearch.index import SearchIndex
from semsearch.types import Progress, no_progress

CLIENTS = (1, 2, 4, 8, 16)
"""Numbers of concurrent clients that are measured."""
_IMPORTS = "import numpy, faiss, tokenizers, typer, sqlite3"
"""The libraries that a cold search imports: the lower bound of its time."""
_PROGRAM = (sys.executable, "-m", "semsearch")
_PASSES = 3
"""Timed passes over all queries in the warm process, after one untimed pass; a choice."""


@dataclass(frozen=True, slots=True)
class Start:
    """Time of a command from start to exit."""

    command: str
    p50_s: float
    low_s: float
    """Lower quartile of the runs; `high_s` is the upper one."""
    high_s: float


@dataclass(frozen=True, slots=True)
class Part:
    """A part of answering a query, from `SearchResult.timings_ms`, over all queries."""

    part: str
    p50_ms: float
    p95_ms: float
    p99_ms: float


@dataclass(frozen=True, slots=True)
class Load:
    """A server queried by concurrent clients, each sending its next query after an answer."""

    clients: int
    qps: float
    """Queries answered per second."""
    p50_ms: float
    p95_ms: float


@dataclass(frozen=True, slots=True)
class Latency:
    """The latency on one index; `dataclasses.asdict` turns it into JSON types."""

    articles: int
    passages: int
    queries: int
    cold: tuple[Start, ...]
    """The imports of the libraries alone come first: no command that uses them can be faster."""
    parts: tuple[Part, ...]
    """In the order in which they run; the last is the total."""
    load: tuple[Load, ...]


def measure(
    index_folder: Path,
    queries: Sequence[str],
    *,
    runs: int = 20,
    seconds: float = 4.0,
    progress: Progress = no_progress,
) -> Latency:
    """Measure an index from the command line, in this process, and over HTTP.

    Args:
        index_folder: folder of an index that no server has open.
        queries: at least one; used in turn.
        runs: timed runs of each cold command, after one untimed run.
        seconds: how long each number of clients is measured.
        progress: called with the numbers of steps done and of all.

    Raises:
        InputError: a command failed, or the server does not answer.
        SemsearchError: the index cannot be opened.
    """
    stages = itertools.count(1)
    total = 3 + len(CLIENTS)

    def done() -> None:
        progress(next(stages), total)

    with SearchIndex.open(index_folder) as index:
        status = index.status()
        parts = tuple(_parts(index, queries))
    done()
    load = []
    with _server(index_folder) as port:
        _ask(port, queries, 2, 0.5)  # warm-up
        for clients in CLIENTS:
            load.append(_ask(port, queries, clients, seconds))
            done()
        served = _starts(_searches(index_folder, " while `semsearch serve` runs"), queries, runs)
        done()
    imports = {f'`python -c "{_IMPORTS}"`': [sys.executable, "-c", _IMPORTS]}
    without = imports | {"`semsearch --help`": [*_PROGRAM, "--help"]} | _searches(index_folder, "")
    cold = _starts(without, queries, runs)
    done()
    return Latency(
        articles=status.articles,
        passages=status.passages,
        queries=len(queries),
        cold=(*cold, *served),
        parts=parts,
        load=tuple(load),
    )


def _parts(index: SearchIndex, queries: Sequence[str]) -> Iterator[Part]:
    for query in queries:
        index.search(query)
    times: dict[str, list[float]] = defaultdict(list)
    for query in itertools.chain.from_iterable(itertools.repeat(queries, _PASSES)):
        for part, ms in index.search(query).timings_ms.items():
            times[part].append(ms)
    for part in sorted(times, key=lambda part: part == "total"):
        values = times[part] + [0.0] * (len(times["total"]) - len(times[part]))
        yield Part(part, *np.percentile(values, [50, 95, 99]).tolist())


def _searches(folder: Path, when: str) -> dict[str, list[str]]:
    search = [*_PROGRAM, "search", "QUERY", "--index", str(folder)]
    return {
        f"`semsearch search QUERY`{when}": search,
        f"`semsearch search QUERY --json`{when}": [*search, "--json"],
    }


def _starts(commands: Mapping[str, list[str]], queries: Sequence[str], runs: int) -> list[Start]:
    """Every command by turns, so that what else the machine does falls on all alike."""
    times: dict[str, list[float]] = {name: [] for name in commands}
    for turn in range(runs + 1):
        query = queries[turn % len(queries)]
        for name, command in commands.items():
            began = time.perf_counter()
            _run([query if word == "QUERY" else word for word in command])
            times[name].append(time.perf_counter() - began)
    quartiles = {name: np.percentile(all_[1:], [50, 25, 75]) for name, all_ in times.items()}
    return [Start(name, *values.tolist()) for name, values in quartiles.items()]


def _run(command: Sequence[str]) -> None:
    done = subprocess.run(command, capture_output=True, text=True, encoding="utf-8", check=False)
    if done.returncode not in (0, 1):  # 1: nothing found
        raise InputError(f"`{' '.join(command)}` failed: {done.stderr.strip()}")


@contextmanager
def _server(folder: Path) -> Iterator[int]:
    """Start a server of the index; the port of it once it is ready."""
    command = [*_PROGRAM, "serve", "--port", "0", "--index", str(folder)]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, encoding="utf-8"
    ) as process:
        try:
            assert process.stdout is not None
            assert process.stderr is not None
            found = re.search(r"127\.0\.0\.1:(\d+)/$", process.stdout.readline())
            if not found:
                raise InputError(f"the server did not start: {process.stderr.read().strip()}")
            yield int(found[1])
        finally:
            process.terminate()


def _ask(port: int, queries: Sequence[str], clients: int, seconds: float) -> Load:
    """Clients that query over HTTP, with a connection for each query, as the server requires."""
    began = time.perf_counter()
    end = began + seconds

    def client(number: int) -> list[float]:
        times = []
        start = number * len(queries) // clients
        for query in itertools.cycle([*queries[start:], *queries[:start]]):
            asked = time.perf_counter()
            if asked > end:
                break
            _get(port, query)
            times.append(1000 * (time.perf_counter() - asked))
        return times

    with ThreadPoolExecutor(clients) as pool:
        times = [ms for each in pool.map(client, range(clients)) for ms in each]
    qps = len(times) / (time.perf_counter() - began)
    return Load(clients, qps, *np.percentile(times, [50, 95]).tolist())


def _get(port: int, query: str) -> None:
    connection = HTTPConnection("127.0.0.1", port, timeout=60)
    try:
        connection.request("GET", f"/search?{urlencode({'q': query})}")
        answer = connection.getresponse()
        body = answer.read()
    except OSError as error:
        raise InputError(f"the server on port {port} does not answer: {error}") from error
    finally:
        connection.close()
    if answer.status != 200:
        raise InputError(f"the server did not answer {query!r}: {json.loads(body)['error']}")
