"""Repairing an index from its own intact rows, and from the files where rows are damaged."""

import shutil
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from semsearch.config import ReadLimits
from semsearch.disk import make_folder, sync_folder
from semsearch.encoders import aligner_of, load_encoder, usual_cosines
from semsearch.errors import IndexDamaged, IndexFolderError
from semsearch.indexing.commit import rewrite_derived
from semsearch.indexing.integrity import verify
from semsearch.indexing.staging import Staging
from semsearch.indexing.sync import sync
from semsearch.lexical import LEXICAL_FOLDER
from semsearch.reports import RepairReport
from semsearch.store import (
    DATABASE,
    Reader,
    Salvage,
    Writer,
    WriterLock,
    build_values,
    check_database,
    damage_reported,
    require_same_build,
    vector_values,
)
from semsearch.types import Encoder, Progress, SourceFile, no_progress
from semsearch.vectors import ANN_FOLDER

_NEW = "repaired"
"""Folder inside the index folder in which the new state is made."""
_UNREAD = b""
"""In place of the sha256 of a file none of whose articles is in the new state."""


def repair(folder: str | Path = "index", *, progress: Progress | None = None) -> RepairReport:
    """Repair a damaged index.

    The word index is made again from the passages. A damaged database is replaced by one made of
    its intact articles and vectors. Damaged articles are read again from the folders that were
    indexed, and new articles there are added. The damaged state is never deleted: it is moved to a
    folder inside the index folder.

    Args:
        folder: where the index lives.
        progress: called with the number of files done and of all.

    Raises:
        IndexMissing: there is none in the folder.
        IndexBusy: another process is writing it.
        IndexFolderError: not even the model and the settings of the index can be read, or articles
            are lost together with the names of the folders that they came from.
        ModelError: the model of the index is not on this machine.
    """
    folder = Path(folder)
    progress = progress or no_progress
    if not (folder / DATABASE).exists():
        Reader(folder).close()  # raises IndexMissing
    with WriterLock(folder):
        if not _is_sound(folder):
            return _replace(folder, progress)
    with Writer(folder) as writer, damage_reported(folder):
        rewrite_derived(writer)
    return _report(folder)


def _is_sound(folder: Path) -> bool:
    try:
        return not any(True for _ in check_database(folder))
    except IndexFolderError:
        return False


def _replace(folder: Path, progress: Progress) -> RepairReport:
    """Make a new database from a damaged one, check it, and put it in the place of the old one."""
    new = folder / _NEW
    shutil.rmtree(new, ignore_errors=True)
    with Salvage(folder) as old:
        encoder = load_encoder(old.meta.model, options=old.meta.encoder_options)
        require_same_build(old.meta, encoder, old.meta.chunk_settings, folder)
        embedded, lost_files = _salvage(old, new, encoder, progress)
    for damage in verify(new):
        raise IndexDamaged(new, damage.what)
    report = _report(new)
    articles = old.meta.articles
    lost = max(0, articles - report.articles)
    if lost and not old.roots:
        raise IndexFolderError(
            f"the index in {folder} has lost {lost} of {articles} articles, and the names of the "
            "folders that were indexed. Nothing was changed. Index the articles again into "
            "another folder: semsearch index PATH --index OTHER"
        )
    set_aside = _swap(folder)
    return replace(
        report, embedded=embedded, lost=lost, lost_files=lost_files, set_aside=str(set_aside)
    )


def _salvage(
    old: Salvage, new: Path, encoder: Encoder, progress: Progress
) -> tuple[int, tuple[str, ...]]:
    """Make a new index of all that is intact, and read again the files of what is not.

    Returns the number of passages that went through the model, and the paths of the files none of
    whose articles could be saved.
    """
    meta = old.meta
    with Writer(new) as writer, damage_reported(new):
        with writer.transaction():
            writer.set_meta(
                build_values(
                    encoder,
                    aligner_of(encoder),
                    usual_cosines(encoder),
                    meta.chunk_settings,
                    meta.encoder_options,
                )
                | vector_values(meta.vector_settings)
            )
            for root in old.roots:
                writer.add_root(str(root))
        writer.begin("repair")
        staging = Staging(writer, encoder, meta.chunk_settings, old.vector)
        _stage(old, staging, progress)
        roots = [] if old.is_complete else [root for root in old.roots if root.exists()]
        sync(writer, staging, roots, limits=ReadLimits(), progress=progress, forget=False)
        kept = writer.known_files(Path("/"))
    lost_files = tuple(path for path, file in kept.items() if file.sha256 == _UNREAD)
    return staging.embedded, lost_files


def _swap(folder: Path) -> Path:
    """Put the new state in the place of the old one, which is kept in the folder returned.

    The database is replaced in one step, after everything else that belongs to the old one has been
    moved away: if interrupted, this leaves an index that is as damaged as before, or whole.
    """
    set_aside = folder / f"damaged-{datetime.now(UTC):%Y%m%d-%H%M%S-%f}"
    make_folder(set_aside)
    shutil.copy2(folder / DATABASE, set_aside)
    for name in (f"{DATABASE}-wal", f"{DATABASE}-shm", LEXICAL_FOLDER, ANN_FOLDER):
        if (folder / name).exists():
            (folder / name).rename(set_aside / name)
    sync_folder(set_aside)
    sync_folder(folder)
    (folder / _NEW / DATABASE).replace(folder / DATABASE)
    for name in (LEXICAL_FOLDER, ANN_FOLDER):
        if (folder / _NEW / name).exists():
            (folder / _NEW / name).rename(folder / name)
    sync_folder(folder)
    shutil.rmtree(folder / _NEW)
    return set_aside


def _report(folder: Path) -> RepairReport:
    """What an index holds, before anything is known to be lost."""
    with Reader(folder) as reader:
        meta = reader.meta()
    return RepairReport(
        meta.articles, meta.passages, embedded=0, lost=0, lost_files=(), set_aside=""
    )


def _stage(old: Salvage, staging: Staging, progress: Progress) -> None:
    """Stage the intact articles. If any is lost, files that can be read again are staged by name.

    Their articles are then all read again: which ones of a file are lost cannot be known, as their
    rows are gone.
    """
    files = list(old.files())
    for done, (path, file) in enumerate(files):
        progress(done, len(files))
        again = not old.is_complete and bool(old.roots) and path.is_file()
        seen = (-1, -1) if again else (file.size_bytes, file.mtime_ns)
        staging.begin_file(SourceFile(path, file.relative, *seen))
        if again:
            staging.finish_file(_UNREAD, [])
            continue
        documents = 0
        for document in old.documents(file.id):
            staging.add(document)
            documents += 1
        known = documents or old.is_complete
        staging.finish_file(file.sha256 if known else _UNREAD, file.skipped)
    staging.flush()
