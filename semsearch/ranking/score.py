"""Fusing what the rankings say of a query into one score for each candidate.

A convex combination of normalised scores, not of ranks (Bruch, Gai and Ingber 2023, "An Analysis of
Fusion Functions for Hybrid Retrieval"). Every language is measured against itself first: cosines in
standard deviations from those of the language's passages in general, shared words by what they
exceed those that other passages of the language share, alignment and spelling against the best of
the language. So an article in another language than the query, whose cosines run lower and which
cannot share its words, is not behind for that alone.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

import numpy as np
import numpy.typing as npt

from semsearch.types import Rows, Scores

LEXICAL, DENSE, ALIGNMENT, SPELLING = 0.7, 0.25, 0.05, 0.25
"""Weights of the parts of a score."""
_DEVIATIONS = 10.0
"""Standard deviations of the cosine that are worth as much as a full match of words."""
_PRIOR = 32
"""Passages that what is usual is worth, where a language has few."""
_CHANCE_RANKS = slice(4, 10)
"""Lexical ranks within a language that tell what sharing words by chance is worth. Those before are
left to the answers and their copies."""
_WORDS_ALONE, _CLOSER_ALONE = 1.3, 2.0
"""Where one language stands alone nothing has to be balanced: words weigh more, and alignment and
spelling."""
_LEAST = -0.05
"""What sharing fewer words than others by chance can cost."""
_TYPICAL = 0.15
"""Alignment that good articles reach at least; where it is less, differences are noise."""
_CHOSEN, _CHOSEN_OF_LANGUAGE = 16, 4
"""Best articles that are worth a closer look, and of each language at most, or its share."""
_BEST = 10
"""Articles of a language with whose mean the others are compared."""
_BALANCE = 0.005
"""What an article loses for each better one in its language, up to that number."""


@dataclass(frozen=True, slots=True)
class Background:
    """Cosines of a query to passages of each language in general."""

    mean: Scores
    """(l,)"""
    deviation: Scores
    """(l,) standard deviation, above 0."""


@dataclass(frozen=True, slots=True)
class LexicalVote:
    """The lexical scores of one language for one query."""

    lang: int
    rows: Rows
    """(m,) rows of passages, best first."""
    shares: Scores
    """(m,) share of the highest score that the query allows, in [0, 1]."""
    known: float
    """Part of the query, in [0, 1], that the language knows the words of."""


def background(cosines: Sequence[Scores], usual: tuple[float, float] | None = None) -> Background:
    """Mean and deviation of each language, drawn towards the usual ones where it has few passages.

    Args:
        cosines: for each of l languages, the cosines of a query to a sample of its passages.
        usual: mean and deviation of the model for texts that have nothing to do with each other;
            those over all languages when left out.
    """
    everything = np.concatenate(cosines)
    mean, deviation = usual or (float(everything.mean()), float(everything.std()))
    sizes = np.array([len(each) for each in cosines], dtype=np.float32)
    sums = np.array([each.sum() for each in cosines], dtype=np.float32)
    means = (sums + _PRIOR * mean) / (sizes + _PRIOR)
    squares = np.array(
        [np.square(each - own).sum() for each, own in zip(cosines, means, strict=True)],
        dtype=np.float32,
    )
    variances = (squares + _PRIOR * deviation**2) / (sizes + _PRIOR)
    return Background(means, np.sqrt(variances).clip(min=1e-3))


def dense_part(deviations: Scores) -> Scores:
    """(c,) what meaning adds to the scores of c candidates.

    Args:
        deviations: (c,) standard deviations of the cosine above the background of its language.
    """
    return DENSE / _DEVIATIONS * deviations


def lexical_part(rows: Rows, langs: npt.NDArray[np.int16], votes: Sequence[LexicalVote]) -> Scores:
    """(c,) what shared words add to the scores.

    Where several languages compete a passage gains what it has over others of its language.

    Args:
        rows: (c,) candidate rows, ascending.
        langs: (c,) their languages.
        votes: at most one for each language; rows that are no candidates are left out.
    """
    shares = np.zeros(len(rows), dtype=np.float32)
    several = _several(langs)
    for vote in votes:
        at = np.searchsorted(rows, vote.rows).clip(max=max(0, len(rows) - 1))
        known = rows[at] == vote.rows if len(rows) else np.zeros(0, dtype=bool)
        shares[at[known]] = vote.shares[known]
        if several:
            ranks = _CHANCE_RANKS.stop - _CHANCE_RANKS.start  # beyond the last match all share 0
            by_chance = vote.shares[_CHANCE_RANKS].sum() / ranks
            own = langs == vote.lang
            shares[own] = (shares[own] - by_chance).clip(min=_LEAST)
    return LEXICAL * (1 if several else _WORDS_ALONE) * shares


def first_of_each(kinds: Sequence[int], most: int) -> Iterator[int]:
    """The places of the first so many of each kind."""
    seen: dict[int, int] = {}
    for place, kind in enumerate(kinds):
        times = seen[kind] = seen.get(kind, 0) + 1
        if times <= most:
            yield place


def best_of_languages(langs: npt.NDArray[np.int16]) -> list[int]:
    """Which of some articles, best first, are worth a closer look: so many of each language."""
    most = max(_CHOSEN_OF_LANGUAGE, _CHOSEN // max(1, len(set(langs.tolist()))))
    return list(islice(first_of_each(langs.tolist(), most), _CHOSEN))


def least_measured(measured: Scores, langs: npt.NDArray[np.int16]) -> None:
    """Put the least of its language, or else of all, where nothing was measured (NaN).

    Args:
        measured: (a,) changed in place.
        langs: (a,)
    """
    missing = np.isnan(measured)
    if missing.any():
        least = measured[~missing].min(initial=1.0)
        for own in _by_language(langs):
            values = measured[own]
            lowest = np.fmin.reduce(values)
            measured[own] = np.where(
                np.isnan(values), least if np.isnan(lowest) else lowest, values
            )


def alignment_part(alignment: Scores, langs: npt.NDArray[np.int16]) -> Scores:
    """(a,) what agreement piece by piece adds to the scores of a articles.

    Args:
        alignment: (a,) in [0, 1], articles best first.
        langs: (a,)
    """
    part = np.zeros(len(alignment), dtype=np.float32)
    weight = ALIGNMENT * (1 if _several(langs) else _CLOSER_ALONE)
    for own in _by_language(langs):
        typical = max(_TYPICAL, _mean(alignment[own[:_BEST]]))
        part[own] = weight * (alignment[own] / typical - 1)
    return part


def spelling_part(overlap: Scores, langs: npt.NDArray[np.int16]) -> Scores:
    """(a,) what agreement in spelling adds to the scores of a articles.

    Args:
        overlap: (a,) in [0, 1], articles best first.
        langs: (a,)
    """
    part = np.zeros(len(overlap), dtype=np.float32)
    weight = SPELLING * (1 if _several(langs) else _CLOSER_ALONE)
    for own in _by_language(langs):
        part[own] = weight * (overlap[own] - _mean(overlap[own[:_BEST]]))
    return part


def balance_part(scores: Scores, langs: npt.NDArray[np.int16]) -> Scores:
    """(a,) what a articles lose for better ones in their language, where several compete.

    The order within a language stays. Between languages it decides among articles of nearly the
    same score, most of which are there by chance: a query is answered from more languages.

    Args:
        scores: (a,)
        langs: (a,)
    """
    part = np.zeros(len(scores), dtype=np.float32)
    if _several(langs):
        for own in _by_language(langs):
            order = own[np.argsort(-scores[own], kind="stable")]
            part[order] -= _BALANCE * np.minimum(np.arange(len(own)), _BEST)
    return part


def _by_language(langs: npt.NDArray[np.int16]) -> Iterator[npt.NDArray[np.intp]]:
    """Where each language stands."""
    for lang in set(langs.tolist()):
        yield np.flatnonzero(langs == lang)


def _mean(values: Scores) -> float:
    """The same as `values.mean()` in a fifth of the time, for few."""
    return float(np.add.reduce(values)) / len(values)


def _several(langs: npt.NDArray[np.int16]) -> bool:
    """Whether more than one language competes."""
    return bool((langs != langs[:1]).any())
