"""What the files of a folder were when they were written: a sha256 for each."""

import hashlib
import json
from pathlib import Path

Manifest = dict[str, str]
"""sha256 of each file, by path inside the folder."""


def of(folder: Path) -> str:
    """The manifest, as JSON, of all files one level below a folder but locks."""
    files = sorted(path for path in folder.glob("*/*") if path.is_file() and path.suffix != ".lock")
    return json.dumps(
        {path.relative_to(folder).as_posix(): _sha256(path) for path in files}, indent=0
    )


def read(path: Path) -> Manifest | None:
    """The manifest in a file; None where there is none that can be read."""
    try:
        record = json.loads(path.read_text(encoding="ascii"))
    except (OSError, ValueError, RecursionError):
        return None
    return record if isinstance(record, dict) else None


def changed(folder: Path, manifest: Manifest) -> list[str]:
    """The files that are not as they were written, or gone."""
    return [path for path, sha256 in manifest.items() if _sha256(folder / path) != sha256]


def folders(manifest: Manifest) -> list[str]:
    """The folders in which the files lie."""
    return sorted({Path(path).parts[0] for path in manifest})


def _sha256(path: Path) -> str | None:
    try:
        with path.open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()
    except OSError:
        return None
