"""Fits the language-neutral projection of a multilingual encoder.

The vectors of such an encoder form a cluster for each language, so a question in English finds
English passages before the French one that answers it. Two closed-form steps, fitted on sentences
and their translations, remove that preference:

1. Remove the directions in which the languages differ (Yang, Yang, Cer and Darve 2021, "A Simple
   and Effective Method To Eliminate the Self Language Bias in Multilingual Representations"). Here
   each language is compared with English on the same sentences, so that topics cancel out.
2. Whiten the differences that remain between translations of the same sentence (within-class
   covariance normalisation: Hatch, Kajarekar and Stolcke 2006, "Within-Class Covariance
   Normalization for SVM-Based Speaker Recognition"), with the covariance shrunk towards a multiple
   of the identity.

The projection needs neither the language of a query or passage nor the collection that is searched.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from semsearch.encoders.neutral import Projection
from semsearch.types import Embeddings

RANK = 18
"""Directions to remove, of at most two for each language. Decided by the eight questions about one
article (`OWN_QUESTIONS` in `evaluate.py`): 18 puts it first for all of them, 10 for six. The
training text slightly prefers 10: MRR@10 0.001 lower on held-out translations, 0.006 higher on the
questions of `train_pairs`."""

SHRINKAGE = 3.0
"""Multiple of the mean variance that is added to the variance of every direction before whitening.
Best of 0.3, 1, 3, 10 and 30 on the questions of `train_pairs`: MRR@10 0.880, and 0.876 with 1."""

_Doubles = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Translations:
    """Sentences of one language and their English versions, each encoded in both ways."""

    passages: Embeddings
    """(n, d)"""
    queries: Embeddings
    """(n, d)"""
    english_passages: Embeddings
    """(n, d)"""
    english_queries: Embeddings
    """(n, d)"""

    def rows(self, chosen: npt.NDArray[np.int64]) -> "Translations":
        """The sentences at these positions."""
        return Translations(
            self.passages[chosen],
            self.queries[chosen],
            self.english_passages[chosen],
            self.english_queries[chosen],
        )


def fit(
    translations: Mapping[str, Translations], rank: int = RANK, shrinkage: float = SHRINKAGE
) -> Projection:
    """Fits the projection.

    Args:
        translations: by language; a hundred sentences of each are enough (see `SENTENCES` in
            `translations.py`).
        rank: number of directions to remove.
        shrinkage: of the whitening, as a multiple of the mean variance.
    """
    every = list(translations.values())
    english = np.concatenate([one.english_passages for one in every]).mean(0)
    mean_passages = np.stack([*(one.passages.mean(0) for one in every), english]).mean(0)
    english = np.concatenate([one.english_queries for one in every]).mean(0)
    mean_queries = np.stack([*(one.queries.mean(0) for one in every), english]).mean(0)
    apart = [(one.passages - one.english_passages).mean(0) for one in every]
    apart += [(one.queries - one.english_queries).mean(0) for one in every]
    directions = _directions(np.stack(apart), rank)
    within = np.concatenate([_within(one, mean_passages, mean_queries) for one in every])
    within -= within @ directions.T @ directions
    covariance = within.T @ within / len(within)
    dim = len(covariance)
    shrunk = covariance + shrinkage * np.trace(covariance) / dim * np.eye(dim)
    values, vectors = np.linalg.eigh(shrunk)
    whitening = vectors @ np.diag(values**-0.5) @ vectors.T
    matrix = (np.eye(dim) - directions.T @ directions) @ whitening
    return Projection(*(part.astype(np.float32) for part in (mean_queries, mean_passages, matrix)))


def _directions(apart: Embeddings, rank: int) -> _Doubles:
    """(rank, d) orthonormal directions along which the languages differ most."""
    _, _, rows = np.linalg.svd(apart.astype(np.float64), full_matrices=False)
    return rows[:rank]


def _within(one: Translations, mean_passages: Embeddings, mean_queries: Embeddings) -> _Doubles:
    """(4 n, d) differences between a sentence and its English version, each encoded either way."""
    here = one.passages - mean_passages, one.queries - mean_queries
    there = one.english_passages - mean_passages, one.english_queries - mean_queries
    pairs = [a - b for a in here for b in there]
    differences: _Doubles = np.concatenate(pairs).astype(np.float64) / np.sqrt(2)
    return differences
