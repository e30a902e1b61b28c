"""Reading the weights of multilingual-e5-small, and packing them into four bits."""

import json
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import save_file

from semsearch.encoders.onnx import TokenVectors
from semsearch.errors import ModelError
from semsearch.training.e5 import LAYERS, pack, read_weights


def test_packed_numbers_by_hand() -> None:
    # The largest magnitude, 4, becomes -8 times the scale: the scale is -0.5, and 1 is -2 of it.
    row = np.zeros((1, 32), dtype=np.float32)
    row[0, [0, 1, 16, 31]] = 4, 1, -3.5, 0.3
    nibbles, scales = pack(row)
    assert scales.tolist() == [[-0.5]]
    assert nibbles.shape == (1, 16)
    assert nibbles[0, 0] == (-8 + 8) | (7 + 8) << 4
    assert nibbles[0, 1] == (-2 + 8) | (0 + 8) << 4
    assert nibbles[0, 15] == (0 + 8) | (-1 + 8) << 4


def test_packed_rows_are_those_that_are_read() -> None:
    rng = np.random.default_rng(0)
    numbers = rng.integers(-7, 8, (5, 64)).astype(np.float32)
    numbers[:, ::32] = -8
    rows = numbers * 0.25
    np.testing.assert_array_equal(TokenVectors(*pack(rows))[range(5)], rows)


def test_a_row_of_zeros_stays_one() -> None:
    assert not TokenVectors(*pack(np.zeros((1, 64), dtype=np.float32)))[[0]].any()


def test_weights_in_a_folder_as_the_hub_has_them(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    shapes = {
        "embeddings.word_embeddings.weight": (4, 32),
        "embeddings.position_embeddings.weight": (6, 32),
        "embeddings.token_type_embeddings.weight": (2, 32),
        "embeddings.LayerNorm.weight": (32,),
        "embeddings.LayerNorm.bias": (32,),
    }
    for layer in range(LAYERS):
        at = f"encoder.layer.{layer}"
        for part in ("query", "key", "value"):
            shapes[f"{at}.attention.self.{part}.weight"] = (32, 32)
            shapes[f"{at}.attention.self.{part}.bias"] = (32,)
        for part in ("attention.output.dense", "intermediate.dense", "output.dense"):
            shapes[f"{at}.{part}.weight"], shapes[f"{at}.{part}.bias"] = (32, 32), (32,)
        for part in ("attention.output.LayerNorm", "output.LayerNorm"):
            shapes[f"{at}.{part}.weight"], shapes[f"{at}.{part}.bias"] = (32,), (32,)
    held = {name: rng.standard_normal(shape, np.float32) for name, shape in shapes.items()}
    save_file(held, tmp_path / "model.safetensors")
    vocabulary = [["<s>", 0.0], ["<unk>", 0.0], ["\u2581a", -2.5], ["<mask>", 0.0]]
    (tmp_path / "tokenizer.json").write_text(json.dumps({"model": {"vocab": vocabulary}}))
    weights = read_weights(tmp_path)
    assert weights.pieces == ["<s>", "<unk>", "\u2581a", "<mask>"]
    assert weights.scores.tolist() == [0.0, 0.0, -2.5, 0.0]
    for ours, theirs in [
        ("emb.pos", "embeddings.position_embeddings.weight"),
        ("l3.q.w", "encoder.layer.3.attention.self.query.weight"),
        ("l11.oln.b", "encoder.layer.11.output.LayerNorm.bias"),
        ("l0.fi.w", "encoder.layer.0.intermediate.dense.weight"),
    ]:
        np.testing.assert_array_equal(weights.tensors[ours], held[theirs])
    words = TokenVectors(weights.nibbles, weights.scales)[range(4)]
    original = held["embeddings.word_embeddings.weight"]
    assert np.abs(words - original).max() <= np.abs(original).max() / 8


def test_a_folder_without_weights_is_named(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=f"{tmp_path}.*model.safetensors"):
        read_weights(tmp_path)
