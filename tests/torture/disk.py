"""What a disk may hold after a power failure: all synced changes, and any of the others.

Every write since the last sync of its file may be there, missing or torn between sectors, and every
change of names since the last sync of its folder may be there or missing, in any combination.
"""

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = 0
"""The node of the outermost folder, which is always there."""
_SECTOR = 512


@dataclass(frozen=True)
class Write:
    node: int
    offset: int
    data: bytes


@dataclass(frozen=True)
class Truncate:
    node: int
    size: int


@dataclass(frozen=True)
class Names:
    """Names of a folder that change together; None takes a name away."""

    node: int
    names: tuple[tuple[str, int | None], ...]


@dataclass(frozen=True)
class Sync:
    node: int
    begun: int
    """Number of events before the call began: those are on disk when it returns."""


@dataclass(frozen=True)
class Reported:
    """The program said that it was done."""


Event = Write | Truncate | Names | Sync | Reported


class Image:
    """Files and folders by node."""

    def __init__(self) -> None:
        self._files: dict[int, bytearray] = {}
        self._folders: dict[int, dict[str, int]] = {}

    def save(self, target: Path, is_folder: Callable[[int], bool], node: int = ROOT) -> None:
        """Write all that can be reached by name into a new folder."""
        target.mkdir()
        for name, inside in self._folders.get(node, {}).items():
            if name.endswith("-shm"):
                continue  # shared memory: SQLite creates it again after a crash
            if is_folder(inside):
                self.save(target / name, is_folder, inside)
            else:
                (target / name).write_bytes(self._files.get(inside, b""))

    def apply(self, event: Event) -> None:
        """Change the image as the program did."""
        if isinstance(event, Sync | Reported):
            return
        if isinstance(event, Names):
            folder = self._folders.setdefault(event.node, {})
            for name, inside in event.names:
                if inside is None:
                    folder.pop(name, None)
                else:
                    folder[name] = inside
            return
        file = self._files.setdefault(event.node, bytearray())
        if isinstance(event, Truncate):
            _resize(file, event.size)
        else:
            if len(file) < event.offset:
                _resize(file, event.offset)
            file[event.offset : event.offset + len(event.data)] = event.data

    def tear(self, event: Write, rng: random.Random) -> None:
        """Apply some sectors of a write."""
        start, end = event.offset, event.offset + len(event.data)
        while start < end:
            stop = min(end, (start // _SECTOR + 1) * _SECTOR)
            if rng.random() < 0.5:
                data = event.data[start - event.offset : stop - event.offset]
                self.apply(Write(event.node, start, data))
            start = stop


def crash(
    events: Sequence[Event],
    rng: random.Random,
    syncs: Callable[[Sync], bool] = lambda sync: True,
) -> Image:
    """The disk after a power failure that follows these events.

    Args:
        events: what the program had done.
        rng: chooses which of the changes that were not synced are on disk.
        syncs: which syncs really write to disk.
    """
    synced: dict[int, int] = {}
    for event in events:
        if isinstance(event, Sync) and syncs(event):
            synced[event.node] = max(event.begun, synced.get(event.node, 0))
    present = rng.choice([0.0, 0.3, 0.7, 1.0])
    torn = rng.choice([0.0, 0.5])
    image = Image()
    for number, event in enumerate(events):
        if isinstance(event, Sync | Reported):
            continue
        if number < synced.get(event.node, 0):
            image.apply(event)
        elif isinstance(event, Write) and rng.random() < torn:
            image.tear(event, rng)
        elif rng.random() < present:
            image.apply(event)
    return image


def _resize(file: bytearray, size: int) -> None:
    del file[size:]
    file.extend(bytes(size - len(file)))
