"""Measuring semsearch: `python -m benchmarks`, or one of the modules."""

from pathlib import Path

from semsearch.benchmarking.results import Record
from semsearch.benchmarking.tables import tables

SEEDS = Path(__file__).parent.parent / "seeds"


def show(record: Record) -> None:
    """Its tables on the terminal."""
    for table in tables(record):
        print(table.title, "", *table.lines, "", sep="\n")
