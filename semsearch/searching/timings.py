"""How long each part of answering a query took."""

import time
from collections.abc import Iterator
from contextlib import contextmanager


class Timings:
    """Milliseconds by part, in the order in which the parts were first measured."""

    def __init__(self, **measured: float) -> None:
        """Begin with parts that were measured elsewhere, in milliseconds."""
        self._ms = measured

    @contextmanager
    def measure(self, part: str) -> Iterator[None]:
        """Add the time that the block takes to a part."""
        began = time.perf_counter()
        yield
        self._ms[part] = self._ms.get(part, 0.0) + (time.perf_counter() - began) * 1000

    def with_total(self) -> dict[str, float]:
        """All parts and their sum as `total`, to the microsecond."""
        rounded = {part: round(ms, 3) for part, ms in self._ms.items()}
        return rounded | {"total": round(sum(self._ms.values()), 3)}
