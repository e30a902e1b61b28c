"""Reports and pages with tables and plots, from stored measurements alone."""

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from semsearch.benchmarking.markdown import Table
from semsearch.benchmarking.results import Record, read
from semsearch.benchmarking.tables import provenance, tables
from semsearch.errors import InputError

PAGE = "report.md"
_BLOCK = re.compile(r"(<!-- bench:(\S+) -->\n).*?(<!-- /bench -->)", re.DOTALL)


def latest(paths: Sequence[Path]) -> list[Record]:
    """The last measurement of each kind with the same settings, in the order of the files.

    Raises:
        InputError: a file cannot be read, or holds other data.
    """
    return joined(record for path in paths for record in read(path))


def joined(records: Iterable[Record]) -> list[Record]:
    """The last record of each kind and settings; the sizes of `scale` become one record."""
    found: dict[str, Record] = {}
    for record in records:
        same = {name: value for name, value in record["settings"].items() if name != "passages"}
        key = f"{record['kind']} {sorted(same.items())}"
        growing = record["kind"] == "scale" and key in found
        found[key] = _joined(found[key], record) if growing else record
    return list(found.values())


def _joined(earlier: Record, later: Record) -> Record:
    rows = {row["passages"]: row for row in [*earlier["measured"], *later["measured"]]}
    both = later.copy()
    both["measured"] = [rows[key] for key in sorted(rows)]
    return both


def write(records: Sequence[Record], folder: Path) -> list[Path]:
    """Write report.md and the plots, as .png and .svg; the same records give the same bytes.

    Returns:
        Paths of the files written, the page first.

    Raises:
        InputError: there is nothing to report, matplotlib is not installed, or the folder cannot be
            written.
    """
    from semsearch.benchmarking.plots import plots, save

    if not records:
        raise InputError("there are no results in the files: measure something with --save first")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        drawn = [[(plot, save(plot, folder)) for plot in plots(record)] for record in records]
        lines = ["# Benchmarks"]
        for record, pictures in zip(records, drawn, strict=True):
            for table in tables(record):
                lines += ["", f"## {table.title}", "", *table.lines]
            for plot, _ in pictures:
                lines += ["", f"![{plot.title}]({plot.name}.svg)"]
            lines += ["", f"*{provenance([record])}*"]
        page = folder / PAGE
        page.write_text("\n".join(lines) + "\n", encoding="utf-8")
    except OSError as error:
        raise InputError(f"cannot write the report to {folder}: {error.strerror}") from error
    return [page, *(path for pictures in drawn for _, paths in pictures for path in paths)]


def update(records: Sequence[Record], page: Path) -> None:
    """Replace the tables between the markers of a page.

    `<!-- bench:NAME -->` and `<!-- /bench -->` stand on lines of their own; NAME is the name of a
    table, or `machine` for the list of machines and versions.

    Raises:
        InputError: the page cannot be read or written, has no markers, or names an unknown table.
    """
    try:
        text = page.read_text(encoding="utf-8")
        page.write_text(updated(records, text, str(page)), encoding="utf-8")
    except OSError as error:
        raise InputError(f"cannot update {page}: {error.strerror}") from error


def updated(records: Sequence[Record], text: str, name: str) -> str:
    """The text of a page with its tables replaced; name is the name of the page, for errors."""
    made: dict[str, Sequence[str]] = {table.name: table.lines for table in _all(records)}
    made["machine"] = list(_machines(records))

    def block(match: re.Match[str]) -> str:
        if match[2] not in made:
            known = ", ".join(sorted(made))
            raise InputError(f"{name} wants the table {match[2]}, the results have {known}")
        return "\n".join([match[1], *made[match[2]], "", match[3]])

    text, count = _BLOCK.subn(block, text)
    if not count:
        raise InputError(f"{name} has no `<!-- bench:NAME -->` with a `<!-- /bench -->` after it")
    return text


def _all(records: Sequence[Record]) -> Iterator[Table]:
    for record in records:
        yield from tables(record)


def _machines(records: Sequence[Record]) -> Iterator[str]:
    """A line for each machine, commit and set of versions, with the benchmarks that it ran."""
    groups: dict[str, list[Record]] = {}
    for record in records:
        environment = [record[name] for name in ("machine", "versions", "commit")]
        groups.setdefault(json.dumps(environment), []).append(record)
    for group in groups.values():
        kinds = ", ".join(dict.fromkeys(record["kind"] for record in group))
        yield f"- {kinds}: {provenance(group)}."
