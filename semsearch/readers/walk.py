"""Folders to files: everything under a path that the user named, in the same order every time.

Symbolic links are not followed and only regular files are returned, so that the walk ends and
reading never blocks. Anything else is reported as `Skipped`, except what is left out silently:
hidden files, matches of a `.semsearchignore`, the queries and judgements beside a BEIR corpus, and
index folders.
"""

import os
import stat
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from semsearch.config import ReadLimits
from semsearch.errors import DocumentError, InputError
from semsearch.readers.plain import decode
from semsearch.readers.read import SUFFIXES, open_source
from semsearch.types import Skipped, SourceFile

if TYPE_CHECKING:
    from pathspec import GitIgnoreSpec

IGNORE_FILE = ".semsearchignore"
INDEX_FILE = "semsearch.db"


def walk(root: Path, limits: ReadLimits) -> Iterator[SourceFile | Skipped]:
    """Every file under a folder that can be read, sorted by name, or the single file at `root`.

    Args:
        root: a folder or a file; a link is followed here, but not below.
        limits: `depth` limits how deep folders are nested.

    Raises:
        InputError: `root` does not exist, or is itself an index.
    """
    root = _resolve(root)
    if not root.is_dir():
        yield _source_file(root, root.name, root.stat())
        return
    if (root / INDEX_FILE).exists():
        raise InputError(f"{root} is an index: name the folder of the articles instead")
    yield from _walk_folders(root, limits)


@dataclass(frozen=True, slots=True)
class _Folder:
    path: Path
    relative: str
    """Empty for the root, else ends with a slash."""
    depth: int
    ignores: tuple[tuple[str, "GitIgnoreSpec"], ...] = ()
    """(folder, patterns) of each ignore file from the root to this folder."""


def _walk_folders(root: Path, limits: ReadLimits) -> Iterator[SourceFile | Skipped]:
    # A stack instead of recursion: users may set a depth beyond Python's recursion limit.
    stack = [_list(_Folder(root, "", 0), limits)]
    while stack:
        found = next(stack[-1], None)
        if found is None:
            stack.pop()
        elif isinstance(found, _Folder):
            if found.depth > limits.depth:
                reason = f"more than {limits.depth} folders deep"
                yield Skipped(str(found.path), reason, unseen=True)
            else:
                stack.append(_list(found, limits))
        else:
            yield found


def _list(folder: _Folder, limits: ReadLimits) -> Iterator[SourceFile | Skipped | _Folder]:
    """The files and folders in one folder, sorted by name."""
    try:
        with os.scandir(folder.path) as entries:
            by_name = {entry.name: entry for entry in entries}
    except OSError as error:
        yield Skipped(str(folder.path), _os_reason(error), unseen=True)
        return
    if folder.depth and INDEX_FILE in by_name:
        return
    ignores = folder.ignores
    if IGNORE_FILE in by_name:
        try:
            spec, unusable = _read_ignore_file(folder.path / IGNORE_FILE, limits)
        except DocumentError as error:
            # Which files to leave out is unknown, so none is read and none is removed.
            reason = f"its {IGNORE_FILE} cannot be read ({error}), so the folder is skipped"
            yield Skipped(str(folder.path), reason, unseen=True)
            return
        yield from unusable
        ignores += ((folder.relative, spec),)
    if "queries.jsonl" in by_name and "qrels" in by_name:
        del by_name["queries.jsonl"], by_name["qrels"]

    inside = replace(folder, ignores=ignores)
    for name in sorted(by_name):
        if not name.startswith(".") and (found := _entry(inside, by_name[name])):
            yield found


def _entry(folder: _Folder, entry: "os.DirEntry[str]") -> SourceFile | Skipped | _Folder | None:
    """What one entry of a folder is; None if an ignore file leaves it out."""
    path = folder.path / entry.name
    if not _is_utf8(entry.name):
        return Skipped(_printable(path), "the name is not UTF-8: rename it")
    relative = folder.relative + entry.name
    try:
        status = entry.stat(follow_symlinks=False)
    except OSError as error:
        return Skipped(str(path), _os_reason(error), unseen=True)
    is_folder = stat.S_ISDIR(status.st_mode)
    if _is_ignored(relative + "/" * is_folder, folder.ignores):
        return None
    if is_folder:
        return _Folder(path, relative + "/", folder.depth + 1, folder.ignores)
    return _source_file(path, relative, status)


def _source_file(path: Path, relative: str, status: os.stat_result) -> SourceFile | Skipped:
    if stat.S_ISLNK(status.st_mode):
        return Skipped(str(path), "a link: links are not followed")
    if not stat.S_ISREG(status.st_mode):
        return Skipped(str(path), "not a regular file")
    if path.suffix.lower() not in SUFFIXES:
        kind = f"{path.suffix} files" if path.suffix else "files without an extension"
        return Skipped(str(path), f"no reader for {kind}")
    return SourceFile(path, relative, status.st_size, status.st_mtime_ns)


def _read_ignore_file(path: Path, limits: ReadLimits) -> tuple["GitIgnoreSpec", list[Skipped]]:
    """The valid patterns, and a `Skipped` for each invalid one. Raises DocumentError."""
    from pathspec import GitIgnoreSpec

    with open_source(SourceFile(path, path.name, 0, 0), limits) as stream:
        patterns = decode(stream.read(limits.file_bytes)).split("\n")
    usable: list[str] = []
    unusable: list[Skipped] = []
    for number, pattern in enumerate(patterns, 1):
        try:
            GitIgnoreSpec.from_lines([pattern])
        except ValueError:
            unusable.append(Skipped(f"{path}:{number}", f"not a pattern: {pattern}"))
        else:
            usable.append(pattern)
    return GitIgnoreSpec.from_lines(usable), unusable


def _is_ignored(relative: str, ignores: Sequence[tuple[str, "GitIgnoreSpec"]]) -> bool:
    """Whether a path is ignored; as in git, the deepest ignore file that matches it decides."""
    for folder, spec in reversed(ignores):
        decision = spec.check_file(relative.removeprefix(folder)).include
        if decision is not None:
            return decision
    return False


def _resolve(root: Path) -> Path:
    if not _is_utf8(str(root)):
        raise InputError(f"{_printable(root)}: the name is not UTF-8: rename it")
    try:
        resolved = root.resolve(strict=True)
    except OSError as error:
        raise InputError(f"{root}: {_os_reason(error)}") from error
    except RuntimeError as error:  # raised by Python before 3.13
        raise InputError(f"{root}: too many levels of symbolic links") from error
    except ValueError as error:
        raise InputError(f"{_printable(root)}: not a path") from error
    if not _is_utf8(str(resolved)):
        raise InputError(f"{_printable(resolved)}: the name is not UTF-8: rename it")
    return resolved


def _is_utf8(name: str) -> bool:
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True


def _printable(path: Path) -> str:
    return os.fsencode(path).decode("utf-8", "backslashreplace")


def _os_reason(error: OSError) -> str:
    return (error.strerror or str(error)).lower()
