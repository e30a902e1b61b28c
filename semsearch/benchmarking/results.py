"""Measurements on disk: one JSON object a line, with what is needed to compare them."""

import json
import os
import platform
import subprocess
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any, TypedDict, cast

from semsearch.benchmarking.timing_noise import NOISY, spread, work_times
from semsearch.errors import InputError
from semsearch.types import VERSION

_LIBRARIES = ("faiss-cpu", "numpy", "tantivy")
_PACKAGE = Path(__file__).parent.parent


class Record(TypedDict):
    """One measurement, as a line of a file holds it."""

    kind: str
    """What was measured: the name of the command."""
    at: str
    """ISO 8601, UTC."""
    machine: dict[str, str | int]
    versions: dict[str, str]
    commit: str | None
    """The last that changed the package, `-dirty` where it differs from that; None without git."""
    spread: float
    """Of the same piece of work before and after it, see `noise`."""
    settings: dict[str, Any]
    """What was measured with, seeds too: the same settings measure the same."""
    measured: Any
    """As JSON has it."""


def recorded(
    path: Path | None,
    kind: str,
    settings: Mapping[str, Any],
    measure: Callable[[], Any],
    tell: Callable[[str], None],
    *,
    anew: bool = False,
) -> Record:
    """A measurement, taken from a file that has it already, else made and added.

    A file has it when kind, settings, machine, versions and commit are the same and the package is
    as it was committed. So a run that was interrupted goes on with what it has not measured yet.

    Args:
        path: made when missing; nothing is looked up or added when None.
        kind: what is measured.
        settings: what it is measured with, as JSON has it.
        measure: gives what was measured, as JSON takes it.
        tell: hears in a line what is not measured again, and that the machine is noisy.
        anew: measure whatever the file has: the settings do not tell all, or files are wanted too.

    Raises:
        InputError: the file cannot be read or written, or holds something else.
        SemsearchError: whatever `measure` raises.
    """
    mark = {"kind": kind, "settings": dict(settings), **_environment()}
    clean = mark["commit"] is not None and not mark["commit"].endswith("-dirty")
    if path is not None and path.exists() and clean and not anew:
        for stored in read(path)[::-1]:
            if mark == {name: dict(stored)[name] for name in mark}:
                tell(f"{path} has this {kind} of {stored['at']}: it is not measured again")
                return stored
    times = work_times()
    measured = measure()
    record = Record(
        kind=kind,
        at=datetime.now(UTC).isoformat(timespec="seconds"),
        machine=mark["machine"],
        versions=mark["versions"],
        commit=mark["commit"],
        spread=round(spread(times + work_times()), 3),
        settings=mark["settings"],
        measured=measured,
    )
    if record["spread"] > NOISY:
        tell(
            f"this machine is noisy: the time for the same work spread by {record['spread']:.0%} "
            "of its median. Compare times with care, or measure again when it is idle"
        )
    if path is not None:
        _append(path, record)
    return record


def read(path: Path) -> list[Record]:
    """The measurements in a file, oldest first. Raises InputError."""
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"cannot read results from {path}: {error}") from error
    return [_parsed(path, number, line) for number, line in enumerate(lines, 1) if line]


def _parsed(path: Path, number: int, line: str) -> Record:
    try:
        found = json.loads(line)
    except ValueError:
        found = None
    if isinstance(found, dict) and found.keys() == Record.__annotations__.keys():
        return cast(Record, found)
    raise InputError(
        f"{path}:{number}: not a result of `semsearch bench`. Give a file that --save wrote."
    )


def _append(path: Path, record: Record) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(record, ensure_ascii=False) + "\n")
    except OSError as error:
        raise InputError(f"cannot write results to {path}: {error.strerror}") from error


def _environment() -> dict[str, Any]:
    """Machine, versions and commit."""
    return {
        "machine": {
            "system": f"{platform.system()} {platform.machine()}",
            "processor": _processor(),
            "cores": os.cpu_count() or 0,
        },
        "versions": {
            "semsearch": VERSION,
            "python": platform.python_version(),
            **{name: version(name) for name in _LIBRARIES},
        },
        "commit": _commit(),
    }


def _processor() -> str:
    """Its name where the system tells it."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor()
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor()


def _commit() -> str | None:
    """Of the package: results that are committed beside it do not make it another."""
    hashed = _git("log", "-1", "--format=%h", "--abbrev=12", "--", ".")
    changed = _git("status", "--porcelain", "--", ".")
    return f"{hashed}-dirty" if hashed and changed else hashed or None


def _git(*arguments: str) -> str:
    """What git says of the folder of the package; nothing without a clone."""
    try:
        done = subprocess.run(
            ["git", *arguments], cwd=_PACKAGE, capture_output=True, text=True, check=True
        )
    except (OSError, subprocess.CalledProcessError):
        return ""
    return done.stdout.strip()
