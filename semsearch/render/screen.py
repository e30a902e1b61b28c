"""The output: a terminal of some width, with or without styles, or a pipe."""

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

_MAX_COLUMNS = 110  # a choice: longer lines are hard to read
_MIN_COLUMNS = 20  # a choice: lines are never wrapped to less
_LRI, _RLI, _PDI = "\u2066", "\u2067", "\u2069"


@dataclass(frozen=True, slots=True)
class Screen:
    """Where text is printed. All that its methods return is safe to print."""

    columns: int | None = None
    """None if the output is not a terminal: each paragraph is then one line."""
    styled: bool = False
    """Whether to use escape sequences: bold, colours, links."""

    @classmethod
    def of(cls, stream: TextIO) -> Self:
        """The screen behind a stream. Styles respect NO_COLOR and TERM=dumb."""
        if not stream.isatty():
            return cls()
        columns = min(max(shutil.get_terminal_size().columns, _MIN_COLUMNS), _MAX_COLUMNS)
        plain = os.environ.get("NO_COLOR") or os.environ.get("TERM", "dumb") == "dumb"
        return cls(columns, styled=not plain)

    def inline(self, text: str, style: str = PLAIN) -> str:
        """Text inside a line of other text, isolated from its direction (UAX #9)."""
        clean = sanitize(text)
        return self._isolated(self._painted(clean, style), clean, rtl=is_rtl(clean))

    def link(self, text: str, path: str, style: str = PLAIN) -> str:
        """Text that opens a file when clicked, if the terminal supports it (OSC 8)."""
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

        Each right-to-left line is isolated, so that the terminal reorders it as a whole and nothing
        before it has an effect; with `flush` it ends at the right margin. A terminal without
        bidirectional text shows such lines in logical order.

        Args:
            text: a text, or the words of a sanitized one.
            indent: empty cells before every line.
            style: style of the rest of the text.
            marked: style of sentences that answer.
            matched: style of words of the query.
            flush: whether right-to-left lines are aligned to the right.
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
        """A horizontal line with a label, as wide as the screen."""
        line = f"── {label} "
        return self._painted(line + "─" * ((self.columns or 0) - len(line)), DIM).rstrip()

    def _painted(self, text: str, style: str) -> str:
        return f"\x1b[{style}m{text}\x1b[0m" if self.styled and style and text else text

    def _isolated(self, shown: str, text: str, *, rtl: bool) -> str:
        """Text isolated by its direction (UAX #9), if a terminal might reorder any of it."""
        if self.columns is None or not (rtl or has_rtl(text)):
            return shown
        return f"{_RLI if rtl else _LRI}{shown}{_PDI}"
