"""The approximate index of an index folder: on disk, with checksums, derived and never needed."""

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
from semsearch.vectors.codes import CodeIndex, Settings
from semsearch.vectors.mapped import VectorFile, VectorsChanged, read_vectors, write_vectors
from semsearch.vectors.rows import Passages

ANN = "ann"
"""Folder of the approximate index inside the index folder."""
_CODES, _DESCRIPTION = "codes/index.faiss", "codes/description.json"
_CHECKSUMS = "rows/checksums.npy"
_COLUMNS = ("ids", "documents", "langs")
_VECTORS = "vectors.f16"
"""Every vector of the codes, as the store has them: mapped, so that only what is compared is read.
The manifest leaves it out; each row has a checksum, which is compared when it is read."""


@dataclass(frozen=True, slots=True)
class Description:
    """What the approximate index on disk was made of."""

    fingerprint: str
    """Of the model that made the vectors."""
    last_id: int
    """Passages of higher id are not in it."""
    lang_names: tuple[str, ...]
    settings: Settings


@dataclass(frozen=True, slots=True)
class Stored:
    """The approximate index from disk, with the passages and vectors that it was made of."""

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
    """Make an approximate index on disk; older ones are removed when it is whole.

    Args:
        folder: where the generations live; made when missing.
        generation: of the store, whose vectors they are.
        passages: more than 20,000.
        batches: their vectors (b, d), all in the same order.
        fingerprint: of the model that made them.
        wanted: see `CodeIndex.build`.
        progress: see `CodeIndex.build`.

    Raises:
        OSError: it cannot be written.
        RuntimeError: the same, where FAISS says it.
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
    """The newest index on disk, without a look at what it holds; None where there is none."""
    target = _newest(folder)
    if target is None or manifest.read(target / MARKER) is None:
        return None
    try:
        return _description(target)
    except (OSError, ValueError, LookupError, TypeError):
        return None


def open_stored(folder: Path, fingerprint: str) -> Stored | None:
    """The newest index on disk; None where it is damaged or of another model's vectors."""
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
    except (OSError, VectorsChanged):  # it is just being removed, or was cut short
        return None
    return Stored(passages, vectors, codes) if codes else None


def changed_files(folder: Path) -> list[str]:
    """Files of the newest index on disk that are not as they were written, the vectors aside."""
    target = _newest(folder)
    if target is None:
        return []
    marker = manifest.read(target / MARKER)
    return [MARKER] if marker is None else manifest.changed(target, marker)


def check(folder: Path) -> list[str]:
    """What is wrong with the newest index on disk, a line each; nothing where there is none."""
    found, target, about = changed_files(folder), _newest(folder), describe(folder)
    if not found and target and about and not _holds_vectors(target, about.settings):
        found = [_VECTORS]
    return [f"the file {path} of the vector index has changed" for path in found]


def _newest(folder: Path) -> Path | None:
    """The newest that is complete: while another is made, readers go on with it."""
    found = [path.parent for path in folder.glob(f"*/{MARKER}") if path.parent.name.isdigit()]
    return max(found, key=lambda path: int(path.name), default=None)


def _description(target: Path) -> Description:
    record = json.loads((target / _DESCRIPTION).read_text(encoding="ascii"))
    settings = Settings.from_dict(record["settings"])
    names = tuple(record["lang_names"])
    return Description(record["fingerprint"], record["last_id"], names, settings)


def _vectors(target: Path, settings: Settings) -> VectorFile:
    shape = settings.rows, settings.dim
    return VectorFile(target / _VECTORS, shape, np.load(target / _CHECKSUMS))


def _holds_vectors(target: Path, settings: Settings) -> bool:
    try:
        return _vectors(target, settings).is_whole()
    except (OSError, VectorsChanged):
        return False
