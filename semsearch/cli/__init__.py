"""The semsearch command: parse, call, print, exit code.

Imports any other room, nearly always inside the function of a command: `--help` and a search that a
server answers must not wait for numpy. Only `__main__` imports it, and takes `app`.
"""

from collections.abc import Iterator, Mapping
from importlib import import_module
from typing import Annotated, Any

import typer
import typer.main

from semsearch.cli.console import Group, print_lines

_HOMES = {
    "search": "searching",
    "similar": "searching",
    "serve": "serving",
    "index": "indexing",
    "remove": "indexing",
    "reindex": "indexing",
    "watch": "indexing",
    "verify": "checking",
    "repair": "checking",
    "show": "inspecting",
    "status": "inspecting",
    "models": "inspecting",
    "train": "training",
    "bench": "benchmarking",
}
"""The module of each command, in the order in which `--help` lists them."""
_CONTEXT = {"help_option_names": ["-h", "--help"], "max_content_width": 100}


class _Commands(Mapping[str, Any]):
    """The commands by name, each made when it is asked for: making all of them takes 5 ms."""

    def __getitem__(self, name: str) -> Any:  # noqa: ANN401 - click's, which typer does not export
        module = import_module(f"semsearch.cli.{_HOMES[name]}")
        if hasattr(module, "app"):  # commands of its own
            return typer.main.get_command(module.app)
        alone = typer.Typer(add_completion=False, rich_markup_mode=None, context_settings=_CONTEXT)
        alone.command(name, epilog=module.EXAMPLES[name])(getattr(module, name))
        return typer.main.get_command(alone)

    def __iter__(self) -> Iterator[str]:
        return iter(_HOMES)

    def __len__(self) -> int:
        return len(_HOMES)


class _Group(Group):
    def __init__(self, **settings: Any) -> None:  # noqa: ANN401 - those of typer
        super().__init__(**settings)
        self.commands = _Commands()  # type: ignore[assignment]


__all__ = ["app"]

app = typer.Typer(
    cls=_Group,
    no_args_is_help=True,
    rich_markup_mode=None,  # help by rich takes 70 ms more
    pretty_exceptions_enable=False,
    context_settings=_CONTEXT,
    epilog="Exit codes: 0 found, 1 nothing found, 2 wrong input, 3 index busy, missing or damaged.",
)


def _print_version(wanted: bool) -> None:
    if wanted:
        from semsearch.types import VERSION

        print_lines([f"semsearch {VERSION}"])
        raise typer.Exit


@app.callback()
def main(
    version: Annotated[
        bool,
        typer.Option("--version", callback=_print_version, is_eager=True, help="Show the version."),
    ] = False,
) -> None:
    """Ask a folder of articles a question, in any language, and get the passages that answer."""
