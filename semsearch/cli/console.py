"""Standard streams: data on stdout, everything else on stderr, progress only on a terminal."""

import os
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager

import typer
from typer.core import TyperGroup

from semsearch.errors import SemsearchError

NOTHING_FOUND, INPUT, INTERRUPTED = 1, 2, 130


class Group(TyperGroup):
    """Commands whose errors become one line on stderr and an exit code."""

    def invoke(self, ctx: typer.Context) -> object:  # type: ignore[override]
        """Run the command that was named."""
        try:
            value = super().invoke(ctx)
            sys.stdout.flush()  # now, while a closed pipe can still be handled
        except SemsearchError as error:
            complain(str(error))
            raise typer.Exit(error.exit_code) from None
        except KeyboardInterrupt:
            complain("interrupted")
            raise typer.Exit(INTERRUPTED) from None
        except BrokenPipeError:
            # The reader (`head`, a pager) has quit. Without this Python reports it again at exit.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            return None
        except OSError as error:
            reason = error.strerror or str(error)
            complain(f"{reason}: {error.filename}" if error.filename else reason)
            raise typer.Exit(INPUT) from None
        return value


def complain(message: str) -> None:
    """Print a message as one line on stderr."""
    from semsearch.text import sanitize

    sys.stderr.write(f"semsearch: {sanitize(message)}\n")


def print_lines(lines: Iterable[str]) -> None:
    """Print text for people, in the encoding of the locale."""
    for line in lines:
        sys.stdout.write(line + "\n")


def print_data(lines: Iterable[str]) -> None:
    """Print data for programs, in UTF-8 whatever the locale."""
    sys.stdout.flush()
    for line in lines:
        sys.stdout.buffer.write(line.encode() + b"\n")
    sys.stdout.buffer.flush()


@contextmanager
def progress(label: str) -> Iterator[Callable[[int, int], None]]:
    """A function of (done, total) that draws a progress bar if stderr is a terminal."""
    if not sys.stderr.isatty():
        yield lambda done, total: None
        return
    from rich.console import Console
    from rich.progress import Progress  # takes 100 ms to import

    with Progress(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(label, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)
