"""How likely a passage answers a query, from 0 to 1, on one scale for every index."""

import numpy as np

from semsearch.types import Scores

_SHARE, _ALIGNMENT = 20.0, 12.0
"""Standard deviations of the cosine that a full match of words, and of pieces, are worth."""
_NOISE, _OWN_LANGUAGE = 6.4, 4.5
"""Evidence that one question in five reaches in a collection that does not answer it: in another
language, and what comes on top where the collection knows the words of the question."""
_ALL_KNOWN = 0.4
"""Known part of a question from which its language counts as that of the collection."""
_STEEPNESS = 0.55
_AT_NOISE = 0.3
"""Relevance of evidence that is just that."""


def relevance(deviations: Scores, shares: Scores, alignment: Scores, known: Scores) -> Scores:
    """(m,) the relevance of m candidates; 0.3 is what one nonsense question in five reaches.

    A logistic function of evidence that is measured against the collection: how far the cosine
    stands above the cosines of the query to passages in general, what part of the query's words and
    pieces the candidate holds. A question of words that the language knows must show more of it,
    since it finds some of them by chance. The numbers are those of a logistic regression over
    answerable and unanswerable questions in ten languages, as many of each, so that the value is
    about the chance of an answer (`python -m benchmarks.relevance` measures it).

    Args:
        deviations: (m,) standard deviations of the cosine above the background of its language.
        shares: (m,) share of the highest BM25 score that the query allows, in [0, 1].
        alignment: (m,) in [0, 1].
        known: (m,) part of the query, in [0, 1], that the candidate's language knows the words of.
    """
    evidence = deviations + _SHARE * shares + _ALIGNMENT * alignment
    noise = _NOISE + _OWN_LANGUAGE * (known / _ALL_KNOWN).clip(max=1)
    odds = _STEEPNESS * (evidence - noise) + np.log(_AT_NOISE / (1 - _AT_NOISE))
    chances: Scores = (1 / (1 + np.exp(-odds))).astype(np.float32)
    return chances
