"""Files and folders written so that they, and their names, survive a loss of power."""

import os
from contextlib import suppress
from pathlib import Path
from typing import IO, Any


def make_folder(folder: Path) -> None:
    """Make a folder and its missing parents; their names are on disk when it returns.

    The name of a folder that exists is synced too: the process that made it may have died before.

    Raises:
        OSError: it cannot be made.
    """
    missing = [path for path in folder.parents if not path.exists()]
    folder.mkdir(parents=True, exist_ok=True)
    for path in (folder, *missing):
        sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Bring the names in a folder to disk, where the file system supports it."""
    with suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def sync_file(stream: IO[Any]) -> None:
    """Bring what was written to a file to disk. Raises OSError."""
    stream.flush()
    os.fsync(stream.fileno())


def write_file(path: Path, text: str) -> None:
    """Write ASCII text to a file, which has either its old or its new content at any moment.

    Raises:
        OSError: it cannot be written.
    """
    partial = path.with_name(f"{path.name}.partial")
    with partial.open("w", encoding="ascii") as stream:
        stream.write(text)
        sync_file(stream)
    partial.replace(path)
    sync_folder(path.parent)
