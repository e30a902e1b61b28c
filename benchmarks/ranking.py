"""MRR@10 of BM25, dense and hybrid, and of hybrid without each part of its score.

    python -m benchmarks.ranking --data ../shared/data/eval --keep benchmarks/out/indexes

Every collection is one index, encoded once. Its questions are parted by whether an answer stands in
their own language. A part is left out by a weight of 0.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from benchmarks import record
from benchmarks.runs import arguments_of, asked, collections, rows
from semsearch import Mode, SearchIndex
from semsearch.benchmarking.collection_index import build, index_folder
from semsearch.benchmarking.datasets import Dataset
from semsearch.benchmarking.metrics import Run
from semsearch.encoders import DEFAULT_MODEL
from semsearch.ranking import WEIGHTS

RANKINGS = {"BM25": Mode.LEXICAL, "dense": Mode.DENSE, "hybrid": Mode.HYBRID}


@contextmanager
def without(part: str) -> Iterator[None]:
    """A score in which one part has a weight of 0, for all searches of this process."""
    weight = getattr(WEIGHTS, part)
    object.__setattr__(WEIGHTS, part, 0.0)  # frozen for everyone but this measurement
    try:
        yield
    finally:
        object.__setattr__(WEIGHTS, part, weight)


def parts_of(index: SearchIndex, query: str) -> list[str]:
    """The parts that the scores for a query are made of, named as their weights."""
    (hit,) = index.search(query, 1, explain=True).hits
    return list(hit.explanation.parts) if hit.explanation else []


def runs(index: SearchIndex, dataset: Dataset, parts: Sequence[str]) -> dict[str, Run]:
    """What each ranking finds, and hybrid without each part."""
    found = {name: asked(index, dataset, mode, name) for name, mode in RANKINGS.items()}
    for part in parts:
        with without(part):
            found[f"without {part}"] = asked(index, dataset, Mode.HYBRID, f"without {part}")
    return found


def measure(datasets: Sequence[Dataset], keep: Path | None, model: str) -> list[dict[str, Any]]:
    measured: list[dict[str, Any]] = []
    parts: list[str] = []
    for dataset in datasets:
        with index_folder(dataset, keep) as folder, build(dataset, folder, model) as index:
            # Those of seeds/, which comes first: several languages compete, so all parts count.
            parts = parts or parts_of(index, next(iter(dataset.queries.values())))
            measured += rows(dataset, runs(index, dataset, parts), folder)
    return measured


def main() -> None:
    parser = arguments_of("ranking", __doc__)
    parser.add_argument("--model", default=DEFAULT_MODEL)
    parser.add_argument("--quick", action="store_true", help="100 queries of each collection")
    arguments = parser.parse_args()
    datasets = collections(arguments.data)
    if arguments.quick:
        datasets = [dataset.sample(100) for dataset in datasets]
    settings = {
        "sets": [dataset.name for dataset in datasets],
        "model": arguments.model,
        "quick": arguments.quick,
    }

    def measured() -> list[dict[str, Any]]:
        return measure(datasets, arguments.keep, arguments.model)

    record(arguments.save, "ranking", settings, measured)


if __name__ == "__main__":
    main()
