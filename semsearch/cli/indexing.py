"""The commands that change an index: index, remove, reindex and watch."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from semsearch.cli.arguments import IndexOption, MemoryOption, TargetRecallOption, utf8
from semsearch.cli.console import NOTHING_FOUND, complain, print_lines
from semsearch.cli.interrupt import interruptible

EXAMPLES = {
    "index": "\b\nExamples:\n"
    "  semsearch index news/\n"
    "  semsearch index news/ archive.jsonl --index /data/index\n"
    "  semsearch index news/ --dry-run\n"
    "  semsearch index news/ --model intfloat/multilingual-e5-small",
    "remove": "\b\nExamples:\n  semsearch remove news/drafts\n  semsearch remove fr/coalition.txt",
    "reindex": "\b\nExamples:\n  semsearch reindex --model intfloat/multilingual-e5-small",
    "watch": "\b\nExamples:\n  semsearch watch news/ --index /data/index",
}
_GO_ON = "what was read is kept: the same command goes on from there"

Paths = Annotated[list[Path], typer.Argument(metavar="PATH", help="Files, and folders to walk.")]
ModelOption = Annotated[
    str | None,
    typer.Option(
        "--model",
        metavar="NAME_OR_FOLDER",
        help="A model of `semsearch models`, or any sentence-transformers model.",
    ),
]


def index(
    paths: Paths,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only tell what would be done; write nothing.")
    ] = False,
    folder: IndexOption = Path("index"),
    model: ModelOption = None,
    target_recall: TargetRecallOption = None,
    memory: MemoryOption = None,
) -> None:
    """Read articles and bring the index up to date.

    New and changed articles are added; those that are gone from under the given paths are removed.
    Reads .txt .md .html .jsonl .csv .tsv .pdf .docx. What cannot be read is skipped and named.
    Ctrl-C ends the run after what is being read; the next one goes on from there.
    """
    from semsearch.config import VectorSettings
    from semsearch.indexing import preview, update
    from semsearch.render.reports import changes_lines, report_lines
    from semsearch.render.screen import Screen

    screen = Screen.of(sys.stdout)
    if dry_run:
        with interruptible("Looking", "nothing was written") as progress:
            changes = preview(paths, folder, progress=progress)
        print_lines(changes_lines(changes, screen))
        return
    wanted = None
    if target_recall or memory:
        wanted = VectorSettings(target_recall or VectorSettings().target_recall, memory)
    with interruptible("Indexing", _GO_ON) as progress:
        _, report = update(paths, folder, model=model, vector_settings=wanted, progress=progress)
    print_lines(report_lines(report, screen))


def remove(
    names: Annotated[
        list[str],
        typer.Argument(
            metavar="PATH_OR_ID",
            callback=lambda names: [utf8(name) for name in names],
            help="A file, a folder for all below it, or a doc_id.",
        ),
    ],
    folder: IndexOption = Path("index"),
) -> None:
    """Take articles out of the index; their files are left alone.

    A file that still lies in an indexed folder comes back when that folder is indexed again: name
    it in a .semsearchignore there to keep it out. A single article of a file that holds several
    stays out until that file changes.
    """
    from semsearch.indexing import remove
    from semsearch.render.reports import removal_lines
    from semsearch.render.screen import Screen

    removal = remove(names, folder)
    print_lines(removal_lines(removal, Screen.of(sys.stdout)))
    for name in removal.unknown:
        complain(f"the index in {folder} holds nothing named {name}")
    if not removal.articles and not removal.files:
        raise typer.Exit(NOTHING_FOUND)


def reindex(
    folder: IndexOption = Path("index"),
    model: ModelOption = None,
) -> None:
    """Cut and embed all articles again, with another model.

    The text in the index is read, not the files. Until all is done the index answers as before;
    then it changes at once. Interrupted, the same command goes on; any other command that writes
    throws away what was done.
    """
    from semsearch.indexing import reindex
    from semsearch.render.reports import reindex_lines
    from semsearch.render.screen import Screen

    with interruptible("Embedding", _GO_ON) as progress:
        report = reindex(folder, model=model, progress=progress)
    print_lines(reindex_lines(report, Screen.of(sys.stdout)))


def watch(paths: Paths, folder: IndexOption = Path("index"), model: ModelOption = None) -> None:
    """Keep the index up to date until Ctrl-C: at once, then after every change under the paths.

    One line is printed for each time that the index was brought up to date. Between those other
    commands may write; while one does, watch waits.
    """
    from semsearch.indexing import watch
    from semsearch.render.reports import batch_line

    with interruptible("Indexing", "the index holds what was printed") as progress:
        for report in watch(paths, folder, model=model, progress=progress, busy=complain):
            print_lines([batch_line(report)])
            sys.stdout.flush()
