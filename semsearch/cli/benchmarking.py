"""The commands that measure, and bench report, which makes tables and plots of what they stored."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from semsearch.cli.arguments import MemoryOption, TargetRecallOption
from semsearch.cli.console import complain, print_lines, progress

if TYPE_CHECKING:
    from semsearch.benchmarking.datasets import Dataset

app = typer.Typer(no_args_is_help=True, rich_markup_mode=None, add_completion=False)

Save = Annotated[
    Path | None,
    typer.Option(
        "--save",
        metavar="FILE",
        help="Add the results to a file, a line of JSON each. What it has already is taken from "
        "it, as long as machine, versions, commit and settings are the same.",
    ),
]
Datasets = Annotated[
    list[str],
    typer.Argument(
        metavar="DATASET...", help="Folders with articles, queries and qrels, or BEIR sets."
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
    """Measure how good answers are, and how fast."""


@app.command()
def quality(
    datasets: Datasets,
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
    quick: Annotated[
        bool, typer.Option("--quick", help="Only a hundred queries, evenly from all.")
    ] = False,
    save: Save = None,
) -> None:
    """Rank articles for judged queries, and score it.

    nDCG@10, MRR@10 and Recall@100, with 95 % intervals, for each language and for all; p says
    how likely chance alone would set hybrid so far apart from the ranking of the row.
    """
    import tempfile
    from dataclasses import asdict

    from semsearch.benchmarking.datasets import load_dataset
    from semsearch.benchmarking.measures import read_run
    from semsearch.benchmarking.quality import measure
    from semsearch.errors import InputError

    if len(datasets) > 1 and (index or runs or against):
        raise InputError("--index, --runs and --against are for one DATASET: name only that")
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
        _record(save, "quality", settings, measured, anew=bool(runs or against))


@app.command()
def ann(
    source: Annotated[
        Path | None,
        typer.Argument(
            metavar="[SOURCE]", help="Vectors: a .npy or ann-benchmarks .hdf5, or an index folder."
        ),
    ] = None,
    vectors: Annotated[
        int,
        typer.Option("--vectors", metavar="N", min=1, help="Without a source: synthetic vectors."),
    ] = 100_000,
    kinds: Annotated[
        list[str] | None,
        typer.Option(
            "--kind", metavar="FACTORY", help="Another FAISS index too: HNSW32; repeatable."
        ),
    ] = None,
    grid: Annotated[bool, typer.Option("--grid", help="One of each family of kinds.")] = False,
    target_recall: TargetRecallOption = None,
    memory: MemoryOption = None,
    quick: Annotated[bool, typer.Option("--quick", help="Only 60,000 vectors.")] = False,
    save: Save = None,
) -> None:
    """Compare the index that semsearch chooses with exact search and with other kinds.

    Recall, latency, time to build, size, memory. Queries are vectors that are held back. Synthetic
    ones lie as those of news passages do.
    """
    import tempfile
    from dataclasses import asdict

    from semsearch.benchmarking.ann import measure
    from semsearch.benchmarking.kinds import GRID
    from semsearch.benchmarking.vector_folder import VectorFolder
    from semsearch.benchmarking.vectors_file import read_vectors, synthetic_vectors
    from semsearch.config import VectorSettings

    read = read_vectors(source) if source else synthetic_vectors(60_000 if quick else vectors)
    wanted = VectorSettings(target_recall or VectorSettings().target_recall, memory)
    others = [*(GRID if grid else ()), *(kinds or ())]
    settings = {
        "source": source.name if source else "synthetic",
        "shape": [read.n, read.dim],
        "seed": None if source else 0,
        **asdict(wanted),
        "kinds": others,
    }

    def measured() -> list[dict[str, Any]]:
        with tempfile.TemporaryDirectory() as folder, progress("Measuring") as report:
            filled = VectorFolder.fill(Path(folder), read)
            return [asdict(row) for row in measure(filled, wanted, kinds=others, progress=report)]

    _record(save, "ann", settings, measured)


@app.command()
def scale(
    most: Annotated[
        int,
        typer.Option("--up-to", metavar="N", min=1_000, help="Passages, from 1,000 on by tens."),
    ] = 1_000_000,
    dim: Annotated[int, typer.Option("--dim", metavar="D", min=8, help="Dimensions.")] = 256,
    target_recall: TargetRecallOption = None,
    memory: MemoryOption = None,
    quick: Annotated[bool, typer.Option("--quick", help="Only up to 100,000 passages.")] = False,
    save: Save = None,
) -> None:
    """Measure how search grows with the number of passages: time, memory, disk.

    Synthetic vectors lie as those of news passages do. Ten million take 30 GB of disk and half an
    hour; each size is kept in the file as soon as it is measured.
    """
    from dataclasses import asdict

    from semsearch.benchmarking.report import joined
    from semsearch.benchmarking.results import Record, recorded
    from semsearch.benchmarking.scale import SIZES, measure
    from semsearch.benchmarking.tables import tables
    from semsearch.config import VectorSettings

    wanted = VectorSettings(target_recall or VectorSettings().target_recall, memory)
    common = {"dim": dim, "seed": 0, **asdict(wanted)}
    most = 100_000 if quick else most
    done: list[Record] = []
    for passages in (size for size in SIZES if size <= most):

        def measured(passages: int = passages) -> list[dict[str, Any]]:
            with progress(f"Measuring {passages:,}") as report:
                return [asdict(measure(passages, dim, wanted, progress=report))]

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
            help="Ask this index; else one of DATASET is made and removed.",
        ),
    ] = None,
    quick: Annotated[
        bool, typer.Option("--quick", help="Fewer runs, and a second for each number of clients.")
    ] = False,
    save: Save = None,
) -> None:
    """Time queries, cold, warm and of a server.

    The queries are those of DATASET: cold starts, the parts of a query in a warm process, a server
    asked by 1 to 16 clients at once. Cold starts stand beside the bare imports of the libraries
    and beside the same with a server.
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
    _record(save, "latency", described, measured, anew=index is not None)


@app.command()
def peers(
    dataset: DatasetArgument = "seeds",
    vectors: Annotated[
        int, typer.Option("--vectors", metavar="N", min=60_000, help="Synthetic vectors.")
    ] = 100_000,
    only: Annotated[
        list[str] | None,
        typer.Option("--only", metavar="NAME", help="Only this library; repeatable."),
    ] = None,
    quick: Annotated[bool, typer.Option("--quick", help="Only 60,000 vectors.")] = False,
    save: Save = None,
) -> None:
    """Compare with other libraries.

    The same synthetic vectors and the passages of DATASET, each library on one core. Those that
    are not installed are named; pip install 'semsearch[peers]' brings them.
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
    files: Annotated[list[Path], typer.Argument(metavar="FILE...", help="What --save wrote.")],
    out: Annotated[
        Path | None,
        typer.Option("--out", metavar="DIR", help="Write report.md and plots (.png, .svg) here."),
    ] = None,
    pages: Annotated[
        list[Path] | None,
        typer.Option(
            "--update",
            metavar="PAGE",
            help="Write the tables anew between `<!-- bench:NAME -->` and `<!-- /bench -->` of a "
            "Markdown page; repeatable.",
        ),
    ] = None,
) -> None:
    """Make tables and plots of stored results.

    Nothing is measured. Of results with the same settings the last counts. The same files give
    the same bytes.
    """
    from semsearch.benchmarking.report import latest, update, write
    from semsearch.errors import InputError

    if not (out or pages):
        raise InputError("say where to: --out DIR for a report, --update PAGE for a page")
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
    anew: bool = False,
) -> None:
    """Measure, or take what is stored, and show its tables."""
    from semsearch.benchmarking.results import recorded
    from semsearch.benchmarking.tables import tables

    for table in tables(recorded(save, kind, settings, measure, complain, anew=anew)):
        print_lines([table.title, "", *table.lines, ""])
