"""MRR@10 of the models in the package where articles in several languages compete.

    python -m benchmarks.models --data ../shared/data/eval --keep benchmarks/out/indexes

Every collection is one index. Its questions are parted by whether an answer stands in their own
language; in newsroom-dev every article is in one language only. `dense` is meaning alone, `hybrid`
the default ranking.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from benchmarks import SEEDS, record
from benchmarks.runs import arguments_of, asked, rows
from semsearch import Mode
from semsearch.benchmarking.collection_index import build, index_folder
from semsearch.benchmarking.datasets import load_dataset
from semsearch.benchmarking.metrics import Run

MODELS = ("fast", "multilingual")
MODES = (Mode.DENSE, Mode.HYBRID)
SETS = ("newsroom-dev", "mlqa-cross-dev")


def measure(data: Path, keep: Path | None) -> Iterator[dict[str, Any]]:
    """A row for each group of questions of a collection: columns are model and ranking."""
    for dataset in map(load_dataset, (SEEDS, *(data / name for name in SETS))):
        runs: dict[str, Run] = {}
        for model in MODELS:
            below = keep / model if keep else None
            with index_folder(dataset, below) as folder, build(dataset, folder, model) as index:
                for mode in MODES:
                    name = f"{model}, {mode.value}"
                    runs[name] = asked(index, dataset, mode, name)
                if model == MODELS[-1]:
                    yield from rows(dataset, runs, folder)


def main() -> None:
    arguments = arguments_of("models", __doc__).parse_args()
    settings = {"sets": ["seeds", *SETS]}
    record(
        arguments.save, "models", settings, lambda: list(measure(arguments.data, arguments.keep))
    )


if __name__ == "__main__":
    main()
