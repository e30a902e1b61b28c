"""The semsearch command: parse, call, print, exit code.

Imports any other room, nearly always inside the function of a command, so that `--help` and a
search that a server answers do not wait for numpy. Only `__main__` imports it, and takes `app`.
"""

from collections.abc import Iterator, Mapping
from importlib import import_module
from typing import Annotated, Any

import typer
import typer.main

from semsearch.cli.console import Group, print_lines

_SECTIONS = {
    "Search": {
        "search": "searching",
        "similar": "searching",
        "show": "inspecting",
        "serve": "serving",
    },
    "Index": {
        "index": "indexing",
        "watch": "indexing",
        "remove": "indexing",
        "reindex": "indexing",
        "status": "inspecting",
        "verify": "checking",
        "repair": "checking",
    },
    "Models and measurements": {
        "models": "inspecting",
        "train": "training",
        "bench": "benchmarking",
    },
}
"""The commands as `--help` lists them, each with its module."""
_HOMES = {name: module for section in _SECTIONS.values() for name, module in section.items()}
_CONTEXT = {"help_option_names": ["-h", "--help"], "max_content_width": 100}


class _Commands(Mapping[str, Any]):
    """The commands by name, each made when it is looked up: making all of them takes 5 ms."""

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

    def format_commands(self, ctx: typer.Context, formatter: Any) -> None:  # type: ignore[override]  # noqa: ANN401 - as above
        """List the commands section by section."""
        column = max(map(len, _HOMES))
        for heading, names in _SECTIONS.items():
            with formatter.section(heading):
                formatter.write_dl(
                    (name.ljust(column), self.commands[name].get_short_help_str(100))
                    for name in names
                )


__all__ = ["app"]

app = typer.Typer(
    cls=_Group,
    no_args_is_help=True,
    rich_markup_mode=None,  # help by rich takes 70 ms more
    pretty_exceptions_enable=False,
    context_settings=_CONTEXT,
    epilog="Exit codes: 0 found, 1 nothing found, 2 usage or input error, 3 index missing, busy or "
    "damaged, 130 interrupted.",
)


def _print_version(asked: bool) -> None:
    if asked:
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
