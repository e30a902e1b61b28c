"""An article's text as people read it: safe to print, and without signs of Markdown."""

from collections.abc import Sequence
from itertools import pairwise

from semsearch.text import Span, markdown_signs, sanitize


def plain(text: str, *kinds: Sequence[Span]) -> tuple[str, list[list[Span]]]:
    """A text as one line to be shown, and spans of several kinds moved to their places in it.

    Example:
        >>> plain("The **dam** burst.", [(4, 17)])
        ('The dam burst.', [[(4, 13)]])
    """
    signs = dict(markdown_signs(text))
    borders = {0, len(text), *signs, *signs.values()}
    borders.update(border for spans in kinds for span in spans for border in span)
    shown, places, end_of_sign = "", {0: 0}, 0
    for start, end in pairwise(sorted(borders)):
        end_of_sign = signs.get(start, end_of_sign)
        if start >= end_of_sign:
            shown += sanitize(text[start:end])
        places[end] = len(shown)
    return shown, [[(places[start], places[end]) for start, end in spans] for spans in kinds]
