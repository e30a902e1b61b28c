"""Power laws fitted to stored measurements: how time, memory and disk grow with the collection."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

FITTED_FIELDS = {
    "p50_ms": "time of a query",
    "memory_bytes": "memory",
    "disk_bytes": "disk",
    "build_s": "time to build",
}
"""Names of the quantities that are fitted, by their field in a measurement."""
_FIT_FROM = 100_000
"""Smallest number of passages used in a fit, where at least two measured sizes are as large, a
choice: below it, costs that do not depend on the size hide the growth."""


@dataclass(frozen=True, slots=True)
class PowerLaw:
    """y = scale * n ** exponent."""

    exponent: float
    scale: float
    first: int
    """Smallest n of the fit; `last` is the largest."""
    last: int


def one_row_per_size(rows: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """One row per number of passages, ascending; exact search only where there is no other row."""
    found: dict[int, dict[str, Any]] = {}
    for row in sorted(rows, key=lambda row: (row["passages"], row["index"] != "exact")):
        found[row["passages"]] = row
    return list(found.values())


def fit_power_law(rows: Sequence[dict[str, Any]], field: str) -> PowerLaw | None:
    """The least-squares line through (log n, log y); None with fewer than two positive values.

    Args:
        rows: one for each size, with `passages` and the field.
        field: a key of `FITTED_FIELDS`.
    """
    points = [(row["passages"], row[field]) for row in rows if row[field] > 0]
    large = [point for point in points if point[0] >= _FIT_FROM]
    points = large if len(large) > 1 else points
    if len(points) < 2:
        return None
    n, y = np.array(points, dtype=np.float64).T
    slope, offset = np.polyfit(np.log(n), np.log(y), 1)
    return PowerLaw(float(slope), float(np.exp(offset)), int(n.min()), int(n.max()))
