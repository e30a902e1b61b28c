"""Encoders that run sentence-transformers models.

torch and sentence_transformers are imported when a model is loaded, because that takes seconds.
"""

import hashlib
import json
import math
import threading
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from semsearch.config import EncoderOptions
from semsearch.encoders.folders import (
    check_is_embedding_model,
    find_folder,
    model_files,
)
from semsearch.encoders.prompts import Prompts, known_prompts, own_prompts
from semsearch.encoders.quiet import quiet
from semsearch.errors import ModelError, first_line
from semsearch.types import Embeddings

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

_SCHEME = (
    "transformer-1"  # changes whenever this module would give other vectors for the same model
)


class TransformerEncoder:
    """Any sentence-transformers model, in float32, with the prompts that it was trained with."""

    def __init__(
        self,
        name: str,
        model: "SentenceTransformer",
        folder: Path,
        prompts: Prompts,
        options: EncoderOptions,
    ) -> None:
        self._name = name
        self._model = model
        self._folder = folder
        self._prompts = prompts
        self._options = options
        # A tokenizer keeps the truncation of its last call: only one thread may use it at a time.
        self._lock = threading.Lock()
        self._dim = self._measure_dim()

    @classmethod
    def load(cls, name: str, options: EncoderOptions) -> "TransformerEncoder":
        """The model of that name or in that folder.

        Raises:
            ModelError: the model cannot be found, fetched or loaded, or is not a text embedding
                model.
        """
        folder = find_folder(name, options.backend)
        check_is_embedding_model(name, folder)
        with quiet():
            try:
                model = _load(folder, options)
            except Exception as error:
                raise ModelError(
                    f"The model {name!r} could not be loaded: {first_line(error)}"
                ) from error
        prompts = own_prompts(folder) or known_prompts(folder.absolute())
        return cls(name, model, folder, prompts, options)

    @property
    def name(self) -> str:
        """The name or folder by which the user asked for the model."""
        return self._name

    @property
    def dim(self) -> int:
        """d, the length of every vector."""
        return self._dim

    @property
    def prompts(self) -> Prompts:
        """The text put before queries and before passages."""
        return self._prompts

    @cached_property
    def fingerprint(self) -> str:
        """Hex digest of everything that decides the vectors: files, prompts and options."""
        digest = hashlib.sha256()
        settings = [_SCHEME, *self._prompts, self._options.truncate_dim, self._options.backend]
        digest.update(json.dumps(settings).encode())
        for path in model_files(self._folder, self._options.backend):
            digest.update(path.relative_to(self._folder).as_posix().encode() + b"\0")
            with path.open("rb") as file:
                digest.update(hashlib.file_digest(file, "sha256").digest())
        return digest.hexdigest()

    @cached_property
    def max_tokens(self) -> int | None:
        """Tokens of a passage that the model reads, not counting prompt and special tokens."""
        longest = self._model.max_seq_length
        if longest is None or not math.isfinite(longest) or longest > 1_000_000:
            return None  # transformers uses 1e30 for "no limit"
        special = getattr(self._model.tokenizer, "num_special_tokens_to_add", lambda: 0)()
        return max(1, int(longest) - special - max(self.count_tokens(self._prompts)))

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """The number of tokens of each text, without prompt and special tokens."""
        if not texts:
            return []
        tokenizer: Any = self._model.tokenizer
        with self._lock:
            if callable(tokenizer):  # a tokenizer of transformers
                encoded = tokenizer(
                    list(texts),
                    add_special_tokens=False,
                    truncation=False,
                    return_attention_mask=False,
                    return_token_type_ids=False,
                    verbose=False,
                )
                return [len(ids) for ids in encoded["input_ids"]]
            if hasattr(tokenizer, "encode_batch"):  # one of tokenizers, in static models
                encodings = tokenizer.encode_batch(list(texts), add_special_tokens=False)
                return [len(encoding.ids) for encoding in encodings]
            return [len(tokenizer.tokenize(text)) for text in texts]  # one for word vectors

    def encode_queries(self, texts: Sequence[str]) -> Embeddings:
        """(q, d) unit vectors, one for each query; a blank text is all zero."""
        return self._encode(texts, self._model.encode_query, self._prompts.query)

    def encode_passages(self, texts: Sequence[str]) -> Embeddings:
        """(n, d) unit vectors, one for each passage; a blank text is all zero."""
        return self._encode(texts, self._model.encode_document, self._prompts.passage)

    def _encode(self, texts: Sequence[str], encode: Any, prompt: str) -> Embeddings:  # noqa: ANN401
        if not texts:
            return np.zeros((0, self._dim), dtype=np.float32)
        with self._lock:
            # The texts are passed by position: sentence-transformers 6 renamed the parameter.
            vectors = encode(
                list(texts),
                prompt=prompt,
                batch_size=self._options.batch_size,
                show_progress_bar=False,
                truncate_dim=self._options.truncate_dim,
            )  # (n, d)
        rows: Embeddings = np.array(vectors, dtype=np.float32)
        rows[[not text.strip() for text in texts]] = 0
        if not np.isfinite(rows).all():
            raise ModelError(
                f"The model {self._name!r} returned numbers that are not finite: use another one."
            )
        lengths = np.linalg.norm(rows, axis=1, keepdims=True)  # (n, 1)
        np.divide(rows, lengths, out=rows, where=lengths > 0)
        return rows

    def _measure_dim(self) -> int:
        """The length of a vector, by encoding a text: the configs of some models are wrong."""
        try:
            with quiet():
                whole = int(self._model.encode(["a"], show_progress_bar=False).shape[1])
        except Exception as error:
            raise ModelError(
                f"The model {self._name!r} does not work: {first_line(error)}"
            ) from error
        dim = self._options.truncate_dim
        if dim is None:
            return whole
        if not 1 <= dim <= whole:
            raise ModelError(
                f"The vectors of {self._name!r} have {whole} numbers and cannot be cut to "
                f"{dim}: use a truncate_dim from 1 to {whole}."
            )
        return dim


def _load(folder: Path, options: EncoderOptions) -> "SentenceTransformer":
    from sentence_transformers import SentenceTransformer

    is_torch = options.backend == "torch"
    model = SentenceTransformer(
        str(folder),
        device=options.device,
        local_files_only=True,
        trust_remote_code=False,
        model_kwargs={"use_safetensors": True} if is_torch else None,
        backend=options.backend,
    )
    # Half precision is slow on a CPU, and vectors must not depend on the machine.
    return model.float() if is_torch else model
