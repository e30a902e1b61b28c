"""What `import semsearch` offers, and what it does not do."""

import subprocess
import sys
from dataclasses import FrozenInstanceError

import pytest

import semsearch

NAMES = [
    "Article",
    "Chunk",
    "ChunkSettings",
    "Damage",
    "Document",
    "DocumentError",
    "EncoderOptions",
    "Hit",
    "IndexBusy",
    "IndexDamaged",
    "IndexFolderError",
    "IndexMissing",
    "InputError",
    "Mode",
    "ModelError",
    "ModelMismatch",
    "ReadLimits",
    "ReindexReport",
    "Removal",
    "RepairReport",
    "Request",
    "SearchIndex",
    "SearchResult",
    "SemsearchError",
    "Skipped",
    "Status",
    "SyncReport",
    "VectorSettings",
    "repair",
    "verify",
]


def test_all_is_the_public_surface() -> None:
    assert semsearch.__all__ == NAMES
    assert dir(semsearch) == sorted([*NAMES, "__version__"])


@pytest.mark.parametrize("name", NAMES)
def test_every_public_name_is_there_and_documented(name: str) -> None:
    assert getattr(semsearch, name).__doc__


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no attribute 'Serach'"):
        _ = semsearch.Serach


def test_results_are_frozen() -> None:
    chunk = semsearch.Chunk(0, 5, "Bamak")
    with pytest.raises(FrozenInstanceError):
        chunk.text = "other"  # type: ignore[misc]


def test_importing_loads_nothing_heavy() -> None:
    code = "import sys, semsearch; print(sorted({'numpy', 'faiss', 'torch'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
