"""The command that runs a server: serve."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from semsearch.cli.arguments import IndexOption
from semsearch.cli.console import print_lines

EXAMPLES = {
    "serve": "\b\nExamples:\n"
    "  semsearch serve --index /data/index\n"
    "  curl 'http://127.0.0.1:8484/search?q=floods&k=3'"
}


def serve(
    port: Annotated[
        int,
        typer.Option(
            "--port", metavar="N", min=0, max=65535, help="Port for HTTP; 0 takes any free port."
        ),
    ] = 8484,
    no_http: Annotated[
        bool, typer.Option("--no-http", help="Answer semsearch search and similar only.")
    ] = False,
    folder: IndexOption = Path("index"),
) -> None:
    """Keep an index in memory, so that searches take less time.

    Runs until Ctrl-C. The commands search and similar find the server by themselves and print the
    same as without it; other users cannot reach its socket. The HTTP API answers all programs on
    this machine, those of other users too; /openapi.json describes it.
    """
    from semsearch.serving import serve
    from semsearch.text import sanitize

    def ready(port: int | None) -> None:
        name = sanitize(str(folder.resolve()))
        web = "" if port is None else f" and on http://127.0.0.1:{port}/"
        print_lines([f"serving {name} to semsearch search and similar{web}"])
        sys.stdout.flush()

    serve(folder, None if no_http else port, ready)
