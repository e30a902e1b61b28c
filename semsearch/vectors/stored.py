"""The approximate index in an index folder, with checksums; derived, and never necessary."""

import json
import shutil
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from semsearch.config import VectorSettings
from semsearch.disk import (
    MARKER,
    make_folder,
    manifest,
    prune,
    sync_file,
    sync_folder,
    write_file,
)
from semsearch.types import Halves, Progress, no_progress
from semsearch.vectors.codes import CodeIndex, CodeSettings
from semsearch.vectors.mapped import VectorFile, VectorsChanged, read_vectors, write_vectors
from semsearch.vectors.rows import Passages

ANN_FOLDER = "ann"
"""Folder of the approximate index inside the index folder."""
_CODES, _DESCRIPTION = "codes/index.faiss", "codes/description.json"
_CHECKSUMS = "rows/checksums.npy"
_COLUMNS = ("ids", "documents", "langs")
_VECTORS = "vectors.f16"
"""The vectors that have codes, as the store has them; mapped, so that only those that are compared
are read. Not in the manifest: each row has a checksum, which is checked when the row is read."""


@dataclass(frozen=True, slots=True)
class Description:
    """What the approximate index on disk was built from."""

    fingerprint: str
    """Of the model that made the vectors."""
    last_id: int
    """Passages with a higher id are not in it."""
    lang_names: tuple[str, ...]
    settings: CodeSettings


@dataclass(frozen=True, slots=True)
class StoredIndex:
    """The approximate index from disk, with the passages and vectors that it was built from."""

    passages: Passages
    vectors: VectorFile
    codes: CodeIndex


def write(
    folder: Path,
    generation: int,
    passages: Passages,
    batches: Iterable[Halves],
    fingerprint: str,
    wanted: VectorSettings,
    progress: Progress = no_progress,
) -> None:
    """Write an approximate index to disk; older ones are removed when it is complete.

    Args:
        folder: the folder of all generations; made when missing.
        generation: of the store, from which the vectors come.
        passages: more than 20,000.
        batches: their vectors, in batches (b, d) and in the same order.
        fingerprint: of the model that made the vectors.
        wanted: see `CodeIndex.build`.
        progress: see `CodeIndex.build`.

    Raises:
        OSError: it cannot be written.
        RuntimeError: the same, reported by FAISS.
    """
    target = folder / str(generation)
    shutil.rmtree(target, ignore_errors=True)
    for name in ("codes", "rows"):
        make_folder(target / name)
    path, n = target / _VECTORS, len(passages.ids)
    checksums = write_vectors(path, batches)
    dim = path.stat().st_size // (2 * n)
    codes = CodeIndex.build(lambda: read_vectors(path, dim), n, wanted, progress)
    codes.write(target / _CODES)
    np.save(target / _CHECKSUMS, checksums)
    for name in _COLUMNS:
        np.save(target / f"rows/{name}.npy", getattr(passages, name))
    for written in target.glob("*/*"):
        with written.open("rb") as stream:
            sync_file(stream)
    about = Description(fingerprint, int(passages.ids[-1]), passages.lang_names, codes.settings)
    write_file(target / _DESCRIPTION, json.dumps(asdict(about)))
    for changed in (target / "rows", target):
        sync_folder(changed)
    write_file(target / MARKER, manifest.of(target))
    sync_folder(folder)
    prune(folder, generation)


def describe(folder: Path) -> Description | None:
    """What the newest index on disk was built from, without checking it; None if there is none."""
    target = _newest(folder)
    if target is None or manifest.read(target / MARKER) is None:
        return None
    try:
        return _description(target)
    except (OSError, ValueError, LookupError, TypeError):
        return None


def open_stored(folder: Path, fingerprint: str) -> StoredIndex | None:
    """The newest index on disk; None if it is missing, damaged or of another model's vectors."""
    target, about = _newest(folder), describe(folder)
    if target is None or about is None or about.fingerprint != fingerprint:
        return None
    try:
        if changed_files(folder):
            return None
        ids, documents, langs = (np.load(target / f"rows/{name}.npy") for name in _COLUMNS)
        passages = Passages(ids, documents, langs, about.lang_names)
        codes = CodeIndex.read(target / _CODES, about.settings)
        vectors = _vectors(target, about.settings)
    except (OSError, VectorsChanged):  # it is being removed at this moment, or was cut short
        return None
    return StoredIndex(passages, vectors, codes) if codes else None


def changed_files(folder: Path) -> list[str]:
    """The files of the newest index on disk that are not what was written, except the vectors."""
    target = _newest(folder)
    if target is None:
        return []
    marker = manifest.read(target / MARKER)
    return [MARKER] if marker is None else manifest.changed(target, marker)


def check(folder: Path) -> list[str]:
    """What is wrong with the newest index on disk, a line each; empty if there is no index."""
    found, target, about = changed_files(folder), _newest(folder), describe(folder)
    if not found and target and about and not _holds_vectors(target, about.settings):
        found = [_VECTORS]
    return [f"the file {path} of the vector index has changed" for path in found]


def _newest(folder: Path) -> Path | None:
    """The folder of the newest complete index; one that is being written is not complete yet."""
    found = [path.parent for path in folder.glob(f"*/{MARKER}") if path.parent.name.isdigit()]
    return max(found, key=lambda path: int(path.name), default=None)


def _description(target: Path) -> Description:
    record = json.loads((target / _DESCRIPTION).read_text(encoding="ascii"))
    settings = CodeSettings.from_dict(record["settings"])
    names = tuple(record["lang_names"])
    return Description(record["fingerprint"], record["last_id"], names, settings)


def _vectors(target: Path, settings: CodeSettings) -> VectorFile:
    shape = settings.rows, settings.dim
    return VectorFile(target / _VECTORS, shape, np.load(target / _CHECKSUMS))


def _holds_vectors(target: Path, settings: CodeSettings) -> bool:
    try:
        return _vectors(target, settings).is_whole()
    except (OSError, VectorsChanged):
        return False
