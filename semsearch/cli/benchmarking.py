"""The commands under bench: those that measure, and report, which shows saved results."""

from pathlib import Path
from typing import Annotated

import typer

from semsearch.cli.bench_answers import quality, relevance
from semsearch.cli.bench_speed import ann, latency, peers, scale
from semsearch.cli.console import print_lines

app = typer.Typer(no_args_is_help=True, rich_markup_mode=None, add_completion=False)


@app.callback(
    epilog="\b\nExamples:\n  semsearch bench quality seeds\n"
    "  semsearch bench ann --vectors 100000 --save results.jsonl\n"
    "  semsearch bench latency --quick --save results.jsonl\n"
    "  semsearch bench report results.jsonl --out report"
)
def bench() -> None:
    """Measure the quality and the speed of search."""


for _command in (quality, relevance, ann, scale, latency, peers):
    app.command()(_command)


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
