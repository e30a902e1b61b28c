"""From a trained table to the folder that semsearch, model2vec and sentence-transformers load."""

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
from safetensors.numpy import save_file
from tokenizers import Regex, Tokenizer, models, normalizers, pre_tokenizers

from semsearch.encoders.static import FORMAT, VERSION
from semsearch.encoders.tokenizer import FOLDED, REMOVED
from semsearch.training.pieces import UNKNOWN


def export(
    folder: Path,
    pieces: Sequence[str],
    table: npt.NDArray[np.float32],
    weights: npt.NDArray[np.float32],
) -> None:
    """Writes the model.

    Args:
        folder: is made; files of an older model in it are replaced.
        pieces: in the order of `Tokenizer`.
        table: (pieces, d) vectors.
        weights: (pieces,) what each vector counts in a mean.
    """
    folder.mkdir(parents=True, exist_ok=True)
    rows, scales = quantize(table * weights[:, None])
    save_file({"embeddings": rows, "weights": scales}, folder / "model.safetensors")
    (folder / "model.safetensors").chmod(0o644)  # it is written for its owner alone
    (folder / "pieces.txt").write_text("\n".join(pieces), encoding="utf-8", newline="\n")
    hugging_face_tokenizer(pieces).save(str(folder / "tokenizer.json"), pretty=False)
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
            "hidden_dim": table.shape[1],
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


def quantize(
    table: npt.NDArray[np.float32],
) -> tuple[npt.NDArray[np.int8], npt.NDArray[np.float32]]:
    """Eight bits for each number, and one scale for each row: `table ~ rows * scales[:, None]`."""
    scales = np.abs(table).max(axis=1) / 127
    rows = np.rint(table / np.maximum(scales, 1e-12)[:, None]).astype(np.int8)
    return rows, scales.astype(np.float32)


def hugging_face_tokenizer(pieces: Sequence[str]) -> Tokenizer:
    """The same cuts as `semsearch.encoders.tokenizer`, for Hugging Face `tokenizers`.

    What is in no piece is taken out beforehand, so that WordPiece never meets an unknown character
    and never gives up on a word.
    """
    vocabulary = {piece: index for index, piece in enumerate(pieces)}
    known = sorted({character for piece in pieces if piece != UNKNOWN for character in piece})
    tokenizer = Tokenizer(
        models.WordPiece(
            vocabulary,
            unk_token=UNKNOWN,
            continuing_subword_prefix="",
            max_input_chars_per_word=1_000_000,
        )
    )
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
