"""Power failures during runs of `semsearch index`: nothing that was reported may be lost.

The writes of three runs over a changing folder are recorded once. Then disks are made as they may
be after a crash at a random moment, and each index is opened, searched and brought up to date.
"""

import random
import shutil
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from semsearch import SearchIndex

from .check import check
from .disk import Image, Reported, Sync, crash
from .news import NewsFolder
from .recording import Recording
from .state import MODEL, Expected, State, Wrong, lexical_is_current

Report = Callable[[str], None]
_RUNS = 3


@dataclass
class Crashes:
    """What was seen: crashes that left none, an old or a new state, and those that did harm."""

    none: int = 0
    old: int = 0
    new: int = 0
    harmed: int = 0

    @property
    def survived(self) -> int:
        """How many left the index as it must be."""
        return self.none + self.old + self.new

    def __str__(self) -> str:
        return f"{self.none} none, {self.old} old, {self.new} new, {self.harmed} harmed"


class PowerLoss:
    """Three recorded runs, and the state that each of them made."""

    def __init__(self, place: Path, *, files: int, seed: int) -> None:
        self._rng = random.Random(seed)
        self._root = place / "news"
        self._place = place
        (place / "disk").mkdir(parents=True)
        self._recording = Recording(place / "disk")
        expected = Expected(place / "scratch")
        news = NewsFolder(self._root, files, self._rng)
        folder = place / "disk" / "index"
        command = [sys.executable, "-m", "semsearch", "index", str(self._root), "--model", MODEL]
        self._states: list[State | None] = [None]
        for run in range(_RUNS):
            if run:
                news.change(max(1, files // 4))
            self._recording.run([*command, "--index", str(folder)])
            copy = place / f"run-{run}"  # a reader makes files beside those that are recorded
            shutil.copytree(folder, copy)
            self._states.append(check(copy, self._root, [expected.of(news.contents)]))
        _check_image(self._recording, place)

    def run(
        self,
        crashes: int,
        report: Report = lambda line: None,
        *,
        syncs: Callable[[Sync], bool] = lambda sync: True,
        harm: bool = False,
    ) -> Crashes:
        """Simulate power failures.

        Args:
            crashes: how many times.
            report: called with a line about progress.
            syncs: which syncs really write to disk; all of them by default.
            harm: count wrong indexes and go on, instead of raising.

        Raises:
            Wrong: an index is not what it must be, unless `harm`.
        """
        seen = Crashes()
        for number in range(1, crashes + 1):
            until = self._moment()
            events = self._recording.events[:until]
            reported = sum(isinstance(event, Reported) for event in events)
            allowed = self._states[reported : reported + 2]
            # A new name each time: tantivy goes on watching old folders and makes files in them.
            disk = self._place / f"crash-{until}-{number}"
            crash(events, self._rng, syncs).save(disk, self._recording.is_folder)
            try:
                state = self._survivor(disk / "index", allowed)
            except Exception as error:
                if not harm:
                    raise Wrong(f"see {disk}, the power cut after event {until}") from error
                seen.harmed += 1
            else:
                if state is None:
                    seen.none += 1
                elif state is allowed[0]:
                    seen.old += 1
                else:
                    seen.new += 1
            shutil.rmtree(disk, ignore_errors=True)
            report(f"{number} of {crashes} crashes: {seen}")
        return seen

    def _moment(self) -> int:
        """Any event, or one of those soon after a run was reported done."""
        events = self._recording.events
        if self._rng.random() < 0.7:
            return self._rng.randint(0, len(events))
        done = [i for i, event in enumerate(events, 1) if isinstance(event, Reported)]
        return min(len(events), self._rng.choice(done) + self._rng.randint(0, 30))

    def _survivor(self, folder: Path, allowed: list[State | None]) -> State | None:
        """The state found after a crash; then a run brings it to the last one. Raises Wrong."""
        found = check(folder, self._root, allowed)
        SearchIndex.build([self._root], folder, model=MODEL).close()
        check(folder, self._root, [self._states[-1]])
        if not lexical_is_current(folder):
            raise Wrong("the run left no lexical index on disk")
        return next(state for state in allowed if state == found)


def _check_image(recording: Recording, place: Path) -> None:
    """All that was recorded, applied, is what the disk holds: nothing was missed."""
    image = Image()
    for event in recording.events:
        image.apply(event)
    copy = place / "copy"
    image.save(copy, recording.is_folder)
    real, replayed = (_files(folder) for folder in (place / "disk", copy))
    if real != replayed:
        wrong = sorted(name for name in real | replayed if real.get(name) != replayed.get(name))
        raise AssertionError(f"the recording misses writes to {wrong}")


def _files(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and not path.name.endswith("-shm")
    }
