"""`semsearch train --neutral`: fits a language-neutral projection to a multilingual model."""

import json
import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from safetensors.numpy import save_file

from semsearch.encoders import IN_PACKAGE, load_encoder
from semsearch.encoders.neutral import FORMAT, VERSION, Projection
from semsearch.errors import InputError
from semsearch.training.evaluate import mrr
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
    if out.exists():
        raise InputError(f"{out} exists already: name a new folder, or remove it first")
    encoder = load_encoder(base)
    out.parent.mkdir(parents=True, exist_ok=True)
    made = Path(tempfile.mkdtemp(prefix=f".{out.name}-", dir=out.parent))
    try:
        every = encode(encoder, read(table), made / "work", progress)
        shutil.rmtree(made / "work")
        learnt, held = _divide(every)
        before, after = _found(held, None), _found(held, fit(learnt))
        projection = fit(every)
        save_file(
            {
                "mean_queries": projection.mean_queries,
                "mean_passages": projection.mean_passages,
                "matrix": np.ascontiguousarray(projection.matrix),
            },
            made / "projection.safetensors",
        )
        (made / "projection.safetensors").chmod(0o644)  # save_file sets 0600
        config = {
            "format": FORMAT,
            "version": VERSION,
            "base": _reference(base, out),
            "base_fingerprint": encoder.fingerprint,
        }
        (made / "config.json").write_text(json.dumps(config, indent=2) + "\n", encoding="utf-8")
        made.chmod(0o755)
        made.rename(out)
    except BaseException:
        shutil.rmtree(made, ignore_errors=True)
        raise
    return Neutralized(len(every), _size(learnt), _size(held), before, after)


def _reference(base: str, out: Path) -> str:
    """How the new model names its base.

    A folder beside the new one, or in a folder beside it, has a relative path, so that both can be
    moved together. Other folders have an absolute one.
    """
    folder = Path(base).expanduser()
    if base in IN_PACKAGE or not folder.is_dir():
        return base
    folder, beside = folder.resolve(), out.parent.resolve()
    if beside in folder.parents:
        return f"../{folder.relative_to(beside).as_posix()}"
    return str(folder)


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
