"""Measures with values that a reader can check by hand, and compared with pytrec_eval."""

import math
import random

import pytest
import pytrec_eval

from semsearch.benchmarking.metrics import evaluate, mean, ranked
from semsearch.errors import InputError

QRELS = {"q1": {"a": 2, "b": 1}, "q2": {"c": 1}, "q3": {"d": 0}}
RUN = {"q1": ["b", "x", "a"], "q2": ["x", "y"]}


def test_ndcg() -> None:
    best = 2 / math.log2(2) + 1 / math.log2(3)
    found = 1 / math.log2(2) + 2 / math.log2(4)
    assert evaluate(QRELS, RUN, "ndcg@10") == {"q1": pytest.approx(found / best), "q2": 0.0}


def test_mrr_and_recall() -> None:
    assert evaluate(QRELS, RUN, "mrr@10") == {"q1": 1.0, "q2": 0.0}
    assert evaluate(QRELS, RUN, "recall@1") == {"q1": 0.5, "q2": 0.0}
    assert mean(evaluate(QRELS, RUN, "recall@3")) == 0.5


def test_only_the_first_k_count() -> None:
    judged, run = {"q": {"a": 1, "b": 1, "c": 1}}, {"q": ["x", "a", "b", "c"]}
    scores = {
        measure: evaluate(judged, run, measure)["q"]
        for measure in ("mrr@1", "mrr@2", "recall@1", "recall@2", "recall@4", "ndcg@1", "ndcg@2")
    }
    second = 1 / math.log2(3)
    assert scores == {
        "mrr@1": 0.0,
        "mrr@2": 1 / 2,
        "recall@1": 0.0,
        "recall@2": 1 / 3,
        "recall@4": 1.0,
        "ndcg@1": 0.0,
        "ndcg@2": pytest.approx(second / (1 + second)),  # the ideal is cut at k too
    }


def test_the_mean_is_over_queries() -> None:
    assert mean({"q1": 1.0, "q2": 0.0, "q3": 0.5}) == 0.5
    assert mean({}) == 0.0


def test_an_unknown_measure_is_refused() -> None:
    with pytest.raises(InputError, match="unknown measure map@10"):
        evaluate(QRELS, RUN, "map@10")


def test_equal_scores_are_ordered_as_trec_eval_does() -> None:
    assert ranked({"a": 1.0, "é": 1.0, "z": 1.0, "b": 2.0}) == ["b", "é", "z", "a"]
    assert ranked({"a": 1 + 1e-9, "b": 1.0}) == ["b", "a"]  # the same in single precision
    assert ranked(["a", "b"]) == ["a", "b"]
    assert evaluate(QRELS, {"q2": {"c": 0.5, "d": 0.5}}, "mrr@10")["q2"] == 0.5


def test_a_negative_relevance_gains_nothing() -> None:
    assert evaluate({"q": {"a": 1, "b": -3}}, {"q": ["b", "a"]}, "ndcg@10") == {
        "q": pytest.approx(1 / math.log2(3))
    }


@pytest.mark.parametrize("seed", range(20))
def test_pytrec_eval_agrees(seed: int) -> None:
    chooser = random.Random(seed)
    names = [f"{letter}{number}" for letter in "aZé文😀" for number in range(40)]
    qrels = {
        f"q{query}": {
            name: chooser.choice([-1, 0, 1, 1, 2, 3]) for name in chooser.sample(names, 9)
        }
        for query in range(10)
    }
    scores = [0.0, 0.25, 0.5, 0.5 + 1e-9, 1e9]  # few, so that many are equal
    run = {
        query_id: {name: chooser.choice(scores) for name in chooser.sample(names, 150)}
        for query_id in list(qrels)[chooser.randrange(2) :]
    }
    wanted = {"ndcg_cut.1,3,10", "recall.1,5,100"}
    theirs = pytrec_eval.RelevanceEvaluator(qrels, wanted).evaluate(run)
    expectations = [
        (f"{ours}@{k}", f"{name}_{k}", theirs)
        for ours, name, depths in [
            ("ndcg", "ndcg_cut", (1, 3, 10)),
            ("recall", "recall", (1, 5, 100)),
        ]
        for k in depths
    ]
    for k in (1, 10):  # pytrec_eval has no depth for it
        best = {
            query_id: {name: run[query_id][name] for name in ranked(run[query_id])[:k]}
            for query_id in run
        }
        first = pytrec_eval.RelevanceEvaluator(qrels, {"recip_rank"}).evaluate(best)
        expectations.append((f"mrr@{k}", "recip_rank", first))
    for measure, name, expected in expectations:
        ours = evaluate(qrels, run, measure)
        assert ours == pytest.approx(
            {query_id: expected[query_id][name] if query_id in run else 0.0 for query_id in ours}
        )
