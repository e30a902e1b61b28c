"""Writing a trained model as a folder that semsearch, model2vec and sentence-transformers load."""

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from safetensors.numpy import save_file
from tokenizers import Regex, Tokenizer, models, normalizers, pre_tokenizers

from semsearch.encoders.static import FORMAT, VERSION
from semsearch.encoders.tokenizer import FOLDED, REMOVED, PieceFile
from semsearch.training.pieces import UNKNOWN
from semsearch.training.sharing import share_rows

FLATTENING = 0.6
"""Exponent of `flatten`: 0 keeps the lengths, 1 makes them equal. Chosen on the development sets
(0.5 before 2026-11-23)."""

IDENTITY = 0.42
"""A choice: length of the random part that `identified` adds, relative to the learnt part."""


def export(
    folder: Path,
    pieces: Sequence[str],
    costs: bytes,
    table: npt.NDArray[np.float32],
    weights: npt.NDArray[np.float32],
    share: npt.NDArray[np.float64],
    rows: int,
    identity_dim: int,
) -> None:
    """Quantize a trained table and write the model.

    Args:
        folder: created if needed; files of an older model in it are replaced.
        pieces: the vocabulary, in the order of `tokenizer.in_order`.
        costs: the cost of each piece.
        table: (pieces, d) vectors.
        weights: (pieces,) the weight of each vector in a mean.
        share: (pieces,) the relative frequency of each piece.
        rows: number of vectors to keep; rarer pieces share one.
        identity_dim: number of dimensions that `identified` adds.
    """
    table = flatten(table)
    kept, mapping = share_rows(table, share**0.5, rows)
    embeddings, scales = quantize(identified(table[kept], identity_dim))
    file = PieceFile.of(pieces)
    tensors: dict[str, npt.NDArray[Any]] = {
        "embeddings": embeddings,
        "mapping": mapping,
        "weights": weights * _lengths(table) * (scales / _lengths(table[kept]))[mapping],
        "costs": np.frombuffer(costs, np.uint8),
        "heads": np.array([ord(head) for head in file.heads], dtype=np.uint32),
        "starts": np.array(file.starts, dtype=np.uint32),
        "offsets": np.array(file.offsets, dtype=np.uint32),
    }
    write_model(folder, tensors, file.lines, hugging_face_tokenizer(pieces, costs).to_str())


def write_model(
    folder: Path, tensors: dict[str, npt.NDArray[Any]], lines: bytes, tokenizer: str
) -> None:
    """Write the files of a model.

    Args:
        folder: created if needed; files of an older model in it are replaced.
        tensors: arrays as `semsearch.encoders.static` reads them.
        lines: see `PieceFile.lines`.
        tokenizer: the same tokenizer for Hugging Face `tokenizers`, as JSON.
    """
    folder.mkdir(parents=True, exist_ok=True)
    save_file(tensors, folder / "model.safetensors")
    (folder / "model.safetensors").chmod(0o644)  # safetensors writes 0o600
    (folder / "pieces.txt").write_bytes(lines)
    (folder / "tokenizer.json").write_text(tokenizer, encoding="utf-8")
    digest = hashlib.sha256()
    for name in ("model.safetensors", "pieces.txt"):
        digest.update((folder / name).read_bytes())
    _write_json(
        folder / "config.json",
        {
            "model_type": "model2vec",
            "architectures": ["StaticModel"],
            "format": FORMAT,
            "version": VERSION,
            "normalize": True,
            "max_length": None,
            "embedding_dtype": "int8",
            "hidden_dim": tensors["embeddings"].shape[1],
            "sha256": digest.hexdigest(),
        },
    )
    _write_json(
        folder / "modules.json",
        [
            {
                "idx": 0,
                "name": "0",
                "path": ".",
                "type": "sentence_transformers.models.StaticEmbedding",
            },
            {
                "idx": 1,
                "name": "1",
                "path": "1_Normalize",
                "type": "sentence_transformers.models.Normalize",
            },
        ],
    )


def flatten(table: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """Make the lengths of rows more equal.

    After training, the rows of pieces that are frequent in the training text are the longest. More
    equal lengths rank better within a language, where a rare word decides.
    """
    return table * _lengths(table)[:, None] ** -FLATTENING


def identified(table: npt.NDArray[np.float32], dim: int) -> npt.NDArray[np.float32]:
    """(rows, d + dim) the rows with a random direction appended to each, to tell them apart.

    Training brings words of similar meaning close together, too close for a question about one name
    among many. The dot product of the random parts of two texts estimates how many words they
    share: it is a random projection of the bag of words (Kanerva, Kristoferson and Holst 2000,
    "Random Indexing of Text Samples for Latent Semantic Analysis").
    """
    directions = np.random.default_rng(0).standard_normal((len(table), dim), dtype=np.float32)
    own = directions * _lengths(table)[:, None] * np.float32(IDENTITY / max(dim, 1) ** 0.5)
    return np.hstack([table, own])


def _lengths(table: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    lengths: npt.NDArray[np.float32] = np.maximum(np.linalg.norm(table, axis=1), 1e-6)
    return lengths


def quantize(
    table: npt.NDArray[np.float32],
) -> tuple[npt.NDArray[np.int8], npt.NDArray[np.float32]]:
    """Quantize to 8 bits with one scale per row: `table` is about `rows * scales[:, None]`."""
    scales = np.abs(table).max(axis=1) / 127
    rows = np.rint(table / np.maximum(scales, 1e-12)[:, None]).astype(np.int8)
    return rows, scales.astype(np.float32)


def hugging_face_tokenizer(pieces: Sequence[str], costs: bytes) -> Tokenizer:
    """A tokenizer of Hugging Face `tokenizers` with the same result as `encoders.tokenizer`.

    Characters outside the vocabulary are removed before tokenizing, so that no unknown token is
    left. The costs are integers, so that sums are exact and ties are the same on both sides.
    """
    vocabulary = [(piece, -float(cost)) for piece, cost in zip(pieces, costs, strict=True)]
    known = sorted({character for piece in pieces if piece != UNKNOWN for character in piece})
    tokenizer = Tokenizer(models.Unigram(vocabulary, unk_id=pieces.index(UNKNOWN)))
    tokenizer.normalizer = normalizers.Sequence(
        [
            normalizers.NFKD(),
            normalizers.Lowercase(),
            normalizers.Replace(Regex(f"[{REMOVED}]"), ""),
            *(normalizers.Replace(old, new) for old, new in FOLDED.items()),
        ]
    )
    unknown = Regex(f"[^{_character_class(known)}]+")
    tokenizer.pre_tokenizer = pre_tokenizers.Split(unknown, behavior="removed")
    return tokenizer


def _character_class(characters: Sequence[str]) -> str:
    """Sorted characters as the inside of a regular expression's character class, with ranges."""
    ranges: list[list[str]] = []
    for character in characters:
        if ranges and ord(character) == ord(ranges[-1][1]) + 1:
            ranges[-1][1] = character
        else:
            ranges.append([character, character])
    return "".join(first if first == last else f"{first}-{last}" for first, last in ranges)


def _write_json(path: Path, value: object) -> None:
    path.write_text(json.dumps(value, indent=2) + "\n", encoding="utf-8")
