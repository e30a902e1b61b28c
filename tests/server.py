"""A server as a user starts it, for the tests of its socket and of its HTTP API."""

import os
import select
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.paths import ROOT

PATIENCE = 300
"""Seconds to wait for a server to start or to end, on a busy machine."""


def environment() -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if name != "SEMSEARCH_INDEX"}
    return kept | {"PYTHONPATH": str(ROOT)}


def run(
    *arguments: str | bytes | Path,
    cwd: Path | None = None,
    env: dict[str, str] | None = None,
    python: tuple[str, ...] = (),
) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [sys.executable, *python, "-m", "semsearch", *map(os.fsencode, arguments)],
        capture_output=True,
        cwd=cwd,
        env=environment() | (env or {}),
        check=False,
    )


def index(*arguments: str | Path) -> None:
    done = run("index", *arguments)
    assert done.returncode == 0, done.stderr


@contextmanager
def server(folder: Path, *arguments: str) -> Iterator[tuple[subprocess.Popen[bytes], str]]:
    """A server that is ready, and the line that it printed."""
    command = [sys.executable, "-m", "semsearch", "serve", "--index", str(folder), *arguments]
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, bufsize=0, env=environment()
    )
    with process:
        try:
            assert process.stdout is not None
            assert select.select([process.stdout], [], [], PATIENCE)[0], "nothing was printed"
            yield process, process.stdout.readline().decode()
        finally:
            process.terminate()
            process.wait(PATIENCE)
