"""Hits as text: title and origin of each, and the sentence that answers or the whole passage."""

import os
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from semsearch.render.cells import ELLIPSIS, Word, width, words
from semsearch.render.plain import plain
from semsearch.render.screen import BOLD, CYAN, DIM, PLAIN, Screen
from semsearch.text import language_name, sanitize
from semsearch.types import Document, Hit, SearchResult

_LINES = (2, 3)
"""Fewest and most lines of a hit on a terminal: two, so that ten hits fit on 24 lines. A choice."""
_SNIPPET_CELLS = 380
"""Length of a snippet where lines have no end (a choice): three or four sentences."""
_TITLE_CELLS, _SNIPPET_BESIDE = 24, 24
"""Cells that are kept for the title beside language and date, and for the snippet beside a long
path, which gets at least half of the line. Choices."""


def hit_lines(result: SearchResult, screen: Screen) -> Iterator[str]:
    """Each hit in two or three lines of a terminal, best first.

    Of three lines are the best ones, as many as leave all hits on the screen: a title with language
    and date, then the place of the answer and the answer itself.
    """
    digits = len(str(len(result.hits)))
    fewest, most = _LINES
    left = (screen.rows or 0) - 1 - fewest * len(result.hits)  # a line is for the prompt
    for hit in result.hits:
        yield _heading(hit, digits, screen)
        yield from _explained(hit, digits + 2, screen)
        yield from _answer(hit, digits + 2, (most if hit.rank <= left else fewest) - 1, screen)


def passage_lines(result: SearchResult, screen: Screen) -> Iterator[str]:
    """Each hit with its whole passage, best first, with an empty line between two."""
    digits = len(str(len(result.hits)))
    for hit in result.hits:
        if hit.rank > 1:
            yield ""
        label = _label(hit, digits)
        title = screen.paragraph(_title(hit), indent=len(label), style=BOLD, flush=False)
        yield label + "".join(title[:1])[len(label) :]
        yield from title[1:]
        indent = digits + 2
        yield " " * indent + origin(hit, screen)
        yield from _explained(hit, indent, screen)
        text, (marks, matches) = plain(hit.text, hit.highlights, hit.matches)
        yield from screen.paragraph(
            words(text, marks, matches), indent=indent, style=DIM, marked=PLAIN, matched=BOLD
        )


def origin(found: Hit | Document, screen: Screen) -> str:
    """Language, date, place in the file and, if the path does not contain it, the doc_id."""
    parts = [screen.inline(language_name(found.lang), DIM)]
    if found.date:
        parts.append(screen.inline(found.date, DIM))
    parts.append(screen.link(_place(found), found.path, CYAN))
    if _has_other_id(found):
        parts.append(screen.inline(found.doc_id, DIM))
    if isinstance(found, Hit) and found.similar:
        parts.append(screen.inline(_similar(found), DIM))
    return screen.inline(" · ", DIM).join(parts)


def snippet(hit: Hit) -> list[Word]:
    """The sentence that answers and what follows it; else the passage, but for its title."""
    start = hit.highlights[0][0] if hit.highlights else 0
    kinds = [
        [(max(first, start) - start, end - start) for first, end in spans if end > start]
        for spans in (hit.highlights, hit.matches)
    ]
    text, (marks, matches) = plain(hit.text[start:], *kinds)
    passage = words(text, marks, matches)
    title, _ = plain(hit.title)
    if not hit.highlights and title and text.startswith(title):
        passage = passage[len(words(title)) :]
    free = _SNIPPET_CELLS
    for position, word in enumerate(passage):
        free -= word.cells + word.spaced
        if free < 0:
            return [*passage[:position], Word((ELLIPSIS,), spaced=True)]
    return passage


def _heading(hit: Hit, digits: int, screen: Screen) -> str:
    """Rank, relevance, title, language, date and the number of copies on one line."""
    label = _label(hit, digits)
    about = [language_name(hit.lang)]
    about += [hit.date[:10]] if hit.date else []
    about += [_similar(hit, short=screen.columns is not None)] if hit.similar else []
    if screen.columns is not None:
        free = screen.columns - len(label) - _TITLE_CELLS
        while about and _cells(about) > free:
            about.pop()
        screen = replace(screen, columns=screen.columns - _cells(about))
    title = screen.paragraph(_title(hit), indent=len(label), limit=1, style=BOLD, flush=False)
    rest = [screen.inline(f" · {part}", DIM) for part in about]
    return label + "".join([*title, *rest]).lstrip()


def _answer(hit: Hit, indent: int, lines: int, screen: Screen) -> Iterator[str]:
    """The place of the answer, and beside it the answer."""
    place = _place(hit) + (f" · {hit.doc_id}" if _has_other_id(hit) else "")
    place = sanitize(place)
    if screen.columns is not None:
        room = screen.columns - indent
        place = _end_of(place, max(room - _SNIPPET_BESIDE, room // 2))
    taken = width(place)
    found = screen.paragraph(
        snippet(hit),
        indent=indent,
        taken=taken + 2,
        limit=lines,
        style=DIM,
        marked=PLAIN,
        matched=BOLD,
    )
    beside = "".join(found[:1])[indent + taken :]
    yield " " * indent + screen.link(place, hit.path, CYAN) + beside.rstrip(" ")
    yield from found[1:]


def _explained(hit: Hit, indent: int, screen: Screen) -> Iterator[str]:
    """A score as the sum of its parts: `0.812 = dense 0.500 + lexical 0.312 (known 1.00)`."""
    if hit.explanation:
        parts = " + ".join(f"{name} {value:.3f}" for name, value in hit.explanation.parts.items())
        evidence = ", ".join(
            f"{name} {value:.2f}" for name, value in hit.explanation.evidence.items()
        )
        sums = f"{hit.score:.3f} = {parts}" + (f" ({evidence})" if evidence else "")
        yield from screen.paragraph(sums, indent=indent, style=DIM)


def _label(hit: Hit, digits: int) -> str:
    """Rank and relevance; the score where the relevance is not known."""
    value = f"{hit.score:.3f}" if hit.relevance is None else f"{hit.relevance:.2f}"
    return f"{hit.rank:>{digits}}  {value}  "


def _title(hit: Hit) -> str:
    return plain(hit.title)[0].strip() or hit.doc_id


def _place(found: Hit | Document) -> str:
    """Path and page or line."""
    if isinstance(found, Hit) and found.page is not None:
        return f"{_short(found.path)}, page {found.page}"
    return _short(found.path) + ("" if found.line is None else f":{found.line}")


def _has_other_id(found: Hit | Document) -> bool:
    return not found.path.endswith(f"/{found.doc_id}")


def _similar(hit: Hit, *, short: bool = False) -> str:
    """The number of copies of a hit and, unless short, their languages, most frequent first."""
    number = f"+{len(hit.similar)} similar"
    counts = Counter(language_name(copy.lang) for copy in hit.similar)
    names = ", ".join(f"{name} {n}" if n > 1 else name for name, n in counts.most_common())
    return number if short else f"{number} ({names})"


def _cells(parts: list[str]) -> int:
    return sum(width(sanitize(f" · {part}")) for part in parts)


def _end_of(text: str, cells: int) -> str:
    """The end of a text that is longer than some cells, after an ellipsis."""
    if width(text) <= cells:
        return text
    while text and width(text) >= cells:
        text = text[1:]
    return f"…{text}"


def _short(path: str) -> str:
    """A path relative to the working folder, if it is inside: short, and easy to paste."""
    try:
        return os.fspath(Path(path).relative_to(Path.cwd()))
    except (ValueError, OSError):
        return path
