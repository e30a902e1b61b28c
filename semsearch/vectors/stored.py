"""The approximate index of an index folder: on disk, with checksums, derived and never needed."""

import json
import os
import shutil
from pathlib import Path

from semsearch import manifest
from semsearch.durability import make_folder, sync_folder, write_file
from semsearch.vectors.codes import CodeIndex, Settings

ANN = "ann"
"""Folder of the approximate index inside the index folder."""
MARKER = "COMPLETE"
"""Written last: without it nothing beside it counts."""
_CODES, _SETTINGS = "codes/index.faiss", "codes/settings.json"


def write(folder: Path, generation: int, codes: CodeIndex) -> None:
    """Put codes on disk; the marker that makes them count comes last, then the older are removed.

    Args:
        folder: where the generations live; made when missing.
        generation: of the store, whose vectors they are.
        codes: what is written.

    Raises:
        OSError: it cannot be written.
        RuntimeError: the same, where FAISS says it.
    """
    target = folder / str(generation)
    shutil.rmtree(target, ignore_errors=True)
    make_folder((target / _CODES).parent)
    codes.write(target / _CODES)
    with (target / _CODES).open("rb") as stream:
        os.fsync(stream.fileno())
    write_file(target / _SETTINGS, json.dumps(codes.settings.to_dict()))
    sync_folder(target)
    write_file(target / MARKER, manifest.of(target))
    sync_folder(folder)
    prune(folder, generation)


def read_settings(folder: Path) -> Settings | None:
    """Of the newest codes on disk, without a look at the codes; None where there are none."""
    target = _newest(folder)
    if target is None or manifest.read(target / MARKER) is None:
        return None
    try:
        record = json.loads((target / _SETTINGS).read_text(encoding="ascii"))
        return Settings.from_dict(record)
    except (OSError, ValueError, LookupError, TypeError):
        return None


def open_codes(folder: Path, dim: int, fingerprint: str) -> CodeIndex | None:
    """The newest codes on disk; None where they are damaged or of another model's vectors."""
    target, settings = _newest(folder), read_settings(folder)
    if target is None or settings is None or settings.fingerprint != fingerprint or check(folder):
        return None
    try:
        return CodeIndex.read(target / _CODES, settings, dim)
    except OSError:  # it is just being removed
        return None


def check(folder: Path) -> list[str]:
    """What is wrong with the newest codes on disk, a line each; nothing where there are none."""
    target = _newest(folder)
    if target is None or not (target / MARKER).exists():
        return []
    marker = manifest.read(target / MARKER)
    if marker is None:
        return [f"{MARKER} of the vector index cannot be read"]
    changed = manifest.changed(target, marker)
    return [f"the file {path} of the vector index has changed" for path in changed]


def prune(folder: Path, generation: int) -> None:
    """Remove all but the codes of one generation. A reader that holds others goes on with them."""
    if not folder.is_dir():
        return
    for path in folder.iterdir():
        if path.name != str(generation):
            marker = path / MARKER if path.is_dir() else path
            marker.unlink(missing_ok=True)  # first: what is half there is not opened
            shutil.rmtree(path, ignore_errors=True)


def _newest(folder: Path) -> Path | None:
    if not folder.is_dir():
        return None
    found = [path for path in folder.iterdir() if path.name.isdigit()]
    return max(found, key=lambda path: int(path.name), default=None)
