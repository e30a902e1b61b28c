"""How much the timings of this machine vary: the same work, timed twenty times."""

import time
from collections.abc import Sequence

import numpy as np

NOISY = 0.15
"""Spread above which a measurement warns that times are unreliable, a choice: in benchmarks/results
(2026-11-24) it is at most 0.10 for most, and more than 0.2 where the machine had other work."""
_REPEATS = 20
_SIDE = 640
"""Rows and columns of the matrices, a choice: a product of them takes some milliseconds."""


def work_times() -> list[float]:
    """Seconds of each of 20 products of the same two matrices (640, 640), on all cores."""
    matrix = np.random.default_rng(0).standard_normal((_SIDE, _SIDE), dtype=np.float32)
    matrix @ matrix  # warm-up: starts the threads
    times = []
    for _ in range(_REPEATS):
        began = time.perf_counter()
        matrix @ matrix
        times.append(time.perf_counter() - began)
    return times


def spread(times: Sequence[float]) -> float:
    """The distance from the 10th to the 90th percentile, divided by the median.

    Example:
        >>> spread([2.0, 2.0, 2.0])
        0.0
    """
    low, middle, high = np.percentile(times, [10, 50, 90])
    return float((high - low) / middle)
