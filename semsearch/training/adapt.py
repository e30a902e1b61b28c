"""Fine-tuning the fast model, or another static one, on a user's own pairs of texts.

The loss is contrastive: each text of a pair must find the other one among those of its batch. Only
rows of tokens that occur in a pair change. The vocabulary, the weights of its pieces and the size
of the model stay the same.
"""

import math
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch

from semsearch.encoders.static import StaticEncoder, map_tensors
from semsearch.training.batches import Spans, Tokens
from semsearch.training.export import quantize, write_model
from semsearch.training.folders import new_folder
from semsearch.training.losses import contrastive
from semsearch.training.pairs import Adaptation, Pairs, distinct, mean_reciprocal_rank, split
from semsearch.training.student import Composer, Student
from semsearch.types import Progress, no_progress

BATCH = 512
"""Pairs in a batch. This and the next three are choices."""

RATE = 0.01
"""Learning rate of Adagrad; it falls linearly to 0."""

TEMPERATURE = 0.05
LONGEST = 256
"""Tokens read of a text."""


def adapt(
    pairs: Pairs,
    base: Path,
    out: Path,
    *,
    epochs: int = 10,
    seed: int = 0,
    progress: Progress = no_progress,
) -> Adaptation:
    """Train a model on pairs and write its folder.

    Args:
        pairs: texts that mean the same, or of which the first should find the second.
        base: folder of a static model.
        out: folder to write; must not exist.
        epochs: how many times each pair is used.
        seed: seed of the split into training and held-out pairs, and of the order of the pairs.
        progress: called with the number of steps done and in total.

    Raises:
        InputError: `out` exists.
        ModelError: `base` is not a static model.
    """
    with new_folder(out) as folder:
        encoder = StaticEncoder.load(base, str(base))
        held_out, learnt = split(pairs, seed)
        before = mean_reciprocal_rank(encoder, held_out)
        tensors = map_tensors(base / "model.safetensors")
        rows, weights = _unit_rows(tensors["embeddings"], tensors["weights"])
        composer = Composer(tensors["mapping"].astype(np.int64)[:, None], weights)
        student = Student(torch.from_numpy(rows))
        _learn(student, composer, _Batches(encoder, learnt, seed), epochs, progress)

        embeddings, scales = quantize(student.rows.numpy())
        changed = {"embeddings": embeddings, "weights": weights * scales[tensors["mapping"]]}
        lines = (base / "pieces.txt").read_bytes()
        tokenizer = (base / "tokenizer.json").read_text(encoding="utf-8")
        write_model(folder, tensors | changed, lines, tokenizer)
        after = mean_reciprocal_rank(StaticEncoder.load(folder, str(out)), held_out)
    return Adaptation(len(learnt), len(held_out), before, after)


def _unit_rows(
    embeddings: npt.NDArray[np.int8], weights: npt.NDArray[np.float32]
) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]]:
    """Rows with a mean length of 1, as `RATE` assumes, and weights that compensate for it."""
    rows = embeddings.astype(np.float32)
    length = np.float32(np.linalg.norm(rows, axis=1).mean())
    return rows / length, weights * length


class _Batches:
    """The pairs as token ids, in a new random order every epoch."""

    def __init__(self, encoder: StaticEncoder, pairs: Pairs, seed: int) -> None:
        texts = {
            text: row for row, text in enumerate(dict.fromkeys(t for pair in pairs for t in pair))
        }
        self.tokens = Tokens.of([np.array(ids, dtype=np.int32) for ids in map(encoder.ids, texts)])
        self._pairs = np.array([[texts[text] for text in pair] for pair in pairs])
        self._rng = np.random.default_rng(seed)

    def __len__(self) -> int:
        return math.ceil(len(self._pairs) / BATCH)

    def epoch(self) -> Iterator[tuple[Spans, Spans]]:
        """Batches of pairs."""
        for batch in np.array_split(self._rng.permutation(self._pairs), len(self)):
            rows = distinct(batch)
            yield self.tokens.spans(rows[:, 0], LONGEST), self.tokens.spans(rows[:, 1], LONGEST)


def _learn(
    student: Student,
    composer: Composer,
    batches: _Batches,
    epochs: int,
    progress: Progress,
) -> None:
    steps = epochs * len(batches)
    drawn = (block for _ in range(epochs) for block in batches.epoch())
    for step, (first, second) in enumerate(drawn):
        spans = np.concatenate([first, second])
        batch = composer.batch(batches.tokens.flat, spans)
        vectors, leaf = student.encode(batch)
        loss = contrastive(vectors[: len(first)], vectors[len(first) :], TEMPERATURE)
        loss.backward()  # type: ignore[no-untyped-call]
        student.learn(batch, leaf, RATE * (1 - step / steps))
        progress(step + 1, steps)
