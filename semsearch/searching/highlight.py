"""What of a passage answers a query: the sentences nearest in meaning, and the words they share."""

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

import numpy as np

from semsearch.lexical import UNSPACED, analyze, group, ngram_sizes, query_terms
from semsearch.text import Span, extends
from semsearch.types import Embeddings

Spans = tuple[Span, ...]

_MOST = 2
"""Sentences marked in one passage."""
_NEAR_BEST = 0.85
"""A second sentence is marked when it comes this near to the score of the first."""
_WORDS_WEIGHT = 0.5
_CACHED_WORDS = 100_000
# Letters and digits with their marks; `\w` leaves out the vowels of Indic scripts.
_WORD = re.compile(
    "[\\w\u0300-\u036f\u0591-\u05bd\u05bf-\u05c7\u0610-\u061a\u064b-\u065f\u0670\u06d6-\u06ed"
    "\u0900-\u0963\u0971-\u0df3\u0e00-\u0eff\u1000-\u1049\u1780-\u17d3\u200c\u200d]+"
)


class Highlights(NamedTuple):
    """(start, end) offsets into a passage, in text order, none overlapping."""

    sentences: Spans
    """Nearest to the query."""
    matches: Spans
    """Words of the query, in any inflection."""


def highlight(
    query: str,
    texts: Sequence[str],
    langs: Sequence[str | None],
    sentences: Sequence[Sequence[Span]],
    cosines: Embeddings,
) -> list[Highlights]:
    """What to mark in each passage.

    Args:
        query: for the words that it shares with a sentence.
        texts: n passages.
        langs: the language of each.
        sentences: of each, as `sentence_spans` finds them.
        cosines: (s,) of the query to all sentences, in order.
    """
    marked: list[Highlights] = []
    first = 0
    for text, lang, spans in zip(texts, langs, sentences, strict=True):
        near = cosines[first : first + len(spans)]
        first += len(spans)
        matches, terms = _matches(query, text, group(lang))
        shared = _shares(spans, matches, terms, query, group(lang))
        marked.append(Highlights(_best(spans, near + _WORDS_WEIGHT * shared), matches))
    return marked


def _matches(query: str, text: str, lang: str) -> tuple[Spans, list[frozenset[str]]]:
    """Where words of the query stand, in any inflection, and the terms of each place."""
    wanted = frozenset(query_terms(query, lang))
    if UNSPACED.search(text):
        places = [place for word in _WORD.finditer(text) for place in _parts(word, wanted)]
        matching = {text[a:b]: _terms(text[a:b], lang) & wanted for a, b in places}
    else:
        matching = {}
        for word in set(_WORD.findall(text)):
            terms = _terms(word, lang)
            if not wanted.isdisjoint(terms):
                matching[word] = wanted & terms
        words = _WORD.finditer(text) if matching else ()
        places = [word.span() for word in words if word[0] in matching]
    found_at = [(a, b) for a, b in places if matching[text[a:b]]]
    return tuple(found_at), [matching[text[a:b]] for a, b in found_at]


def _parts(word: re.Match[str], wanted: frozenset[str]) -> list[tuple[int, int]]:
    """A word as a whole; where words are not set apart, the stretches that the query has too."""
    text, (first, last) = word.string, word.span()
    if not UNSPACED.search(text, first, last):
        return [(first, last)]
    covered = bytearray(last - first)
    for n in ngram_sizes(text[first]):
        for start in range(first, last - n + 1):
            if text[start : start + n] in wanted:
                end = start + n
                while end < last and extends(text[end]):
                    end += 1
                covered[start - first : end - first] = b"\1" * (end - start)
    return [(first + run.start(), first + run.end()) for run in re.finditer(b"\1+", bytes(covered))]


@lru_cache(maxsize=_CACHED_WORDS)
def _terms(word: str, lang: str) -> frozenset[str]:
    return frozenset(analyze(word, lang))


def _shares(
    spans: Sequence[Span],
    matches: Spans,
    terms: Sequence[frozenset[str]],
    query: str,
    lang: str,
) -> Embeddings:
    """(sentences,) share of the query's terms that each sentence holds."""
    found: list[set[str]] = [set() for _ in spans]
    place = 0
    for (start, _), each in zip(matches, terms, strict=True):
        while start >= spans[place][1]:
            place += 1
        found[place] |= each
    total = max(1, len(set(query_terms(query, lang))))
    return np.array([len(each) / total for each in found], dtype=np.float32)


def _best(spans: Sequence[Span], scores: Embeddings) -> Spans:
    order = np.argsort(-scores, kind="stable")[:_MOST]
    kept = [i for i in order if scores[i] >= _NEAR_BEST * scores[order[0]]]
    return tuple(spans[i] for i in sorted(kept))
