"""The commands that only show something: show, status and models."""

import sys
from pathlib import Path

from semsearch.cli.arguments import IndexOption, JsonOption, PathOrId
from semsearch.cli.console import print_data, print_lines

EXAMPLES = {
    "show": "\b\nExamples:\n  semsearch show fr/coalition.txt",
    "status": "\b\nExamples:\n  semsearch status --index /data/index",
    "models": "\b\nExamples:\n  semsearch models --json",
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


def models(as_json: JsonOption = False) -> None:
    """List the models that can be used, and which are on this machine."""
    from semsearch.encoders import available_models
    from semsearch.render.as_json import dumps, models_json
    from semsearch.render.reports import model_lines
    from semsearch.render.screen import Screen

    found = available_models()
    if as_json:
        print_data([dumps(models_json(found), indent=2)])
    else:
        print_lines(model_lines(found, Screen.of(sys.stdout)))
