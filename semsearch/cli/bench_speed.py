"""The benchmarks of speed and size: ann, scale, latency and peers."""

from pathlib import Path
from typing import Annotated, Any

import typer

from semsearch.cli.arguments import MemoryOption, TargetRecallOption, vector_settings
from semsearch.cli.bench_results import SaveOption, record, show
from semsearch.cli.console import progress

DatasetArgument = Annotated[
    str,
    typer.Argument(metavar="[DATASET]", help="A folder with articles, queries and qrels."),
]


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
    save: SaveOption = None,
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

    show(record(save, "ann", settings, measured))


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
    save: SaveOption = None,
) -> None:
    """Measure time, memory and disk space for growing numbers of passages.

    Synthetic vectors are distributed like those of news passages. Ten million take 30 GB of disk
    space and half an hour; each size is saved as soon as it is measured.
    """
    from dataclasses import asdict

    from semsearch.benchmarking.report import joined
    from semsearch.benchmarking.results import Record
    from semsearch.benchmarking.scale import SIZES, measure

    tuning = vector_settings(target_recall, memory)
    common = {"dim": dim, "seed": 0, **asdict(tuning)}
    most = 100_000 if quick else most
    done: list[Record] = []
    for passages in (size for size in SIZES if size <= most):

        def measured(passages: int = passages) -> list[dict[str, Any]]:
            with progress(f"Measuring {passages:,}") as report:
                return [asdict(measure(passages, dim, tuning, progress=report))]

        settings = {**common, "passages": passages}
        done.append(record(save, "scale", settings, measured))
    for result in joined(done):
        show(result)


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
    save: SaveOption = None,
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
    show(record(save, "latency", described, measured, force=index is not None))


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
    save: SaveOption = None,
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
    show(record(save, "peers", settings, measured))
