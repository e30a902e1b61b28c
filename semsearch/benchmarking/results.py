"""Stored measurements: one JSON object per line, with machine, versions, commit and settings."""

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

_LIBRARIES = ("faiss-cpu", "numpy")
"""Their versions are stored: they do the work that is timed."""
_PACKAGE = Path(__file__).parent.parent


class Record(TypedDict):
    """One measurement, as a line of a file holds it."""

    kind: str
    """The benchmark, named as its command."""
    at: str
    """Time of the measurement, ISO 8601 in UTC."""
    machine: dict[str, str | int]
    versions: dict[str, str]
    commit: str | None
    """Last commit that changed the package, with `-dirty` if there are changes since; None without
    git."""
    spread: float
    """Spread of the times of a fixed piece of work before and after it, see `timing_noise`."""
    settings: dict[str, Any]
    """Everything that determines the measurement, seeds too."""
    measured: Any
    """The result, in JSON types."""


def recorded(
    path: Path | None,
    kind: str,
    settings: Mapping[str, Any],
    measure: Callable[[], Any],
    tell: Callable[[str], None],
    *,
    force: bool = False,
) -> Record:
    """Return a stored measurement, or measure and store it.

    A stored measurement is used if kind, settings, machine, versions and commit are the same and
    the package has no uncommitted changes. An interrupted run thus continues where it stopped.

    Args:
        path: file of measurements, created when missing; nothing is stored when None.
        kind: the benchmark.
        settings: everything that determines the measurement, in JSON types.
        measure: runs the benchmark and returns the result in JSON types.
        tell: called with a message when a stored measurement is used or the machine is noisy.
        force: measure in any case, because the settings do not determine the result, or because
            files are written too.

    Raises:
        InputError: the file cannot be read or written, or holds other data.
        SemsearchError: `measure` failed.
    """
    identity = {"kind": kind, "settings": dict(settings), **_environment()}
    clean = identity["commit"] is not None and not identity["commit"].endswith("-dirty")
    if path is not None and path.exists() and clean and not force:
        for stored in read(path)[::-1]:
            if identity == {name: dict(stored)[name] for name in identity}:
                tell(f"{path} has this {kind} of {stored['at']}: it is not measured again")
                return stored
    times = work_times()
    measured = measure()
    record = Record(
        kind=kind,
        at=datetime.now(UTC).isoformat(timespec="seconds"),
        machine=identity["machine"],
        versions=identity["versions"],
        commit=identity["commit"],
        spread=round(spread(times + work_times()), 3),
        settings=identity["settings"],
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
    """The measurements in a file, oldest first. Raises InputError if it cannot be read."""
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
    """Name of the processor, as far as the system states it."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor()
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor()


def _commit() -> str | None:
    """Last commit of the package: committing results or pages does not change it."""
    hashed = _git("log", "-1", "--format=%h", "--abbrev=12", "--", ".")
    changed = _git("status", "--porcelain", "--", ".")
    return f"{hashed}-dirty" if hashed and changed else hashed or None


def _git(*arguments: str) -> str:
    """Output of git in the folder of the package; empty if that is not in a clone."""
    try:
        done = subprocess.run(
            ["git", *arguments], cwd=_PACKAGE, capture_output=True, text=True, check=True
        )
    except (OSError, subprocess.CalledProcessError):
        return ""
    return done.stdout.strip()
