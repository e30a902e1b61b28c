"""Writes the folder of a model: whole or not at all, and that of a projection of another model."""

import json
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from safetensors.numpy import save_file

from semsearch.encoders import IN_PACKAGE
from semsearch.encoders.neutral import FORMAT, VERSION, Projection
from semsearch.errors import InputError


@contextmanager
def new_folder(out: Path) -> Iterator[Path]:
    """A folder to write to, which becomes `out` at the end; after an error nothing is left.

    Raises:
        InputError: `out` exists.
    """
    if out.exists():
        raise InputError(f"{out} exists already: name a new folder, or remove it first")
    out.parent.mkdir(parents=True, exist_ok=True)
    partial = Path(tempfile.mkdtemp(prefix=f".{out.name}-", dir=out.parent))
    try:
        yield partial
        partial.chmod(0o755)
        partial.rename(out)
    except BaseException:
        shutil.rmtree(partial, ignore_errors=True)
        raise


def write_projection(
    folder: Path, out: Path, projection: Projection, base: str, fingerprint: str
) -> None:
    """Writes a model that projects the vectors of another one, which stays where it is.

    Args:
        folder: exists and is empty.
        out: where the folder will be.
        projection: of the vectors of the other model.
        base: name or folder of the other model.
        fingerprint: that of the other model.
    """
    file = folder / "projection.safetensors"
    tensors = {
        "mean_queries": projection.mean_queries,
        "mean_passages": projection.mean_passages,
        "matrix": np.ascontiguousarray(projection.matrix),
    }
    save_file(tensors, file)
    file.chmod(0o644)  # save_file sets 0600
    config = {
        "format": FORMAT,
        "version": VERSION,
        "base": _reference(base, out),
        "base_fingerprint": fingerprint,
    }
    (folder / "config.json").write_text(json.dumps(config, indent=2) + "\n", encoding="utf-8")


def _reference(base: str, out: Path) -> str:
    """How the new model names its base.

    A folder beside the new one, or in a folder beside it, has a relative path, so that both can be
    moved together. Other folders have an absolute one.
    """
    folder = Path(base).expanduser()
    if base in IN_PACKAGE or not folder.is_dir():
        return base
    folder, beside = folder.resolve(), out.parent.resolve()
    if beside in folder.parents:
        return f"../{folder.relative_to(beside).as_posix()}"
    return str(folder)
