"""Intervals and p-values that a reader can check by hand, or against an exact computation."""

from itertools import product

import numpy as np
import pytest

from semsearch.benchmarking.statistics import bootstrap_interval, paired_p_value
from semsearch.errors import InputError


def test_the_interval_of_scores_that_are_all_alike_is_a_point() -> None:
    assert bootstrap_interval([0.25] * 7) == (0.25, 0.25)


def test_the_interval_of_two_scores_is_known() -> None:
    # The mean of two draws is 0, 0.5 or 1, with probabilities of a quarter, a half, a quarter.
    assert bootstrap_interval([0.0, 1.0]) == (0.0, 1.0)
    assert bootstrap_interval([0.0, 1.0], level=0.4) == (0.5, 0.5)


def test_the_interval_is_near_that_of_the_normal_distribution() -> None:
    scores = np.random.default_rng(1).random(2000).tolist()
    low, high = bootstrap_interval(scores)
    half = 1.96 * float(np.std(scores)) / 2000**0.5
    center = sum(scores) / 2000
    assert (low, high) == pytest.approx((center - half, center + half), abs=half / 20)
    assert bootstrap_interval(scores) == (low, high)
    assert bootstrap_interval(scores, seed=1) != (low, high)


@pytest.mark.parametrize(("scores", "level"), [([], 0.95), ([1.0], 0.0), ([1.0], 1.0)])
def test_what_has_no_interval_is_refused(scores: list[float], level: float) -> None:
    with pytest.raises(InputError, match="no interval"):
        bootstrap_interval(scores, level=level)


def test_p_values_by_hand() -> None:
    assert paired_p_value([0.5, 0.2], [0.5, 0.2]) == 1.0
    assert paired_p_value([], []) == 1.0
    assert paired_p_value([1.0, 1.0, 1.0, 0.5], [0.0, 0.0, 0.0, 0.5]) == 2 / 8
    # The differences 3, 2, -1 make 4; of all sums 3 + 2 + 1, 3 + 2 - 1 and their opposites do.
    assert paired_p_value([3, 2, 0], [0, 0, 1]) == 4 / 8


def test_few_differences_are_enumerated() -> None:
    generator = np.random.default_rng(3)
    a, b = generator.random(9), generator.random(9)
    differences = a - b
    sums = [abs(np.dot(signs, differences)) for signs in product((1, -1), repeat=9)]
    expected = np.mean([total >= abs(differences.sum()) - 1e-12 for total in sums])
    assert paired_p_value(a.tolist(), b.tolist()) == expected
    assert paired_p_value(b.tolist(), a.tolist()) == expected


def test_many_differences_are_sampled() -> None:
    ones, zeros = [1.0] * 13, [0.0] * 13
    assert paired_p_value(ones, zeros) == pytest.approx(2 / 2**13, abs=5e-4)
    assert paired_p_value([1.0] * 40, [0.0] * 40) == 1 / 10_001
    assert paired_p_value([1.0, 0.0] * 20, [0.0, 1.0] * 20) == 1.0
    # 26 wins to 14: the binomial test says 0.0807.
    assert paired_p_value([1.0] * 26 + [0.0] * 14, [0.5] * 40) == pytest.approx(0.0807, abs=0.01)


def test_scores_of_other_queries_are_not_paired() -> None:
    with pytest.raises(InputError, match="2 scores cannot be paired with 1"):
        paired_p_value([1.0, 0.0], [1.0])
