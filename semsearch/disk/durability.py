"""What is still there after the power went: files and folders, and their names."""

import os
from contextlib import suppress
from pathlib import Path
from typing import IO, Any


def make_folder(folder: Path) -> None:
    """Make a folder, and those above it where they are missing; on disk when it returns.

    Also a folder that exists may be on disk without its name: its maker died before the sync.

    Raises:
        OSError: it cannot be made.
    """
    missing = [path for path in folder.parents if not path.exists()]
    folder.mkdir(parents=True, exist_ok=True)
    for path in (folder, *missing):
        sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Bring the names in a folder to disk, as far as the file system offers it."""
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
    """Write ASCII text to a file that has its old or its new content whatever happens.

    Raises:
        OSError: it cannot be written.
    """
    partial = path.with_name(f"{path.name}.partial")
    with partial.open("w", encoding="ascii") as stream:
        stream.write(text)
        sync_file(stream)
    partial.replace(path)
    sync_folder(path.parent)
