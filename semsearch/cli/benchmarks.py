"""The commands that measure: bench quality, bench ann."""

from pathlib import Path
from typing import Annotated

import typer

from semsearch.cli.console import print_lines, progress

app = typer.Typer(no_args_is_help=True, rich_markup_mode=None, add_completion=False)

Save = Annotated[
    Path | None,
    typer.Option("--save", metavar="FILE", help="Add the results to a file, a line of JSON each."),
]


@app.callback(
    epilog="\b\nExamples:\n  semsearch bench quality seeds\n  semsearch bench ann --vectors 100000"
)
def bench() -> None:
    """Measure how good answers are, and how fast."""


@app.command()
def quality(
    dataset: Annotated[
        str,
        typer.Argument(
            metavar="DATASET", help="A folder with articles, queries and qrels, or a BEIR set."
        ),
    ],
    index: Annotated[
        Path | None,
        typer.Option("--index", metavar="DIR", help="Keep its index; else it is made and removed."),
    ] = None,
    runs: Annotated[
        Path | None, typer.Option("--runs", metavar="DIR", help="Write TREC runs into a folder.")
    ] = None,
    against: Annotated[
        list[Path] | None,
        typer.Option("--against", metavar="RUN", help="A TREC run to compare with; repeatable."),
    ] = None,
    save: Save = None,
) -> None:
    """Rank articles for judged queries: nDCG@10, MRR@10, Recall@100, with 95 % intervals.

    p says how likely chance alone would set hybrid so far apart from the ranking of the row.
    """
    import tempfile
    from dataclasses import asdict

    from semsearch.benchmarking.datasets import load_dataset
    from semsearch.benchmarking.quality import measure
    from semsearch.benchmarking.results import append
    from semsearch.benchmarking.tables import quality_lines
    from semsearch.evaluation import read_run

    loaded = load_dataset(dataset)
    stored = {path.stem: read_run(path) for path in against or ()}
    with tempfile.TemporaryDirectory() as folder, progress("Measuring") as report:
        measured = measure(
            loaded,
            index_folder=index or Path(folder) / "index",
            run_folder=runs,
            baselines=stored,
            progress=lambda stage, done, total: report(done, total),
        )
    print_lines(quality_lines(measured))
    if save:
        append(save, "quality", {"dataset": loaded.name}, asdict(measured))


@app.command()
def ann(
    source: Annotated[
        Path | None,
        typer.Argument(metavar="[SOURCE]", help="A .npy file of vectors, or an index folder."),
    ] = None,
    vectors: Annotated[
        int,
        typer.Option("--vectors", metavar="N", min=1, help="Without a source: synthetic vectors."),
    ] = 100_000,
    target_recall: Annotated[
        float,
        typer.Option("--target-recall", metavar="R", min=0.0, max=1.0, help="Tuned to reach it."),
    ] = 0.95,
    save: Save = None,
) -> None:
    """Compare the approximate index with exact search: recall, latency, time to build, size.

    Queries are vectors that are held back. Synthetic ones lie as those of news passages do.
    """
    from dataclasses import asdict

    from semsearch.benchmarking.ann import measure, read_vectors, synthetic_vectors
    from semsearch.benchmarking.results import append
    from semsearch.benchmarking.tables import ann_lines

    matrix = read_vectors(source) if source else synthetic_vectors(vectors)
    rows = measure(matrix, target=target_recall)
    what = source.name if source else "synthetic"
    print_lines([f"{what}: {matrix.shape[0]:,} vectors of {matrix.shape[1]} dimensions", ""])
    print_lines(ann_lines(rows))
    if save:
        settings = {"source": what, "shape": list(matrix.shape), "target_recall": target_recall}
        append(save, "ann", settings, [asdict(row) for row in rows])
