"""Measurements on disk: one JSON object a line, with what is needed to compare them."""

import json
import os
import platform
import subprocess
from collections.abc import Mapping
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from semsearch import __version__
from semsearch.errors import InputError

_LIBRARIES = ("faiss-cpu", "numpy", "tantivy")


def append(path: Path, kind: str, settings: Mapping[str, Any], measured: Any) -> None:  # noqa: ANN401 - JSON
    """Add one measurement to a file.

    Args:
        path: made when missing.
        kind: what was measured: `quality` or `ann`.
        settings: what it was measured with.
        measured: as JSON takes it.

    Raises:
        InputError: the file cannot be written.
    """
    record = {
        "kind": kind,
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "machine": _machine(),
        "versions": {
            "semsearch": __version__,
            "python": platform.python_version(),
            **{name: version(name) for name in _LIBRARIES},
        },
        "commit": _commit(),
        "settings": dict(settings),
        "measured": measured,
    }
    try:
        with path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(record, ensure_ascii=False) + "\n")
    except OSError as error:
        raise InputError(f"cannot write results to {path}: {error.strerror}") from error


def _machine() -> dict[str, str | int]:
    return {
        "system": f"{platform.system()} {platform.machine()}",
        "processor": _processor(),
        "cores": os.cpu_count() or 0,
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
    """Of the clone that this runs from, marked where it has been changed."""
    folder = Path(__file__).parent
    try:
        done = subprocess.run(
            ["git", "describe", "--always", "--dirty", "--abbrev=12", "--exclude=*"],
            cwd=folder,
            capture_output=True,
            text=True,
            check=True,
        )
    except (OSError, subprocess.CalledProcessError):
        return None
    return done.stdout.strip()
