"""The output: a terminal of some width, with or without styles, or a pipe."""

import os
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Self, TextIO
from urllib.parse import quote

from semsearch.render.cells import Glyph, Line, Word, has_rtl, is_rtl, shorten, words, wrap
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
    rows: int | None = None
    """None if the output is not a terminal."""
    styled: bool = False
    """Whether to use escape sequences: bold, colours, links."""

    @classmethod
    def of(cls, stream: TextIO) -> Self:
        """The screen behind a stream. Styles respect NO_COLOR and TERM=dumb."""
        if not stream.isatty():
            return cls()
        columns, rows = shutil.get_terminal_size()
        plain = os.environ.get("NO_COLOR") or os.environ.get("TERM", "dumb") == "dumb"
        return cls(min(max(columns, _MIN_COLUMNS), _MAX_COLUMNS), rows, styled=not plain)

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
        taken: int = 0,
        limit: int | None = None,
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
            taken: more of them before the first line, where the caller writes something else.
            limit: most lines on a terminal; the last ends in an ellipsis if text is left out.
            style: style of the rest of the text.
            marked: style of sentences that answer.
            matched: style of words of the query.
            flush: whether right-to-left lines are aligned to the right.
        """
        parts = words(sanitize(text)) if isinstance(text, str) else text
        room = None if self.columns is None else max(self.columns - indent, 1)
        lines = wrap(parts, room, taken=taken)
        if room is not None and limit is not None:
            lines = shorten(lines, limit, room, taken=taken)
        rtl = is_rtl("".join(glyph.text for word in parts for glyph in word.glyphs))
        shown: list[str] = []
        for line in lines:
            margin = 0 if shown else taken
            if room is not None and rtl and flush:
                margin = max(room - sum(glyph.cells for glyph in line), margin)
            plain = "".join(glyph.text for glyph in line)
            painted = self._isolated(self._line(line, style, marked, matched), plain, rtl=rtl)
            shown.append(" " * (indent + margin) + painted)
        return shown

    def _line(self, line: Line, style: str, marked: str, matched: str) -> str:
        """A line in the styles of its glyphs."""

        def kind(glyph: Glyph) -> str:
            return matched if glyph.matched else marked if glyph.marked else style

        return "".join(
            self._painted("".join(glyph.text for glyph in run), of)
            for of, run in groupby(line, key=kind)
        )

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
