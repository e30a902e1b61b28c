"""The pages for people: README.md and docs/, their blocks of code, and what stands beside them.

Three kinds of blocks are run by the tests, all in one folder that holds `seeds/` and an index:

- `sh`: every line that begins with `semsearch`;
- `console`: every line after `$ `, each of which must print what stands below it;
- `python`: as it stands; a `text` block that follows at once is what it prints.

In what a page shows, `...` stands for any text in a line, and alone on a line for any lines.
"""

import re
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

from tests.paths import ROOT

PAGES = (ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md")))
_BLOCK = re.compile(r"^```(\w+)\n(.*?)^```\n", re.MULTILINE | re.DOTALL)


class Exchange(NamedTuple):
    """A command of a page and what it is said to print."""

    command: str
    shown: str


def name(page: Path) -> str:
    """A page by its path in the repository."""
    return page.relative_to(ROOT).as_posix()


def blocks(page: Path, language: str) -> list[str]:
    """The blocks of one language, in order."""
    found = _BLOCK.findall(page.read_text(encoding="utf-8"))
    return [text for kind, text in found if kind == language]


def commands(page: Path) -> list[str]:
    """The lines of shell that call semsearch."""
    lines = [line for block in blocks(page, "sh") for line in block.splitlines()]
    return [line for line in lines if line.startswith("semsearch ")]


def programs(page: Path) -> Iterator[Exchange]:
    """The Python of a page, with what it prints where that is shown."""
    found = [*_BLOCK.findall(page.read_text(encoding="utf-8")), ("", "")]
    for (kind, text), (next_kind, next_text) in pairwise(found):
        if kind == "python":
            yield Exchange(text, next_text if next_kind == "text" else "...\n")


def exchanges(block: str) -> Iterator[Exchange]:
    """The commands of a console block, each with its output."""
    for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
        command, _, shown = part.partition("\n")
        yield Exchange(command, shown)


def holds(shown: str, printed: str) -> bool:
    """Whether a page shows what was printed, but for what it leaves out."""
    lines = []
    for line in shown.splitlines(keepends=True):
        anything = r"(?:.*\n)*?" if line.strip() == "..." else None
        lines.append(anything or re.escape(line).replace(r"\.\.\.", ".*"))
    return re.fullmatch("".join(lines), printed) is not None


def replace(page: Path, old: str, new: str) -> None:
    """Put a block of a page in place of another."""
    text = page.read_text(encoding="utf-8")
    assert old in text
    page.write_text(text.replace(old, new), encoding="utf-8")
