"""The static encoder: the vector of a text is the weighted mean of the vectors of its tokens.

It needs numpy only, and its matrix is mapped into memory instead of read. The folder is in the
format of model2vec; `pieces.txt` holds the vocabulary again, in a form that loads in milliseconds.
"""

import json
import math
import struct
from collections.abc import Sequence
from itertools import accumulate, pairwise
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from semsearch.encoders.tokenizer import PieceFile, Tokenizer
from semsearch.errors import ModelError
from semsearch.types import Embeddings, TokenIds

BUNDLED = Path(__file__).parent.parent / "models" / "bundled"
"""The multilingual model that comes with the package."""

FORMAT = "semsearch-static"
"""The value of `format` in `config.json`."""

VERSION = 1
"""Increased when the same files would give other vectors: by tokenizer rules or pooling."""

BATCH = 2000
"""A choice: texts whose new words are tokenized together."""

_CHARACTERS_PER_TOKEN = 4
"""The mean length of a token in scripts that the model reads."""

_GROUP = 32
"""A choice: texts whose vectors are looked up together."""

_LEAST_KNOWN = 0.5
"""A choice: the model reads the script of a text if it knows this fraction of its letters."""

_DTYPES: dict[str, npt.DTypeLike] = {"I8": np.int8, "U8": np.uint8, "I32": np.int32}
_DTYPES |= {"U32": np.uint32, "F16": np.float16, "F32": np.float32}


class StaticEncoder:
    """An `Encoder` and `Aligner` that looks up a vector for each token instead of computing one."""

    max_tokens = None
    """A mean can be taken over a text of any length."""

    def __init__(
        self,
        name: str,
        fingerprint: str,
        tokenizer: Tokenizer,
        rows: npt.NDArray[np.int8],
        mapping: npt.NDArray[np.int32],
        weights: npt.NDArray[np.float32],
    ) -> None:
        """Takes the loaded parts; use `load` to read a folder.

        Args:
            name: the name by which the user asked for the model.
            fingerprint: digest of everything that decides the vectors.
            tokenizer: turns texts into token ids.
            rows: (r, d) quantized vectors; rare pieces share one.
            mapping: (pieces,) the row of each piece of the vocabulary.
            weights: (pieces,) scale of the row times weight in the mean, of each piece.
        """
        self.name = name
        self.fingerprint = fingerprint
        self._tokenizer = tokenizer
        self._rows = rows
        self._mapping = mapping
        self._weights = weights

    @classmethod
    def load(cls, folder: Path, name: str) -> "StaticEncoder":
        """The model in a folder.

        Raises:
            ModelError: a file is missing or damaged, or has another version.
        """
        try:
            config = json.loads((folder / "config.json").read_bytes())
            if config["format"] != FORMAT:
                raise ModelError(
                    f"The model in {folder} has the format {config['format']} and not {FORMAT}: "
                    "name the fast model, or a folder that was made from it."
                )
            lines = (folder / "pieces.txt").read_bytes()
            tensors = map_tensors(folder / "model.safetensors")
            rows, weights = tensors["embeddings"], tensors["weights"]
            mapping, costs = tensors["mapping"], tensors["costs"].tobytes()
            heads = "".join(map(chr, tensors["heads"].tolist()))
            file = PieceFile(lines, heads, tensors["starts"].tolist(), tensors["offsets"].tolist())
            if config["version"] != VERSION:
                raise ValueError(f"it has version {config['version']} and not {VERSION}")
            if (file.starts[-1], file.offsets[-1]) != (len(weights), len(lines) + 1):
                raise ValueError("pieces.txt and model.safetensors do not belong together")
            tokenizer = Tokenizer(file, costs)
            fingerprint = f"{config['sha256']}-{VERSION}"
        except FileNotFoundError as error:
            raise ModelError(
                f"{folder} holds no static model: {Path(error.filename).name} is missing. "
                f"{_advice(folder)}"
            ) from error
        except (OSError, ValueError, KeyError, TypeError, struct.error) as error:
            raise ModelError(
                f"The model in {folder} is damaged: {error}. {_advice(folder)}"
            ) from error
        return cls(name, fingerprint, tokenizer, rows, mapping, weights)

    @property
    def dim(self) -> int:
        """d, the length of every vector."""
        return int(self._rows.shape[1])

    def ids(self, text: str) -> list[int]:
        """The token ids of a text, in order; characters outside the vocabulary give none."""
        return self._tokenizer.ids(text)

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """The number of tokens of each text.

        Four characters of a script that the model does not read count as one token. Otherwise
        passages in scripts of which it knows only the letters would be a few words long, and those
        in unknown scripts would have no limit.
        """
        return [self._count(text) for text in texts]

    def _count(self, text: str) -> int:
        ids = self.ids(text)
        if 10 * len(ids) < len(text) and not self.can_read(text):
            return _tokens_of(sum(map(str.isalnum, text)))
        lone = sum(map(self._tokenizer.lone_letters.__contains__, ids))
        if 2 * lone <= len(ids):
            return len(ids)
        return len(ids) - lone + _tokens_of(lone)

    def encode_queries(self, texts: Sequence[str]) -> Embeddings:
        """(q, d) unit vectors; all zero for a text without tokens."""
        return self._encode(texts)

    def encode_passages(self, texts: Sequence[str]) -> Embeddings:
        """(n, d) unit vectors; all zero for a text without tokens."""
        return self._encode(texts)

    def can_read(self, text: str) -> bool:
        """Whether the model has seen the script of a text in words, not only its letters."""
        return self._tokenizer.known_fraction(text) >= _LEAST_KNOWN

    def learn(self, texts: Sequence[str]) -> None:
        """Tokenize the new words of texts that will be encoded soon, in one batch."""
        self._tokenizer.learn(texts)

    def token_ids(self, texts: Sequence[str]) -> list[TokenIds]:
        """The token ids of each text, in order."""
        return [np.array(ids, dtype=np.int32) for ids in self._tokenizer.ids_of_batch(texts)]

    def align(self, query: str, texts: Sequence[TokenIds]) -> npt.NDArray[np.float32]:
        """How much of a query each text covers, token by token.

        Late interaction, after Khattab and Zaharia 2020, "ColBERT: Efficient and Effective Passage
        Search": each distinct token of the query contributes the squared cosine of the nearest
        token of the text, by its weight in the vector of the query. Negative cosines count as 0.

        Args:
            query: a text.
            texts: the token ids of n texts.

        Returns:
            (n,) in [0, 1]; 0 for a text without tokens, and for every text if the query has none.
        """
        alignment = np.zeros(len(texts), dtype=np.float32)
        asked = np.array(sorted(set(self.ids(query))), dtype=np.intp)
        nonempty = [number for number, text in enumerate(texts) if len(text)]
        if not len(asked) or not nonempty:
            return alignment
        rows = self._mapping[np.concatenate([texts[number] for number in nonempty])]
        place = np.full(len(self._rows), -1, dtype=np.int32)
        place[rows] = 0
        distinct = np.flatnonzero(place == 0)
        place[distinct] = np.arange(len(distinct))
        queries, lengths = self._vectors(self._mapping[asked])
        similar = self._cosines(distinct, queries / lengths[:, None])
        similar = np.square(similar.clip(min=0))  # (distinct, tokens of the query)
        weights = lengths * self._weights[asked]
        weights /= weights.sum()
        starts = np.cumsum([0, *(len(texts[number]) for number in nonempty)])[:-1]
        best = np.maximum.reduceat(similar[place[rows]], starts, axis=0)
        alignment[nonempty] = best @ weights
        return alignment

    def _cosines(self, rows: npt.NDArray[np.integer], queries: Embeddings) -> Embeddings:
        """(r, w) cosines of the vectors of r rows with w unit vectors."""
        vectors, lengths = self._vectors(rows)
        cosines = vectors @ queries.T
        cosines /= lengths[:, None]  # cheaper than dividing the vectors
        return cosines

    def _vectors(self, rows: npt.NDArray[np.integer]) -> tuple[Embeddings, Embeddings]:
        """(r, d) the vectors of r rows, and (r,) their lengths, all greater than 0."""
        vectors: Embeddings = self._rows[rows].astype(np.float32)
        lengths = np.sqrt(np.vecdot(vectors, vectors))
        return vectors, lengths.clip(min=1e-6)

    def encode_token_ids(self, texts: Sequence[TokenIds]) -> Embeddings:
        """(n, d) unit vectors of n texts, given as token ids; all zero for a text without tokens.

        Each text has a product of its own, so that its vector does not depend on the batch.
        """
        vectors = np.zeros((len(texts), self.dim), dtype=np.float32)
        for start in range(0, len(texts), _GROUP):
            group = texts[start : start + _GROUP]
            ids = np.concatenate(group)
            rows = self._rows[self._mapping[ids]].astype(np.float32)  # (t, d)
            weights = self._weights[ids]
            borders = pairwise(accumulate(map(len, group), initial=0))
            for vector, (first, end) in zip(vectors[start:], borders, strict=False):
                if first < end:
                    np.dot(weights[first:end], rows[first:end], out=vector)  # (d,)
        lengths = np.sqrt(np.einsum("nd,nd->n", vectors, vectors))[:, None]
        np.divide(vectors, lengths, out=vectors, where=lengths > 0)
        return vectors

    def _encode(self, texts: Sequence[str]) -> Embeddings:
        vectors = np.empty((len(texts), self.dim), dtype=np.float32)
        for start in range(0, len(texts), BATCH):
            part = slice(start, start + BATCH)
            vectors[part] = self.encode_token_ids(self.token_ids(texts[part]))
        return vectors


def _tokens_of(characters: int) -> int:
    """The tokens for which characters of a script that the model does not read count."""
    return math.ceil(characters / _CHARACTERS_PER_TOKEN)


def _advice(folder: Path) -> str:
    if folder == BUNDLED:
        return "Install semsearch again: the model is a part of the package."
    return (
        "Name a folder that `semsearch train` or `python -m semsearch.training build` has written."
    )


def map_tensors(path: Path) -> dict[str, npt.NDArray[Any]]:
    """The arrays of a safetensors file, mapped into memory.

    The format is 8 bytes with the length of the header, the header in JSON, then the data.

    Raises:
        ValueError, KeyError, struct.error: the file is not in that format.
    """
    with path.open("rb") as file:
        (length,) = struct.unpack("<Q", file.read(8))
        if length > path.stat().st_size:
            raise ValueError("the header of model.safetensors is longer than the file")
        header = json.loads(file.read(length))
    header.pop("__metadata__", None)
    return {
        name: np.asarray(  # a plain array on the same map: memmap objects are slow to index
            np.memmap(
                path,
                dtype=_DTYPES[entry["dtype"]],
                mode="r",
                offset=8 + length + entry["data_offsets"][0],
                shape=tuple(entry["shape"]),
            )
        )
        for name, entry in header.items()
    }
