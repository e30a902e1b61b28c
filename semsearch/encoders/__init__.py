"""Text to unit vectors: which model a name stands for, its tokenizer, and running it.

Imports text, config and types; it alone runs models, and nothing heavy is loaded before a model is.
Others take `load_encoder` and the models that are available; `static`, `tokenizer`, `reranker` and
`sentence_tokens` are modules that they may import by themselves.
"""

import json
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, get_args

from semsearch.config import Backend, EncoderOptions
from semsearch.encoders.catalogue import ModelInfo, available_models
from semsearch.errors import ModelError
from semsearch.types import Encoder

if TYPE_CHECKING:
    from semsearch.encoders.static import StaticEncoder

__all__ = [
    "DEFAULT_MODEL",
    "ModelInfo",
    "available_models",
    "bundled_encoder",
    "load_encoder",
    "reranker",
    "sentence_tokens",
    "static",
    "static_folder",
    "tokenizer",
]

DEFAULT_MODEL = "bundled"


def load_encoder(model: str = DEFAULT_MODEL, *, options: EncoderOptions | None = None) -> Encoder:
    """The encoder of that name. Never another one instead.

    Args:
        model: `bundled` for the model that comes with semsearch, the name of a
            sentence-transformers model (`intfloat/multilingual-e5-small`), or a folder with one.
        options: how a sentence-transformers model is run.

    Raises:
        ModelError: when there is no such model on this machine and the hub is out of reach, it is
            no text embedding model, or the options do not suit it.
    """
    options = options or EncoderOptions()
    if options.batch_size < 1:
        raise ModelError(f"A batch of {options.batch_size} texts cannot be encoded: use 1 or more.")
    if options.backend not in get_args(Backend):
        raise ModelError(f"There is no backend {options.backend!r}: use torch, onnx or openvino.")
    if model != DEFAULT_MODEL and not _is_static(Path(model).expanduser()):
        from semsearch.encoders.transformer import TransformerEncoder

        return TransformerEncoder.load(model, options)
    if options.truncate_dim is not None:
        raise ModelError(
            f"The vectors of the model {model!r} cannot be cut: leave truncate_dim out."
        )
    from semsearch.encoders.static import StaticEncoder

    return StaticEncoder.load(static_folder(model), model)


@cache
def bundled_encoder() -> "StaticEncoder":
    """The model that comes with semsearch, which aligns texts whatever model encodes them."""
    from semsearch.encoders.static import StaticEncoder

    return StaticEncoder.load(static_folder(DEFAULT_MODEL), DEFAULT_MODEL)


def static_folder(model: str) -> Path:
    """Where the bundled model, or one made from it, is to be found."""
    from semsearch.encoders.static import BUNDLED

    return BUNDLED if model == DEFAULT_MODEL else Path(model).expanduser()


def _is_static(folder: Path) -> bool:
    """Whether a folder holds a model in the format of the bundled one."""
    try:
        config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    return isinstance(config, dict) and config.get("format") == "semsearch-static"
