"""Fusing what the two rankings say of a query into one score for each passage.

A convex combination of scores, not of ranks (Bruch, Gai and Ingber 2023, "An Analysis of Fusion
Functions for Hybrid Retrieval"). Where several languages compete the lexical score is judged within
each first: a passage gains what it has over the next best of its language, so that an article in
another language, which cannot share the words of the query, is not behind for that alone; and the
less of the query a language can match, the less its words count.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

LEXICAL_SHARE = 0.65
"""Weight of the lexical score in the sum, the dense score having the rest. Both lie in [0, 1], but
cosine similarities of a static model differ less between passages than shares of BM25 do."""
_FULL_EVIDENCE = 0.3
"""Share of the highest BM25 score from which the words of a language have their full weight."""
_CHANCE_RANKS = slice(1, 4)
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
        (c,) (1 - LEXICAL_SHARE) * dense + weight * (lexical - chance), with the weight and what
        chance gives by language; the weight is LEXICAL_SHARE at most.
    """
    fused = (1 - LEXICAL_SHARE) * dense.astype(np.float32)
    several = bool((langs != langs[:1]).any())
    for vote in votes:
        if not len(vote.rows):
            continue
        weight = LEXICAL_SHARE
        if several:
            weight *= min(1.0, float(vote.scores[0]) / _FULL_EVIDENCE)
            chance = vote.scores[_CHANCE_RANKS]
            fused[langs == vote.lang] -= weight * float(chance.sum() / max(1, len(chance)))
        at = np.searchsorted(rows, vote.rows).clip(max=len(rows) - 1)
        known = rows[at] == vote.rows
        fused[at[known]] += weight * vote.scores[known]
    return fused
