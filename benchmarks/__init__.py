"""Benchmarks that only developers run: `python -m benchmarks`, or one of the modules.

What users can run too, as `semsearch bench`, is in semsearch/benchmarking/.
"""

import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from semsearch.benchmarking.results import recorded
from semsearch.benchmarking.tables import tables

SEEDS = Path(__file__).parent.parent / "seeds"


def record(
    save: Path | None, kind: str, settings: Mapping[str, Any], measure: Callable[[], Any]
) -> None:
    """Measure, or take the stored measurement from the file, and print its tables."""
    for table in tables(recorded(save, kind, settings, measure, tell)):
        print(table.title, "", *table.lines, "", sep="\n")


def tell(message: str) -> None:
    print(message, file=sys.stderr, flush=True)
