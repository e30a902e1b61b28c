"""Fusing what the two rankings say of a query into one score for each passage.

A convex combination of scores, not of ranks (Bruch, Gai and Ingber 2023, "An Analysis of Fusion
Functions for Hybrid Retrieval"). The lexical score votes within its own language first: a passage
gains what it has over the best that its language offers by chance, so that an article in another
language, which cannot share the words of the query, is not behind for that alone.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

LEXICAL_WEIGHT = 1.5
"""Of a share of the highest BM25 score, against a cosine similarity: both lie in [0, 1]."""
_BACKGROUND_RANKS = slice(1, 10)
"""Lexical ranks within a language that tell what sharing words by chance is worth."""


@dataclass(frozen=True, slots=True)
class LexicalVote:
    """The lexical scores of one language for one query."""

    lang: int
    rows: npt.NDArray[np.int64]
    """(m,) rows of passages, best first."""
    scores: npt.NDArray[np.float32]
    """(m,) share of the highest score that the query allows, in [0, 1]."""


def fuse(
    rows: npt.NDArray[np.int64],
    dense: npt.NDArray[np.float32],
    langs: npt.NDArray[np.int16],
    votes: Sequence[LexicalVote],
) -> npt.NDArray[np.float32]:
    """One score for each candidate.

    Args:
        rows: (c,) candidate rows, ascending.
        dense: (c,) their cosine similarities to the query.
        langs: (c,) their languages.
        votes: at most one for each language; rows that are no candidates are left out.

    Returns:
        (c,) dense + LEXICAL_WEIGHT * (lexical - background of the language).
    """
    fused = dense.astype(np.float32)
    for vote in votes:
        background = float(vote.scores[_BACKGROUND_RANKS].mean()) if len(vote.rows) > 1 else 0.0
        fused[langs == vote.lang] -= LEXICAL_WEIGHT * background
        at = np.searchsorted(rows, vote.rows).clip(max=len(rows) - 1)
        known = rows[at] == vote.rows
        fused[at[known]] += LEXICAL_WEIGHT * vote.scores[known]
    return fused
