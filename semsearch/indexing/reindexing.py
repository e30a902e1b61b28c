"""Cutting and embedding all articles of an index again, from the text that it stores."""

from pathlib import Path

from semsearch.indexing.staging import Staging
from semsearch.store import Reader, Writer
from semsearch.types import Progress, SourceFile


def restage(writer: Writer, reader: Reader, staging: Staging, progress: Progress) -> None:
    """Stage every visible file again, except those that an interrupted run has already staged.

    Raises:
        IndexDamaged: a text has changed since it was written.
        KeyboardInterrupt: where `progress` raises it; what was staged until then is kept.
    """
    last = writer.meta().last_file
    known = writer.known_files(Path("/"))
    old = {path: file for path, file in known.items() if file.id <= last}
    done = len(known) - len(old)
    try:
        for path, file in old.items():
            progress(done, len(known))
            staging.begin_file(
                SourceFile(Path(path), file.relative, file.size_bytes, file.mtime_ns)
            )
            for document in reader.documents_as_read(file.id, path):
                staging.add(document)
                progress(done, len(known))
            staging.finish_file(file.sha256, file.skipped)
            done += 1
        progress(done, len(known))
    except KeyboardInterrupt:
        staging.flush()
        raise
    staging.flush()
