"""How sure a mean over queries is, and whether two rankings differ by more than chance."""

from collections.abc import Iterator, Sequence

import numpy as np
import numpy.typing as npt

from semsearch.errors import InputError

_EXACT = 12
"""Differences whose signs are enumerated: 4,096 ways."""
_BLOCK = 1 << 22
"""Numbers drawn at once; all of 10,000 resamples of 10,000 queries would be 800 MB."""


def bootstrap_interval(
    scores: Sequence[float], *, level: float = 0.95, resamples: int = 10_000, seed: int = 0
) -> tuple[float, float]:
    """The percentile bootstrap interval of the mean over queries.

    As many scores as there are, (q,), are drawn with replacement, `resamples` times. The interval
    goes from the (1 - level) / 2 to the (1 + level) / 2 quantile of the means (Efron 1979; for
    retrieval Sakai 2006). The same seed gives the same interval.

    Raises:
        InputError: there are no scores, or `level` is not between 0 and 1.
    """
    if not len(scores) or not 0 < level < 1:
        raise InputError(f"no interval of level {level} from {len(scores)} scores")
    values = np.asarray(scores, dtype=np.float64)
    generator = np.random.default_rng(seed)
    means = [
        values[generator.integers(len(values), size=(rows, len(values)))].mean(axis=1)
        for rows in _blocks(resamples, len(values))
    ]
    low, high = np.quantile(np.concatenate(means), [(1 - level) / 2, (1 + level) / 2])
    return float(low), float(high)


def paired_p_value(
    a: Sequence[float], b: Sequence[float], *, resamples: int = 10_000, seed: int = 0
) -> float:
    """How likely chance alone would set the means of a and b at least so far apart.

    The two-sided paired randomisation test (Smucker, Allan and Carterette 2007): if neither ranking
    is better, the sign of each difference d_i = a_i - b_i might as well be the other, so p is the
    share of all ways to set the signs s_i for which |sum s_i d_i| >= |sum d_i|. Up to 12
    differences that are not zero are enumerated; of more, p = (1 + n) / (1 + resamples) for n such
    among random ways (Phipson and Smyth 2010), never 0.

    Args:
        a: (q,) scores of one ranking, query by query.
        b: (q,) those of the other for the same queries.
        resamples: random ways to set the signs.
        seed: the same seed gives the same p.

    Raises:
        InputError: a and b are not of the same length.
    """
    if len(a) != len(b):
        raise InputError(f"{len(a)} scores cannot be paired with {len(b)}")
    differences = np.asarray(a, dtype=np.float64) - np.asarray(b, dtype=np.float64)
    differences = differences[differences != 0]
    count = len(differences)
    # Sums of the same numbers in another order differ in their last bits and are still equal.
    least = abs(differences.sum()) - 1e-12 * np.abs(differences).sum()
    if count <= _EXACT:
        signs = 1 - 2 * (np.arange(1 << count)[:, None] >> np.arange(count) & 1)  # (2 ** n, n)
        return float((np.abs(signs @ differences) >= least).mean())
    generator = np.random.default_rng(seed)
    extreme = 0
    for rows in _blocks(resamples, count):
        flipped = generator.integers(2, size=(rows, count), dtype=np.int8)
        sums: npt.NDArray[np.float64] = (1 - 2 * flipped) @ differences
        extreme += int((np.abs(sums) >= least).sum())
    return (1 + extreme) / (1 + resamples)


def _blocks(rows: int, columns: int) -> Iterator[int]:
    """Numbers of rows that add up to `rows`, each of at most `_BLOCK` numbers."""
    step = max(1, _BLOCK // columns)
    for start in range(0, rows, step):
        yield min(step, rows - start)
