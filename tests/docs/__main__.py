"""python -m tests.docs: what `make screenshots` runs.

Writes the outputs in README.md and docs/ that do not hold any more, and the two pictures of the
README. What a page leaves out (`...`) stays as it is where the rest of the output still holds.
"""

import re
import shlex
import shutil
import sys
import tempfile
from pathlib import Path

from tests.docs.pages import PAGES, Exchange, blocks, exchanges, holds, programs, replace
from tests.docs.pictures import IMAGES, page_picture, terminal_lines, terminal_picture
from tests.docs.terminal import Terminal, prepare

FOLDER = Path(tempfile.gettempdir(), "news")
"""Where the commands are run; the picture of the page shows it."""
_VARIES = re.compile(
    r'(?<= in )[\d.]+(?= s\n)|(?<=/damaged-)[\d-]+|(?<="updated": ")[^"]+|(?<=size_bytes": )\d+'
)
"""What differs between runs and machines."""


def main() -> None:
    if sys.argv[1:]:
        sys.exit(__doc__)
    FOLDER.mkdir()
    try:
        prepare(FOLDER)
        for page in PAGES:
            renew(page)
        picture = terminal_picture(terminal_lines(FOLDER))
        (IMAGES / "terminal.svg").write_text(picture, encoding="utf-8")
        page_picture(FOLDER, IMAGES / "page.png")
    finally:
        shutil.rmtree(FOLDER)


def renew(page: Path) -> None:
    """Put what is printed in place of what a page shows, where that is something else."""
    for block in blocks(page, "console"):
        with Terminal(FOLDER) as terminal:
            told = [f"$ {each.command}\n{shown(each, terminal)}" for each in exchanges(block)]
        replace(page, block, "".join(told))
    for code, printed in programs(page):
        with Terminal(FOLDER) as terminal:
            command = shlex.join(["python3", "-c", code])
            true = shown(Exchange(command, printed), terminal)
        if true != printed:
            before, after = (f"{code}```\n\n```text\n{text}```" for text in (printed, true))
            replace(page, before, after)


def shown(exchange: Exchange, terminal: Terminal) -> str:
    """What a page shall show of a command: the same as now where that holds."""
    printed = terminal.run(exchange.command)
    if holds(exchange.shown, printed):
        return exchange.shown
    return _VARIES.sub("...", printed).replace(str(FOLDER), "...")


if __name__ == "__main__":
    main()
