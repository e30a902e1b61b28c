"""Runs of `semsearch index` over a changing folder, killed with SIGKILL.

After each kill the index is in the old or the new state and answers from it. The next run that is
not killed ends in exactly the state of an uninterrupted one, and encodes only passages that no run
had encoded.
"""

import random
import re
import shutil
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from .check import check
from .news import NewsFolder
from .state import DATABASE, MODEL, Expected, State, Wrong, digests, encoded, lexical_is_current

Report = Callable[[str], None]

_POLL = 0.0005
_STAGED_BYTES = 50_000
"""Growth of the write-ahead log from which on passages are being staged."""
_START = 0.35
"""Seconds, approximately, before a run reads the first file."""


@dataclass
class Kills:
    """What was seen."""

    killed: int = 0
    left: Counter[str] = field(default_factory=Counter)
    """State after a kill: "none", "old" or "new"."""
    staged: int = 0
    """Kills after which the next run took up encoded passages."""
    lexical: int = 0
    """Kills that left a part of a lexical index, or a whole one beside that of the commit."""

    def __str__(self) -> str:
        left = ", ".join(f"{count} {name}" for name, count in sorted(self.left.items()))
        return (
            f"{self.killed} kills left: {left}; {self.staged} with staged passages, "
            f"{self.lexical} with a lexical index that was not to be"
        )


class KillLoop:
    """A folder of articles, its index, and what the index should hold."""

    def __init__(self, place: Path, *, files: int, words: int, seed: int) -> None:
        self.seen = Kills()
        self._rng = random.Random(seed)
        self._files = files
        self._index = place / "index"
        self._copy = place / "copy"
        self._news = NewsFolder(place / "news", files, self._rng, words)
        self._expected = Expected(place / "scratch")
        self._old: State | None = None
        self._seconds_per_file = 0.0

    def run(self, kills: int, report: Report) -> Kills:
        """Go on until `kills` runs were killed. Raises Wrong."""
        new = self._expected.of(self._news.contents)
        seconds = self._finish(self._copy, new)
        self._seconds_per_file = max(0.0, seconds - _START) / self._files
        changed = self._files
        while self.seen.killed < kills:
            if self._killed(changed):
                self._check_kill(new)
                report(f"{self.seen.killed} of {kills} kills: {self.seen}")
            else:
                self._old = check(self._index, self._news.root, [new])
            if self._rng.random() < 0.1:
                shutil.rmtree(self._index)
                self._old = None
            changed = self._rng.randint(1, max(1, self._files // 5))
            self._news.change(changed)
            new = self._expected.of(self._news.contents)
            changed = self._files if self._old is None else changed
        if self._expected.built(self._news.contents) != new:
            raise Wrong("articles indexed one by one and together differ")
        return self.seen

    def _killed(self, changed: int) -> bool:
        """Start a run and kill it at a random moment; False when it ended before."""
        command = _command(self._news.root, self._index)
        lexical = self._index / "lexical"
        before, whole = _names(lexical, "*"), _names(lexical, "*/COMPLETE")
        log = self._index / f"{DATABASE}-wal"
        logged = _size(log)
        with subprocess.Popen(command, stdout=subprocess.DEVNULL) as process:
            seconds = changed * self._seconds_per_file
            moment = self._rng.choice(["any", "any", "late", "staged", "lexical", "end"])
            if moment == "any":
                time.sleep(self._rng.uniform(0, _START + seconds))
            elif moment == "late":
                time.sleep(_START + self._rng.uniform(0.5, 1.2) * seconds)
            elif moment == "staged":  # from the first passages staged on
                _wait(process, lambda: _size(log) > logged + _STAGED_BYTES)
                time.sleep(self._rng.uniform(0, self._rng.choice([0.002, 0.02, seconds])))
            elif moment == "lexical":  # from the folder of the new generation on
                _wait(process, lambda: _names(lexical, "*") != before)
                time.sleep(self._rng.uniform(0, 0.02 + 0.3 * seconds))
            else:  # between that being whole, the commit, and the end of the process
                _wait(process, lambda: _names(lexical, "*/COMPLETE") - whole)
                time.sleep(self._rng.uniform(0, self._rng.choice([0.02, 0.2])))
            process.kill()
        return process.returncode < 0

    def _check_kill(self, new: State) -> None:
        root = self._news.root
        state = check(self._index, root, [self._old, new])
        self.seen.killed += 1
        self.seen.left["none" if state is None else "new" if state == new else "old"] += 1
        self.seen.lexical += len(_names(self._index, "lexical/*")) != (state is not None)
        # In half of the cases the next run works on a copy, so that the next kill follows a kill.
        rehearsal = self._rng.random() < 0.5 and self._index.exists()
        folder = self._index
        if rehearsal:
            shutil.rmtree(self._copy, ignore_errors=True)
            folder = Path(shutil.copytree(self._index, self._copy))
        self.seen.staged += bool(encoded(folder) & digests(new) - digests(state or {}))
        self._finish(folder, new)
        self._old = state if rehearsal else new

    def _finish(self, folder: Path, new: State) -> float:
        """Let a run end normally; returns the seconds that it took. Raises Wrong."""
        missing = len(digests(new) - encoded(folder))
        began = time.perf_counter()
        done = subprocess.run(
            _command(self._news.root, folder),
            capture_output=True,
            check=False,
            text=True,
            encoding="utf-8",
        )
        seconds = time.perf_counter() - began
        if done.returncode:
            raise Wrong(f"exit {done.returncode}: {done.stderr}")
        (embedded,) = re.findall(r"([\d,]+) passages? embedded", done.stdout)
        if int(embedded.replace(",", "")) != missing:
            raise Wrong(f"{embedded} passages encoded where {missing} had no vector")
        check(folder, self._news.root, [new])
        if not lexical_is_current(folder):
            raise Wrong("the run left no lexical index on disk")
        return seconds


def _command(root: Path, folder: Path) -> list[str]:
    command = [sys.executable, "-m", "semsearch", "index", str(root), "--index", str(folder)]
    return [*command, "--model", MODEL]


def _wait(process: subprocess.Popen[bytes], until: Callable[[], object]) -> None:
    while process.poll() is None and not until():
        time.sleep(_POLL)


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return 0


def _names(folder: Path, pattern: str) -> set[str]:
    return {str(path) for path in folder.glob(pattern)}
