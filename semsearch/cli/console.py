"""Standard streams: data to stdout, everything else to stderr, progress only where it is seen."""

import os
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager

import typer
from typer.core import TyperGroup

from semsearch.errors import SemsearchError

NOTHING_FOUND, INPUT, INTERRUPTED = 1, 2, 130


class Group(TyperGroup):
    """Commands, with what ends one early told in one line and an exit code."""

    def invoke(self, ctx: typer.Context) -> object:  # type: ignore[override]
        """Run the command that was named."""
        try:
            value = super().invoke(ctx)
            sys.stdout.flush()  # here, where a closed pipe can still be noticed
        except SemsearchError as error:
            complain(str(error))
            raise typer.Exit(error.exit_code) from None
        except KeyboardInterrupt:
            complain("interrupted")
            raise typer.Exit(INTERRUPTED) from None
        except BrokenPipeError:
            # The reader (`head`, a pager) has enough. Python would complain at exit once more.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            return None
        except OSError as error:
            reason = error.strerror or str(error)
            complain(f"{reason}: {error.filename}" if error.filename else reason)
            raise typer.Exit(INPUT) from None
        return value


def complain(message: str) -> None:
    """One line on stderr."""
    from semsearch.text import sanitize

    sys.stderr.write(f"semsearch: {sanitize(message)}\n")


def print_lines(lines: Iterable[str]) -> None:
    """Text for people."""
    for line in lines:
        sys.stdout.write(line + "\n")


def print_data(lines: Iterable[str]) -> None:
    """Text for programs: UTF-8 whatever the locale."""
    sys.stdout.flush()
    for line in lines:
        sys.stdout.buffer.write(line.encode() + b"\n")
    sys.stdout.buffer.flush()


@contextmanager
def progress(label: str) -> Iterator[Callable[[int, int], None]]:
    """A function to be told of (done, total); it draws a bar if stderr is a terminal."""
    if not sys.stderr.isatty():
        yield lambda done, total: None
        return
    from rich.console import Console
    from rich.progress import Progress  # 100 ms

    with Progress(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(label, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)
