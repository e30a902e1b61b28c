"""The commands that only show something: show, status and models."""

import sys
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from semsearch.cli.arguments import IndexOption, JsonOption, PathOrId
from semsearch.cli.console import print_data, print_lines

SpeedOption = Annotated[
    bool,
    typer.Option(
        "--speed",
        help="Only the models in the package, and how many passages a second they encode here.",
    ),
]

EXAMPLES = {
    "show": "\b\nExamples:\n  semsearch show fr/coalition.txt",
    "status": "\b\nExamples:\n  semsearch status --index /data/index",
    "models": "\b\nExamples:\n  semsearch models --json\n  semsearch models --speed",
}


def show(path_or_id: PathOrId, folder: IndexOption = Path("index")) -> None:
    """Print an article, with a line between its passages."""
    from semsearch.index import SearchIndex
    from semsearch.render.reports import article_lines
    from semsearch.render.screen import Screen

    article = SearchIndex.open(folder).article(path_or_id)
    print_lines(article_lines(article, Screen.of(sys.stdout)))


def status(as_json: JsonOption = False, folder: IndexOption = Path("index")) -> None:
    """Show what an index holds."""
    from semsearch.render.as_json import dumps, status_json
    from semsearch.render.reports import status_lines
    from semsearch.render.screen import Screen
    from semsearch.store import Reader, read_status

    found = read_status(Reader(folder))
    if as_json:
        print_data([dumps(status_json(found), indent=2)])
    else:
        print_lines(status_lines(found, Screen.of(sys.stdout)))


def models(as_json: JsonOption = False, speed: SpeedOption = False) -> None:
    """List the models that can be used, and which are on this machine."""
    from semsearch.encoders import IN_PACKAGE, available_models, load_encoder
    from semsearch.encoders.speed import passages_per_second
    from semsearch.render.as_json import dumps, models_json
    from semsearch.render.reports import model_lines
    from semsearch.render.screen import Screen

    found = available_models()
    if speed:
        found = [
            replace(model, passages_per_second=round(passages_per_second(load_encoder(model.name))))
            for model in found
            if model.name in IN_PACKAGE
        ]
    if as_json:
        print_data([dumps(models_json(found), indent=2)])
    else:
        print_lines(model_lines(found, Screen.of(sys.stdout)))
