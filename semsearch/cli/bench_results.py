"""Where the commands that measure put their results: into a file, and onto the screen."""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from semsearch.cli.console import complain, print_lines

if TYPE_CHECKING:
    from semsearch.benchmarking.results import Record

SaveOption = Annotated[
    Path | None,
    typer.Option(
        "--save",
        metavar="FILE",
        help="Append the results to a file, as lines of JSON. A result that it holds already, with "
        "the same machine, versions, commit and settings, is not measured again.",
    ),
]


def record(
    save: Path | None,
    kind: str,
    settings: dict[str, Any],
    measure: Callable[[], Any],
    *,
    force: bool = False,
) -> "Record":
    """Measure, or take the saved result; warnings go to stderr."""
    from semsearch.benchmarking.results import recorded

    return recorded(save, kind, settings, measure, complain, force=force)


def show(result: "Record") -> None:
    """Print the tables of a result now, as the next one may take long."""
    from semsearch.benchmarking.tables import tables

    for table in tables(result):
        print_lines([table.title, "", *table.lines, ""])
    sys.stdout.flush()
