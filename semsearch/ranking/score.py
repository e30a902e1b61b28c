"""The parts of a score, which add up to one number for each candidate.

A convex combination of normalised scores, not of ranks (Bruch, Gai and Ingber 2023, "An Analysis of
Fusion Functions for Hybrid Retrieval"). Every language is normalised by itself first: cosines as
standard deviations above those of the language's passages in general, shared words by what they
exceed those that other passages of the language share, alignment and spelling by their difference
from the best articles of the language. So an article in another language than the query, whose
cosines are lower and which cannot share its words, is not ranked lower for that alone.

Shapes: c candidates (passages), a articles, l languages.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

import numpy as np
import numpy.typing as npt

from semsearch.ranking.weights import WEIGHTS
from semsearch.types import Cosines, Rows, Scores


@dataclass(frozen=True, slots=True)
class Background:
    """Cosines of a query to passages of each language in general."""

    mean: Scores
    """(l,)"""
    deviation: Scores
    """(l,) standard deviation, above 0."""


@dataclass(frozen=True, slots=True)
class LexicalMatches:
    """What the word index of one language found for one query."""

    lang: int
    rows: Rows
    """(m,) rows of passages, best first."""
    shares: Scores
    """(m,) share of the highest score that the query allows, in [0, 1]."""
    known: float
    """Share of the query, in [0, 1], whose words occur in the language's passages."""


def background(cosines: Sequence[Cosines], usual: tuple[float, float] | None = None) -> Background:
    """Mean and deviation of each language, drawn towards the usual ones where it has few passages.

    Args:
        cosines: for each of l languages, the cosines (n,) of a query to a sample of its passages.
        usual: mean and deviation of the model for texts that have nothing to do with each other;
            those over all languages when left out.
    """
    everything = np.concatenate(cosines)
    mean, deviation = usual or (float(everything.mean()), float(everything.std()))
    prior = WEIGHTS.prior_passages
    sizes = np.array([len(each) for each in cosines], dtype=np.float32)
    sums = np.array([each.sum() for each in cosines], dtype=np.float32)
    means = (sums + prior * mean) / (sizes + prior)
    squares = np.array(
        [np.square(each - own).sum() for each, own in zip(cosines, means, strict=True)],
        dtype=np.float32,
    )
    variances = (squares + prior * deviation**2) / (sizes + prior)
    return Background(means, np.sqrt(variances).clip(min=1e-3))


def dense_part(deviations: Scores) -> Scores:
    """(c,) what the cosine adds to the scores of c candidates.

    Args:
        deviations: (c,) standard deviations of the cosine above the background of its language.
    """
    return WEIGHTS.dense / WEIGHTS.deviations * deviations


def lexical_part(
    rows: Rows, langs: npt.NDArray[np.int16], matches: Sequence[LexicalMatches]
) -> Scores:
    """(c,) what shared words add to the scores.

    Where several languages compete, a passage gets only what it shares beyond the chance level of
    its language.

    Args:
        rows: (c,) candidate rows, ascending.
        langs: (c,) their languages.
        matches: at most one for each language; rows that are not candidates are left out.
    """
    shares = np.zeros(len(rows), dtype=np.float32)
    several = _several(langs)
    start, end = WEIGHTS.chance_ranks
    for found in matches:
        at = np.searchsorted(rows, found.rows).clip(max=max(0, len(rows) - 1))
        known = rows[at] == found.rows if len(rows) else np.zeros(0, dtype=bool)
        shares[at[known]] = found.shares[known]
        if several:
            # Divided by all ranks: beyond the last match the share is 0.
            by_chance = found.shares[start:end].sum() / (end - start)
            own = langs == found.lang
            shares[own] = (shares[own] - by_chance).clip(min=WEIGHTS.chance_floor)
    return WEIGHTS.lexical * (1 if several else WEIGHTS.lexical_alone) * shares


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


def shortlist(langs: npt.NDArray[np.int16]) -> list[int]:
    """The positions of the articles whose alignment and spelling are worth measuring.

    Args:
        langs: (a,) languages of all articles, best article first.
    """
    languages = max(1, len(set(langs.tolist())))
    limit = max(WEIGHTS.shortlisted_of_language, WEIGHTS.shortlisted // languages)
    return list(islice(first_per_group(langs.tolist(), limit), WEIGHTS.shortlisted))


def fill_unmeasured(values: Scores, langs: npt.NDArray[np.int16]) -> None:
    """Replace NaN by the lowest value of the same language, or of all where it has none.

    Args:
        values: (a,) changed in place.
        langs: (a,)
    """
    missing = np.isnan(values)
    if missing.any():
        lowest_of_all = values[~missing].min(initial=1.0)
        for own in _by_language(langs):
            measured = values[own]
            lowest = np.fmin.reduce(measured)
            values[own] = np.where(
                np.isnan(measured), lowest_of_all if np.isnan(lowest) else lowest, measured
            )


def alignment_part(alignment: Scores, langs: npt.NDArray[np.int16]) -> Scores:
    """(a,) what agreement token by token adds to the scores of a articles.

    Args:
        alignment: (a,) in [0, 1], best article first.
        langs: (a,)
    """
    part = np.zeros(len(alignment), dtype=np.float32)
    weight = WEIGHTS.alignment * (1 if _several(langs) else WEIGHTS.closer_alone)
    for own in _by_language(langs):
        typical = max(WEIGHTS.typical_alignment, _mean_of_best(alignment, own))
        part[own] = weight * (alignment[own] / typical - 1)
    return part


def spelling_part(overlap: Scores, langs: npt.NDArray[np.int16]) -> Scores:
    """(a,) what shared character n-grams add to the scores of a articles.

    Args:
        overlap: (a,) in [0, 1], best article first.
        langs: (a,)
    """
    part = np.zeros(len(overlap), dtype=np.float32)
    weight = WEIGHTS.spelling * (1 if _several(langs) else WEIGHTS.closer_alone)
    for own in _by_language(langs):
        part[own] = weight * (overlap[own] - _mean_of_best(overlap, own))
    return part


def balance_part(scores: Scores, langs: npt.NDArray[np.int16]) -> Scores:
    """(a,) what a articles lose for better ones in their language, where several compete.

    The order within a language does not change. Between languages it decides among articles of
    nearly the same score, most of which are there by chance: the first hits then hold more
    languages.

    Args:
        scores: (a,)
        langs: (a,)
    """
    part = np.zeros(len(scores), dtype=np.float32)
    if _several(langs):
        for own in _by_language(langs):
            order = own[np.argsort(-scores[own], kind="stable")]
            better = np.minimum(np.arange(len(own)), WEIGHTS.reference_articles)
            part[order] -= WEIGHTS.balance * better
    return part


def _by_language(langs: npt.NDArray[np.int16]) -> Iterator[npt.NDArray[np.intp]]:
    """The positions of each language."""
    for lang in set(langs.tolist()):
        yield np.flatnonzero(langs == lang)


def _mean_of_best(values: Scores, own: npt.NDArray[np.intp]) -> float:
    """The mean over the best articles of a language, at the positions `own`."""
    best = values[own[: WEIGHTS.reference_articles]]
    return float(np.add.reduce(best)) / len(best)  # `best.mean()` takes five times as long


def _several(langs: npt.NDArray[np.int16]) -> bool:
    """Whether more than one language competes."""
    return bool((langs != langs[:1]).any())
