"""The parts of a score, which add up to one number for each candidate.

A convex combination of normalised scores, not of ranks (Bruch, Gai and Ingber 2023, "An Analysis of
Fusion Functions for Hybrid Retrieval"). Each part depends on the query, the passage, the model and
the words of the collection, never on the other candidates or on the order in which articles came.

Shapes: c candidates (passages).
"""

import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from semsearch.ranking.weights import WEIGHTS
from semsearch.text.scripts import FIRST_SYLLABIC
from semsearch.types import Cosines, Rows, Scores, UsualCosines


@dataclass(frozen=True, slots=True)
class LexicalMatches:
    """What the word index of one language found for one query."""

    rows: Rows
    """(m,) rows of passages."""
    scores: Scores
    """(m,) BM25."""


def meaning_part(cosines: Cosines, usual: UsualCosines) -> Scores:
    """(c,) what nearness in meaning adds to the scores of c candidates.

    Args:
        cosines: (c,) of the query to the candidates.
        usual: the cosines of unrelated texts in the model.
    """
    part: Scores = WEIGHTS.meaning / usual.deviation * (cosines - np.float32(usual.mean))
    return part


def full_query(once: float, rarest: float, *, least: bool) -> float:
    """BM25 that counts as every word of a query.

    Args:
        once: BM25 of a passage of average length that contains every word of the query once.
        rarest: the most that a word can add to it.
        least: whether a query of a few words counts as if it had more; see `WEIGHTS.full_query`.
    """
    return max(once, rarest * (WEIGHTS.full_query if least else 1))


def word_shares(rows: Rows, matches: Sequence[LexicalMatches], full: float) -> Scores:
    """(c,) how much of what the words of a query say each candidate contains, from 0.

    A passage of average length that contains each of them once has 1.

    Args:
        rows: (c,) candidate rows, ascending.
        matches: at most one for each language; rows that are not candidates are left out.
        full: from `full_query`, for the language that knows most of the query: an article in
            another language can share no more than the names.
    """
    shares = np.zeros(len(rows), dtype=np.float32)
    for found in matches:
        at = np.searchsorted(rows, found.rows).clip(max=max(0, len(rows) - 1))
        known = rows[at] == found.rows if len(rows) else np.zeros(0, dtype=bool)
        shares[at[known]] = found.scores[known] / np.float32(full)
    return shares


def words_part(shares: Scores, *, beside_tokens: bool) -> Scores:
    """(c,) what shared words add to the scores of c candidates.

    The square: half of the words of a query are often contained by chance, all of them hardly ever.

    Args:
        shares: (c,) from `word_shares`, at most 1.
        beside_tokens: whether the model only looks tokens up.
    """
    weight = WEIGHTS.words_beside_tokens if beside_tokens else WEIGHTS.words
    part: Scores = np.float32(weight) * np.square(shares)
    return part


def has_words(query: str) -> bool:
    """Whether a query has a word: single letters and digits have no meaning that a model knows."""
    return any(
        sum(unicodedata.category(char)[0] in "LM" for char in word) > 1
        or max(word) >= FIRST_SYLLABIC
        for word in query.split()
    )


def first_per_group(groups: Sequence[int], limit: int) -> Iterator[int]:
    """The positions of the first `limit` items of each group, in order.

    Args:
        groups: the group of each item: its article, or its language.
        limit: items of one group at most.
    """
    seen: dict[int, int] = {}
    for position, group in enumerate(groups):
        count = seen[group] = seen.get(group, 0) + 1
        if count <= limit:
            yield position
