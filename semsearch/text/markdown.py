"""Signs of Markdown in a text: what a reader should not see, and what is a heading.

By patterns, as the offsets of each sign are needed, which parsers of Markdown do not give for what
stands inside a line. A passage may hold only one sign of a pair.
"""

import re
from collections.abc import Sequence

from semsearch.text.sentences import Span

_BEFORE_A_LINE = re.compile(
    r"^[ \t]*(?:"
    r"(?:[-*_=][ \t]*){3,}$"  # a rule, or the line under a heading
    r"|(?:```|~~~).*$"
    r"|(?:>[ \t]?)+(?:\#{1,6}[ \t]+|[-*+•][ \t]+)?"
    r"|\#{1,6}[ \t]+"
    r"|[-*+•][ \t]+"
    r")",
    re.MULTILINE,
)
_LINK = re.compile(r"(!?\[)([^\[\]\n]*)(\]\((?:[^()\n]|\([^()\n]*\))*\)|\]\[[^\[\]\n]*\])")
_PAIR = re.compile(
    r"(?<![\w*])(\*|_|`+|~~)(?=[\w\"'«“‘(\[¿¡*_`])(?!\1)"
    r"((?:[^\n]|\n(?!\s)){0,300}?\S)(?<!\*)(\1)(?![\w*])"
)
_ALONE = re.compile(r"\*\*+|(?<!\w)__+(?=\w)|(?<=[\w.,;:!?…»”)])__+(?!\w)")
_HEADING = re.compile(r"\s*#{1,6}\s")


def markdown_signs(text: str) -> list[Span]:
    """The spans of the signs in a text, in order, none overlapping.

    Example:
        >>> text = "## A *new* [bridge](https://a.example)"
        >>> [text[start:end] for start, end in markdown_signs(text)]
        ['## ', '*', '*', '[', '](https://a.example)']
    """
    found = [match.span() for match in (*_BEFORE_A_LINE.finditer(text), *_ALONE.finditer(text))]
    for pattern in (_LINK, _PAIR):
        for match in pattern.finditer(text):
            found += [match.span(1), match.span(3)]
    return _merged(sorted(found))


def without_markdown(text: str) -> str:
    """A text without such signs."""
    for start, end in reversed(markdown_signs(text)):
        text = text[:start] + text[end:]
    return text


def is_heading(sentence: str) -> bool:
    """Whether a line is a heading by the sign at its beginning."""
    return _HEADING.match(sentence) is not None


def _merged(spans: Sequence[Span]) -> list[Span]:
    merged: list[Span] = []
    for start, end in spans:
        if merged and start < merged[-1][1]:
            merged[-1] = merged[-1][0], max(end, merged[-1][1])
        else:
            merged.append((start, end))
    return merged
