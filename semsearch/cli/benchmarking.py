"""The commands under bench: those that measure, and report, which shows saved results."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from semsearch.cli.arguments import MemoryOption, TargetRecallOption, vector_settings
from semsearch.cli.console import complain, print_lines, progress

if TYPE_CHECKING:
    from semsearch.benchmarking.datasets import Dataset

app = typer.Typer(no_args_is_help=True, rich_markup_mode=None, add_completion=False)

Save = Annotated[
    Path | None,
    typer.Option(
        "--save",
        metavar="FILE",
        help="Append the results to a file, as lines of JSON. A result that it holds already, with "
        "the same machine, versions, commit and settings, is not measured again.",
    ),
]
Datasets = Annotated[
    list[str],
    typer.Argument(
        metavar="DATASET...", help="Folders with articles, queries and qrels, or BEIR datasets."
    ),
]
DatasetArgument = Annotated[
    str,
    typer.Argument(metavar="[DATASET]", help="A folder with articles, queries and qrels."),
]


@app.callback(
    epilog="\b\nExamples:\n  semsearch bench quality seeds\n"
    "  semsearch bench ann --vectors 100000 --save results.jsonl\n"
    "  semsearch bench latency --quick --save results.jsonl\n"
    "  semsearch bench report results.jsonl --out report"
)
def bench() -> None:
    """Measure the quality and the speed of search."""


@app.command()
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
    save: Save = None,
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
        _record(save, "quality", settings, measured, force=bool(runs or against))


@app.command()
def ann(
    source: Annotated[
        Path | None,
        typer.Argument(
            metavar="[SOURCE]",
            help="Vectors: a .npy file, an .hdf5 file of ann-benchmarks, or an index folder.",
        ),
    ] = None,
    vectors: Annotated[
        int,
        typer.Option(
            "--vectors", metavar="N", min=1, help="Number of synthetic vectors, without SOURCE."
        ),
    ] = 100_000,
    kinds: Annotated[
        list[str] | None,
        typer.Option(
            "--kind", metavar="FACTORY", help="Another FAISS index, like HNSW32. Can be repeated."
        ),
    ] = None,
    grid: Annotated[bool, typer.Option("--grid", help="One index of each family.")] = False,
    target_recall: TargetRecallOption = None,
    memory: MemoryOption = None,
    quick: Annotated[bool, typer.Option("--quick", help="Use only 60,000 vectors.")] = False,
    save: Save = None,
) -> None:
    """Compare the vector index with exact search and other kinds of index.

    Recall, latency, build time, size and memory. The queries are vectors that are held out.
    Synthetic vectors are distributed like those of news passages.
    """
    import tempfile
    from dataclasses import asdict

    from semsearch.benchmarking.ann import measure
    from semsearch.benchmarking.faiss_indexes import GRID
    from semsearch.benchmarking.vector_folder import VectorFolder
    from semsearch.benchmarking.vector_sources import read_vectors, synthetic_vectors

    read = read_vectors(source) if source else synthetic_vectors(60_000 if quick else vectors)
    tuning = vector_settings(target_recall, memory)
    others = [*(GRID if grid else ()), *(kinds or ())]
    settings = {
        "source": source.name if source else "synthetic",
        "shape": [read.n, read.dim],
        "seed": None if source else 0,
        **asdict(tuning),
        "kinds": others,
    }

    def measured() -> list[dict[str, Any]]:
        with tempfile.TemporaryDirectory() as folder, progress("Measuring") as report:
            filled = VectorFolder.fill(Path(folder), read)
            return [asdict(row) for row in measure(filled, tuning, kinds=others, progress=report)]

    _record(save, "ann", settings, measured)


@app.command()
def scale(
    most: Annotated[
        int,
        typer.Option("--up-to", metavar="N", min=1_000, help="From 1,000 to N passages, by tens."),
    ] = 1_000_000,
    dim: Annotated[
        int, typer.Option("--dim", metavar="D", min=8, help="Dimensions of the vectors.")
    ] = 256,
    target_recall: TargetRecallOption = None,
    memory: MemoryOption = None,
    quick: Annotated[bool, typer.Option("--quick", help="Stop at 100,000 passages.")] = False,
    save: Save = None,
) -> None:
    """Measure time, memory and disk space for growing numbers of passages.

    Synthetic vectors are distributed like those of news passages. Ten million take 30 GB of disk
    space and half an hour; each size is saved as soon as it is measured.
    """
    from dataclasses import asdict

    from semsearch.benchmarking.report import joined
    from semsearch.benchmarking.results import Record, recorded
    from semsearch.benchmarking.scale import SIZES, measure
    from semsearch.benchmarking.tables import tables

    tuning = vector_settings(target_recall, memory)
    common = {"dim": dim, "seed": 0, **asdict(tuning)}
    most = 100_000 if quick else most
    done: list[Record] = []
    for passages in (size for size in SIZES if size <= most):

        def measured(passages: int = passages) -> list[dict[str, Any]]:
            with progress(f"Measuring {passages:,}") as report:
                return [asdict(measure(passages, dim, tuning, progress=report))]

        settings = {**common, "passages": passages}
        done.append(recorded(save, "scale", settings, measured, complain))
    for record in joined(done):
        for table in tables(record):
            print_lines([table.title, "", *table.lines, ""])


@app.command()
def latency(
    dataset: DatasetArgument = "seeds",
    index: Annotated[
        Path | None,
        typer.Option(
            "--index",
            metavar="DIR",
            help="Search this index instead of a temporary one of DATASET.",
        ),
    ] = None,
    quick: Annotated[
        bool,
        typer.Option("--quick", help="Use fewer runs, and one second for each number of clients."),
    ] = False,
    save: Save = None,
) -> None:
    """Time queries: cold starts, warm queries and a server.

    Uses the queries of DATASET for cold starts, for the stages of a query in a warm process, and
    for a server with 1 to 16 clients at once. Cold starts are compared with the bare imports of the
    libraries, and with the same commands beside a running server.
    """
    import tempfile
    from dataclasses import asdict

    from semsearch.benchmarking.datasets import load_dataset
    from semsearch.benchmarking.latency import measure
    from semsearch.index import SearchIndex

    asked = load_dataset(dataset)
    settings: dict[str, Any] = (
        {"runs": 5, "seconds": 1.0} if quick else {"runs": 20, "seconds": 4.0}
    )

    def measured() -> dict[str, Any]:
        with tempfile.TemporaryDirectory() as folder, progress("Measuring") as report:
            if not index:
                SearchIndex.build(asked.articles, Path(folder)).close()
            queries = list(asked.queries.values())
            return asdict(measure(index or Path(folder), queries, **settings, progress=report))

    name = index.resolve().name if index else None
    described = {"dataset": asked.name, "digest": asked.digest, "index": name, **settings}
    _record(save, "latency", described, measured, force=index is not None)


@app.command()
def peers(
    dataset: DatasetArgument = "seeds",
    vectors: Annotated[
        int, typer.Option("--vectors", metavar="N", min=60_000, help="Number of synthetic vectors.")
    ] = 100_000,
    only: Annotated[
        list[str] | None,
        typer.Option("--only", metavar="NAME", help="Measure only this library. Can be repeated."),
    ] = None,
    quick: Annotated[bool, typer.Option("--quick", help="Use only 60,000 vectors.")] = False,
    save: Save = None,
) -> None:
    """Compare semsearch with other libraries.

    All get the same synthetic vectors and the passages of DATASET, each on one core. Libraries that
    are not installed are listed; pip install 'semsearch[peers]' installs them.
    """
    import tempfile
    from dataclasses import asdict

    from semsearch.benchmarking.datasets import load_dataset
    from semsearch.benchmarking.peers import measure

    asked = load_dataset(dataset)
    shape = (60_000 if quick else vectors, 256)

    def measured() -> dict[str, Any]:
        with tempfile.TemporaryDirectory() as folder, progress("Measuring") as report:
            return asdict(measure(asked, Path(folder), shape, only=only or (), progress=report))

    settings = {
        "dataset": asked.name,
        "digest": asked.digest,
        "shape": list(shape),
        "seed": 0,
        "only": sorted(only or ()),
    }
    _record(save, "peers", settings, measured)


@app.command()
def report(
    files: Annotated[
        list[Path], typer.Argument(metavar="FILE...", help="Files that --save wrote.")
    ],
    out: Annotated[
        Path | None,
        typer.Option(
            "--out", metavar="DIR", help="Write report.md and plots (.png, .svg) to a folder."
        ),
    ] = None,
    pages: Annotated[
        list[Path] | None,
        typer.Option(
            "--update",
            metavar="PAGE",
            help="Replace the tables between <!-- bench:NAME --> and <!-- /bench --> in a Markdown "
            "page. Can be repeated.",
        ),
    ] = None,
) -> None:
    """Make tables and plots of saved results.

    Measures nothing. Of several results with the same settings the last one counts. The same files
    always give the same bytes.
    """
    from semsearch.benchmarking.report import latest, update, write
    from semsearch.errors import InputError

    if not (out or pages):
        raise InputError(
            "there is nowhere to write to: give --out DIR for a report, or --update PAGE for a page"
        )
    records = latest(files)
    if out:
        print_lines(map(str, write(records, out)))
    for page in pages or ():
        update(records, page)


def _record(
    save: Path | None,
    kind: str,
    settings: dict[str, Any],
    measure: Callable[[], Any],
    *,
    force: bool = False,
) -> None:
    """Measure, or take the saved result, and print its tables."""
    from semsearch.benchmarking.results import recorded
    from semsearch.benchmarking.tables import tables

    for table in tables(recorded(save, kind, settings, measure, complain, force=force)):
        print_lines([table.title, "", *table.lines, ""])
