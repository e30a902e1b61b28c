"""The bundled model, or another static one, brought closer to a user's own pairs of texts.

Each text of a pair has to find the other among those of its batch; nothing else is learnt, and a
row that no pair touches stays what it was. The pieces, their weights and the size stay too.
"""

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
from semsearch.training.batches import Spans, Tokens
from semsearch.training.evaluate import mrr
from semsearch.training.export import quantize, write_model
from semsearch.training.losses import contrastive
from semsearch.training.student import Composer, Student
from semsearch.types import Progress, no_progress

BATCH = 512
RATE = 0.01
TEMPERATURE = 0.05
LONGEST = 256
"""Pieces of a text that are read."""

HELD_OUT = 0.1
MOST_HELD_OUT = 500

Pairs = Sequence[tuple[str, str]]


@dataclass(frozen=True)
class Adaptation:
    """What an adaptation brought, on pairs that were kept away from it."""

    learnt: int
    """Pairs."""
    held_out: int
    before: float
    """MRR@10 of the second text of each pair held out among all of these, by the first."""
    after: float
    """The same with the new model."""


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
        pairs: texts that mean, ask for or head each other.
        base: folder of a static model.
        out: folder of the new one; must not exist.
        epochs: how often each pair is learnt from.
        seed: of the order of the pairs.
        progress: called with the number of steps done and of all.

    Raises:
        InputError: `out` exists.
        ModelError: `base` is no static model.
    """
    if out.exists():
        raise InputError(f"{out} exists already: name a new folder, or remove it first")
    encoder = StaticEncoder.load(base, str(base))
    order = np.random.default_rng(seed).permutation(len(pairs)).tolist()
    held = min(MOST_HELD_OUT, max(1, int(len(pairs) * HELD_OUT)))
    asked = [pairs[number] for number in order[:held]]
    learnt = [pairs[number] for number in order[held:]]
    before = mean_reciprocal_rank(encoder, asked)
    tensors = map_tensors(base / "model.safetensors")
    rows, weights = _unit_rows(tensors["embeddings"], tensors["weights"])
    composer = Composer(tensors["mapping"].astype(np.int64)[:, None], weights)
    student = Student(torch.from_numpy(rows))
    _learn(student, composer, _Batches(encoder, learnt, seed), epochs, progress)

    embeddings, scales = quantize(student.rows.numpy())
    changed = {"embeddings": embeddings, "weights": weights * scales[tensors["mapping"]]}
    out.parent.mkdir(parents=True, exist_ok=True)
    made = Path(tempfile.mkdtemp(prefix=f".{out.name}-", dir=out.parent))
    try:
        lines = (base / "pieces.txt").read_bytes()
        tokenizer = (base / "tokenizer.json").read_text(encoding="utf-8")
        write_model(made, tensors | changed, lines, tokenizer)
        made.chmod(0o755)
        after = mean_reciprocal_rank(StaticEncoder.load(made, str(out)), asked)
        made.rename(out)
    except BaseException:
        shutil.rmtree(made, ignore_errors=True)
        raise
    return Adaptation(len(learnt), len(asked), before, after)


def mean_reciprocal_rank(encoder: StaticEncoder, pairs: Pairs) -> float:
    """MRR@10 of the second text of each pair among all second texts, asked by the first."""
    first, second = zip(*pairs, strict=True)
    scores = encoder.encode_queries(first) @ encoder.encode_passages(second).T  # (n, n)
    return mrr((scores > np.diag(scores)[:, None]).sum(axis=1) + 1)


def _unit_rows(
    embeddings: npt.NDArray[np.int8], weights: npt.NDArray[np.float32]
) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]]:
    """Rows of about unit length, which the rate is made for, and weights that make up for it."""
    rows = embeddings.astype(np.float32)
    length = np.float32(np.linalg.norm(rows, axis=1).mean())
    return rows / length, weights * length


class _Batches:
    """The pairs as ids, drawn in a new order every epoch."""

    def __init__(self, encoder: StaticEncoder, pairs: Pairs, seed: int) -> None:
        texts = {
            text: row for row, text in enumerate(dict.fromkeys(t for pair in pairs for t in pair))
        }
        self.tokens = Tokens.of([np.array(ids, dtype=np.int32) for ids in map(encoder.ids, texts)])
        self._pairs = np.array([[texts[text] for text in pair] for pair in pairs])
        self._rng = np.random.default_rng(seed)

    def __len__(self) -> int:
        return -(-len(self._pairs) // BATCH)

    def epoch(self) -> Iterator[tuple[Spans, Spans]]:
        """Blocks of pairs; no text is there twice on a side, where it would be a wrong answer."""
        for rows in np.array_split(self._rng.permutation(self._pairs), len(self)):
            for side in (0, 1):
                _, first = np.unique(rows[:, side], return_index=True)
                rows = rows[np.sort(first)]
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
