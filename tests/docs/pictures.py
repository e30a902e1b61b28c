"""The two pictures of the README, made from the real thing."""

import html
import io
import re
import shlex
import subprocess
import tempfile
from pathlib import Path
from urllib.parse import quote

from rich.console import Console
from rich.terminal_theme import MONOKAI
from rich.text import Text

from tests.docs.terminal import PORT, Terminal
from tests.paths import ROOT

IMAGES = ROOT / "docs" / "images"
QUESTION = "Que fait le Maroc contre Daech ?"
COMMAND = f"semsearch search -k 3 {shlex.quote(QUESTION)}"
_COLUMNS = 100
# As rich has it, without the fonts that it would fetch from another site.
_SVG = """<svg class="rich-terminal" viewBox="0 0 {width} {height}" \
xmlns="http://www.w3.org/2000/svg">
<style>
.{unique_id}-matrix {{ font-family: ui-monospace, Menlo, Consolas, DejaVu Sans Mono, monospace;
  font-size: {char_height}px; line-height: {line_height}px; }}
.{unique_id}-title {{ font-size: 18px; font-weight: bold; font-family: sans-serif }}
{styles}
</style>
<defs><clipPath id="{unique_id}-clip-terminal">
<rect x="0" y="0" width="{terminal_width}" height="{terminal_height}" /></clipPath>
{lines}</defs>
{chrome}
<g transform="translate({terminal_x}, {terminal_y})" clip-path="url(#{unique_id}-clip-terminal)">
{backgrounds}
<g class="{unique_id}-matrix">
{matrix}
</g>
</g>
</svg>
"""


def terminal_lines(folder: Path) -> str:
    """What the question prints, with the escape sequences of a terminal."""
    with Terminal(folder, columns=_COLUMNS, styled=True) as terminal:
        return f"$ {COMMAND}\n{terminal.run(COMMAND)}"


def terminal_picture(shown: str) -> str:
    """An SVG of a terminal."""
    console = Console(record=True, width=_COLUMNS, file=io.StringIO())
    console.print(Text.from_ansi(shown), soft_wrap=True)
    return console.export_svg(
        title="semsearch", theme=MONOKAI, code_format=_SVG, unique_id="terminal"
    )


def lines_of_picture(svg: str) -> list[str]:
    """The text of a terminal in such a picture."""
    lines: dict[float, str] = {}
    matrix = svg.partition('-matrix">')[2]
    for y, text in re.findall(r'<text [^>]*? y="([\d.]+)"[^>]*>(.*?)</text>', matrix):
        lines[float(y)] = lines.get(float(y), "") + html.unescape(text).replace("\xa0", " ")
    return [lines[y].rstrip() for y in sorted(lines)]


def page_picture(folder: Path, picture: Path) -> None:
    """Have Chromium look at the page of `semsearch serve`."""
    with Terminal(folder) as terminal, tempfile.TemporaryDirectory() as profile:
        served = terminal.run(f"semsearch serve --port {PORT} &")
        address = terminal.real(re.findall("http://[^ ]+/", served)[0])
        subprocess.run(
            [
                "chromium",
                "--headless",
                "--no-sandbox",
                "--disable-gpu",
                "--disable-quic",
                "--no-first-run",
                "--disable-background-networking",
                "--disable-component-update",
                "--disable-sync",
                "--hide-scrollbars",
                f"--user-data-dir={profile}",
                "--window-size=900,640",
                f"--screenshot={picture}",
                f"{address}?q={quote(QUESTION)}",
            ],
            check=True,
            capture_output=True,
            timeout=120,
        )
