"""Text in the cells of a terminal: widths, graphemes, words and lines.

Characters stay in logical order, the order in which they are read; the terminal puts right-to-left
text in visual order.
"""

import unicodedata
from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import NamedTuple

from semsearch.text import extends

Span = tuple[int, int]

_VIRAMA = 9  # canonical combining class: joins the letter after it to the one before
_MAX_GLYPHS = 60  # longest word, a choice: what is longer is a URL or data, and is cut
_NO_BREAK_SPACES = "\u00a0\u2007\u202f"  # French puts them inside « and »
_THAI_AND_LAO_LEADING_VOWELS = "เแโใไເແໂໃໄ"  # written before the consonant that they follow
_NO_BREAK_BEFORE = ("Pe", "Pf", "Po", "Lm")
_NO_BREAK_AFTER = ("Ps", "Pi")
_UNSPACED = (("\u0e01", "\u0fff"), ("\u1000", "\u109f"), ("\u1780", "\u17ff"))
"""Thai, Lao and Tibetan; Burmese; Khmer: written without spaces between words."""


class Glyph(NamedTuple):
    """One grapheme, and the cells that it takes."""

    text: str
    cells: int
    marked: bool
    """Whether it belongs to a sentence that answers."""
    matched: bool = False
    """Whether it belongs to a word of the query."""


class Word(NamedTuple):
    """Glyphs that stay together on a line if they fit on one."""

    glyphs: tuple[Glyph, ...]
    spaced: bool
    """Whether there is white space before it."""

    @property
    def cells(self) -> int:
        """The cells that the word takes, without the space before it."""
        return sum(glyph.cells for glyph in self.glyphs)

    @property
    def marked(self) -> bool:
        """Whether the word begins highlighted."""
        return self.glyphs[0].marked


Line = list[Glyph]
ELLIPSIS = Glyph("…", 1, marked=False)


def words(text: str, marks: Iterable[Span] = (), matches: Iterable[Span] = ()) -> list[Word]:
    """The words of a sanitized text; in scripts without spaces, the units that may be wrapped.

    Args:
        text: one paragraph.
        marks: (start, end) offsets of the sentences that answer.
        matches: (start, end) offsets of words of the query.
    """
    found: list[Word] = []
    run: list[Glyph] = []
    spaced = False
    for glyph in _glyphs(text, _offsets(marks), _offsets(matches)):
        space = glyph.text.isspace() and glyph.text not in _NO_BREAK_SPACES
        if run and (space or len(run) == _MAX_GLYPHS or _may_break(run[-1].text, glyph.text)):
            found.append(Word(tuple(run), spaced))
            run, spaced = [], False
        if space:
            spaced = True
        else:
            run.append(glyph)
    if run:
        found.append(Word(tuple(run), spaced))
    return found


def wrap(text: Sequence[Word], columns: int | None, *, taken: int = 0) -> list[Line]:
    """Lines of at most `columns` cells; one line when `columns` is None.

    Only a word longer than a line is cut, and never inside a grapheme.

    Args:
        text: the words.
        columns: cells of a line.
        taken: cells of the first line that are not free; it is empty if no word fits beside them.
    """
    lines: list[Line] = [[]] if text else []
    used = taken
    for word in text:
        gap = word.spaced and bool(lines[-1])
        if columns is not None and used and used + gap + word.cells > columns:
            lines.append([])
            used, gap = 0, False
        if gap:
            lines[-1].append(Glyph(" ", 1, lines[-1][-1].marked and word.marked))
            used += 1
        for glyph in word.glyphs:
            if columns is not None and used and used + glyph.cells > columns:
                lines.append([])
                used = 0
            lines[-1].append(glyph)
            used += glyph.cells
    return lines


def shorten(lines: Sequence[Line], limit: int, columns: int, *, taken: int = 0) -> list[Line]:
    """The first `limit` lines, with an ellipsis at the end where some are left out."""
    kept = list(lines[:limit])
    if len(lines) > limit:
        last = list(kept[-1])
        room = columns - (taken if limit == 1 else 0) - ELLIPSIS.cells
        while last and (last[-1].text == " " or sum(glyph.cells for glyph in last) > room):
            last.pop()
        kept[-1] = [*last, ELLIPSIS]
    return kept


def width(text: str) -> int:
    """The cells that a sanitized text takes."""
    return sum(glyph.cells for glyph in _glyphs(text, set(), set()))


def is_rtl(text: str) -> bool:
    """Whether most letters are written from right to left.

    The first letter alone would misjudge an Arabic paragraph that begins with a Latin name.
    """
    classes = [unicodedata.bidirectional(char) for char in text]
    return classes.count("R") + classes.count("AL") > classes.count("L")


def has_rtl(text: str) -> bool:
    """Whether any character is written from right to left, or is an Arabic digit."""
    return not text.isascii() and any(
        unicodedata.bidirectional(c) in ("R", "AL", "AN") for c in text
    )


def _offsets(spans: Iterable[Span]) -> set[int]:
    return {offset for start, end in spans for offset in range(start, end)}


def _glyphs(text: str, marked: set[int], matched: set[int]) -> list[Glyph]:
    """The graphemes of a text (UAX #29, without Prepend)."""
    borders = [0]
    flag_letters = 0
    for offset, (before, after) in enumerate(pairwise(text), 1):
        flag_letters = flag_letters + 1 if _is_flag_letter(before) else 0
        half_a_flag = flag_letters % 2 == 1 and _is_flag_letter(after)
        if not half_a_flag and _is_border(before, after):
            borders.append(offset)
    spans = pairwise([*borders, len(text)]) if text else ()
    return [Glyph(text[a:b], _cells(text[a:b]), a in marked, a in matched) for a, b in spans]


def _is_border(before: str, after: str) -> bool:
    """Whether a grapheme ends between two characters."""
    if before.isascii() and after.isascii():
        return True
    if extends(after) or unicodedata.category(after) == "Cf":
        return False
    if before == "\u200d" and unicodedata.category(after) == "So":
        return False  # emoji joined by a zero-width joiner
    if unicodedata.combining(before) == _VIRAMA and after.isalpha():
        return False
    # Hangul written as conjoining jamo
    return not ("\u1160" <= after <= "\u11ff" and "\u1100" <= before <= "\u11ff")


def _is_flag_letter(char: str) -> bool:
    return "\U0001f1e6" <= char <= "\U0001f1ff"


def _cells(grapheme: str) -> int:
    """The cells of one grapheme, as most terminals count them."""
    if len(grapheme) == 1 and grapheme.isascii():
        return 1
    is_emoji = len(grapheme) > 1 and unicodedata.category(grapheme[0]) == "So"
    if is_emoji or "\ufe0f" in grapheme:
        return 2
    return sum(
        2 if unicodedata.east_asian_width(char) in "WF" else 1
        for char in grapheme
        if unicodedata.category(char) not in ("Mn", "Me", "Cf") and not "\u1160" <= char <= "\u11ff"
    )


def _may_break(before: str, after: str) -> bool:
    """Whether a line may end between two graphemes with no space between them."""
    if not (_stands_alone(before) or _stands_alone(after)):
        return False
    return (
        unicodedata.category(after[0]) not in _NO_BREAK_BEFORE
        and unicodedata.category(before[0]) not in _NO_BREAK_AFTER
        and before[0] not in _THAI_AND_LAO_LEADING_VOWELS
    )


def _stands_alone(grapheme: str) -> bool:
    """Whether the script is written without spaces. Korean is wide, but uses spaces."""
    char = grapheme[0]
    if char.isascii():
        return False
    wide = unicodedata.east_asian_width(char) in "WF" and not "\uac00" <= char <= "\ud7a3"
    return wide or any(first <= char <= last for first, last in _UNSPACED)
