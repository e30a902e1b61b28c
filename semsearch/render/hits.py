"""Hits as text: where each was found, and the sentences that answer with some text around them."""

import os
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import pairwise
from pathlib import Path

from semsearch.render.cells import Glyph, Word, words
from semsearch.render.languages import language_name
from semsearch.render.screen import BOLD, CYAN, DIM, PLAIN, Screen
from semsearch.text import Span, sanitize
from semsearch.types import Document, Explanation, Hit, SearchResult

_SNIPPET_CELLS = 380
"""Length of a snippet (a choice): five lines of 80 columns, less their indent."""
_ELLIPSIS = Word((Glyph("…", 1, marked=False),), spaced=False)
_SPACE = Glyph(" ", 1, marked=False)


def hit_lines(result: SearchResult, screen: Screen) -> Iterator[str]:
    """The hits, best first, with an empty line between two."""
    digits = len(str(len(result.hits)))
    for hit in result.hits:
        if hit.rank > 1:
            yield ""
        value = f"{hit.score:.3f}" if hit.relevance is None else f"{hit.relevance:.2f}"
        label = f"{hit.rank:>{digits}}  {value}  "
        title = screen.paragraph(
            hit.title.strip() or hit.doc_id, indent=len(label), style=BOLD, flush=False
        )
        yield label + "".join(title[:1])[len(label) :]
        yield from title[1:]
        indent = digits + 2
        yield " " * indent + origin(hit, screen)
        if hit.explanation:
            sums = _explained(hit.score, hit.explanation)
            yield from screen.paragraph(sums, indent=indent, style=DIM)
        yield from screen.paragraph(
            snippet(hit), indent=indent, style=DIM, marked=PLAIN, matched=BOLD
        )


def _explained(score: float, explanation: Explanation) -> str:
    """A score as the sum of its parts: `0.812 = dense 0.500 + lexical 0.312 (known 1.00)`."""
    parts = " + ".join(f"{name} {value:.3f}" for name, value in explanation.parts.items())
    evidence = ", ".join(f"{name} {value:.2f}" for name, value in explanation.evidence.items())
    return f"{score:.3f} = {parts}" + (f" ({evidence})" if evidence else "")


def origin(found: Hit | Document, screen: Screen) -> str:
    """Language, date, place in the file and, if the path does not contain it, the doc_id."""
    path = _short(found.path)
    if isinstance(found, Hit) and found.page is not None:
        path += f", page {found.page}"
    elif found.line is not None:
        path += f":{found.line}"
    parts = [screen.inline(language_name(found.lang), DIM)]
    if found.date:
        parts.append(screen.inline(found.date, DIM))
    parts.append(screen.link(path, found.path, CYAN))
    if not found.path.endswith(f"/{found.doc_id}"):
        parts.append(screen.inline(found.doc_id, DIM))
    if isinstance(found, Hit) and found.similar:
        parts.append(screen.inline(f"+{len(found.similar)} similar ({_languages(found)})", DIM))
    return screen.inline(" · ", DIM).join(parts)


def _languages(hit: Hit) -> str:
    """The languages of the copies of a hit, most frequent first: `French 2, Arabic`."""
    counts = Counter(language_name(copy.lang) for copy in hit.similar)
    return ", ".join(f"{name} {n}" if n > 1 else name for name, n in counts.most_common())


def snippet(hit: Hit) -> list[Word]:
    """The highlighted sentences and as much of the text around them as fits into a snippet.

    It does not depend on the width of the screen.
    """
    passage = words(*_clean(hit.text, hit.highlights, hit.matches))
    kept = sorted(_nearest(passage, _SNIPPET_CELLS))
    if not kept:
        return []
    shown = [_ELLIPSIS] if kept[0] else []
    for i, following in pairwise([*kept, len(passage)]):
        word = passage[i]
        if following > i + 1:
            gap = (_SPACE,) if passage[i + 1].spaced else ()
            word = Word((*word.glyphs, *gap, *_ELLIPSIS.glyphs), word.spaced)
        shown.append(word)
    return shown


def _nearest(passage: Sequence[Word], cells: int) -> Iterator[int]:
    """The indices of the words nearest to a highlighted one, as many as fit into the cells."""
    distance = _distances(passage)
    for i in sorted(range(len(passage)), key=distance.__getitem__):
        cells -= passage[i].cells + passage[i].spaced
        if cells < 0:
            return
        yield i


def _distances(passage: Sequence[Word]) -> list[int]:
    """The distance in words from each word to a highlighted one, or else to the beginning."""
    far = len(passage)
    distances = [0 if word.marked else far for word in passage]
    if far and min(distances) == far:
        distances[0] = 0
    for i in range(1, far):
        distances[i] = min(distances[i], distances[i - 1] + 1)
    for i in range(far - 2, -1, -1):
        distances[i] = min(distances[i], distances[i + 1] + 1)
    return distances


def _clean(text: str, *kinds: Sequence[Span]) -> tuple[str, list[Span], list[Span]]:
    """The sanitized text, and two kinds of spans moved to their places in it."""
    clean, places = "", {0: 0}
    borders = sorted(
        {0, len(text), *(border for spans in kinds for span in spans for border in span)}
    )
    for start, end in pairwise(borders):
        clean += sanitize(text[start:end])
        places[end] = len(clean)
    first, second = ([(places[start], places[end]) for start, end in spans] for spans in kinds)
    return clean, first, second


def _short(path: str) -> str:
    """A path relative to the working folder, if it is inside: short, and easy to paste."""
    try:
        return os.fspath(Path(path).relative_to(Path.cwd()))
    except (ValueError, OSError):
        return path
