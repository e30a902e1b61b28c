"""How time, memory and disk grow with the number of passages: exponents of stored figures."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

EXPONENTS = {
    "p50_ms": "time of a query",
    "memory_bytes": "memory",
    "disk_bytes": "disk",
    "build_s": "time to build",
}
"""What grows, by its field in a measurement."""
_FROM = 100_000
"""Passages from which growth is fitted, where at least two sizes are: below, what does not grow
with the collection hides what does."""


@dataclass(frozen=True, slots=True)
class Fit:
    """y = scale * n ** exponent."""

    exponent: float
    scale: float
    first: int
    """The smallest and the largest n of the fit."""
    last: int


def chosen(rows: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """One row for each size, by size: not that of exact search where there is another."""
    found: dict[int, dict[str, Any]] = {}
    for row in sorted(rows, key=lambda row: (row["passages"], row["index"] != "exact")):
        found[row["passages"]] = row
    return list(found.values())


def exponent(rows: Sequence[dict[str, Any]], field: str) -> Fit | None:
    """The least-squares line through (log n, log y); None with fewer than two sizes above zero.

    Args:
        rows: of one size each, with `passages` and the field.
        field: of `EXPONENTS`.
    """
    points = [(row["passages"], row[field]) for row in rows if row[field] > 0]
    large = [point for point in points if point[0] >= _FROM]
    points = large if len(large) > 1 else points
    if len(points) < 2:
        return None
    n, y = np.array(points, dtype=np.float64).T
    slope, offset = np.polyfit(np.log(n), np.log(y), 1)
    return Fit(float(slope), float(np.exp(offset)), int(n.min()), int(n.max()))
