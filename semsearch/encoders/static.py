"""The static encoder: a text's vector is the weighted mean of the vectors of its pieces.

No torch, no network, nothing but numpy: the matrix is mapped into memory, not read. The folder is
in model2vec's format, with the pieces once more in a file that is read in a few milliseconds.
"""

import json
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
"""What a `config.json` has to say that it is."""

VERSION = 1
"""Raised whenever the same files would give other vectors: tokenizer rules, pooling."""

SLICE = 2000
"""Texts whose new words are cut together."""

_SIGNS_OF_PIECE = 4
"""What a piece holds on average, in scripts that the model reads."""

_GATHERED = 32
"""Texts whose rows are looked up together."""

_DTYPES = {"I8": np.int8, "U8": np.uint8, "I32": np.int32, "U32": np.uint32, "F32": np.float32}


class StaticEncoder:
    """An `Encoder` that looks vectors up instead of computing them."""

    usual_cosines = 0.06, 0.075
    """Mean and deviation between texts that have nothing to do with each other."""

    max_tokens = None
    """A mean has no longest text."""

    def __init__(
        self,
        name: str,
        fingerprint: str,
        tokenizer: Tokenizer,
        rows: npt.NDArray[np.int8],
        mapping: npt.NDArray[np.int32],
        weights: npt.NDArray[np.float32],
    ) -> None:
        """Puts the loaded parts together; `load` is the way in.

        Args:
            name: as the user asked for it.
            fingerprint: of all that decides the vectors.
            tokenizer: cuts texts into pieces.
            rows: (r, d)
            mapping: (pieces,) the row of each piece.
            weights: (pieces,) scale and weight of each piece in one.
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
            ModelError: a file is missing, or is not what the training writes.
        """
        try:
            config = json.loads((folder / "config.json").read_bytes())
            lines = (folder / "pieces.txt").read_bytes()
            tensors = map_tensors(folder / "model.safetensors")
            rows, weights = tensors["embeddings"], tensors["weights"]
            mapping, costs = tensors["mapping"], tensors["costs"].tobytes()
            heads = "".join(map(chr, tensors["heads"].tolist()))
            file = PieceFile(lines, heads, tensors["starts"].tolist(), tensors["offsets"].tolist())
            if (config["format"], config["version"]) != (FORMAT, VERSION):
                raise ValueError(f"version {config['version']}, this program reads {VERSION}")
            if (file.starts[-1], file.offsets[-1]) != (len(weights), len(lines) + 1):
                raise ValueError("pieces.txt is not the one that belongs to model.safetensors")
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
        """The known pieces of a text, in order."""
        return self._tokenizer.ids(text)

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """The number of known pieces of each text.

        Signs of a script that the model does not read count as if it did: passages would else be
        of a few words where it knows the letters alone, and of any length where it knows none.
        """
        return [self._count(text) for text in texts]

    def _count(self, text: str) -> int:
        pieces = self.ids(text)
        if 10 * len(pieces) < len(text) and not self.can_read(text):
            return -(-sum(map(str.isalnum, text)) // _SIGNS_OF_PIECE)
        alone = sum(map(self._tokenizer.signs_alone.__contains__, pieces))
        if 2 * alone <= len(pieces):
            return len(pieces)
        return len(pieces) - alone + -(-alone // _SIGNS_OF_PIECE)

    def encode_queries(self, texts: Sequence[str]) -> Embeddings:
        """(q, d) unit vectors; a text without any known piece is all zero."""
        return self._encode(texts)

    def encode_passages(self, texts: Sequence[str]) -> Embeddings:
        """(n, d) unit vectors; a text without any known piece is all zero."""
        return self._encode(texts)

    def can_read(self, text: str) -> bool:
        """Whether the model knows more of the script of a text than its letters."""
        return self._tokenizer.known_part(text) >= 0.5

    def learn(self, texts: Sequence[str]) -> None:
        """Be quick with texts that come soon: their new words are cut together."""
        self._tokenizer.learn(texts)

    def token_ids(self, texts: Sequence[str]) -> list[TokenIds]:
        """The known pieces of each text, in order."""
        return [np.array(ids, dtype=np.int32) for ids in self._tokenizer.ids_of_many(texts)]

    def align(self, query: str, texts: Sequence[TokenIds]) -> npt.NDArray[np.float32]:
        """How much of a query each text says, piece by piece.

        Late interaction (Khattab and Zaharia 2020, "ColBERT: Efficient and Effective Passage
        Search"): every piece of the query counts the squared cosine of the nearest piece of the
        text, with the weight that it has in the vector of the query.

        Args:
            query: a text.
            texts: n texts, by their pieces.

        Returns:
            (n,) in [0, 1]; all zero where the query holds no known piece.
        """
        alignment = np.zeros(len(texts), dtype=np.float32)
        asked = np.array(sorted(set(self.ids(query))), dtype=np.intp)
        some = [number for number, text in enumerate(texts) if len(text)]
        if not len(asked) or not some:
            return alignment
        rows = self._mapping[np.concatenate([texts[number] for number in some])]
        place = np.full(len(self._rows), -1, dtype=np.int32)
        place[rows] = 0
        distinct = np.flatnonzero(place == 0)
        place[distinct] = np.arange(len(distinct))
        wanted, lengths = self._vectors(self._mapping[asked])
        similar = self._cosines(distinct, wanted / lengths[:, None])
        similar = np.square(similar.clip(min=0))  # (distinct, pieces of the query)
        weights = lengths * self._weights[asked]
        weights /= weights.sum()
        starts = np.cumsum([0, *(len(texts[number]) for number in some)])[:-1]
        best = np.maximum.reduceat(similar[place[rows]], starts, axis=0)
        alignment[some] = best @ weights
        return alignment

    def _cosines(self, rows: npt.NDArray[np.integer], wanted: Embeddings) -> Embeddings:
        """(r, w) of the vectors of some rows to w unit vectors."""
        vectors, lengths = self._vectors(rows)
        cosines = vectors @ wanted.T
        cosines /= lengths[:, None]  # fewer numbers than dividing the vectors
        return cosines

    def _vectors(self, rows: npt.NDArray[np.integer]) -> tuple[Embeddings, Embeddings]:
        """(r, d) the vectors of some rows, and (r,) their lengths, none 0."""
        vectors: Embeddings = self._rows[rows].astype(np.float32)
        lengths = np.sqrt(np.vecdot(vectors, vectors))
        return vectors, lengths.clip(min=1e-6)

    def encode_token_ids(self, texts: Sequence[TokenIds]) -> Embeddings:
        """(n, d) unit vectors of n texts by their pieces; one without any is all zero.

        A product for each text, so that its vector never depends on the batch.
        """
        vectors = np.zeros((len(texts), self.dim), dtype=np.float32)
        for start in range(0, len(texts), _GATHERED):
            group = texts[start : start + _GATHERED]
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
        for start in range(0, len(texts), SLICE):
            part = slice(start, start + SLICE)
            vectors[part] = self.encode_token_ids(self.token_ids(texts[part]))
        return vectors


def _advice(folder: Path) -> str:
    if folder == BUNDLED:
        return "Install semsearch again: the model is a part of the package."
    return "Name a folder that `python -m semsearch.training build` has written."


def map_tensors(path: Path) -> dict[str, npt.NDArray[Any]]:
    """The arrays of a safetensors file, mapped: 8 bytes of length, a JSON header, the data."""
    with path.open("rb") as file:
        (length,) = struct.unpack("<Q", file.read(8))
        if length > path.stat().st_size:
            raise ValueError("its header is longer than the file")
        header = json.loads(file.read(length))
    header.pop("__metadata__", None)
    return {
        name: np.asarray(  # a plain array, still mapped: memmap objects are slow to index
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
