"""Folders that hold one folder for each generation of an index, of which the newest is complete."""

import shutil
from pathlib import Path

MARKER = "COMPLETE"
"""Name of the manifest in the folder of a generation. It is written last: without it the folder is
not opened."""


def prune(folder: Path, keep: int | None = None) -> None:
    """Delete the folders of all generations but one. A process that has one open can go on reading.

    Args:
        folder: holds the folders of the generations; may be missing.
        keep: the generation that stays; none does when left out.

    Raises:
        OSError: the marker of a generation cannot be deleted.
    """
    for path in folder.iterdir() if folder.is_dir() else ():
        if path.name != str(keep):
            marker = path / MARKER if path.is_dir() else path
            marker.unlink(missing_ok=True)  # first, so that a folder deleted in part is not opened
            shutil.rmtree(path, ignore_errors=True)
