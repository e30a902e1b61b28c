"""A user's own pairs of texts: reading them, holding some back, and measuring a model on those."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from semsearch.errors import InputError
from semsearch.training.evaluate import mrr
from semsearch.types import Encoder

Pairs = Sequence[tuple[str, str]]
"""Two texts each: questions with answers, headlines with articles, translations."""

HELD_OUT, MOST_HELD_OUT = 0.1, 500
"""Fraction of the pairs that are kept for the evaluation, and their maximum number: choices."""

FEWEST = 20
"""A choice: the effect of fewer pairs cannot be measured on the tenth that is held out."""


@dataclass(frozen=True)
class Adaptation:
    """The effect of an adaptation, measured on held-out pairs."""

    learnt: int
    """Number of training pairs."""
    held_out: int
    """Number of held-out pairs."""
    before: float
    """MRR@10 of the old model: each first text searches its second text, with the fast model among
    those of the held-out pairs, with a linear map among those of all pairs."""
    after: float
    """MRR@10 of the new model."""


def read_pairs(path: Path) -> list[tuple[str, str]]:
    """The distinct pairs of a UTF-8 file with two texts per line, separated by a tab.

    Blank lines are ignored.

    Raises:
        InputError: the file cannot be read, has too few pairs, or a line does not have two texts.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError(f"{path} is not UTF-8 (byte {error.start}): convert it first") from error
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror}") from error
    pairs: dict[tuple[str, str], None] = {}
    for number, line in enumerate(text.split("\n"), start=1):
        match [cell.strip() for cell in line.split("\t")]:
            case [first, second] if first and second:
                pairs[first, second] = None
            case [""]:
                pass
            case cells:
                raise InputError(
                    f"{path}, line {number}: two texts with a tab between are needed, "
                    f"there are {sum(map(bool, cells))}"
                )
    if len(pairs) < FEWEST:
        raise InputError(f"{path} has {len(pairs)} different pairs; at least {FEWEST} are needed")
    return list(pairs)


def split(pairs: Pairs, seed: int) -> tuple[Pairs, Pairs]:
    """Held-out pairs, and pairs to learn from, both in random order."""
    order = np.random.default_rng(seed).permutation(len(pairs)).tolist()
    count = min(MOST_HELD_OUT, max(1, int(len(pairs) * HELD_OUT)))
    shuffled = [pairs[number] for number in order]
    return shuffled[:count], shuffled[count:]


def distinct(pairs: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """The pairs of numbered texts (n, 2) of which neither text occurs on its side before.

    Where the other texts of a batch are wrong answers, a text that occurs twice would be its own.
    """
    for side in (0, 1):
        _, first = np.unique(pairs[:, side], return_index=True)
        pairs = pairs[np.sort(first)]
    return pairs


def mean_reciprocal_rank(encoder: Encoder, pairs: Pairs) -> float:
    """MRR@10 of pairs: each first text searches the second texts of all pairs for its own."""
    first, second = zip(*pairs, strict=True)
    scores = encoder.encode_queries(first) @ encoder.encode_passages(second).T  # (n, n)
    return mrr((scores > np.diag(scores)[:, None]).sum(axis=1) + 1)
