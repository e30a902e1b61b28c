"""The semsearch command: parse, call, print, exit code. No logic.

Whatever is slow to import is imported inside the commands: `--help` is for people who wait.
"""

import sys
from pathlib import Path
from typing import Annotated

import typer

from semsearch import __version__
from semsearch.cli import changing, checking, searching
from semsearch.cli.arguments import IndexOption, JsonOption, PathOrId
from semsearch.cli.console import Commands, print_data, print_lines, progress

app = typer.Typer(
    cls=Commands,
    no_args_is_help=True,
    rich_markup_mode=None,  # help by rich takes 70 ms more
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="Exit codes: 0 found, 1 nothing found, 2 wrong input, 3 index busy, missing or damaged.",
)
for module in (searching, changing, checking):
    for name, examples in module.EXAMPLES.items():
        app.command(name, epilog=examples)(getattr(module, name))


def _print_version(wanted: bool) -> None:
    if wanted:
        print_lines([f"semsearch {__version__}"])
        raise typer.Exit


@app.callback()
def main(
    version: Annotated[
        bool,
        typer.Option("--version", callback=_print_version, is_eager=True, help="Show the version."),
    ] = False,
) -> None:
    """Ask a folder of articles a question, in any language, and get the passages that answer."""


@app.command()
def show(path_or_id: PathOrId, folder: IndexOption = Path("index")) -> None:
    """Print an article with its passages marked."""
    from semsearch.index import SearchIndex
    from semsearch.render import Screen, article_lines

    article = SearchIndex.open(folder).article(path_or_id)
    print_lines(article_lines(article, Screen.of(sys.stdout)))


@app.command()
def status(as_json: JsonOption = False, folder: IndexOption = Path("index")) -> None:
    """Tell what an index holds."""
    from semsearch.render import Screen, dumps, status_json, status_lines
    from semsearch.status import read_status
    from semsearch.store import Reader

    found = read_status(Reader(folder))
    if as_json:
        print_data([dumps(status_json(found), indent=2)])
    else:
        print_lines(status_lines(found, Screen.of(sys.stdout)))


@app.command()
def models(as_json: JsonOption = False) -> None:
    """List the models that can be used, and which are on this machine."""
    from semsearch.encoders import available_models
    from semsearch.render import Screen, dumps, model_lines, models_json

    found = available_models()
    if as_json:
        print_data([dumps(models_json(found), indent=2)])
    else:
        print_lines(model_lines(found, Screen.of(sys.stdout)))


@app.command(
    epilog="\b\nExamples:\n"
    "  semsearch train --pairs pairs.tsv --out my-model\n"
    "  semsearch index news/ --model my-model --index my-index"
)
def train(
    pairs: Annotated[
        Path,
        typer.Option("--pairs", metavar="FILE", help="Two texts a line, with a tab between."),
    ],
    out: Annotated[Path, typer.Option("--out", metavar="DIR", help="Folder of the new model.")],
    base: Annotated[
        str,
        typer.Option(
            "--base", metavar="NAME_OR_FOLDER", help="bundled, or a folder that train has made."
        ),
    ] = "bundled",
    epochs: Annotated[
        int,
        typer.Option("--epochs", metavar="N", min=1, help="How often each pair is learnt from."),
    ] = 10,
) -> None:
    """Adapt the bundled model to your own pairs of texts.

    Pairs are translations, questions and passages, titles and bodies: what should find each other.
    One in ten is held out to tell whether it helped.
    """
    from semsearch.encoders import static_folder
    from semsearch.training.adapt import adapt
    from semsearch.training.pairs import read_pairs

    with progress("Training") as report:
        done = adapt(read_pairs(pairs), static_folder(base), out, epochs=epochs, progress=report)
    print_lines(
        [
            f"{done.learnt:,} pairs learnt, {done.held_out:,} held out:"
            f" MRR@10 {done.before:.3f} before, {done.after:.3f} after.",
            f"Use it: semsearch index PATH --model {out}",
        ]
    )
