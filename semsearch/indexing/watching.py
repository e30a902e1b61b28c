"""Keeping an index up to date with folders: one run, then another after each burst of changes."""

import time
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from pathlib import Path

from semsearch.encoders import load_encoder
from semsearch.errors import IndexBusy, InputError
from semsearch.indexing.updating import resolve_paths, update
from semsearch.readers import IGNORE_FILE
from semsearch.reports import SyncReport
from semsearch.types import Progress

_BURST_MS, _QUIET_MS = 5_000, 300
"""A burst of changes ends after 5 s, or when nothing has changed for 0.3 s: choices."""
_LOOK_MS = 500
"""How often an interrupt is noticed while nothing changes, and a busy index is tried: a choice."""


def watch(
    paths: Sequence[str | Path],
    folder: Path,
    *,
    model: str | None = None,
    progress: Progress,
    busy: Callable[[str], None],
) -> Iterator[SyncReport]:
    """Bring an index up to date after every change; the lock is free between the runs.

    Only the affected roots of a burst of changes are recorded; each run rescans them.

    Args:
        paths: files and folders, as for `update`.
        folder: where the index lives.
        model: as for `update`.
        progress: also called while nothing changes; ends the watch by raising KeyboardInterrupt.
        busy: called once, with a message, whenever another process is writing.

    Raises:
        InputError: a path does not exist, now or later, or cannot be watched.
    """
    roots = resolve_paths(paths, folder)
    load = cache(load_encoder)

    def run(touched: Sequence[Path]) -> SyncReport:
        told = False
        while True:
            try:
                return update(touched, folder, model=model, progress=progress, load=load)[1]
            except IndexBusy as error:
                if not told:
                    busy(str(error))
                told = True
                progress(0, 0)
                time.sleep(_LOOK_MS / 1000)

    bursts = _bursts(roots, folder.resolve())
    try:
        next(bursts)  # from here on changes are noticed, also those during the first run
    except (OSError, RuntimeError) as error:
        raise InputError(
            f"cannot watch {', '.join(map(str, paths))}: {error}. "
            "Run `semsearch index` from time to time instead."
        ) from error
    yield run(roots)
    for changed in bursts:
        progress(0, 0)
        touched = [root for root in roots if any(path.is_relative_to(root) for path in changed)]
        if touched:
            yield run(touched)


def _bursts(roots: Sequence[Path], index: Path) -> Iterator[list[Path]]:
    """The paths that changed in each burst; an empty list now and then while nothing changes."""
    from watchfiles import watch as changes  # 60 ms

    def matters(_: object, changed: str) -> bool:
        path = Path(changed)
        return not path.is_relative_to(index) and any(_is_seen(path, root) for root in roots)

    for burst in changes(
        *{root if root.is_dir() else root.parent for root in roots},
        watch_filter=matters,
        debounce=_BURST_MS,
        step=_QUIET_MS,
        rust_timeout=_LOOK_MS,
        yield_on_timeout=True,
        recursive=any(root.is_dir() for root in roots),
    ):
        yield [Path(path) for _, path in burst]


def _is_seen(path: Path, root: Path) -> bool:
    """Whether a walk of the root would visit this path."""
    if not path.is_relative_to(root):
        return False
    parts = path.relative_to(root).parts
    return not any(part.startswith(".") and part != IGNORE_FILE for part in parts)
