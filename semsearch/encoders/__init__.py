"""Text to unit vectors: which model a name stands for, its tokenizer, and running it.

Imports text, config and types; torch is loaded only with a model that needs it. Others take
`load_encoder`, `available_models` and the further names in `__all__`; `static`, `tokenizer`,
`reranker` and `sentence_tokens` are modules that they import when needed.
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
    """The encoder of that name; if it cannot be loaded, never another one instead.

    Args:
        model: `bundled` for the model that comes with semsearch, the name of a
            sentence-transformers model (`intfloat/multilingual-e5-small`), or a folder with one, or
            one that the training has written.
        options: how a sentence-transformers model is run.

    Raises:
        ModelError: the model is neither on this machine nor can be fetched from the hub, is not a
            text embedding model, or does not support the options.
    """
    options = options or EncoderOptions()
    if options.batch_size < 1:
        raise ModelError(f"A batch of {options.batch_size} texts cannot be encoded: use 1 or more.")
    if options.backend not in get_args(Backend):
        raise ModelError(f"There is no backend {options.backend!r}: use torch, onnx or openvino.")
    folder = static_folder(model)
    own_format = "semsearch-static" if model == DEFAULT_MODEL else _format(folder)
    if own_format not in _FORMATS:
        from semsearch.encoders.transformer import TransformerEncoder

        return TransformerEncoder.load(model, options)
    if options.truncate_dim is not None:
        raise ModelError(f"The vectors of the model {model!r} cannot be cut: omit truncate_dim.")
    return _FORMATS[own_format](folder, model, options)


@cache
def bundled_encoder() -> "StaticEncoder":
    """The model that comes with semsearch; it aligns texts, whichever model encodes them."""
    from semsearch.encoders.static import StaticEncoder

    return StaticEncoder.load(static_folder(DEFAULT_MODEL), DEFAULT_MODEL)


def static_folder(model: str) -> Path:
    """The folder of the bundled model, or of one in its format."""
    from semsearch.encoders.static import BUNDLED

    return BUNDLED if model == DEFAULT_MODEL else Path(model).expanduser()


def _format(folder: Path) -> str:
    """Which of semsearch's own formats the model in a folder has; empty for none of them."""
    try:
        config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return ""
    return str(config.get("format", "")) if isinstance(config, dict) else ""


def _load_static(folder: Path, name: str, _: EncoderOptions) -> Encoder:
    from semsearch.encoders.static import StaticEncoder

    return StaticEncoder.load(folder, name)


def _load_onnx(folder: Path, name: str, _: EncoderOptions) -> Encoder:
    from semsearch.encoders.onnx import OnnxEncoder

    return OnnxEncoder.load(folder, name)


def _load_neutral(folder: Path, name: str, options: EncoderOptions) -> Encoder:
    from semsearch.encoders.neutral import NeutralEncoder

    return NeutralEncoder.load(folder, name, lambda base: load_encoder(base, options=options))


_FORMATS = {
    "semsearch-static": _load_static,
    "semsearch-transformer": _load_onnx,
    "semsearch-neutral": _load_neutral,
}
