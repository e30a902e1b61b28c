"""Cutting and embedding all articles of an index again, from the text that it stores."""

from pathlib import Path

from semsearch.indexing.staging import Staging
from semsearch.store import Reader, Writer
from semsearch.types import Progress, SourceFile

_BATCH = 64
"""Articles fetched from the store at once: a choice."""


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
            ids = reader.documents_of(file.id)
            for at in range(0, len(ids), _BATCH):
                batch = ids[at : at + _BATCH]
                documents = reader.documents(batch)
                for id_ in batch:
                    staging.add(documents[id_])
                progress(done, len(known))
            staging.finish_file(file.sha256, file.skipped)
            done += 1
        progress(done, len(known))
    except KeyboardInterrupt:
        staging.flush()
        raise
    staging.flush()
