"""python -m tests.docs: what `make screenshots` runs.

Writes the outputs in README.md and docs/ that do not hold any more, and the two pictures of the
README. What a page leaves out (`...`) stays as it is where the rest of the output still holds.
"""

import shutil
import sys
import tempfile
from pathlib import Path

from tests.docs.pages import PAGES, blocks, exchanges, rewritten
from tests.docs.pictures import IMAGES, page_picture, terminal_lines, terminal_picture
from tests.docs.terminal import Terminal, prepare


def main() -> None:
    if sys.argv[1:]:
        sys.exit(__doc__)
    folder = Path(tempfile.gettempdir(), "news")  # the page shows it
    folder.mkdir()
    try:
        prepare(folder)
        for page in PAGES:
            for block in blocks(page, "console"):
                with Terminal(folder) as terminal:
                    printed = [terminal.run(command) for command, _ in exchanges(block)]
                rewritten(page, block, printed)
        picture = terminal_picture(terminal_lines(folder))
        (IMAGES / "terminal.svg").write_text(picture, encoding="utf-8")
        page_picture(folder, IMAGES / "page.png")
    finally:
        shutil.rmtree(folder)


if __name__ == "__main__":
    main()
