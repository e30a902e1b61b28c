"""From a trained table to the folder that semsearch, model2vec and sentence-transformers load."""

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

IDENTITY = 0.42
"""How long the part of a row that is its own is, next to the part that was learnt."""


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
    """Writes the model.

    Args:
        folder: is made; files of an older model in it are replaced.
        pieces: in the order of `Tokenizer`.
        costs: of each piece.
        table: (pieces, d) vectors.
        weights: (pieces,) what each vector counts in a mean.
        share: (pieces,) how common each piece is.
        rows: how many vectors to keep; the rarer pieces share one.
        identity_dim: how many dimensions `identified` adds.
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
    """Writes the files of a model.

    Args:
        folder: is made; files of an older model in it are replaced.
        tensors: as `semsearch.encoders.static` reads them.
        lines: of `PieceFile`.
        tokenizer: the same for Hugging Face `tokenizers`, as JSON.
    """
    folder.mkdir(parents=True, exist_ok=True)
    save_file(tensors, folder / "model.safetensors")
    (folder / "model.safetensors").chmod(0o644)  # it is written for its owner alone
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
    """Rows of more equal length.

    The training leaves the rows that it saw most the longest, which is its own text's view of what
    matters; most of the way to equal is better within a language, where a rare word decides.
    """
    return table * _lengths(table)[:, None] ** -FLATTENING


def identified(table: npt.NDArray[np.float32], dim: int) -> npt.NDArray[np.float32]:
    """(rows, d + dim) with a chance direction for each row, so that none is quite like another.

    What was learnt brings words of kindred meaning close, too close for a question about one name
    among many. The products of the chance parts are, on average, the shared words of two texts:
    a random projection of the bag of words (Kanerva, Kristoferson and Holst 2000, "Random Indexing
    of Text Samples for Latent Semantic Analysis").
    """
    chance = np.random.default_rng(0).standard_normal((len(table), dim), dtype=np.float32)
    own = chance * _lengths(table)[:, None] * np.float32(IDENTITY / max(dim, 1) ** 0.5)
    return np.hstack([table, own])


def _lengths(table: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    lengths: npt.NDArray[np.float32] = np.maximum(np.linalg.norm(table, axis=1), 1e-6)
    return lengths


def quantize(
    table: npt.NDArray[np.float32],
) -> tuple[npt.NDArray[np.int8], npt.NDArray[np.float32]]:
    """Eight bits for each number, and one scale for each row: `table ~ rows * scales[:, None]`."""
    scales = np.abs(table).max(axis=1) / 127
    rows = np.rint(table / np.maximum(scales, 1e-12)[:, None]).astype(np.int8)
    return rows, scales.astype(np.float32)


def hugging_face_tokenizer(pieces: Sequence[str], costs: bytes) -> Tokenizer:
    """The same cuts as `semsearch.encoders.tokenizer`, for Hugging Face `tokenizers`.

    What is in no piece is taken out beforehand, so that nothing unknown is ever left. The costs are
    whole numbers, so that sums are exact and equal costs are equal on both sides.
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
    """The inside of a regular expression's class, neighbours joined to ranges."""
    ranges: list[list[str]] = []
    for character in characters:
        if ranges and ord(character) == ord(ranges[-1][1]) + 1:
            ranges[-1][1] = character
        else:
            ranges.append([character, character])
    return "".join(first if first == last else f"{first}-{last}" for first, last in ranges)


def _write_json(path: Path, value: object) -> None:
    path.write_text(json.dumps(value, indent=2) + "\n", encoding="utf-8")
