"""What to mark in a passage: the sentences nearest to the query in meaning, and its words."""

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

import numpy as np

from semsearch.lexical import UNSPACED, analyze, group, ngram_sizes, query_terms
from semsearch.text import Span, extends
from semsearch.types import Cosines, Scores

Spans = tuple[Span, ...]

_MAX_SENTENCES = 2
"""Sentences marked in one passage. A choice."""
_NEAR_BEST = 0.85
"""A second sentence is marked when its score is at least this share of the best one's. A choice
(2026-11-23)."""
_WORDS_WEIGHT = 0.5
"""What all terms of the query are worth, as a cosine. A choice (2026-11-23)."""
_CACHED_WORDS = 100_000
"""Words whose terms are kept. A choice."""
# Letters and digits with their marks; `\w` leaves out the vowel signs of Indic scripts.
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
    cosines: Cosines,
) -> list[Highlights]:
    """What to mark in each of n passages.

    Args:
        query: its words are marked, and count in the choice of sentences.
        texts: n passages.
        langs: the language of each.
        sentences: the spans of the sentences of each, as `sentence_spans` finds them.
        cosines: (s,) of the query to all sentences of all passages, in order.
    """
    marked: list[Highlights] = []
    first = 0
    for text, lang, spans in zip(texts, langs, sentences, strict=True):
        near = cosines[first : first + len(spans)]
        first += len(spans)
        matches, terms = _matches(query, text, group(lang))
        shares = _shares(spans, matches, terms, query, group(lang))
        marked.append(Highlights(_best(spans, near + _WORDS_WEIGHT * shares), matches))
    return marked


def _matches(query: str, text: str, lang: str) -> tuple[Spans, list[frozenset[str]]]:
    """The spans of words of the query, in any inflection, and the query terms in each."""
    in_query = frozenset(query_terms(query, lang))
    if UNSPACED.search(text):
        spans = [span for word in _WORD.finditer(text) for span in _parts(word, in_query)]
        matching = {text[a:b]: _terms(text[a:b], lang) & in_query for a, b in spans}
    else:
        matching = {}
        for word in set(_WORD.findall(text)):
            terms = _terms(word, lang)
            if not in_query.isdisjoint(terms):
                matching[word] = in_query & terms
        words = _WORD.finditer(text) if matching else ()
        spans = [word.span() for word in words if word[0] in matching]
    found = [(a, b) for a, b in spans if matching[text[a:b]]]
    return tuple(found), [matching[text[a:b]] for a, b in found]


def _parts(word: re.Match[str], in_query: frozenset[str]) -> list[Span]:
    """The span of a word; in a script without spaces, those of n-grams in the query."""
    text, (first, last) = word.string, word.span()
    if not UNSPACED.search(text, first, last):
        return [(first, last)]
    covered = bytearray(last - first)
    for n in ngram_sizes(text[first]):
        for start in range(first, last - n + 1):
            if text[start : start + n] in in_query:
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
) -> Scores:
    """(s,) share of the query's terms that each of s sentences contains."""
    found: list[set[str]] = [set() for _ in spans]
    sentence = 0
    for (start, _), each in zip(matches, terms, strict=True):
        while start >= spans[sentence][1]:
            sentence += 1
        found[sentence] |= each
    total = max(1, len(set(query_terms(query, lang))))
    return np.array([len(each) / total for each in found], dtype=np.float32)


def _best(spans: Sequence[Span], scores: Scores) -> Spans:
    """The sentences to mark, in text order."""
    order = np.argsort(-scores, kind="stable")[:_MAX_SENTENCES]
    kept = [i for i in order if scores[i] >= _NEAR_BEST * scores[order[0]]]
    return tuple(spans[i] for i in sorted(kept))
