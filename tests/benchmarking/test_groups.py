"""Queries grouped by whether an answer stands in their own language, worked out by hand."""

from pathlib import Path

import pytest

from semsearch.benchmarking.datasets import Dataset
from semsearch.benchmarking.groups import OTHER, SAME, UNKNOWN, measure_groups

QRELS = {
    "stated": {"a": 1},
    "held": {"a": 1, "b": 2},
    "other": {"b": 1, "c": 1, "d": 0},
    "silent": {"a": 1},
    "unknown": {"d": 1},
}
LANGS = {"a": "en", "b": "fr", "c": "de", "d": None}
"""The languages of the articles, as an index holds them."""
DATASET = Dataset(
    name="news",
    path=Path("news"),
    queries=dict.fromkeys(QRELS, "?"),
    qrels=QRELS,
    articles=(),
    query_langs={"stated": "fr", "held": "fr", "other": "ar", "silent": None, "unknown": "en"},
    answer_langs={name: frozenset({"fr"} if name == "stated" else ()) for name in QRELS},
)
RUN = {
    "stated": ["a"],
    "held": ["c", "a", "b"],
    "other": ["d", "a", "x", "b", "c"],
    "silent": [*"klmnopqrst", "a"],
}


def test_what_the_file_states_counts_before_what_the_index_holds() -> None:
    same, other, unknown = measure_groups(DATASET, QRELS, {"hybrid": RUN}, LANGS)
    assert (same.name, same.queries, same.ranks) == (SAME, 2, {"hybrid": [1, 2]})
    assert (other.name, other.queries, other.ranks) == (OTHER, 1, {"hybrid": [4]})
    # No language is stated for one query, and the index knows none for the answer of the other.
    # The right article of the first is the eleventh, the other query found nothing.
    assert (unknown.name, unknown.queries, unknown.ranks) == (UNKNOWN, 2, {"hybrid": [0, 0]})


def test_the_scores_are_means_over_the_queries_of_a_group() -> None:
    same, other, _ = measure_groups(DATASET, QRELS, {"hybrid": RUN}, LANGS)
    assert same.scores["mrr@10"]["hybrid"] == (1 + 1 / 2) / 2
    assert other.scores["mrr@10"]["hybrid"] == 1 / 4
    # Ranks 4 and 5 gain 1 / log2(5) + 1 / log2(6), of 1 + 1 / log2(3) at best.
    gain = (0.43068 + 0.38685) / (1 + 0.63093)
    assert other.scores["ndcg@10"]["hybrid"] == pytest.approx(gain, abs=1e-4)
