"""What a change of the ranking must not do: the bars that `bench quality --gate` checks."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from semsearch.benchmarking.results import Record
from semsearch.benchmarking.statistics import bootstrap_interval
from semsearch.types import Mode

TOLERANCE = 0.005
"""MRR@10 that hybrid may stand below the better of the two rankings that it is made of, and that a
figure may fall. A choice: as if one right article in a hundred stood second instead of first."""
_LEVEL = 0.99
"""Of the interval of a fall. A choice: some forty figures are compared at a time, so that at 0.95
one of them would fail by chance whenever a change does nothing for better or worse."""


def failures(result: Record, earlier: Sequence[Record]) -> list[str]:
    """The bars that a measurement of quality misses, in words; empty where it passes.

    In every group of queries hybrid may be at most 0.005 of MRR@10 below the better of dense and
    lexical. No ranking may have lost more than 0.005 since the last earlier measurement, if the
    99 % bootstrap interval of the loss, query by query, excludes 0.

    Args:
        result: of `bench quality`.
        earlier: stored results; those of other collections and models are not compared.
    """
    before = groups_before(result, earlier)
    return [
        f"{result['measured']['dataset']}, {group['name']}: {message}"
        for group in result["measured"]["groups"]
        for message in (
            *_below_an_arm(group),
            *(_fallen(group, before[group["name"]]) if group["name"] in before else ()),
        )
    ]


def groups_before(result: Record, earlier: Sequence[Record]) -> dict[str, Mapping[str, Any]]:
    """The groups of the last earlier result of the same collection and model, by name."""
    return next(
        (
            {group["name"]: group for group in stored["measured"]["groups"]}
            for stored in reversed(earlier)
            if stored["kind"] == result["kind"]
            and all(
                stored["settings"].get(each) == result["settings"][each]
                for each in ("dataset", "digest", "model")
            )
        ),
        {},
    )


def _below_an_arm(group: Mapping[str, Any]) -> Iterator[str]:
    scores = group["scores"]["mrr@10"]
    better = max((Mode.DENSE.value, Mode.LEXICAL.value), key=scores.__getitem__)
    below = scores[better] - scores[Mode.HYBRID]
    if below > TOLERANCE:
        yield (
            f"hybrid has an MRR@10 of {scores[Mode.HYBRID]:.3f}, {below:.3f} below {better} "
            f"({scores[better]:.3f})"
        )


def _fallen(group: Mapping[str, Any], before: Mapping[str, Any]) -> Iterator[str]:
    for mode in Mode:
        now, then = (_reciprocal(each["ranks"][mode]) for each in (group, before))
        losses = [old - new for old, new in zip(then, now, strict=True)]
        loss = sum(losses) / len(losses)
        if loss > TOLERANCE and bootstrap_interval(losses, level=_LEVEL)[0] > 0:
            yield (
                f"{mode} has lost {loss:.3f} of MRR@10, from {sum(then) / len(then):.3f} to "
                f"{sum(now) / len(now):.3f}"
            )


def _reciprocal(ranks: Sequence[int]) -> list[float]:
    return [1 / rank if rank else 0.0 for rank in ranks]
