"""Ctrl-C while an index is written: once to end after the batch, twice to end at once."""

import os
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

import typer

from semsearch.cli.console import INTERRUPTED, complain, progress


@contextmanager
def interruptible(label: str, kept: str) -> Iterator[Callable[[int, int], None]]:
    """A progress function that ends the run from within once Ctrl-C was pressed.

    Args:
        label: stands before the progress bar.
        kept: what to tell the user of the state that an interrupted run leaves.
    """
    with _first_waits() as check, progress(label) as draw:

        def report(done: int, found: int) -> None:
            check()
            draw(done, found)

        try:
            yield report
        except KeyboardInterrupt:
            complain(f"interrupted; {kept}")
            raise typer.Exit(INTERRUPTED) from None


@contextmanager
def _first_waits() -> Iterator[Callable[[], None]]:
    """A check that raises KeyboardInterrupt once Ctrl-C was pressed; a second one ends all."""
    pressed = False

    def press(number: int, frame: FrameType | None) -> None:
        nonlocal pressed
        if pressed:
            os._exit(INTERRUPTED)  # no cleaning up: the index needs none
        pressed = True
        after_echo = b"\n" * sys.stderr.isatty()  # a terminal has just shown ^C
        os.write(2, after_echo + b"semsearch: ending after this batch; Ctrl-C again ends at once\n")

    def check() -> None:
        if pressed:
            raise KeyboardInterrupt

    before = signal.getsignal(signal.SIGINT)
    if before == signal.SIG_IGN:  # started in the background: Ctrl-C is meant for another
        yield check
        return
    signal.signal(signal.SIGINT, press)
    try:
        yield check
    finally:
        signal.signal(signal.SIGINT, before)
