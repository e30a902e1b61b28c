"""The static encoder: a vector for each piece of a word, summed. NumPy alone, no torch.

A passage is the direction of the weighted sum of its pieces' vectors, sum of w_t * q_t, with q_t in
int8 and w_t one float for each row: the scale of the row times its frequency weight a / (a + p)
(Arora, Liang and Ma 2017, "A Simple but Tough-to-Beat Baseline for Sentence Embeddings").
"""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from semsearch.encoders.tokenizer import Tokenizer
from semsearch.errors import ModelError
from semsearch.types import Embeddings

BUNDLED = Path(__file__).parent.parent / "models" / "bundled"
"""The model that comes with semsearch."""

FORMAT = "semsearch-static"
_BATCH_TOKENS = 8192


class StaticEncoder:
    """A static model in memory. Queries and passages are encoded alike; nothing is cut off."""

    max_tokens = None

    def __init__(
        self,
        name: str,
        fingerprint: str,
        tokenizer: Tokenizer,
        vectors: npt.NDArray[np.int8],
        weights: npt.NDArray[np.float32],
    ) -> None:
        self.name = name
        self.dim: int = vectors.shape[1]
        self.fingerprint = fingerprint
        self._tokenizer = tokenizer
        self._vectors = vectors  # (pieces, d)
        self._weights = weights  # (pieces,)

    @classmethod
    def load(cls, folder: Path, name: str) -> Self:
        """The model in a folder: config.json, pieces.txt and model.safetensors.

        Raises:
            ModelError: a file is missing or is not what the configuration says.
        """
        try:
            config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
            pieces = (folder / "pieces.txt").read_text(encoding="utf-8").split("\n")
            tensors = _open_safetensors(folder / "model.safetensors")
            vectors, weights = tensors["embeddings"], tensors["weights"]
            fingerprint = str(config["fingerprint"])
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise ModelError(
                f"the model in {folder} cannot be loaded: {error}. "
                "Install semsearch again, or name another model with --model."
            ) from error
        if not len(pieces) == len(vectors) == len(weights):
            raise ModelError(
                f"the model in {folder} is damaged: {len(pieces)} pieces, {len(vectors)} vectors. "
                "Install semsearch again, or name another model with --model."
            )
        return cls(name, fingerprint, Tokenizer(pieces), vectors, weights)

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """The number of known pieces in each text."""
        return [len(self._tokenizer(text)) for text in texts]

    def encode_queries(self, texts: Sequence[str]) -> Embeddings:
        """(q, d) unit vectors; a text without any known piece is all zero."""
        return self.encode_passages(texts)

    def encode_passages(self, texts: Sequence[str]) -> Embeddings:
        """(n, d) unit vectors; a text without any known piece is all zero."""
        sums = np.zeros((len(texts), self.dim), dtype=np.float32)
        ids: list[int] = []
        rows: list[int] = []
        starts: list[int] = []
        for row, text in enumerate(texts):
            own = self._tokenizer(text)
            if not own:
                continue
            rows.append(row)
            starts.append(len(ids))
            ids += own
            if len(ids) >= _BATCH_TOKENS:
                sums[rows] = self._sum(ids, starts)
                ids, rows, starts = [], [], []
        if ids:
            sums[rows] = self._sum(ids, starts)
        lengths = np.linalg.norm(sums, axis=1, keepdims=True)  # (n, 1)
        lengths[lengths == 0] = 1
        unit: Embeddings = sums / lengths
        return unit

    def _sum(self, ids: list[int], starts: list[int]) -> Embeddings:
        """(m, d): the weighted sums of m runs of ids that begin at `starts`."""
        at = np.array(ids)
        weighted = self._vectors[at] * self._weights[at, None]  # (tokens, d)
        sums: Embeddings = np.add.reduceat(weighted, starts, axis=0)
        return sums


def _open_safetensors(path: Path) -> dict[str, npt.NDArray[Any]]:
    """The tensors of a safetensors file, mapped rather than read.

    The format is eight bytes of header length, a JSON header, the data:
    https://huggingface.co/docs/safetensors
    """
    kinds = {"I8": np.int8, "F32": np.float32}
    with path.open("rb") as file:
        length = int.from_bytes(file.read(8), "little")
        if not 0 < length < path.stat().st_size:
            raise ValueError(f"{path.name} is not a safetensors file")
        header = json.loads(file.read(length))
    header.pop("__metadata__", None)
    data = np.memmap(path, dtype=np.uint8, mode="r", offset=8 + length)
    return {
        name: data[slice(*entry["data_offsets"])]
        .view(kinds[entry["dtype"]])
        .reshape(entry["shape"])
        for name, entry in header.items()
    }
