"""The commands that write an index: index, watch, remove and reindex."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from semsearch.cli.arguments import (
    IndexOption,
    MemoryOption,
    TargetRecallOption,
    utf8,
    vector_settings,
)
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
_RESUMABLE = "what was read is kept; run the same command again to continue"

Paths = Annotated[
    list[Path],
    typer.Argument(metavar="PATH...", help="Files and folders; folders with all below them."),
]
ModelOption = Annotated[
    str | None,
    typer.Option(
        "--model",
        metavar="NAME_OR_FOLDER",
        help="A name from `semsearch models`, a folder, or any sentence-transformers model.",
    ),
]


def index(
    paths: Paths,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show what would be done; write nothing.")
    ] = False,
    folder: IndexOption = Path("index"),
    model: ModelOption = None,
    target_recall: TargetRecallOption = None,
    memory: MemoryOption = None,
) -> None:
    """Index files and folders of articles, or update their index.

    New and changed articles are added; articles whose files are gone from the given paths are
    removed. Reads .txt .md .html .jsonl .csv .tsv .pdf .docx. Files that cannot be read are skipped
    and listed. Ctrl-C stops after the current batch; the same command then continues from there.
    """
    from semsearch.indexing import preview, update
    from semsearch.render.reports import changes_lines, report_lines
    from semsearch.render.screen import Screen

    screen = Screen.of(sys.stdout)
    if dry_run:
        with interruptible("Looking", "nothing was written") as progress:
            changes = preview(paths, folder, progress=progress)
        print_lines(changes_lines(changes, screen))
        return
    settings = vector_settings(target_recall, memory) if target_recall or memory else None
    with interruptible("Indexing", _RESUMABLE) as progress:
        _, report = update(paths, folder, model=model, vector_settings=settings, progress=progress)
    print_lines(report_lines(report, screen))


def remove(
    names: Annotated[
        list[str],
        typer.Argument(
            metavar="PATH_OR_ID...",
            callback=lambda names: [utf8(name) for name in names],
            help="A file, a folder (with all below it), or a doc_id.",
        ),
    ],
    folder: IndexOption = Path("index"),
) -> None:
    """Remove articles from the index; their files are not touched.

    A file that is still in an indexed folder is added again when that folder is indexed again; list
    it in a .semsearchignore file there to keep it out. A single article of a file with several
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
    """Cut and embed all articles again, for example with another model.

    The text is taken from the index, not from the files. Searches use the old state until the new
    one is complete. After an interruption the same command continues; any other command that
    writes the index discards the progress.
    """
    from semsearch.indexing import reindex
    from semsearch.render.reports import reindex_lines
    from semsearch.render.screen import Screen

    with interruptible("Embedding", _RESUMABLE) as progress:
        report = reindex(folder, model=model, progress=progress)
    print_lines(reindex_lines(report, Screen.of(sys.stdout)))


def watch(paths: Paths, folder: IndexOption = Path("index"), model: ModelOption = None) -> None:
    """Keep the index up to date: now, and after every change of a file.

    Runs until Ctrl-C, and prints a line for each update. Other commands can write the index between
    two updates; watch waits while one does.
    """
    from semsearch.indexing import watch
    from semsearch.render.reports import batch_line

    with interruptible("Indexing", "the index holds what was printed") as progress:
        for report in watch(paths, folder, model=model, progress=progress, busy=complain):
            print_lines([batch_line(report)])
            sys.stdout.flush()
