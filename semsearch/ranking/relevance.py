"""How likely a passage answers a query, from 0 to 1, on one scale for every index.

The constants are those of a logistic regression over as many answerable as unanswerable questions
in ten languages (2026-11-23; `python -m benchmarks.relevance` on xquad-dev and ntrex-dev measures
what they are worth).
"""

import numpy as np

from semsearch.types import Scores

_SHARE, _ALIGNMENT = 20.0, 12.0
"""Standard deviations of the cosine that a full match of words counts as, and full alignment."""
_NOISE, _OWN_LANGUAGE = 6.4, 4.5
"""Evidence that one question in five reaches in a collection that does not answer it, in another
language; and how much more where the collection knows the words of the question."""
_ALL_KNOWN = 0.4
"""Known share of a question from which its language counts as that of the collection."""
_STEEPNESS = 0.55
_AT_NOISE = 0.3
"""Relevance where the evidence is just at the noise level: the threshold that is shown to users."""


def relevance(deviations: Scores, shares: Scores, alignment: Scores, known: Scores) -> Scores:
    """(m,) the relevance of m candidates; one unanswerable question in five reaches 0.3.

    A logistic function of evidence that is measured against the collection: how far the cosine is
    above the cosines of the query to passages in general, and how much of the query's words and
    tokens the candidate holds. A question whose words the language knows needs more evidence, since
    it finds some of them by chance. Half of the questions of the regression were answerable, so the
    value is about the chance of an answer.

    Args:
        deviations: (m,) standard deviations of the cosine above the background of its language.
        shares: (m,) share of the highest BM25 score that the query allows, in [0, 1].
        alignment: (m,) in [0, 1].
        known: (m,) share of the query, in [0, 1], whose words the candidate's language knows.
    """
    evidence = deviations + _SHARE * shares + _ALIGNMENT * alignment
    noise = _NOISE + _OWN_LANGUAGE * (known / _ALL_KNOWN).clip(max=1)
    odds = _STEEPNESS * (evidence - noise) + np.log(_AT_NOISE / (1 - _AT_NOISE))
    chances: Scores = (1 / (1 + np.exp(-odds))).astype(np.float32)
    return chances
