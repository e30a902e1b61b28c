"""How similar texts are to a model that have nothing to do with each other.

Cosines of one model are all near 0 for unrelated texts, those of another near 0.8. A ranking that
works with any model compares a cosine with these.
"""

from pathlib import Path

import numpy as np

from semsearch.types import Encoder, UsualCosines

SENTENCES = Path(__file__).with_name("unrelated.txt")
"""Thirty sentences of news in ten languages, each about something else; written for semsearch."""

_LEAST_DEVIATION = 1e-3
"""A choice: so that a model which gives all texts one vector does not divide by zero."""


_measured: dict[str, UsualCosines] = {}
"""By fingerprint: measured once for each model in a process."""


def usual_cosines(encoder: Encoder) -> UsualCosines:
    """Mean and standard deviation of the cosines of unrelated texts, queries to passages.

    Args:
        encoder: any model; it encodes sixty texts.
    """
    if encoder.fingerprint not in _measured:
        sentences = SENTENCES.read_text(encoding="utf-8").splitlines()
        cosines = encoder.encode_queries(sentences) @ encoder.encode_passages(sentences).T
        unrelated = cosines[~np.eye(len(sentences), dtype=bool)].astype(np.float64)
        deviation = max(_LEAST_DEVIATION, float(unrelated.std()))
        _measured[encoder.fingerprint] = UsualCosines(float(unrelated.mean()), deviation)
    return _measured[encoder.fingerprint]
