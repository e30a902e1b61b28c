"""The training loop: one thread draws batches, another one learns; checkpoints are saved."""

import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from queue import Queue

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from semsearch.training.batches import SENTENCE_TOKENS, PairSampler, Spans, Tokens
from semsearch.training.losses import contrastive, distillation
from semsearch.training.student import Batch, Composer, Student

QUESTION_PASSAGE_TOKENS = 256
"""A choice: tokens read of a passage that answers a question."""


@dataclass(frozen=True)
class Settings:
    """Settings of one run; the same settings and data give the same model on one machine.

    The defaults are choices of the recipe, made on the development sets; the model card has the
    figures of the model that they give.
    """

    steps: int = 5000
    dim: int = 384
    """Dimensions that are learnt."""
    identity_dim: int = 64
    """Random dimensions that tell rows apart, see `export.identified`."""
    seed: int = 20
    rate: float = 0.12
    """Initial learning rate of Adagrad; it falls to a fiftieth along a cosine."""
    translation_temperature: float = 0.08
    """Divisor of the cosines. A high temperature aligns the languages as a whole; a low one weighs
    the nearest wrong answers most, which is better within a language."""
    context_temperature: float = 0.06
    teacher_temperature: float = 0.07
    translation_blocks: int = 3
    """Blocks per step; each `_size` is the number of pairs or texts in a block."""
    translation_size: int = 1024
    context_blocks: int = 3
    context_size: int = 512
    question_size: int = 512
    teacher_size: int = 1024
    teacher_weight: float = 1.0
    """Factor of the distillation loss."""
    teacher_translated: float = 0.6
    """Share of the teacher's English texts that the student reads in translation, where there is
    one."""
    save_every: int = 250
    """Steps between two checkpoints."""


@dataclass(frozen=True)
class Material:
    """Everything that batches are drawn from."""

    sampler: Callable[[np.random.Generator], PairSampler]
    tokens: Tokens
    questions: npt.NDArray[np.int64]
    """(pairs, 2) indices into `tokens`: a question, and the passage that answers it."""
    taught: npt.NDArray[np.int64]
    """(texts,) indices into `tokens`: English texts that the teacher has encoded."""
    taught_rows: npt.NDArray[np.int64]
    """(texts,) the same texts as rows of the corpus, to find translations; -1 if not there."""
    teacher: npt.NDArray[np.float32]
    """(texts, t) the vectors of the teacher."""


@dataclass(frozen=True)
class Step:
    """One batch: the blocks of pairs one after the other, then the texts of the teacher."""

    batch: Batch
    sizes: list[int]
    """Number of texts on each side of each block, in turn; the remaining ones are the teacher's."""
    teacher: Tensor
    """(n, t) the teacher's vectors of the remaining texts."""


def train(
    material: Material, composer: Composer, student: Student, settings: Settings, state: Path
) -> None:
    """Train the student, from the last checkpoint if there is one.

    Args:
        material: what to learn from.
        composer: turns spans into batches.
        student: changed in place.
        settings: settings of this run.
        state: file of the checkpoint; read if it exists.
    """
    done = _resume(student, settings, state)
    steps = _prefetched(_steps(material, composer, settings, done))
    started, mean = time.monotonic(), 0.0
    for number, step in enumerate(steps, start=done + 1):
        progress = number / settings.steps
        rate = settings.rate * (0.02 + 0.98 * (1 + np.cos(np.pi * progress)) / 2)
        loss = _learn(student, step, settings, rate)
        mean += (loss - mean) / min(number - done, 50)
        if number % 50 == 0:
            each = (time.monotonic() - started) / (number - done)
            print(f"step {number:,}: loss {mean:.3f}, {each:.2f} s each", file=sys.stderr)  # noqa: T201
        if number % settings.save_every == 0 or number == settings.steps:
            _save(student, settings, state, number)


def _learn(student: Student, step: Step, settings: Settings, rate: float) -> float:
    """One optimizer step; returns the loss."""
    device = student.rows.device
    batch, teacher = step.batch.to(device), step.teacher.to(device)
    vectors, leaf = student.encode(batch)
    *sides, taught = torch.split(vectors, [*step.sizes, len(teacher)])
    total = torch.zeros((), device=device)
    if len(taught):
        total = settings.teacher_weight * distillation(
            taught, teacher, settings.teacher_temperature
        )
    pairs = zip(sides[::2], sides[1::2], strict=True)
    for number, (queries, passages) in enumerate(pairs):
        translated = number < settings.translation_blocks
        temperature = (
            settings.translation_temperature if translated else settings.context_temperature
        )
        share = len(queries) / settings.translation_size
        total = total + share * contrastive(queries, passages, temperature)
    total.backward()  # type: ignore[no-untyped-call]
    student.learn(batch, leaf, rate)
    return float(total.detach())


def _steps(material: Material, composer: Composer, settings: Settings, done: int) -> Iterator[Step]:
    """The steps from `done` on. Each has its own seed, so that a resumed run draws the same."""
    rng = np.random.default_rng(settings.seed)
    sampler = material.sampler(rng)
    for number in range(done, settings.steps):
        rng.bit_generator.state = np.random.default_rng([settings.seed, number]).bit_generator.state
        blocks = _pair_blocks(material, sampler, settings, rng)
        count = min(settings.teacher_size, len(material.taught))
        taught = rng.choice(len(material.taught), count, replace=False)
        spans = [side for block in blocks for side in block]
        sizes = [len(side) for side in spans]
        in_english = material.tokens.spans(material.taught[taught], SENTENCE_TOKENS)
        rows = material.taught_rows[taught]
        translated = sampler.translated(rows, settings.teacher_translated)
        spans.append(np.where((rows < 0)[:, None], in_english, translated))
        batch = composer.batch(material.tokens.flat, np.concatenate(spans))
        yield Step(batch, sizes, torch.from_numpy(material.teacher[taught]))


def _pair_blocks(
    material: Material, sampler: PairSampler, settings: Settings, rng: np.random.Generator
) -> list[tuple[Spans, Spans]]:
    """Both sides of each block of pairs: translations first, then contexts, then questions."""
    translations, contexts = range(settings.translation_blocks), range(settings.context_blocks)
    blocks = [sampler.translations(settings.translation_size) for _ in translations]
    blocks += [sampler.contexts(settings.context_size) for _ in contexts]
    if len(material.questions):
        blocks.append(_questions(material, settings.question_size, rng))
    return blocks


def _questions(material: Material, count: int, rng: np.random.Generator) -> tuple[Spans, Spans]:
    """Questions and their passages; a passage occurs once, as it would be its own wrong answer."""
    drawn = material.questions[rng.integers(len(material.questions), size=count)]
    _, first = np.unique(drawn[:, 1], return_index=True)
    questions, passages = drawn[np.sort(first)].T
    spans = material.tokens.spans
    return spans(questions, SENTENCE_TOKENS), spans(passages, QUESTION_PASSAGE_TOKENS)


def _prefetched(steps: Iterator[Step]) -> Iterator[Step]:
    """The same steps, drawn ahead by a thread while earlier ones are learnt from."""
    queue: Queue[Step | BaseException | None] = Queue(maxsize=4)

    def draw() -> None:
        try:
            for step in steps:
                queue.put(step)
            queue.put(None)
        except BaseException as error:
            queue.put(error)

    threading.Thread(target=draw, daemon=True).start()
    while (step := queue.get()) is not None:
        if isinstance(step, BaseException):
            raise step
        yield step


def _save(student: Student, settings: Settings, state: Path, done: int) -> None:
    """Write the checkpoint, replacing the last one at once."""
    partial = state.with_suffix(".partial")
    values = {"rows": student.rows, "squares": student.squares, "done": done}
    torch.save(values | {"settings": asdict(settings)}, partial)
    partial.replace(state)


def _resume(student: Student, settings: Settings, state: Path) -> int:
    """Load the checkpoint and return the steps done; 0 without one or with other settings."""
    if not state.exists():
        return 0
    values = torch.load(state, weights_only=True, map_location=student.rows.device)
    if values["settings"] != asdict(settings) or values["rows"].shape != student.rows.shape:
        return 0
    student.rows, student.squares = values["rows"], values["squares"]
    return int(values["done"])
