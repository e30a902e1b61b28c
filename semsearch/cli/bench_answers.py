"""The benchmark of what is found: quality."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from semsearch.cli.bench_results import SaveOption, record, show
from semsearch.cli.console import progress

if TYPE_CHECKING:
    from semsearch.benchmarking.datasets import Dataset

Datasets = Annotated[
    list[str],
    typer.Argument(
        metavar="DATASET...", help="Folders with articles, queries and qrels, or BEIR datasets."
    ),
]


def quality(
    datasets: Datasets,
    index: Annotated[
        Path | None,
        typer.Option("--index", metavar="DIR", help="Keep the index, in this folder."),
    ] = None,
    runs: Annotated[
        Path | None, typer.Option("--runs", metavar="DIR", help="Write TREC runs to a folder.")
    ] = None,
    against: Annotated[
        list[Path] | None,
        typer.Option(
            "--against", metavar="RUN", help="A TREC run to compare with. Can be repeated."
        ),
    ] = None,
    quick: Annotated[
        bool, typer.Option("--quick", help="Use only 100 queries, spread evenly over all.")
    ] = False,
    save: SaveOption = None,
) -> None:
    """Measure the ranking on queries with relevance judgements.

    nDCG@10, MRR@10 and Recall@100 with 95 % confidence intervals, for each language and for all; p
    is the probability that chance alone sets hybrid this far apart from the ranking of the row.
    """
    import tempfile
    from dataclasses import asdict

    from semsearch.benchmarking.dataset_files import read_run
    from semsearch.benchmarking.datasets import load_dataset
    from semsearch.benchmarking.quality import measure
    from semsearch.errors import InputError

    if len(datasets) > 1 and (index or runs or against):
        raise InputError(
            "--index, --runs and --against work with one DATASET: give one, or leave them out"
        )
    stored = {path.stem: read_run(path) for path in against or ()}
    for name in datasets:
        whole = load_dataset(name)
        asked = whole.sample(100) if quick else whole

        def measured(asked: "Dataset" = asked) -> dict[str, Any]:
            with tempfile.TemporaryDirectory() as folder, progress("Measuring") as report:
                found = measure(
                    asked,
                    index_folder=index or Path(folder) / "index",
                    run_folder=runs,
                    baselines=stored,
                    progress=lambda stage, done, total: report(done, total),
                )
            return asdict(found)

        settings = {"dataset": asked.name, "digest": asked.digest, "against": sorted(stored)}
        show(record(save, "quality", settings, measured, force=bool(runs or against)))
