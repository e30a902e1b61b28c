"""Tables in Markdown that can also be read as they are, in a terminal."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

Rows = Sequence[Sequence[str]]


@dataclass(frozen=True, slots=True)
class Table:
    """One table of a measurement."""

    name: str
    """Of the marker in a page that it belongs to: `quality:seeds`."""
    title: str
    lines: tuple[str, ...]
    """Markdown."""


def table(name: str, title: str, names: Sequence[str], rows: Rows) -> Table:
    """A table of these columns."""
    cells = [[cell.replace("|", "\\|") for cell in row] for row in rows]
    return Table(name, title, tuple(_lines(names, cells)))


def slug(text: object) -> str:
    """A part of the name of a table or of a file."""
    return re.sub(r"[^\w.]+", "-", str(text))


def _lines(names: Sequence[str], rows: Rows) -> Iterator[str]:
    """Columns as wide as what they hold, for readers of the text; numbers to the right."""
    columns = list(zip(names, *rows, strict=True))
    widths = [max(3, *map(len, column)) for column in columns]
    right = [all(cell[:1].isdigit() or not cell for cell in column[1:]) for column in columns]
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
