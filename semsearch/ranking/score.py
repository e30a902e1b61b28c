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


def word_shares(rows: Rows, matches: Sequence[LexicalMatches], once: float) -> Scores:
    """(c,) how much of what the words of a query say each candidate contains, from 0.

    A passage of average length that contains each of them once has 1.

    Args:
        rows: (c,) candidate rows, ascending.
        matches: at most one for each language; rows that are not candidates are left out.
        once: BM25 of such a passage, in the language that knows most of the query: an article in
            another language can share no more than the names.
    """
    shares = np.zeros(len(rows), dtype=np.float32)
    for found in matches:
        at = np.searchsorted(rows, found.rows).clip(max=max(0, len(rows) - 1))
        known = rows[at] == found.rows if len(rows) else np.zeros(0, dtype=bool)
        shares[at[known]] = found.scores[known] / np.float32(once)
    return shares


def words_part(shares: Scores, rare_words: float, *, beside_tokens: bool) -> Scores:
    """(c,) what shared words add to the scores of c candidates.

    The cube: half of the words of a query are often contained by chance, all of them hardly ever.

    Args:
        shares: (c,) from `word_shares`; what exceeds 1 does not count.
        rare_words: how many words that no passage has would say as much as the query.
        beside_tokens: whether the model only looks tokens up.
    """
    weight = WEIGHTS.words * min(1.0, rare_words / WEIGHTS.full_query)
    if beside_tokens:
        weight *= WEIGHTS.beside_tokens
    part: Scores = np.float32(weight) * shares.clip(max=1) ** 3
    return part


def has_words(query: str) -> bool:
    """Whether a query has a word: of single letters and digits a model knows no meaning."""
    return any(
        sum(unicodedata.category(char)[0] in "LM" for char in word) > 1
        or max(word) >= FIRST_SYLLABIC
        for word in query.split()
    )


def is_single_letters(query: str) -> bool:
    """Whether a query is made of single letters or digits, such as `a` or `1`."""
    return not has_words(query) and all(len(word) == 1 for word in query.split())


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
