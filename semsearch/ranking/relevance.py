"""How likely a hit answers a query, from 0 to 1: a function of its score that never falls.

The best of many scores is high by chance alone, and the higher the more passages there are. So a
score is compared with the best that so many unrelated passages would reach.
"""

from statistics import NormalDist

import numpy as np

from semsearch.ranking.weights import WEIGHTS
from semsearch.types import Mode, Scores

_BASE, _SPREAD = -0.75, 0.96
"""Standard deviations of the cosine: by how much a question resembles the passages of a collection
less than headlines resemble each other, and the deviation among these passages.
2026-11-29: with them, 70 to 95 % of 40 nonsense questions stay below the level of chance in eleven
collections of 20 to 6,300 passages."""
_LEAST = 20
"""Passages that a smaller collection is taken to have: nonsense resembles one article, too. A
choice (2026-11-29)."""
_CENTRE, _STEEPNESS = 0.14, 12.0
"""How far above the level of chance a hit is as likely to answer as not, and the slope of the
logistic function there. 2026-11-29: near to a logistic regression on eleven sets, each question
once with its article and once without it."""
_CENTRE_OF_WORDS, _STEEPNESS_OF_WORDS = 0.6, 8.0
"""The same for the share of words alone. A choice (2026-11-29)."""


def chance_level(passages: int) -> float:
    """The median of the best score among so many passages that do not answer a query.

    That of the highest of n values of a normal distribution.

    Args:
        passages: n, at least 1.
    """
    highest = NormalDist().inv_cdf(0.5 ** (1 / max(_LEAST, passages)))
    return WEIGHTS.meaning * (_BASE + _SPREAD * highest)


def relevance(scores: Scores, mode: Mode, passages: int) -> Scores:
    """(m,) the relevance of m hits, in (0, 1); it never rises where the scores fall.

    Args:
        scores: (m,) of one query.
        mode: the ranking that the scores are of.
        passages: how many passages were searched.
    """
    if mode is Mode.LEXICAL:
        odds = _STEEPNESS_OF_WORDS * (scores - _CENTRE_OF_WORDS)
    else:
        odds = _STEEPNESS * (scores - (chance_level(passages) + _CENTRE))
    chances: Scores = (1 / (1 + np.exp(-odds))).astype(np.float32)
    return chances
