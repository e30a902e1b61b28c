"""A terminal in which the commands of a page are run as a reader would type them."""

import os
import pty
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Self

from semsearch import SearchIndex
from tests.paths import ROOT

PORT = "8484"
"""The port that pages name; a free one takes its place."""
_PATIENCE = 120
_ISOLATES = re.compile("[\u2066-\u2069]")  # invisible; a page has its own direction


def prepare(folder: Path) -> None:
    """What a reader has who has run `make demo`, and the files that pages take for granted."""
    shutil.copytree(ROOT / "seeds", folder / "seeds")
    pairs = [f"Dossier {n}\tThe file about the harvest of {1950 + n}\n" for n in range(30)]
    (folder / "pairs.tsv").write_text("".join(pairs), encoding="utf-8")
    inbox = folder / "inbox"
    inbox.mkdir()
    (inbox / "café.txt").write_text("Le café de la gare rouvre ses portes.\n", encoding="latin-1")
    (inbox / "news.jsonl").write_text(
        '{"_id": "n1", "title": "Harbour reopens", "text": "The harbour reopens on Monday."}\n'
        '{"_id": "n2", "title": "Bridge closed"\n',
        encoding="utf-8",
    )
    SearchIndex.build([folder / "seeds"], folder / "index").close()


class Terminal:
    """Runs commands in a folder, and what they leave in the background until it is closed."""

    def __init__(self, folder: Path, *, columns: int = 80, styled: bool = False) -> None:
        self._folder = folder
        self._programs = tempfile.mkdtemp()
        self._background: list[tuple[subprocess.Popen[bytes], int]] = []
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self._port = str(free.getsockname()[1])
        for name, arguments in [("semsearch", "-m semsearch"), ("python3", "")]:
            program = Path(self._programs, name)
            program.write_text(f'#!/bin/sh\nexec "{sys.executable}" {arguments} "$@"\n')
            program.chmod(0o700)
        self._env = os.environ | {
            "COLUMNS": str(columns),
            "HF_HUB_OFFLINE": "1",
            "PATH": f"{self._programs}:{os.environ['PATH']}",
            "PYTHONPATH": str(ROOT),
            "PYTHONUTF8": "1",
            "TERM": "xterm-256color",
            "NO_COLOR": "" if styled else "1",
        }
        self._env.pop("SEMSEARCH_INDEX", None)

    def run(self, command: str) -> str:
        """What a command prints; of one in the background, the first line."""
        command = self.real(command)
        stays = command.endswith("&")
        reading, writing = pty.openpty()
        with tempfile.TemporaryFile() as errors:  # no terminal: no progress bars
            process = subprocess.Popen(
                ["bash", "-c", f"exec {command[:-1]}" if stays else command],
                cwd=self._folder,
                stdin=subprocess.DEVNULL,
                stdout=writing,
                stderr=errors,
                env=self._env,
            )
            os.close(writing)
            output = _read(reading, lines=1 if stays else None)
            if stays:
                self._background.append((process, reading))
            else:
                os.close(reading)
                process.wait(_PATIENCE)
            errors.seek(0)
            output += errors.read()
        text = output.decode().replace("\r\n", "\n").replace(self._port, PORT)
        return _ISOLATES.sub("", text)

    def real(self, text: str) -> str:
        """A text of a page with the port that is really used."""
        return text.replace(PORT, self._port)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *raised: object) -> None:
        for process, reading in self._background:
            process.send_signal(signal.SIGTERM)
            process.wait(_PATIENCE)
            os.close(reading)
        shutil.rmtree(self._programs)


def _read(reading: int, lines: int | None) -> bytes:
    output = b""
    while lines is None or output.count(b"\n") < lines:
        try:
            part = os.read(reading, 1 << 16)
        except OSError:  # how Linux tells that nobody writes any more
            break
        if not part:
            break
        output += part
    return output
