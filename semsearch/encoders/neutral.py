"""The language-neutral projection, and an encoder that projects the vectors of another model.

The projection removes what the vectors say about the language of a text, so that a question does
not prefer passages in its own language. The encoder also runs models that were adapted to a user's
own pairs of texts: their projection is a linear map.
"""

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from semsearch.encoders.static import map_tensors
from semsearch.errors import ModelError
from semsearch.types import Embeddings, Encoder

FORMAT = "semsearch-neutral"
"""The `format` in the `config.json` of such a model."""

VERSION = 1
"""Raised whenever the same files would give other vectors."""


@dataclass(frozen=True)
class Projection:
    """Makes a vector language-neutral; `semsearch/training/neutral.py` fits it."""

    mean_queries: Embeddings
    """(d,) mean vector of queries."""
    mean_passages: Embeddings
    """(d,) mean vector of passages."""
    matrix: Embeddings
    """(d, d)"""

    @property
    def dim(self) -> int:
        """d, the length of every vector."""
        return int(self.matrix.shape[1])

    def apply(self, vector: Embeddings, mean: Embeddings) -> Embeddings:
        """(d,) the language-neutral unit vector of a unit vector; `mean` is that of its kind."""
        turned = (vector - mean) @ self.matrix
        unit: Embeddings = (turned / np.linalg.norm(turned)).astype(np.float32)
        return unit


class NeutralEncoder:
    """An `Encoder` that applies a projection to another model's vectors."""

    def __init__(self, name: str, base: Encoder, projection: Projection, digest: str) -> None:
        """Puts the loaded parts together; `load` is the way in.

        Args:
            name: as the user asked for it.
            base: the other model.
            projection: fitted to it.
            digest: SHA-256 of the projection.
        """
        self.name = name
        self._base = base
        self._projection = projection
        both = f"{FORMAT}-{VERSION} {base.fingerprint} {digest}"
        self.fingerprint = hashlib.sha256(both.encode()).hexdigest()

    @classmethod
    def load(cls, folder: Path, name: str, load: Callable[[str], Encoder]) -> "NeutralEncoder":
        """The model in a folder that `semsearch train` has made.

        Args:
            folder: holds the projection, and the name of the other model: relative to the folder
                where it begins with `../`.
            name: as the user asked for it.
            load: makes an encoder of the name of a model.

        Raises:
            ModelError: a file is missing or damaged, or the other model is not the one that the
                projection was fitted to.
        """
        try:
            config = json.loads((folder / "config.json").read_bytes())
            if (config["format"], config["version"]) != (FORMAT, VERSION):
                raise ValueError(f"version {config['version']}, this program reads {VERSION}")
            base_name, fitted_to = str(config["base"]), config["base_fingerprint"]
            file = folder / "projection.safetensors"
            digest = hashlib.sha256(file.read_bytes()).hexdigest()
            tensors = map_tensors(file)
            projection = Projection(
                tensors["mean_queries"], tensors["mean_passages"], tensors["matrix"]
            )
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise ModelError(
                f"The model in {folder} is damaged: {error}. Make it again with `semsearch train`."
            ) from error
        if base_name.startswith("../"):
            base_name = str((folder / base_name).resolve())
        base = load(base_name)
        if base.fingerprint != fitted_to:
            raise ModelError(
                f"The model in {folder} was fitted to another version of {base_name!r}. Make it "
                "again with `semsearch train`."
            )
        return cls(name, base, projection, digest)

    @property
    def dim(self) -> int:
        """d, the length of every vector."""
        return self._projection.dim

    @property
    def max_tokens(self) -> int | None:
        """Maximum number of tokens of a passage in the other model."""
        return self._base.max_tokens

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """The number of tokens of each text, as the other model cuts it."""
        return self._base.count_tokens(texts)

    def encode_queries(self, texts: Sequence[str]) -> Embeddings:
        """(q, d) unit vectors; all zero where those of the other model are."""
        return self._neutral(self._base.encode_queries(texts), self._projection.mean_queries)

    def encode_passages(self, texts: Sequence[str]) -> Embeddings:
        """(n, d) unit vectors; all zero where those of the other model are."""
        return self._neutral(self._base.encode_passages(texts), self._projection.mean_passages)

    def _neutral(self, vectors: Embeddings, mean: Embeddings) -> Embeddings:
        """Projects each vector by itself, so that it never depends on the others."""
        neutral = np.zeros_like(vectors)
        for row in np.flatnonzero(vectors.any(axis=1)):
            neutral[row] = self._projection.apply(vectors[row], mean)
        return neutral
