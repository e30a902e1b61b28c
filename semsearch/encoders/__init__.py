"""Text to unit vectors: which model a name stands for, its tokenizer, and running it.

Imports text, config and types; torch is loaded only with a model that needs it. Others take
`load_encoder`, `available_models` and the further names in `__all__`; those that are modules they
import when needed.
"""

import json
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, cast, get_args

from semsearch.config import Backend, EncoderOptions
from semsearch.encoders.calibration import usual_cosines
from semsearch.encoders.catalogue import ModelInfo, available_models
from semsearch.errors import ModelError
from semsearch.types import Aligner, Encoder

if TYPE_CHECKING:
    from semsearch.encoders.static import StaticEncoder

__all__ = [
    "DEFAULT_MODEL",
    "IN_PACKAGE",
    "ModelInfo",
    "aligner_of",
    "available_models",
    "bundled_encoder",
    "load_encoder",
    "model_folder",
    "neutral",
    "onnx",
    "prompts",
    "reranker",
    "sentence_tokens",
    "speed",
    "static",
    "tokenizer",
    "unigram",
    "usual_cosines",
]

DEFAULT_MODEL = "multilingual"

IN_PACKAGE = {
    "multilingual": "semsearch-transformer",
    "fast": "semsearch-static",
    "bundled": "semsearch-static",
}
"""The names of the models that come with semsearch, with their formats. `bundled` is `fast` by the
name that indexes have from the time when there was one model."""


def load_encoder(model: str = DEFAULT_MODEL, *, options: EncoderOptions | None = None) -> Encoder:
    """The encoder of that name; if it cannot be loaded, never another one instead.

    Args:
        model: `multilingual` or `fast` for the models that come with semsearch, the name of a
            sentence-transformers model (`intfloat/multilingual-e5-small`), a folder with one, or
            a folder that the training has written.
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
    folder = model_folder(model)
    own_format = IN_PACKAGE.get(model) or _format(folder)
    if own_format not in _FORMATS:
        from semsearch.encoders.transformer import TransformerEncoder

        return TransformerEncoder.load(model, options)
    if options.truncate_dim is not None:
        raise ModelError(f"The vectors of the model {model!r} cannot be cut: omit truncate_dim.")
    if model in IN_PACKAGE:
        return _in_package(model)
    return _FORMATS[own_format](folder, model, options)


@cache
def _in_package(model: str) -> Encoder:
    """A model that comes with semsearch; all indexes that are open in a process share it."""
    return _FORMATS[IN_PACKAGE[model]](model_folder(model), model, EncoderOptions())


def aligner_of(encoder: Encoder) -> Aligner:
    """The model that compares texts token by token beside an encoder: itself, else the fast one."""
    return encoder if isinstance(encoder, Aligner) else bundled_encoder()


def bundled_encoder() -> "StaticEncoder":
    """The fast model, which aligns texts, whichever model encodes them."""
    return cast("StaticEncoder", _in_package("fast"))


def model_folder(model: str) -> Path:
    """The folder of a model that comes with semsearch, or of one on this machine."""
    if model == "multilingual":
        from semsearch.encoders.onnx import MULTILINGUAL

        return MULTILINGUAL
    if model in IN_PACKAGE:
        from semsearch.encoders.static import BUNDLED

        return BUNDLED
    return Path(model).expanduser()


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
