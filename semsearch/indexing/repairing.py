"""Making an index whole again: from its own intact rows, and from the files where these are not."""

import shutil
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from semsearch.config import ReadLimits
from semsearch.disk import make_folder, sync_folder
from semsearch.encoders import load_encoder
from semsearch.errors import IndexDamaged, IndexFolderError
from semsearch.indexing.commit import rewrite_derived
from semsearch.indexing.integrity import verify
from semsearch.indexing.staging import Staging
from semsearch.indexing.sync import sync
from semsearch.lexical import LEXICAL
from semsearch.reports import RepairReport
from semsearch.store import (
    DATABASE,
    Reader,
    Salvage,
    Writer,
    WriterLock,
    check_database,
    damage_reported,
    record,
    record_vector_settings,
    recorded_options,
    recorded_settings,
    recorded_vector_settings,
    refuse_other,
)
from semsearch.types import Progress, SourceFile, no_progress
from semsearch.vectors import ANN

_NEW = "repaired"
"""Where the new state is made, inside the index folder."""
_UNREAD = b""
"""Stands for the sha256 of a file none of whose articles is there."""


def repair(folder: str | Path = "index", *, progress: Progress | None = None) -> RepairReport:
    """Make a damaged index whole again.

    The word index is made again from the passages. A damaged database is replaced by one made of
    its intact articles and vectors; damaged articles are read again from the folders that were
    indexed, and what is new there comes with them. The damaged state is never deleted: it is moved
    to a folder inside the index folder.

    Args:
        folder: where the index lives.
        progress: called with the number of files done and of all.

    Raises:
        IndexMissing: there is none in the folder.
        IndexBusy: another process is writing it.
        IndexFolderError: not even what the index says of itself can be read, or articles are lost
            and with them where they came from.
        ModelError: the model of the index is not on this machine.
    """
    folder = Path(folder)
    progress = progress or no_progress
    if not (folder / DATABASE).exists():
        Reader(folder)  # raises IndexMissing
    with WriterLock(folder):
        if not _is_sound(folder):
            return _replace(folder, progress)
    writer = Writer(folder)
    try:
        with damage_reported(folder):
            rewrite_derived(writer)
    finally:
        writer.close()
    return _report(folder)


def _is_sound(folder: Path) -> bool:
    try:
        return not any(True for _ in check_database(folder))
    except IndexFolderError:
        return False


def _replace(folder: Path, progress: Progress) -> RepairReport:
    new = folder / _NEW
    shutil.rmtree(new, ignore_errors=True)
    with Salvage(folder) as old:
        encoder = load_encoder(old.meta["model"], options=recorded_options(old.meta))
        settings = recorded_settings(old.meta)
        refuse_other(old.meta, encoder, settings, folder)
        writer = Writer(new)
        try:
            with damage_reported(new):
                with writer.transaction():
                    writer.set_meta(
                        record(encoder, settings, recorded_options(old.meta))
                        | record_vector_settings(recorded_vector_settings(old.meta))
                    )
                    for root in old.roots:
                        writer.add_root(str(root))
                writer.begin("repair")
                staging = Staging(writer, encoder, settings, old.vector)
                _stage(old, staging, progress)
                roots = [] if old.is_complete else [root for root in old.roots if root.exists()]
                sync(writer, staging, roots, limits=ReadLimits(), progress=progress, forget=False)
                kept = writer.known_files(Path("/"))
        finally:
            writer.close()
        lost_files = tuple(path for path, file in kept.items() if file.sha256 == _UNREAD)
        articles = int(old.meta["articles"])
    for damage in verify(new):
        raise IndexDamaged(new, damage.what)
    report = _report(new)
    lost = max(0, articles - report.articles)
    if lost and not old.roots:
        raise IndexFolderError(
            f"the index in {folder} has lost {lost} of {articles} articles and does not tell any "
            "more which folders were indexed. Nothing was changed. Index the articles again into "
            "another folder: semsearch index PATH --index OTHER"
        )
    set_aside = _swap(folder)
    return replace(
        report,
        embedded=staging.embedded,
        lost=lost,
        lost_files=lost_files,
        set_aside=str(set_aside),
    )


def _swap(folder: Path) -> Path:
    """Put the new state in the place of the old one, which is kept in the folder returned.

    The database changes in one step, when nothing is there any more that belongs to the old one:
    interrupted anywhere, this leaves an index that is as damaged as before, or whole.
    """
    set_aside = folder / f"damaged-{datetime.now(UTC):%Y%m%d-%H%M%S-%f}"
    make_folder(set_aside)
    shutil.copy2(folder / DATABASE, set_aside)
    for name in (f"{DATABASE}-wal", f"{DATABASE}-shm", LEXICAL, ANN):
        if (folder / name).exists():
            (folder / name).rename(set_aside / name)
    sync_folder(set_aside)
    sync_folder(folder)
    (folder / _NEW / DATABASE).replace(folder / DATABASE)
    for name in (LEXICAL, ANN):
        if (folder / _NEW / name).exists():
            (folder / _NEW / name).rename(folder / name)
    sync_folder(folder)
    shutil.rmtree(folder / _NEW)
    return set_aside


def _report(folder: Path) -> RepairReport:
    reader = Reader(folder)
    try:
        meta = reader.meta()
    finally:
        reader.close()
    return RepairReport(int(meta["articles"]), int(meta["passages"]), 0, 0, (), "")


def _stage(old: Salvage, staging: Staging, progress: Progress) -> None:
    """Take over the intact articles; of files that can be read again only names, if any is lost.

    Which articles of a file are lost nobody can tell: their rows are gone.
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
