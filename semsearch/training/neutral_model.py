"""`semsearch train --neutral`: fits a language-neutral projection to a multilingual model."""

import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from semsearch.encoders import load_encoder
from semsearch.encoders.neutral import Projection
from semsearch.training.evaluate import mrr
from semsearch.training.folders import new_folder, write_projection
from semsearch.training.neutral import Translations, fit
from semsearch.training.translations import FILE, encode, read
from semsearch.types import Embeddings, Progress, no_progress

HELD_OUT = 0.15
"""Share of the sentences of each language that the projection is measured on: a choice."""


@dataclass(frozen=True)
class Neutralized:
    """How well translations are found before and after, on sentences not used for fitting."""

    languages: int
    learnt: int
    """Number of sentences that the projection was fitted on."""
    held_out: int
    """Number of sentences that it was measured on."""
    before: float
    """MRR@10 of the English version of a sentence, averaged over languages. It competes with the
    other held-out sentences, in English and in the language of the query."""
    after: float
    """The same with the new model."""


def neutralize(
    base: str,
    out: Path,
    progress: Progress = no_progress,
    table: Path = FILE,
) -> Neutralized:
    """Fits a projection to a model, and writes a folder with the projection and the model's name.

    Args:
        base: name or folder of the model.
        out: folder of the new one; must not exist.
        progress: called with the number of steps done and the total.
        table: TSV file of sentences and their English versions.

    Raises:
        InputError: `out` exists, or the table cannot be read.
        ModelError: the base model cannot be loaded.
    """
    with new_folder(out) as folder:
        encoder = load_encoder(base)
        work = folder / "work"
        every = encode(encoder, read(table), work, progress)
        shutil.rmtree(work)
        learnt, held = _divide(every)
        before, after = _found(held, None), _found(held, fit(learnt))
        write_projection(folder, out, fit(every), base, encoder.fingerprint)
    return Neutralized(len(every), _size(learnt), _size(held), before, after)


def _divide(
    every: Mapping[str, Translations],
) -> tuple[dict[str, Translations], dict[str, Translations]]:
    """The sentences to fit on and those to measure on, a random split of each language."""
    learnt, held = {}, {}
    for lang, one in every.items():
        order = np.random.default_rng(0).permutation(len(one.passages))
        most = int(len(order) * HELD_OUT)
        held[lang], learnt[lang] = one.rows(order[:most]), one.rows(order[most:])
    return learnt, held


def _size(part: Mapping[str, Translations]) -> int:
    return sum(len(one.passages) for one in part.values())


def _found(held: Mapping[str, Translations], projection: Projection | None) -> float:
    """MRR@10 of the English versions, averaged over languages; without a projection if None."""
    values = []
    for one in held.values():
        queries, right, rivals = one.queries, one.english_passages, one.passages
        if projection is not None:
            queries = _applied(projection, queries, projection.mean_queries)
            right = _applied(projection, right, projection.mean_passages)
            rivals = _applied(projection, rivals, projection.mean_passages)
        scores, others = queries @ right.T, queries @ rivals.T  # (n, n) both
        np.fill_diagonal(others, -np.inf)  # a sentence does not compete with its own translation
        answer = np.diag(scores)[:, None]
        values.append(mrr((scores > answer).sum(axis=1) + (others > answer).sum(axis=1) + 1))
    return float(np.mean(values))


def _applied(projection: Projection, vectors: Embeddings, mean: Embeddings) -> Embeddings:
    return np.stack([projection.apply(vector, mean) for vector in vectors])
