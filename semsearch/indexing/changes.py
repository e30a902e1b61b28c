"""Comparing folders with what the index recorded: files found, missing, and not accessible."""

import hashlib
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from io import BufferedReader
from pathlib import Path

from semsearch.config import ReadLimits
from semsearch.errors import DocumentError
from semsearch.readers import open_source, walk
from semsearch.reports import Changes
from semsearch.store import KnownFile
from semsearch.types import Progress, Skipped, SourceFile

_TICK_NS = 2_000_000_000
"""Resolution of time stamps on FAT; on other file systems it is milliseconds or less."""
_UNSETTLED = -1
"""A time stamp that no file has, so that the next run compares the content."""

KnownFiles = Callable[[Path], Mapping[str, KnownFile]]
"""Given a path, the files at or below it that the index knows, by absolute path."""


@dataclass(frozen=True, slots=True)
class Scan:
    """The files under some paths now, and those that the index knows there."""

    found: Mapping[str, SourceFile]
    """By absolute path, as are the next two."""
    known: Mapping[str, KnownFile]
    missing: Mapping[str, KnownFile]
    """Known files that are gone. Files in folders that could not be read do not count as gone."""
    skipped: Sequence[Skipped]

    def missing_by_content(self) -> dict[bytes, list[str]]:
        """Paths of the missing files by sha256: a new file with the same content has been moved."""
        paths: dict[bytes, list[str]] = {}
        for path, file in self.missing.items():
            paths.setdefault(file.sha256, []).append(path)
        return paths


def scan(
    paths: Sequence[Path],
    known_files: KnownFiles,
    roots: Sequence[Path],
    limits: ReadLimits,
    progress: Progress,
) -> Scan:
    """Walk some paths, which are resolved, and compare with what the index knows.

    A file is named by its path inside the outermost folder that the user has named, in this run
    or before (`roots`), so that its id does not depend on the order of runs.
    """
    found: dict[str, SourceFile] = {}
    known: dict[str, KnownFile] = {}
    skipped: list[Skipped] = []
    for path in paths:
        outer = [root for root in (*roots, *paths) if root in path.parents]
        base = min(outer, key=lambda root: len(root.parts), default=None)
        known |= known_files(path)
        for item in walk(path, limits):
            if isinstance(item, Skipped):
                skipped.append(item)
            else:
                found[str(item.path)] = _renamed(item, base) if base else item
            progress(0, len(found))
    hidden = {Path(item.path) for item in skipped if item.unseen}
    missing = {
        path: file
        for path, file in known.items()
        if path not in found and hidden.isdisjoint([Path(path), *Path(path).parents])
    }
    return Scan(found, known, missing, skipped)


def _renamed(file: SourceFile, base: Path) -> SourceFile:
    """A file named by its path inside a folder further out."""
    return replace(file, relative=file.path.relative_to(base).as_posix())


def as_recorded(file: SourceFile) -> SourceFile:
    """A file as the index records it: without a time stamp if it was written a moment ago.

    Within one tick of its file system's clock it may change again and keep its size and time stamp.
    """
    is_settled = time.time_ns() - file.mtime_ns > _TICK_NS
    return file if is_settled else replace(file, mtime_ns=_UNSETTLED)


def is_unchanged(file: SourceFile, known: KnownFile) -> bool:
    """Whether a file need not be read, as its size and time stamp are those in the index."""
    return (known.size_bytes, known.mtime_ns) == (file.size_bytes, file.mtime_ns)


def digest(stream: BufferedReader) -> bytes:
    """The sha256 of a file's content. Raises DocumentError."""
    try:
        return hashlib.file_digest(stream, "sha256").digest()
    except OSError as error:  # a bad sector, or a lost network connection
        raise DocumentError((error.strerror or str(error)).lower()) from error


def compare(scanned: Scan, limits: ReadLimits) -> Changes:
    """What a run would do, by the same rules: size and time first, then the content's sha256."""
    gone = scanned.missing_by_content()
    added: list[str] = []
    changed: list[str] = []
    moved: list[tuple[str, str]] = []
    unchanged = 0
    skipped = list(scanned.skipped)
    for path, file in scanned.found.items():
        known = scanned.known.get(path)
        if known and is_unchanged(file, known):
            unchanged += 1
            continue
        if known is None and not gone:
            added.append(path)  # no file is missing, so it was not moved and need not be read
            continue
        try:
            with open_source(file, limits) as stream:
                sha256 = digest(stream)
        except DocumentError as error:
            skipped.append(Skipped(path, str(error)))
            continue
        if known is None:
            if before := gone.get(sha256):
                moved.append((before.pop(), path))
            else:
                added.append(path)
        elif known.sha256 == sha256:
            unchanged += 1
        else:
            changed.append(path)
    left = {before for before, _ in moved}
    removed = [path for path in scanned.missing if path not in left]
    return Changes(
        tuple(added), tuple(changed), tuple(moved), tuple(removed), unchanged, tuple(skipped)
    )
