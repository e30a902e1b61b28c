"""Bringing an index up to date with folders of articles."""

import time
from collections.abc import Sequence
from io import BufferedReader
from pathlib import Path

from semsearch.config import ReadLimits
from semsearch.errors import DocumentError
from semsearch.indexing.changes import Scan, as_recorded, digest, is_unchanged, scan
from semsearch.indexing.commit import commit
from semsearch.indexing.staging import Staging
from semsearch.readers import open_source, read_documents
from semsearch.reports import SyncReport
from semsearch.store import KnownFile, Reader, Writer
from semsearch.types import Progress, Skipped, SourceFile


def sync(
    writer: Writer,
    staging: Staging,
    paths: Sequence[Path],
    *,
    limits: ReadLimits,
    progress: Progress,
    forget: bool = True,
) -> SyncReport:
    """Read new and changed files under the paths, drop missing ones, and commit once.

    Nothing outside the paths is touched. A file that cannot be read does not end the run.

    Args:
        writer: of the index.
        staging: takes the articles.
        paths: files and folders, resolved.
        limits: which files are too large to read.
        progress: called with the number of files done and found.
        forget: whether articles of missing files leave the index.

    Raises:
        InputError: a path does not exist.
        IndexFolderError: the index cannot be written.
    """
    began = time.perf_counter()
    scanned = scan(paths, writer.known_files, writer.roots(), limits, progress)
    with writer.transaction():
        for path in paths:
            writer.add_root(str(path))
        for name in scanned.missing if forget else ():
            writer.drop_path(name)
    run = _Run(writer, staging, scanned, limits, progress)
    run.update()
    commit(writer, progress=progress)
    return run.report(began)


class _Run:
    """One run over the files under the paths that the user named."""

    def __init__(
        self,
        writer: Writer,
        staging: Staging,
        scanned: Scan,
        limits: ReadLimits,
        progress: Progress,
    ) -> None:
        self._writer = writer
        self._staging = staging
        self._scanned = scanned
        self._missing = scanned.missing_by_content()
        self._limits = limits
        self._progress = progress
        self._skipped = list(scanned.skipped)
        self._done = self._added = self._changed = self._moved = self._unchanged = 0

    def update(self) -> None:
        try:
            for path, file in self._scanned.found.items():
                self._tell()
                self._update_file(file, self._scanned.known.get(path))
                self._done += 1
            self._tell()
        except KeyboardInterrupt:
            self._staging.flush()
            raise
        self._staging.flush()

    def report(self, began: float) -> SyncReport:
        with Reader(self._writer.folder) as reader:
            languages = reader.articles_by_language()
            passages = reader.meta().passages
        return SyncReport(
            added=self._added,
            changed=self._changed,
            moved=self._moved,
            removed=len(self._scanned.missing) - self._moved,
            unchanged=self._unchanged,
            embedded=self._staging.embedded,
            articles=sum(languages.values()),
            passages=passages,
            languages=languages,
            skipped=tuple(dict.fromkeys(self._skipped)),
            seconds=time.perf_counter() - began,
        )

    def _tell(self) -> None:
        self._progress(self._done, len(self._scanned.found))

    def _update_file(self, file: SourceFile, known: KnownFile | None) -> None:
        if known and is_unchanged(file, known) and file.relative == known.relative:
            self._keep(known)
            return
        try:
            with open_source(file, self._limits) as stream:
                self._read(file, known, stream)
        except DocumentError as error:
            self._skipped.append(Skipped(str(file.path), str(error)))

    def _keep(self, known: KnownFile) -> None:
        self._unchanged += 1
        self._skipped.extend(known.skipped)

    def _read(self, file: SourceFile, known: KnownFile | None, stream: BufferedReader) -> None:
        recorded = as_recorded(file)
        sha256 = digest(stream)
        if known and known.sha256 == sha256 and file.relative == known.relative:
            with self._writer.transaction():
                self._writer.touch_file(known, recorded)
            self._keep(known)
            return
        stream.seek(0)
        skipped = []
        articles = 0
        self._staging.begin_file(recorded)
        for item in read_documents(recorded, stream, self._limits):
            if isinstance(item, Skipped):
                skipped.append(item)
            else:
                self._staging.add(item)
                articles += 1
                self._tell()
        self._staging.finish_file(sha256, skipped)
        self._count(known, sha256, articles)
        self._skipped.extend(skipped)

    def _count(self, known: KnownFile | None, sha256: bytes, articles: int) -> None:
        if known and known.sha256 == sha256:  # named from a folder further out
            self._unchanged += 1
        elif known:
            self._changed += 1
        elif articles and self._missing.get(sha256):
            self._missing[sha256].pop()
            self._moved += 1
        elif articles:
            self._added += 1
