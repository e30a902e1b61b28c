"""Ctrl-C while an index is written: once stops after the batch, twice stops at once."""

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
    """A progress function that stops the run, from inside it, after Ctrl-C was pressed.

    Args:
        label: the text before the progress bar.
        kept: tells the user what an interrupted run leaves behind.
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
    """A check that raises KeyboardInterrupt after Ctrl-C; a second Ctrl-C exits at once."""
    pressed = False

    def press(number: int, frame: FrameType | None) -> None:
        nonlocal pressed
        if pressed:
            os._exit(INTERRUPTED)  # without cleaning up: the index needs none
        pressed = True
        after_echo = b"\n" * sys.stderr.isatty()  # a terminal has just shown ^C
        os.write(
            2, after_echo + b"semsearch: stopping after this batch; Ctrl-C again stops at once\n"
        )

    def check() -> None:
        if pressed:
            raise KeyboardInterrupt

    before = signal.getsignal(signal.SIGINT)
    if (
        before == signal.SIG_IGN
    ):  # started in the background, where Ctrl-C is meant for another process
        yield check
        return
    signal.signal(signal.SIGINT, press)
    try:
        yield check
    finally:
        signal.signal(signal.SIGINT, before)
