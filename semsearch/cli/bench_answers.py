"""The benchmarks of what is found: quality and relevance."""

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from semsearch.cli.bench_results import SaveOption, record, show
from semsearch.cli.console import NOTHING_FOUND, complain, print_lines, progress

if TYPE_CHECKING:
    from semsearch.benchmarking.datasets import Dataset

Datasets = Annotated[
    list[str],
    typer.Argument(
        metavar="DATASET...",
        help="Folders with articles, queries and qrels, folders of such folders, or BEIR datasets.",
    ),
]
ModelOption = Annotated[
    str | None,
    typer.Option(
        "--model",
        metavar="NAME",
        help="The model to encode with. Default: that of a kept index, else as in `index`.",
    ),
]
QuickOption = Annotated[
    bool, typer.Option("--quick", help="Use only 100 queries, spread evenly over all.")
]
KeepOption = Annotated[
    Path | None,
    typer.Option(
        "--keep",
        metavar="DIR",
        help="Keep the index of each dataset in a folder below this one. What is encoded there "
        "already is not encoded again.",
    ),
]


def quality(
    names: Datasets,
    model: ModelOption = None,
    keep: KeepOption = None,
    runs: Annotated[
        Path | None, typer.Option("--runs", metavar="DIR", help="Write TREC runs to a folder.")
    ] = None,
    against: Annotated[
        list[Path] | None,
        typer.Option(
            "--against", metavar="RUN", help="A TREC run to compare with. Can be repeated."
        ),
    ] = None,
    gate: Annotated[
        Path | None,
        typer.Option(
            "--gate",
            metavar="FILE",
            help="Exit with 1 where hybrid is more than 0.005 of MRR@10 below dense or lexical, or "
            "a ranking below its last result in this file.",
        ),
    ] = None,
    quick: QuickOption = False,
    save: SaveOption = None,
) -> None:
    """Measure the ranking on queries with relevance judgements.

    nDCG@10, MRR@10 and Recall@100 with 95 % confidence intervals, for each language and for all; p
    is the probability that chance alone sets hybrid this far apart from the ranking of the row.
    Hybrid is compared with the rankings that it is made of where an answer stands in the language
    of the query, and where none does.
    """
    from semsearch.benchmarking.answer_tables import summary
    from semsearch.benchmarking.collection_index import index_folder, model_name
    from semsearch.benchmarking.dataset_files import read_run
    from semsearch.benchmarking.datasets import load_datasets
    from semsearch.benchmarking.gate import failures, groups_before
    from semsearch.benchmarking.quality import measure
    from semsearch.benchmarking.results import read
    from semsearch.errors import InputError

    datasets = [each for name in names for each in load_datasets(name)]
    if len(datasets) > 1 and (runs or against):
        raise InputError("--runs and --against work with one dataset: name one, or leave them out")
    stored = {path.stem: read_run(path) for path in against or ()}
    earlier = read(gate) if gate else []
    results, failed = [], []
    for whole in datasets:
        asked = whole.sample(100) if quick else whole

        def measured(asked: "Dataset" = asked) -> dict[str, Any]:
            with progress(f"Measuring {asked.name}") as report, index_folder(asked, keep) as folder:
                found = measure(
                    asked,
                    index_folder=folder,
                    model=model,
                    run_folder=runs,
                    baselines=stored,
                    progress=lambda stage, done, total: report(done, total),
                )
            return asdict(found)

        settings = {
            "dataset": asked.name,
            "digest": asked.digest,
            "model": model_name(asked, keep, model),
            "against": sorted(stored),
        }
        result = record(save, "quality", settings, measured, force=bool(runs or against))
        show(result)
        results.append(result)
        if gate:
            failed += failures(result, earlier)
            if not groups_before(result, earlier):
                complain(f"{gate} has no result of {asked.name} and {settings['model']} to compare")
    if len(results) > 1:
        table = summary([result["measured"] for result in results])
        print_lines([table.title, "", *table.lines, ""])
    for message in failed:
        complain(message)
    if failed:
        raise typer.Exit(NOTHING_FOUND)  # as for a search, 1 is the answer no


def relevance(
    names: Datasets,
    model: ModelOption = None,
    keep: KeepOption = None,
    quick: QuickOption = False,
    save: SaveOption = None,
) -> None:
    """Measure whether relevance tells answers from what is merely first.

    Half of the articles of each dataset are left out, so that half of its queries have no answer;
    words, acronyms, names, numbers and nonsense are asked besides. Hidden answers and queries that
    are stopped at the default cut-off are counted for each kind of query.
    """
    from semsearch.benchmarking.answer_tables import relevance_summary
    from semsearch.benchmarking.collection_index import index_folder, model_name
    from semsearch.benchmarking.datasets import load_datasets
    from semsearch.benchmarking.relevance import LOW, measure
    from semsearch.types import MIN_RELEVANCE

    results = []
    for whole in [each for name in names for each in load_datasets(name)]:
        asked = whole.sample(100) if quick else whole

        def measured(asked: "Dataset" = asked) -> list[dict[str, str | int]]:
            with progress(f"Measuring {asked.name}") as report, index_folder(asked, keep) as folder:
                return measure(asked, folder, model, report)

        settings = {
            "dataset": asked.name,
            "digest": asked.digest,
            "model": model_name(asked, keep, model),
            "cut_off": MIN_RELEVANCE,
            "low": LOW,
        }
        results.append(record(save, "relevance", settings, measured))
        show(results[-1])
    if len(results) > 1:
        table = relevance_summary(settings, [result["measured"] for result in results])
        print_lines([table.title, "", *table.lines, ""])
