"""A sha256 of each file in a folder, to tell later whether one has changed."""

import hashlib
import json
from pathlib import Path

Manifest = dict[str, str]
"""sha256 of each file, by path inside the folder."""


def of(folder: Path) -> str:
    """The manifest, as JSON, of all files one level below a folder, lock files excepted."""
    files = sorted(path for path in folder.glob("*/*") if path.is_file() and path.suffix != ".lock")
    return json.dumps(
        {path.relative_to(folder).as_posix(): _sha256(path) for path in files}, indent=0
    )


def read(path: Path) -> Manifest | None:
    """The manifest in a file; None where it is missing or cannot be parsed."""
    try:
        record = json.loads(path.read_text(encoding="ascii"))
    except (OSError, ValueError, RecursionError):
        return None
    return record if isinstance(record, dict) else None


def changed(folder: Path, manifest: Manifest) -> list[str]:
    """The files that have changed since the manifest was written, or are missing."""
    return [path for path, sha256 in manifest.items() if _sha256(folder / path) != sha256]


def folders(manifest: Manifest) -> list[str]:
    """The folders that hold the files."""
    return sorted({Path(path).parts[0] for path in manifest})


def _sha256(path: Path) -> str | None:
    try:
        with path.open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()
    except OSError:
        return None
