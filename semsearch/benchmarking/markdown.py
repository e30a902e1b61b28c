"""Markdown tables with aligned columns, so that they can be read in a terminal too."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

Rows = Sequence[Sequence[str]]


@dataclass(frozen=True, slots=True)
class Table:
    """One table of a measurement."""

    name: str
    """The NAME of its marker `<!-- bench:NAME -->` in a page: `quality:seeds`."""
    title: str
    lines: tuple[str, ...]
    """The lines of the table in Markdown."""


def table(name: str, title: str, names: Sequence[str], rows: Rows) -> Table:
    """A table with these column names and rows of cells."""
    cells = [[cell.replace("|", "\\|") for cell in row] for row in rows]
    return Table(name, title, tuple(_lines(names, cells)))


def slug(text: object) -> str:
    """Text as a part of a table's or a file's name: other characters than letters become `-`.

    Example:
        >>> slug("two sets")
        'two-sets'
    """
    return re.sub(r"[^\w.]+", "-", str(text))


def _lines(names: Sequence[str], rows: Rows) -> Iterator[str]:
    """Columns as wide as their widest cell; columns of numbers are aligned to the right."""
    columns = list(zip(names, *rows, strict=True))
    widths = [max(3, *map(len, column)) for column in columns]
    right = [
        all(cell.lstrip("+-")[:1].isdigit() or not cell for cell in column[1:])
        for column in columns
    ]
    for row in (names, None, *rows):
        cells = [
            ("-" * (width - 1) + ":" if to_right else "-" * width)
            if row is None
            else row[place].rjust(width)
            if to_right
            else row[place].ljust(width)
            for place, (width, to_right) in enumerate(zip(widths, right, strict=True))
        ]
        yield f"| {' | '.join(cells)} |"
