"""Articles cut into passages: whole sentences, as many as the model reads at once.

Sentence borders depend on the text alone. The tokens of all sentences are counted in one batch;
passages are packed from these counts and then counted themselves, because tokens do not simply add
up. No passage is longer than the model reads, so none is silently truncated.
"""

import math
import re
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Sequence
from itertools import accumulate, pairwise
from typing import NamedTuple

from semsearch.config import ChunkSettings
from semsearch.errors import InputError
from semsearch.text import Span, extends, grapheme_borders, sentence_spans, trim
from semsearch.types import Chunk

CountTokens = Callable[[Sequence[str]], list[int]]
"""The number of tokens of each text."""

_MID_PARAGRAPH_COST = 0.5
"""Cost of ending inside a paragraph, where one more passage costs 1 and a half-empty one 0.25. A
choice."""
_CHOICES = 24
"""Ends that are tried for a passage: enough for any prose, while a file of "! ! !" stays fast. A
choice."""
_CLAUSE_END = re.compile(r"[,;:،؛·—–]\s+|[、，；：]")
_SPACE_END = re.compile(r"\s+")


class _Segment(NamedTuple):
    """A sentence, or a part of one that is too long for a passage."""

    start: int
    end: int
    tokens: int
    is_sentence: bool


def passage_title(title: str, text: str) -> str:
    """The title of an article where it stands before a passage; empty where that begins with it."""
    return "" if text.startswith(title) else title


def passage_text(title: str, text: str) -> str:
    """A passage as the rankings read it: with the title of the article before it."""
    before = passage_title(title, text)
    return f"{before}\n{text}" if before else text


def chunk_text(text: str, count_tokens: CountTokens, settings: ChunkSettings) -> list[Chunk]:
    """The passages of an article, in order.

    Every passage consists of whole sentences and ends with a paragraph where that does not take one
    more passage; passages are about equally long. A sentence too long for a passage is cut after
    a clause, else between words, else between graphemes. Together the passages hold every character
    that is not white space, and none begins or ends with white space.

    Args:
        text: the article.
        count_tokens: of the encoder; called twice, and more often only where sentences are too
            long or where the counts of a tokenizer do not add up.
        settings: no passage exceeds `max_tokens`, except a single character that does;
            `overlap_tokens` is how many tokens of whole sentences a passage may repeat.

    Raises:
        InputError: the settings leave no room for text.
    """
    budget = settings.max_tokens
    if budget < 1 or settings.overlap_tokens < 0:
        raise InputError(
            f"Passages of {budget} tokens with an overlap of {settings.overlap_tokens} cannot be "
            "made: use at least 1 token and an overlap of 0 or more."
        )
    segments = _segments(text, count_tokens, budget)
    tokens = {(segment.start, segment.end): segment.tokens for segment in segments}
    alone = set(tokens)
    limit = budget
    while True:
        spans = _pack(text, segments, limit, settings)
        unknown = [span for span in spans if span not in tokens]
        if unknown:
            counts = count_tokens([text[start:end] for start, end in unknown])
            tokens.update(zip(unknown, counts, strict=True))
        excess = max((tokens[span] - budget for span in spans if span not in alone), default=0)
        if excess <= 0:
            return [Chunk(start, end, text[start:end]) for start, end in spans]
        limit = max(-1, limit - excess)  # below 0 every segment is a passage, and fits


def _segments(text: str, count_tokens: CountTokens, budget: int) -> list[_Segment]:
    """The sentences; those over the budget are divided into parts that are not."""
    spans = sentence_spans(text)
    counts = count_tokens([text[start:end] for start, end in spans]) if spans else []
    segments = [_Segment(*span, count, True) for span, count in zip(spans, counts, strict=True)]
    while True:
        divided = {
            segment: _divide(text, segment, budget)
            for segment in segments
            if segment.tokens > budget
        }
        parts = [part for parts in divided.values() if len(parts) > 1 for part in parts]
        if not parts:
            return segments
        fresh = iter(count_tokens([text[start:end] for start, end in parts]))
        cut: list[_Segment] = []
        for segment in segments:
            if len(divided.get(segment, ())) > 1:
                cut += [_Segment(*part, next(fresh), False) for part in divided[segment]]
            else:
                cut.append(segment)
        segments = cut


def _divide(text: str, segment: _Segment, budget: int) -> list[Span]:
    """Parts of about equal length, cut at the best borders nearby; the whole if there is none."""
    start, end = segment.start, segment.end
    size = end - start
    n_parts = min(size, max(2, math.ceil(1.1 * segment.tokens / budget)))
    length = size / n_parts
    clauses = [
        match.end()
        for match in _CLAUSE_END.finditer(text, start, end - 1)
        if not extends(text[match.end()])
    ]
    spaces = [match.end() for match in _SPACE_END.finditer(text, start, end - 1)]
    graphemes: list[int] | None = None
    cuts = {start, end}
    for i in range(1, n_parts):
        target = start + round(i * length)
        cut = _nearest(clauses, target, length / 3) or _nearest(spaces, target, length / 2)
        if cut is None:
            if graphemes is None:
                graphemes = grapheme_borders(text, start, end)
            cut = _nearest(graphemes, target, size) if graphemes else target
        cuts.add(cut or target)
    parts = [trim(text, left, right) for left, right in pairwise(sorted(cuts))]
    return [(left, right) for left, right in parts if left < right]


def _nearest(borders: list[int], target: int, reach: float) -> int | None:
    """The border nearest to the target, if one is within reach."""
    i = bisect_left(borders, target)
    near = [border for border in borders[max(0, i - 1) : i + 1] if abs(border - target) <= reach]
    return min(near, key=lambda border: abs(border - target), default=None)


def _pack(text: str, segments: list[_Segment], limit: int, settings: ChunkSettings) -> list[Span]:
    """The cheapest way to pack neighbouring segments into passages of at most `limit` tokens.

    A passage costs 1, plus the square of the share of it that stays empty (so that all are about
    equally full), plus `_MID_PARAGRAPH_COST` if it ends inside a paragraph. Dynamic programming
    from the end: `cost[i]` is the lowest cost of all segments from i on, `following[i]` the first
    segment of the next passage.
    """
    n = len(segments)
    before = [0, *accumulate(segment.tokens for segment in segments)]  # tokens before each segment
    end_cost = [
        0.0 if "\n" in text[left.end : right.start] else _MID_PARAGRAPH_COST
        for left, right in pairwise(segments)
    ]
    end_cost = [0.0, *end_cost, 0.0]
    cost = [0.0] * (n + 1)
    following = [n] * n
    first = _overlaps(segments, limit, settings.overlap_tokens)
    for i in range(n - 1, -1, -1):
        fullest = max(i + 1, bisect_right(before, before[first[i]] + limit) - 1)
        cost[i] = math.inf
        for j in range(max(i + 1, fullest - _CHOICES), fullest + 1):
            empty = (limit - before[j] + before[first[i]]) / settings.max_tokens
            total = 1 + empty * empty + end_cost[j] + cost[j]
            if total <= cost[i]:
                cost[i], following[i] = total, j
    spans = []
    i = 0
    while i < n:
        spans.append((segments[first[i]].start, segments[following[i] - 1].end))
        i = following[i]
    return spans


def _overlaps(segments: list[_Segment], limit: int, overlap: int) -> list[int]:
    """For a passage whose first new segment is i: its first segment, before i if they overlap."""
    first = list(range(len(segments)))
    for i, segment in enumerate(segments):
        room = min(overlap, limit - segment.tokens)
        while first[i] and segments[first[i] - 1].is_sentence:
            room -= segments[first[i] - 1].tokens
            if room < 0:
                break
            first[i] -= 1
    return first
