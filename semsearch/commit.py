"""Making a change visible: one commit of the store, then the lexical index, derived, after it."""

from collections.abc import Callable, Iterable, Sequence

from semsearch import lexical
from semsearch.errors import IndexFolderError
from semsearch.searcher import LEXICAL, lexical_passages
from semsearch.store import Reader, Writer

Passages = Iterable[tuple[int, str | None]]
"""(chunk id, language)"""


def commit(writer: Writer, provenance: dict[str, str] | None = None) -> None:
    """Make what is staged visible at once, and forget what is gone.

    Args:
        writer: holds the staged files.
        provenance: what the index was built with from now on, when all of it is staged anew.

    Raises:
        IndexFolderError: the disk is full. The store holds the old state, or already the new one.
    """
    if writer.mark("generation") and not writer.has_changes():
        if not lexical.is_current(writer.folder / LEXICAL, writer.mark("generation")):
            _rebuild(writer)
        return
    if provenance:
        writer.commit(provenance)
        _rebuild(writer)
    else:
        _publish(writer, lambda: writer.commit({}), writer.gone_passages())


def remove_now(writer: Writer, files: Sequence[int], documents: Sequence[int]) -> None:
    """Take files and single articles out of the index at once. Raises as `commit`."""
    passages = writer.passages_of(files, documents)
    _publish(writer, lambda: writer.delete(files, documents), passages)


def _publish(writer: Writer, change: Callable[[], int], removed: Passages) -> None:
    above = writer.mark("last_chunk")
    was_current = lexical.is_current(writer.folder / LEXICAL, writer.mark("generation"))
    generation = change()
    if was_current:
        _follow(writer, generation, removed, above)
    else:
        _rebuild(writer)


def _rebuild(writer: Writer) -> None:
    lexical.clear(writer.folder / LEXICAL)
    _follow(writer, writer.mark("generation"), [], 0)


def _follow(writer: Writer, generation: int, removed: Passages, above: int) -> None:
    reader = Reader(writer.folder)
    try:
        added = lexical_passages(reader, above)
        lexical.update(writer.folder / LEXICAL, generation, removed, added)
    except (OSError, ValueError) as error:  # tantivy raises ValueError for a full disk
        raise IndexFolderError(
            f"all is in the index in {writer.folder}, but not in its word index: {error}. "
            "Searches answer all the same, only more slowly. "
            "Make room and run `semsearch index` again."
        ) from error
    finally:
        reader.close()
