"""The bars that a measurement of quality must reach, on results written by hand."""

from collections.abc import Mapping
from typing import Any

from semsearch.benchmarking.gate import failures
from semsearch.benchmarking.results import Record

SETTINGS = {"dataset": "news", "digest": "0123", "model": "fast", "against": []}


def result(settings: Mapping[str, Any] = SETTINGS, /, **ranks: list[int]) -> Record:
    """A result with one group, given the ranks of each ranking."""
    group = {
        "name": "answer in another language",
        "queries": len(ranks["hybrid"]),
        "scores": {
            "mrr@10": {
                name: sum(1 / rank if rank else 0 for rank in found) / len(found)
                for name, found in ranks.items()
            }
        },
        "ranks": ranks,
    }
    return Record(
        kind="quality",
        at="2026-01-02T03:04:05+00:00",
        machine={},
        versions={},
        commit=None,
        spread=0.0,
        settings=dict(settings),
        measured={"dataset": "news", "groups": [group]},
    )


def test_hybrid_may_not_be_worse_than_what_it_is_made_of() -> None:
    good = result(hybrid=[1] * 9 + [2], dense=[1] * 9 + [2], lexical=[0] * 10)
    assert failures(good, []) == []
    bad = result(hybrid=[1] * 9 + [2], dense=[1] * 10, lexical=[0] * 10)
    (message,) = failures(bad, [])
    assert message == (
        "news, answer in another language: hybrid has an MRR@10 of 0.950, 0.050 below dense (1.000)"
    )


def test_one_right_article_in_two_hundred_may_stand_second() -> None:
    slightly = result(hybrid=[1] * 199 + [2], dense=[1] * 200, lexical=[1] * 200)
    assert failures(slightly, []) == []


def test_a_loss_beyond_chance_fails_and_the_same_loss_by_chance_does_not() -> None:
    before = result(hybrid=[1] * 100, dense=[1] * 100, lexical=[0] * 100)
    lost = result(hybrid=[1] * 80 + [2] * 20, dense=[1] * 80 + [2] * 20, lexical=[0] * 100)
    assert failures(lost, [before]) == [
        f"news, answer in another language: {mode} has lost 0.100 of MRR@10, from 1.000 to 0.900"
        for mode in ("hybrid", "dense")
    ]
    # Thirty queries lost a half and twenty won one: 0.05 less, but either might be chance.
    mixed = [1] * 80 + [2] * 20
    shifted = [2] * 30 + [1] * 70
    swapped = result(hybrid=shifted, dense=shifted, lexical=[0] * 100)
    was = result(hybrid=mixed, dense=mixed, lexical=[0] * 100)
    assert failures(swapped, [was]) == []


def test_only_the_last_result_of_the_same_collection_and_model_is_compared() -> None:
    now = result(hybrid=[2, 2], dense=[2, 2], lexical=[2, 2])
    best = {"hybrid": [1, 1], "dense": [1, 1], "lexical": [1, 1]}
    others = [
        result(SETTINGS | {name: "another"}, **best) for name in ("dataset", "digest", "model")
    ]
    assert failures(now, others) == []
    assert len(failures(now, [now, result(**best), *others])) == 3
    assert failures(now, [result(**best), now]) == []
