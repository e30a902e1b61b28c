"""What the output can show: a terminal of some width, with or without styles, or a pipe."""

import os
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Self, TextIO
from urllib.parse import quote

from semsearch.render.cells import Word, has_rtl, is_rtl, words, wrap
from semsearch.text import sanitize

BOLD, DIM, CYAN, PLAIN = "1", "2", "36", ""

_MAX_COLUMNS = 110  # longer lines are hard to read
_MIN_COLUMNS = 20
_LRI, _RLI, _PDI = "\u2066", "\u2067", "\u2069"


@dataclass(frozen=True, slots=True)
class Screen:
    """Where text goes. Whatever passes through here is safe to print."""

    columns: int | None = None
    """None where the output is no terminal: lines are then as long as their paragraphs."""
    styled: bool = False
    """Whether escape sequences (bold, colours, links) are understood and wanted."""

    @classmethod
    def of(cls, stream: TextIO) -> Self:
        """The screen behind a stream. Styles respect NO_COLOR and TERM=dumb."""
        if not stream.isatty():
            return cls()
        columns = min(max(shutil.get_terminal_size().columns, _MIN_COLUMNS), _MAX_COLUMNS)
        plain = os.environ.get("NO_COLOR") or os.environ.get("TERM", "dumb") == "dumb"
        return cls(columns, styled=not plain)

    def inline(self, text: str, style: str = PLAIN) -> str:
        """A text to stand in a line of other text, its direction kept to itself."""
        clean = sanitize(text)
        return self._isolated(self._painted(clean, style), clean, rtl=is_rtl(clean))

    def link(self, text: str, path: str, style: str = PLAIN) -> str:
        """A text that opens a file where the terminal can (OSC 8)."""
        shown = self.inline(text, style)
        if not self.styled:
            return shown
        target = "file://" + quote(path, errors="replace")
        return f"\x1b]8;;{target}\x1b\\{shown}\x1b]8;;\x1b\\"

    def paragraph(
        self,
        text: str | Sequence[Word],
        *,
        indent: int = 0,
        style: str = PLAIN,
        marked: str = PLAIN,
        matched: str = PLAIN,
        flush: bool = True,
    ) -> list[str]:
        """A paragraph in lines that fit the screen.

        Right-to-left lines are isolated one by one, so that the terminal turns each as a whole
        and none depends on what stands before it; with `flush` they end at the right margin.
        A terminal that turns nothing shows them in reading order.

        Args:
            text: a text, or the words of one that is sanitized.
            indent: empty cells before every line.
            style: of all else.
            marked: style of sentences that answer.
            matched: style of words of the query.
            flush: whether right-to-left lines go to the right margin.
        """
        parts = words(sanitize(text)) if isinstance(text, str) else text
        room = None if self.columns is None else max(self.columns - indent, 1)
        rtl = is_rtl("".join(glyph.text for word in parts for glyph in word.glyphs))
        lines = []
        for line in wrap(parts, room):
            plain = "".join(glyph.text for glyph in line)
            painted = "".join(
                self._painted("".join(glyph.text for glyph in run), kind)
                for kind, run in groupby(
                    line,
                    key=lambda glyph: (
                        matched if glyph.matched else marked if glyph.marked else style
                    ),
                )
            )
            cells = sum(glyph.cells for glyph in line)
            margin = max(room - cells, 0) if room is not None and rtl and flush else 0
            lines.append(" " * (indent + margin) + self._isolated(painted, plain, rtl=rtl))
        return lines

    def rule(self, label: str) -> str:
        """A border that runs to the end of the line."""
        line = f"── {label} "
        return self._painted(line + "─" * ((self.columns or 0) - len(line)), DIM).rstrip()

    def _painted(self, text: str, style: str) -> str:
        return f"\x1b[{style}m{text}\x1b[0m" if self.styled and style and text else text

    def _isolated(self, shown: str, text: str, *, rtl: bool) -> str:
        """Shown as one unit of its own direction (UAX #9), if the terminal might turn any of it."""
        if self.columns is None or not (rtl or has_rtl(text)):
            return shown
        return f"{_RLI if rtl else _LRI}{shown}{_PDI}"
