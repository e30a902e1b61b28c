"""The index of a labelled collection: made once, and kept where the next measurement finds it."""

import tempfile
from collections.abc import Collection, Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

from semsearch.benchmarking.datasets import Dataset
from semsearch.encoders import DEFAULT_MODEL
from semsearch.errors import IndexMissing, InputError
from semsearch.index import SearchIndex
from semsearch.store import Reader
from semsearch.types import Progress, no_progress


@contextmanager
def index_folder(dataset: Dataset, keep: Path | None) -> Iterator[Path]:
    """The folder for the index of a collection: named after it in `keep`, else temporary."""
    if keep:
        yield keep / dataset.name
    else:
        with tempfile.TemporaryDirectory() as folder:
            yield Path(folder) / "index"


def model_name(dataset: Dataset, keep: Path | None, model: str | None) -> str:
    """The model that `build` will encode with: that of the kept index where none is named."""
    if model is None and keep:
        with suppress(IndexMissing), closing(Reader(keep / dataset.name)) as reader:
            return reader.meta().model
    return model or DEFAULT_MODEL


def build(
    dataset: Dataset, folder: Path, model: str | None = None, progress: Progress = no_progress
) -> SearchIndex:
    """The index of all articles of a collection; nothing is encoded that the folder holds already.

    Args:
        dataset: the collection.
        folder: of the index, made when missing; an interrupted run continues where it stopped.
        model: that of the index when None, or the default for a new one.
        progress: called with the numbers of files done and found.

    Raises:
        InputError: no article could be indexed, or the index holds other articles too.
        SemsearchError: `SearchIndex.build` failed.
    """
    with suppress(IndexMissing), closing(Reader(folder)) as reader:
        others = set(reader.roots()) - {path.resolve() for path in dataset.articles}
        if others:
            raise InputError(
                f"the index in {folder} holds the articles of {min(others)} too: name another "
                f"folder for the index of {dataset.name}"
            )
    index = SearchIndex.build(dataset.articles, folder, model=model, progress=progress)
    if not index.status().articles:
        index.close()
        raise InputError(
            f"no article of {dataset.name} could be read: check the files in {dataset.path}"
        )
    return index


def article_langs(index_folder: Path, doc_ids: Collection[str]) -> dict[str, str | None]:
    """The languages of those of these articles that the index holds."""
    langs = {}
    with closing(Reader(index_folder)) as reader, reader.snapshot():
        for doc_id in doc_ids:
            row = reader.look_up(doc_id)
            if row is not None:
                langs[doc_id] = reader.documents([row])[row].lang
    return langs
