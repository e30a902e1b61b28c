"""What to mark in a passage: the sentences that say most of the query, and its words."""

import math
import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from itertools import accumulate, pairwise
from operator import itemgetter
from typing import NamedTuple

from semsearch.lexical import (
    PIECE,
    UNSPACED,
    WORD,
    ExactText,
    analyze,
    group,
    ngram_sizes,
    query_terms,
)
from semsearch.text import Span, extends, is_heading, without_markdown
from semsearch.types import Scores

Spans = tuple[Span, ...]

_MAX_SENTENCES = 2
"""Sentences marked in one passage. A choice."""
_NEAR_BEST = 0.9
"""A second sentence is marked when its score is at least this share of the best one's. A choice
(2026-11-29): one passage in five gets a second one."""
_WORDS_WEIGHT = 0.5
"""What all words of the query count for, beside all of its tokens. 2026-11-29: the first sentence
is right for 0.771, the mean of four sets of questions (ARCHITECTURE.md); with 0.25 and 1 for 0.768
and 0.771, without words for 0.763."""
_CACHED_WORDS = 100_000
"""Words whose terms are kept. A choice."""
_SIGNED = re.compile(r"[\u00a7.]?\s?\w(?:.*\w)?(?:\+\+|#)?", re.DOTALL)
"""A number or a name with its signs, without the punctuation around it."""


class Highlights(NamedTuple):
    """(start, end) offsets into a passage."""

    sentences: Spans
    """Those that say most of the query, best first."""
    matches: Spans
    """Words of the query, in any inflection, in text order."""


class Passage(NamedTuple):
    """A passage as it is searched for sentences."""

    text: str
    title: str
    """Of the article."""
    lang: str | None
    sentences: Sequence[Span]
    """All of them, as `sentence_spans` finds them; empty where none shall be marked."""


def highlight(
    query: str,
    passages: Sequence[Passage],
    shares: Scores,
    required: Sequence[ExactText] = (),
) -> list[Highlights]:
    """What to mark in each of n passages.

    Where the words of a query lie, their rarity among the sentences counts: a word that all of them
    contain does not tell which one answers. No sentence is marked where none says any of the query.
    The title and headings are marked only where a passage has nothing else.

    Args:
        query: its words are marked, and count in the choice of sentences.
        passages: n passages.
        shares: (s,) how much of the query each sentence of all passages says, in order.
        required: phrases and beginnings of words, which count like a word of the query each.
    """
    borders = pairwise(accumulate((len(each.sentences) for each in passages), initial=0))
    marked = []
    for passage, (first, end) in zip(passages, borders, strict=True):
        found = _matches(query, passage.text, group(passage.lang))
        found = _joined(found, required, passage) if required else found
        matches, terms = tuple(found), list(found.values())
        scores = []
        if passage.sentences:
            asked = [*query_terms(query, group(passage.lang)), *(each.text for each in required)]
            words = _words_shares(_terms_of_sentences(passage.sentences, matches, terms), asked)
            said = zip(shares[first:end].tolist(), words, _may_answer(passage), strict=True)
            scores = [able * (share + _WORDS_WEIGHT * word) for share, word, able in said]
        marked.append(Highlights(_best(passage.sentences, scores), matches))
    return marked


def _matches(query: str, text: str, lang: str) -> dict[Span, frozenset[str]]:
    """The spans of words of the query, in any inflection and in order, and the terms in each."""
    in_query = frozenset(query_terms(query, lang))
    return {
        span: own
        for piece in (PIECE.finditer(text) if in_query else ())
        if (terms := _terms(piece[0], lang) & in_query)
        for span, own in _within(piece, terms, lang)
    }


def _joined(
    matches: Mapping[Span, frozenset[str]], required: Sequence[ExactText], passage: Passage
) -> dict[Span, frozenset[str]]:
    """The same with the words of phrases, each with its phrase; spans that overlap become one."""
    exact = [
        (span, frozenset([each.text]))
        for each in required
        for span in each.words_in(passage.text, passage.lang)
    ]
    joined: dict[Span, frozenset[str]] = {}
    last = (0, 0)
    for (start, end), terms in sorted([*matches.items(), *exact], key=itemgetter(0)):
        if start < last[1]:
            before, last = last, (last[0], max(last[1], end))
            joined[last] = joined.pop(before) | terms
        else:
            last = (start, end)
            joined[last] = terms
    return joined


def _within(
    piece: re.Match[str], wanted: frozenset[str], lang: str
) -> list[tuple[Span, frozenset[str]]]:
    """The spans of the words that have some terms; of all, where only all together have them."""
    text = piece.string
    found = []
    seen: set[str] = set()
    for word in WORD.finditer(text, *piece.span()):
        for start, end in _parts(word, wanted):
            terms = _terms(text[start:end], lang) & wanted
            if terms:
                found.append(((start, end), terms))
                seen |= terms
    signed = _SIGNED.search(text, *piece.span())
    if seen >= wanted or UNSPACED.search(piece[0]) or not signed:
        return found
    return [(signed.span(), wanted)]


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


def _terms_of_sentences(
    spans: Sequence[Span], matches: Spans, terms: Sequence[frozenset[str]]
) -> list[set[str]]:
    """The terms of the query in each sentence."""
    found: list[set[str]] = [set() for _ in spans]
    sentence = 0
    for (start, _), each in zip(matches, terms, strict=True):
        while start >= spans[sentence][1]:
            sentence += 1
        found[sentence] |= each
    return found


def _words_shares(found: Sequence[set[str]], asked: Sequence[str]) -> list[float]:
    """The share of the terms of a query that each sentence contains.

    Terms are weighted by the inverse of their frequency among the sentences, as BM25 weights them
    among documents (Robertson and Zaragoza 2009, "The Probabilistic Relevance Framework").
    """
    weights = {}
    for term in asked:
        holding = sum(term in terms for terms in found)
        weights[term] = math.log1p((len(found) - holding + 0.5) / (holding + 0.5))
    total = sum(weights.values()) or 1.0
    return [sum(weights[term] for term in sorted(terms)) / total for terms in found]


def _may_answer(passage: Passage) -> list[bool]:
    """Which sentences are neither a heading nor said by the title; all if every one is."""
    title = _plain(passage.title)
    able = []
    # Whether all sentences so far are in the title: it stands first, if at all.
    before = bool(title)
    for start, end in passage.sentences:
        sentence = passage.text[start:end]
        before = before and _plain(sentence) in title
        able.append(not (before or is_heading(sentence)))
    return able if any(able) else [True] * len(able)


def _plain(text: str) -> str:
    return " ".join(without_markdown(text).casefold().split()).rstrip(".")


def _best(spans: Sequence[Span], scores: Sequence[float]) -> Spans:
    """The sentences to mark, best first."""
    least = _NEAR_BEST * max(scores, default=0.0)
    order = sorted(range(len(spans)), key=lambda i: (-scores[i], i))
    return tuple(spans[i] for i in order[:_MAX_SENTENCES] if scores[i] >= least > 0)
