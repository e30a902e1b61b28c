"""Making a change visible: the word index of what is to be, the commit, the vector index."""

from collections.abc import Iterable, Sequence
from pathlib import Path

from semsearch import lexical
from semsearch.errors import IndexFolderError
from semsearch.lexical import LEXICAL
from semsearch.store import Reader, Writer, recorded_vector_settings
from semsearch.types import Progress, no_progress
from semsearch.vectors import ANN, EXACT_ROWS, stored

Passages = Iterable[tuple[int, str | None, str]]
"""(chunk id, language, text)"""
Removed = Sequence[tuple[int, str | None]]
"""(chunk id, language)"""

_MOST_CHANGED = 0.1
"""Passages added and removed since it was made, as a share of all."""


def commit(
    writer: Writer,
    provenance: dict[str, str] | None = None,
    progress: Progress = no_progress,
) -> None:
    """Make what is staged visible at once, and forget what is gone.

    Args:
        writer: holds the staged files.
        provenance: what the index was built with from now on, when all of it is staged anew.
        progress: told of vectors and all vectors while the approximate index is made.

    Raises:
        IndexFolderError: the disk is full; the state is the one before.
    """
    generation = writer.mark("generation")
    if generation and not writer.has_changes() and not provenance:
        if not lexical.is_whole(writer.folder / LEXICAL, generation):
            _write(writer, generation, writer.staged_passages(0))
        _renew_codes(writer, progress)
        return
    gone = writer.gone_passages()
    if _is_base(writer, generation, gone) and not provenance:
        added = writer.staged_passages(writer.mark("last_chunk"))
        _write(writer, generation + 1, added, generation, gone)
    else:
        _write(writer, generation + 1, writer.staged_passages(0))
    lexical.prune(writer.folder / LEXICAL, writer.commit(provenance or {}))
    _renew_codes(writer, progress)


def remove_now(writer: Writer, files: Sequence[int], documents: Sequence[int]) -> None:
    """Take files and single articles out of the index at once. Raises as `commit`."""
    generation = writer.mark("generation")
    removed = writer.passages_of(files, documents)
    if _is_base(writer, generation, removed):
        _write(writer, generation + 1, [], generation, removed)
    else:
        gone = {chunk_id for chunk_id, _ in removed}
        reader = Reader(writer.folder)
        try:
            left = (passage for passage in reader.passages() if passage[0] not in gone)
            _write(writer, generation + 1, left)
        finally:
            reader.close()
    lexical.prune(writer.folder / LEXICAL, writer.delete(files, documents))
    _renew_codes(writer)


def _is_base(writer: Writer, generation: int, removed: Removed) -> bool:
    """Whether the lexical index of a generation is there and good to start the next from."""
    folder = writer.folder / LEXICAL
    return lexical.is_whole(folder, generation) and not lexical.is_worn(folder, generation, removed)


def rewrite_derived(writer: Writer) -> None:
    """Write the lexical and the vector index of the committed state again. Raises as `commit`."""
    stored.prune(writer.folder / ANN, -1)
    folder, generation = writer.folder / LEXICAL, writer.mark("generation")
    if folder.exists():
        lexical.prune(folder, -1)
    reader = Reader(writer.folder)
    try:
        _write(writer, generation, reader.passages())
    finally:
        reader.close()
    _renew_codes(writer)


def _renew_codes(writer: Writer, progress: Progress = no_progress) -> None:
    """Make the approximate index of a large collection where too much has changed since the last.

    What is new is searched exactly beside it, and what is gone is passed over.
    """
    folder, passages = writer.folder / ANN, writer.mark("passages")
    if passages <= EXACT_ROWS:
        stored.prune(folder, -1)
        return
    reader = Reader(writer.folder)
    try:
        meta = reader.meta()
        wanted = recorded_vector_settings(meta)
        held = stored.describe(folder)
        if held and (held.fingerprint, held.settings.wanted) == (meta["fingerprint"], wanted):
            newer = writer.passages_after(held.last_id)
            gone = held.settings.rows - (passages - newer)
            if newer + gone <= _MOST_CHANGED * passages and not stored.changed_files(folder):
                return
        with reader.snapshot():
            stored.write(
                folder,
                int(meta["generation"]),
                reader.passages_above(),
                (vectors for _, vectors in reader.vectors(int(meta["dim"]))),
                meta["fingerprint"],
                wanted,
                progress,
            )
    except (OSError, RuntimeError) as error:
        raise _unwritable(writer.folder, error) from error
    finally:
        reader.close()


def _write(
    writer: Writer,
    generation: int,
    added: Passages,
    base: int | None = None,
    removed: Removed = (),
) -> None:
    try:
        lexical.write(writer.folder / LEXICAL, generation, added, base=base, removed=removed)
    except (OSError, ValueError) as error:  # tantivy raises ValueError for a full disk
        raise _unwritable(writer.folder, error) from error


def _unwritable(folder: Path, error: Exception) -> IndexFolderError:
    return IndexFolderError(
        f"cannot write the index in {folder}: {error}. "
        "It answers as before. Make room, and the same command goes on from there."
    )
