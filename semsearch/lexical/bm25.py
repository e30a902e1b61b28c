"""The arithmetic of BM25, and the statistics of a collection that it needs.

Okapi BM25 (Robertson et al. 1994, "Okapi at TREC-3") with the inverse document frequency of Lucene,
which is never negative. A term that a passage of l terms has f times, and df of n passages have,
adds to the score of the passage

    log(1 + (n - df + 0.5) / (df + 0.5)) * (k1 + 1) * f / (f + k1 * (1 - b + b * l / mean length))

in double precision, in the order of the terms of the query. A score is thus a function of the query
and of the passages that there are, to the last bit.
"""

import math
from collections.abc import Iterable, Mapping
from typing import NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt

K1 = 1.2
"""How soon repeating a term stops counting: the value of Lucene."""
B = 0.75
"""How much the length of a passage counts: the value of Lucene."""

Doubles: TypeAlias = "npt.NDArray[np.float64]"


class Statistics(NamedTuple):
    """What a score in one language depends on beside the passage."""

    passages: int
    length: int
    """Terms of all passages."""
    frequencies: dict[str, int]
    """For each term of a query, and each similar to a word that seems misspelt, how many passages
    have it."""

    def weight(self, term: str) -> float:
        """The limit of what a term adds to a score."""
        df = self.frequencies.get(term, 0)
        return (K1 + 1) * math.log1p((self.passages - df + 0.5) / (df + 0.5))

    @property
    def mean_length(self) -> float:
        """Terms of a passage, on average; at least one."""
        return max(1.0, self.length / max(1, self.passages))

    def norms(self, lengths: "npt.NDArray[np.uint32]") -> Doubles:
        """(n,) what is added to the frequency of a term below the line, for n passages."""
        return K1 * (1 - B) + lengths.astype(np.float64) * (K1 * B / self.mean_length)


def total(parts: Iterable[Mapping[str, Statistics]]) -> dict[str, Statistics]:
    """The statistics of a collection, by language, from those of its parts."""
    found: dict[str, Statistics] = {}
    for part in parts:
        for lang, own in part.items():
            passages, length, frequencies = found.get(lang, Statistics(0, 0, {}))
            found[lang] = Statistics(
                passages + own.passages,
                length + own.length,
                {
                    term: frequencies.get(term, 0) + own.frequencies.get(term, 0)
                    for term in frequencies | own.frequencies
                },
            )
    return found
