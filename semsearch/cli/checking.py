"""The commands that find and repair damage: verify and repair."""

import sys
from pathlib import Path

import typer

from semsearch.cli.arguments import IndexOption
from semsearch.cli.console import print_lines, progress
from semsearch.errors import IndexDamaged

EXAMPLES = {
    "verify": "\b\nExamples:\n  semsearch verify --index /data/index",
    "repair": "\b\nExamples:\n  semsearch repair --index /data/index",
}


def verify(folder: IndexOption = Path("index")) -> None:
    """Check everything in an index for damage.

    Prints a line for each problem, with what to do about it. Exit code 0: no damage; 3: damaged.
    """
    from semsearch.indexing import verify
    from semsearch.render.reports import damage_line
    from semsearch.render.screen import Screen

    screen = Screen.of(sys.stdout)
    found = False
    for damage in verify(folder):
        found = True
        print_lines([damage_line(damage, screen)])
    if found:
        raise typer.Exit(IndexDamaged.exit_code)
    print_lines(["nothing is wrong"])


def repair(folder: IndexOption = Path("index")) -> None:
    """Repair a damaged index.

    Intact articles stay and are not embedded again; damaged ones are read again from the folders
    that were indexed. The damaged state is kept in a folder inside the index folder.
    """
    from semsearch.indexing import repair
    from semsearch.render.reports import repair_lines
    from semsearch.render.screen import Screen

    with progress("Repairing") as report:
        done = repair(folder, progress=report)
    print_lines(repair_lines(done, Screen.of(sys.stdout)))
