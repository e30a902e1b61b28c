"""Making a change visible: the lexical index of what is to be, then the one commit of the store."""

from collections.abc import Iterable, Sequence

from semsearch import lexical
from semsearch.errors import IndexFolderError
from semsearch.searcher import LEXICAL, lexical_passages
from semsearch.store import Reader, Writer

Passages = Iterable[tuple[int, str | None, str, str]]
"""(chunk id, language, title, text)"""
Removed = Sequence[tuple[int, str | None]]
"""(chunk id, language)"""


def commit(writer: Writer, provenance: dict[str, str] | None = None) -> None:
    """Make what is staged visible at once, and forget what is gone.

    Args:
        writer: holds the staged files.
        provenance: what the index was built with from now on, when all of it is staged anew.

    Raises:
        IndexFolderError: the disk is full; the state is the one before.
    """
    generation = writer.mark("generation")
    if generation and not writer.has_changes() and not provenance:
        if not lexical.is_whole(writer.folder / LEXICAL, generation):
            _write(writer, generation, writer.staged_passages(0))
        return
    gone = writer.gone_passages()
    if _is_base(writer, generation, gone) and not provenance:
        added = writer.staged_passages(writer.mark("last_chunk"))
        _write(writer, generation + 1, added, generation, gone)
    else:
        _write(writer, generation + 1, writer.staged_passages(0))
    lexical.prune(writer.folder / LEXICAL, writer.commit(provenance or {}))


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


def _is_base(writer: Writer, generation: int, removed: Removed) -> bool:
    """Whether the lexical index of a generation is there and good to start the next from."""
    folder = writer.folder / LEXICAL
    return lexical.is_whole(folder, generation) and not lexical.is_worn(folder, generation, removed)


def rewrite_lexical(writer: Writer) -> None:
    """Write the lexical index of the committed state again. Raises as `commit`."""
    folder, generation = writer.folder / LEXICAL, writer.mark("generation")
    if folder.exists():
        lexical.prune(folder, -1)
    reader = Reader(writer.folder)
    try:
        _write(writer, generation, reader.passages())
    finally:
        reader.close()


def _write(
    writer: Writer,
    generation: int,
    added: Passages,
    base: int | None = None,
    removed: Removed = (),
) -> None:
    texts = lexical_passages(added)
    try:
        lexical.write(writer.folder / LEXICAL, generation, texts, base=base, removed=removed)
    except (OSError, ValueError) as error:  # tantivy raises ValueError for a full disk
        raise IndexFolderError(
            f"cannot write the index in {writer.folder}: {error}. "
            "It answers as before. Make room, and the same command goes on from there."
        ) from error
