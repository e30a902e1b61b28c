"""Confidence intervals of a mean over queries, and whether two rankings differ by more than chance.

scipy is imported on first use: that takes a second, and only `bench quality` needs it.
"""

from collections.abc import Sequence
from types import ModuleType

import numpy as np
import numpy.typing as npt

from semsearch.errors import InputError

_RESAMPLES = 10_000
"""A choice: with another seed a limit of an interval on seeds/ moves by less than 0.001, and a p
near 0.5, where it is least sure, by about 0.005."""
_BATCH_NUMBERS = 1 << 20
"""Numbers that are resampled at once, a choice: 8 MB for each array that scipy makes of them."""


def bootstrap_interval(
    scores: Sequence[float], *, level: float = 0.95, seed: int = 0
) -> tuple[float, float]:
    """The percentile bootstrap interval of the mean of scores (q,), by 10,000 resamples.

    As Efron (1979) defines it; for retrieval see Sakai (2006). The same seed gives the same
    interval, and the interval of a single score is that score.

    Raises:
        InputError: there are no scores, `level` is not between 0 and 1, or scipy is not installed.
    """
    if not len(scores) or not 0 < level < 1:
        raise InputError(
            f"no interval of level {level} from {len(scores)} scores: give at least one score, and "
            "a level between 0 and 1"
        )
    if len(scores) == 1:  # scipy takes two or more
        return float(scores[0]), float(scores[0])
    found = _scipy_stats().bootstrap(
        (np.asarray(scores, dtype=np.float64),),
        np.mean,
        n_resamples=_RESAMPLES,
        batch=max(1, _BATCH_NUMBERS // len(scores)),
        confidence_level=level,
        method="percentile",
        rng=seed,
    )
    low, high = found.confidence_interval
    return float(low), float(high)


def paired_p_value(a: Sequence[float], b: Sequence[float], *, seed: int = 0) -> float:
    """The p-value of the two-sided paired randomisation test that the means of a and b are equal.

    If neither ranking is better, the sign of each difference d_i = a_i - b_i might as well be the
    other one, so p is the share of all assignments of signs s_i for which |sum s_i d_i| is at least
    |sum d_i| (Smucker, Allan and Carterette 2007). All assignments are counted where there are at
    most 10,000 of them, that is for up to 13 differences that are not zero. Otherwise 10,000 are
    drawn, and p = (1 + n) / (1 + 10,000) for n of them (Phipson and Smyth 2010), which is never 0.

    Args:
        a: (q,) scores of one ranking, query by query.
        b: (q,) scores of the other ranking for the same queries.
        seed: the same seed gives the same p.

    Raises:
        InputError: a and b differ in length, or scipy is not installed.
    """
    if len(a) != len(b):
        raise InputError(
            f"{len(a)} scores cannot be paired with {len(b)}: score both rankings on the "
            "same queries"
        )
    differences = np.asarray(a, dtype=np.float64) - np.asarray(b, dtype=np.float64)
    differences = differences[differences != 0]
    if len(differences) < 2:  # either sign gives the same sum, and scipy takes two or more
        return 1.0
    tested = _scipy_stats().permutation_test(
        (differences,),
        _absolute_sum,
        permutation_type="samples",  # of one sample: signs are flipped
        alternative="greater",
        n_resamples=_RESAMPLES,
        batch=max(1, _BATCH_NUMBERS // len(differences)),
        rng=seed,
    )
    return float(tested.pvalue)


def _absolute_sum(signed: npt.NDArray[np.float64], axis: int) -> npt.NDArray[np.float64]:
    """|sum|, rounded: sums of the same numbers in another order differ in their last bits."""
    sums: npt.NDArray[np.float64] = np.abs(signed.sum(axis=axis)).round(12)
    return sums


def _scipy_stats() -> ModuleType:
    try:
        from scipy import stats
    except ImportError as error:
        raise InputError(
            "intervals and p-values need scipy, which is not installed: "
            "pip install 'semsearch[bench]'"
        ) from error
    module: ModuleType = stats
    return module
