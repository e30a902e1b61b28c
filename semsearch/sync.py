"""Bringing an index up to date with folders of articles."""

import hashlib
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from io import BufferedReader
from pathlib import Path

from semsearch import lexical
from semsearch.config import ChunkSettings, ReadLimits
from semsearch.errors import DocumentError
from semsearch.readers import open_source, read_documents, walk
from semsearch.searcher import LEXICAL, lexical_passages
from semsearch.staging import Staging
from semsearch.store import KnownFile, Reader, Writer
from semsearch.types import Encoder, Skipped, SourceFile, SyncReport

Progress = Callable[[int, int], None]
"""Called with the number of files done and the number of files found."""


def sync(
    writer: Writer,
    encoder: Encoder,
    paths: Sequence[str | Path],
    *,
    settings: ChunkSettings,
    limits: ReadLimits,
    progress: Progress | None = None,
) -> SyncReport:
    """Read what is new or changed under the paths, forget what is gone, commit once.

    Nothing outside the paths is touched. A file that cannot be read never ends the run.

    Raises:
        InputError: a path does not exist.
        IndexFolderError: the index cannot be written.
    """
    began = time.perf_counter()
    run = _Run(writer, Staging(writer, encoder, settings), limits, progress)
    run.update([Path(path).resolve() for path in paths])  # as `walk` names what it finds
    return run.report(began)


class _Run:
    """One run over the folders that the user named."""

    def __init__(
        self, writer: Writer, staging: Staging, limits: ReadLimits, progress: Progress | None
    ) -> None:
        self._writer = writer
        self._staging = staging
        self._limits = limits
        self._progress = progress or (lambda done, found: None)
        self._skipped: list[Skipped] = []
        self._added = self._changed = self._removed = self._unchanged = 0

    def update(self, roots: list[Path]) -> None:
        self._writer.begin()
        found: dict[Path, SourceFile] = {}
        for root in roots:
            files = self._find(root)
            self._forget_missing(root, files)
            found |= {file.path: file for file in files}
        with self._writer.transaction():
            for root in roots:
                self._writer.add_root(str(root))
        known = {path: file for root in roots for path, file in self._known(root).items()}
        for done, file in enumerate(found.values()):
            self._progress(done, len(found))
            self._update_file(file, known.get(file.path))
        self._staging.flush()
        self._progress(len(found), len(found))
        self._commit()

    def report(self, began: float) -> SyncReport:
        reader = Reader(self._writer.folder)
        try:
            languages = reader.languages()
            return SyncReport(
                added=self._added,
                changed=self._changed,
                removed=self._removed,
                unchanged=self._unchanged,
                embedded=self._staging.embedded,
                articles=sum(languages.values()),
                passages=reader.passage_count(),
                languages=languages,
                skipped=tuple(dict.fromkeys(self._skipped)),
                seconds=time.perf_counter() - began,
            )
        finally:
            reader.close()

    def _find(self, root: Path) -> list[SourceFile]:
        """The files under a root, named by their path inside the outermost root known."""
        outer = [path for path in map(Path, self._writer.roots()) if path in root.parents]
        base = min(outer, key=lambda path: len(path.parts), default=None)
        files = []
        for item in walk(root, self._limits):
            if isinstance(item, Skipped):
                self._skipped.append(item)
            elif base:
                files.append(replace(item, relative=item.path.relative_to(base).as_posix()))
            else:
                files.append(item)
        return files

    def _known(self, root: Path) -> dict[Path, KnownFile]:
        return {Path(path): file for path, file in self._writer.known_files(str(root)).items()}

    def _forget_missing(self, root: Path, files: list[SourceFile]) -> None:
        """Drop what stood under a root and is no more; what cannot be looked at stays."""
        missing = self._known(root).keys() - {file.path for file in files}
        hidden = {Path(skipped.path) for skipped in self._skipped}
        with self._writer.transaction():
            for path in missing:
                if hidden.isdisjoint([path, *path.parents]):
                    self._writer.drop_path(str(path))
                    self._removed += 1

    def _update_file(self, file: SourceFile, known: KnownFile | None) -> None:
        if known and (known.size_bytes, known.mtime_ns) == (file.size_bytes, file.mtime_ns):
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
        sha256 = hashlib.file_digest(stream, "sha256").digest()
        if known and known.sha256 == sha256:
            with self._writer.transaction():
                self._writer.touch_file(known, file)
            self._keep(known)
            return
        if known:
            file = replace(file, relative=known.relative)
        stream.seek(0)
        skipped = []
        articles = 0
        self._staging.begin_file(file)
        for item in read_documents(file, stream, self._limits):
            if isinstance(item, Skipped):
                skipped.append(item)
            else:
                self._staging.add(item)
                articles += 1
        self._staging.finish_file(sha256, skipped)
        if known:
            self._changed += 1
        elif articles:
            self._added += 1
        self._skipped.extend(skipped)

    def _commit(self) -> None:
        """Make the run visible, then bring the lexical index, which is derived, after it."""
        if self._writer.mark("generation") and not self._writer.has_changes():
            return
        folder = self._writer.folder / LEXICAL
        gone, above = self._writer.gone_passages(), self._writer.mark("last_chunk")
        was_current = lexical.is_current(folder, self._writer.mark("generation"))
        generation = self._writer.commit()
        if not was_current:
            lexical.clear(folder)
            gone, above = [], 0
        reader = Reader(self._writer.folder)
        try:
            lexical.update(folder, generation, gone, lexical_passages(reader, above))
        finally:
            reader.close()
