"""Making a change visible: the word index of the new state, the commit, the vector index."""

from collections.abc import Iterable, Sequence
from pathlib import Path

from semsearch import lexical
from semsearch.disk import prune
from semsearch.errors import IndexFolderError
from semsearch.lexical import LEXICAL_FOLDER
from semsearch.store import IndexMeta, PassageLang, PassageText, Reader, Writer
from semsearch.types import Progress, no_progress
from semsearch.vectors import ANN_FOLDER, EXACT_ROWS, stored

_MOST_CHANGED = 0.1
"""The approximate index is made again when the passages added and removed since are more than this
share of all: a choice, as newer passages are compared one by one in every search."""


def commit(
    writer: Writer,
    built_with: dict[str, str] | None = None,
    progress: Progress = no_progress,
) -> None:
    """Make everything that is staged visible at once, and delete what is gone.

    Args:
        writer: holds the staged files.
        built_with: see `build_values`; given where all articles are staged again, with another
            model or other settings.
        progress: called while the approximate index is made, with the number of vectors that are
            in it and of all.

    Raises:
        IndexFolderError: the disk is full; the state before stays.
    """
    meta = writer.meta()
    generation = meta.generation
    if generation and not writer.has_changes() and not built_with:
        if not lexical.is_whole(writer.folder / LEXICAL_FOLDER, generation):
            _write_lexical(writer, generation, writer.staged_passages(0))
        _renew_approximate(writer, progress)
        return
    gone = writer.gone_passages()
    if _is_base(writer, generation) and not built_with:
        added = writer.staged_passages(meta.last_chunk)
        _write_lexical(writer, generation + 1, added, generation, gone)
    else:
        _write_lexical(writer, generation + 1, writer.staged_passages(0))
    prune(writer.folder / LEXICAL_FOLDER, keep=writer.commit(built_with or {}))
    _renew_approximate(writer, progress)


def remove_now(writer: Writer, files: Sequence[int], documents: Sequence[int]) -> None:
    """Take files and single articles, by row ids, out of the index at once. Raises as `commit`."""
    generation = writer.meta().generation
    removed = writer.passages_of(files, documents)
    if _is_base(writer, generation):
        _write_lexical(writer, generation + 1, [], generation, removed)
    else:
        gone = {passage.id for passage in removed}
        with Reader(writer.folder) as reader:
            left = (passage for passage in reader.passages() if passage.id not in gone)
            _write_lexical(writer, generation + 1, left)
    prune(writer.folder / LEXICAL_FOLDER, keep=writer.delete(files, documents))
    _renew_approximate(writer)


def _is_base(writer: Writer, generation: int) -> bool:
    """Whether the word index of the next generation can start from the files of this one."""
    return lexical.is_whole(writer.folder / LEXICAL_FOLDER, generation)


def rewrite_derived(writer: Writer) -> None:
    """Write the word and the vector index of the committed state again. Raises as `commit`."""
    for name in (ANN_FOLDER, LEXICAL_FOLDER):
        prune(writer.folder / name)
    with Reader(writer.folder) as reader:
        _write_lexical(writer, writer.meta().generation, reader.passages())
    _renew_approximate(writer)


def _renew_approximate(writer: Writer, progress: Progress = no_progress) -> None:
    """Make the approximate index again where too much has changed since it was made.

    Until then newer passages are compared one by one, and deleted ones are left out. A collection
    that is small, or has become so, has none.
    """
    folder, meta = writer.folder / ANN_FOLDER, writer.meta()
    if meta.passages <= EXACT_ROWS:
        prune(folder)
        return
    try:
        if _is_recent(writer, meta):
            return
        with Reader(writer.folder) as reader, reader.snapshot():
            stored.write(
                folder,
                meta.generation,
                reader.passages_above(),
                (vectors for _, vectors in reader.vectors(meta.dim)),
                meta.fingerprint,
                meta.vector_settings,
                progress,
            )
    except (OSError, RuntimeError) as error:
        raise _unwritable(writer.folder, error) from error


def _is_recent(writer: Writer, meta: IndexMeta) -> bool:
    """Whether the approximate index on disk is intact and holds nearly all of the passages."""
    folder = writer.folder / ANN_FOLDER
    found = stored.describe(folder)
    if found is None or found.fingerprint != meta.fingerprint:
        return False
    if found.settings.wanted != meta.vector_settings:
        return False
    newer = writer.passages_after(found.last_id)
    gone = found.settings.rows - (meta.passages - newer)
    return newer + gone <= _MOST_CHANGED * meta.passages and not stored.changed_files(folder)


def _write_lexical(
    writer: Writer,
    generation: int,
    added: Iterable[PassageText],
    base: int | None = None,
    removed: Sequence[PassageLang] = (),
) -> None:
    try:
        lexical.write(writer.folder / LEXICAL_FOLDER, generation, added, base=base, removed=removed)
    except OSError as error:
        raise _unwritable(writer.folder, error) from error


def _unwritable(folder: Path, error: Exception) -> IndexFolderError:
    return IndexFolderError(
        f"cannot write the index in {folder}: {error}. "
        "Searches find what they found before. Make room on the disk and run the same command "
        "again: it continues from there."
    )
