"""How evenly this machine works: the same piece of work, timed again and again."""

import time
from collections.abc import Sequence

import numpy as np

NOISY = 0.15
"""Spread from which times are not to be trusted."""
_REPEATS = 20
_SIDE = 640


def work_times() -> list[float]:
    """Seconds of each of 20 products of the same two matrices (640, 640), on all cores."""
    matrix = np.random.default_rng(0).standard_normal((_SIDE, _SIDE), dtype=np.float32)
    matrix @ matrix  # the threads are started
    times = []
    for _ in range(_REPEATS):
        began = time.perf_counter()
        matrix @ matrix
        times.append(time.perf_counter() - began)
    return times


def spread(times: Sequence[float]) -> float:
    """From the tenth to the ninetieth percentile, as a part of the median.

    Example:
        >>> spread([2.0, 2.0, 2.0])
        0.0
    """
    low, middle, high = np.percentile(times, [10, 50, 90])
    return float((high - low) / middle)
