"""Fine-tuning the fast model, or another static one, on a user's own pairs of texts.

The loss is contrastive: each text of a pair must find the other one among those of its batch. Only
rows of tokens that occur in a pair change. The vocabulary, the weights of its pieces and the size
of the model stay the same.
"""

import math
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch

from semsearch.encoders.static import StaticEncoder, map_tensors
from semsearch.errors import InputError
from semsearch.training.batches import Rows, Spans, Tokens
from semsearch.training.evaluate import mrr
from semsearch.training.export import quantize, write_model
from semsearch.training.losses import contrastive
from semsearch.training.student import Composer, Student
from semsearch.types import Encoder, Progress, no_progress

BATCH = 512
"""Pairs in a batch. This and the next four are choices."""

RATE = 0.01
"""Learning rate of Adagrad; it falls linearly to 0."""

TEMPERATURE = 0.05
LONGEST = 256
"""Tokens read of a text."""

HELD_OUT, MOST_HELD_OUT = 0.1, 500
"""Fraction of the pairs that are kept for the evaluation, and their maximum number."""

Pairs = Sequence[tuple[str, str]]
"""Two texts each: questions with answers, headlines with articles, translations."""


@dataclass(frozen=True)
class Adaptation:
    """The effect of an adaptation, measured on held-out pairs."""

    learnt: int
    """Number of training pairs."""
    held_out: int
    """Number of held-out pairs."""
    before: float
    """MRR@10 of the old model: each first text searches the second texts of all held-out pairs."""
    after: float
    """MRR@10 of the new model."""


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
    if out.exists():
        raise InputError(f"{out} exists already: name a new folder, or remove it first")
    encoder = StaticEncoder.load(base, str(base))
    held_out, learnt = _split(pairs, seed)
    before = mean_reciprocal_rank(encoder, held_out)
    tensors = map_tensors(base / "model.safetensors")
    rows, weights = _unit_rows(tensors["embeddings"], tensors["weights"])
    composer = Composer(tensors["mapping"].astype(np.int64)[:, None], weights)
    student = Student(torch.from_numpy(rows))
    _learn(student, composer, _Batches(encoder, learnt, seed), epochs, progress)

    embeddings, scales = quantize(student.rows.numpy())
    changed = {"embeddings": embeddings, "weights": weights * scales[tensors["mapping"]]}
    out.parent.mkdir(parents=True, exist_ok=True)
    partial = Path(tempfile.mkdtemp(prefix=f".{out.name}-", dir=out.parent))
    try:
        lines = (base / "pieces.txt").read_bytes()
        tokenizer = (base / "tokenizer.json").read_text(encoding="utf-8")
        write_model(partial, tensors | changed, lines, tokenizer)
        partial.chmod(0o755)
        after = mean_reciprocal_rank(StaticEncoder.load(partial, str(out)), held_out)
        partial.rename(out)
    except BaseException:
        shutil.rmtree(partial, ignore_errors=True)
        raise
    return Adaptation(len(learnt), len(held_out), before, after)


def _split(pairs: Pairs, seed: int) -> tuple[Pairs, Pairs]:
    """Held-out pairs, and pairs to learn from, both in random order."""
    order = np.random.default_rng(seed).permutation(len(pairs)).tolist()
    count = min(MOST_HELD_OUT, max(1, int(len(pairs) * HELD_OUT)))
    shuffled = [pairs[number] for number in order]
    return shuffled[:count], shuffled[count:]


def mean_reciprocal_rank(encoder: Encoder, pairs: Pairs) -> float:
    """MRR@10 of pairs: each first text searches the second texts of all pairs for its own."""
    first, second = zip(*pairs, strict=True)
    scores = encoder.encode_queries(first) @ encoder.encode_passages(second).T  # (n, n)
    return mrr((scores > np.diag(scores)[:, None]).sum(axis=1) + 1)


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
        """Batches of pairs. A text occurs once per side: it would be its own wrong answer."""
        for batch in np.array_split(self._rng.permutation(self._pairs), len(self)):
            rows = _distinct(_distinct(batch, side=0), side=1)
            yield self.tokens.spans(rows[:, 0], LONGEST), self.tokens.spans(rows[:, 1], LONGEST)


def _distinct(pairs: Rows, side: int) -> Rows:
    """The pairs (n, 2) without those whose text on one side occurs in an earlier pair."""
    _, first = np.unique(pairs[:, side], return_index=True)
    return pairs[np.sort(first)]


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
