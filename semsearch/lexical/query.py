"""What a query asks of the index of one language: its terms, their weights, and other spellings.

A word that no language has, of five letters or more, is taken for misspelt. Terms of a language
near to it (`spelling`) stand in for it with half of their weight, and what the query could score is
computed with the rarest of them.
"""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt

from semsearch.lexical.analysis import query_terms, query_words
from semsearch.lexical.bm25 import Doubles, Statistics
from semsearch.lexical.segment import key
from semsearch.lexical.spelling import edits_allowed, within

_NEAR_WEIGHT = 0.5
"""Weight of a term that stands in for a misspelt word. A choice."""
_MOST_MISSPELT = 4
"""A query with more words that no language has is one in another language. A choice."""
_MOST_NEAR = 3
"""Terms that stand in for one word. A choice."""

Misspelt: TypeAlias = tuple[str, int]
"""The term of a word, and how many of its letters may be wrong."""
Keys: TypeAlias = "npt.NDArray[np.uint64]"


class Asked(NamedTuple):
    """The terms of a query in a language, each once, in order."""

    terms: tuple[str, ...]
    encoded: tuple[bytes, ...]
    keys: Keys
    words: Mapping[str, Misspelt]
    """Its words that could be misspelt; with an empty term those that the language leaves out."""


class Weighted(NamedTuple):
    """The terms that are looked for in a language."""

    encoded: Sequence[bytes]
    keys: Keys
    weights: Doubles
    ceiling: float
    """What a passage with all terms infinitely often would score."""
    known: float
    """How much of the ceiling comes from terms that the language has."""


@lru_cache(maxsize=1000)
def asked(query: str, lang: str) -> Asked:
    """The terms of a query in a language."""
    terms = tuple(dict.fromkeys(query_terms(query, lang)))
    words = {
        word: (own[0] if own else "", edits_allowed(word))
        for word, own in query_words(query, lang)
        if edits_allowed(word) and len(own) < 2
    }
    return Asked(terms, *encode(terms), words)


def encode(terms: Sequence[str]) -> tuple[tuple[bytes, ...], Keys]:
    """Terms as `Segment.find` takes them."""
    encoded = tuple(term.encode() for term in terms)
    return encoded, np.array([key(term) for term in encoded], dtype=np.uint64)


def misspelt(query: str, statistics: Mapping[str, Statistics]) -> list[str]:
    """The words of a query that none of several languages has or leaves out, in order."""
    by_lang = [(asked(query, lang), own.frequencies) for lang, own in statistics.items()]
    if not by_lang:
        return []
    missing = [
        word
        for word in by_lang[0][0].words
        if not any(
            word not in of.words or not of.words[word][0] or frequencies.get(of.words[word][0])
            for of, frequencies in by_lang
        )
    ]
    return missing if len(missing) <= _MOST_MISSPELT else []


def weighted(of: Asked, statistics: Statistics, missing: Sequence[str]) -> Weighted:
    """The terms to look for in a language, given the words that no language has."""
    weights = [statistics.weight(term) for term in of.terms]
    ceiling = sum(weights)
    has = statistics.frequencies.get
    known = sum(weight for term, weight in zip(of.terms, weights, strict=True) if has(term))
    instead: dict[str, float] = {}
    for word in missing:
        term, edits = of.words[word]
        others = _nearest(term, edits, of, statistics)
        gained = max((statistics.weight(other) for other in others), default=0.0)
        if gained:
            ceiling += gained - statistics.weight(term)
            known += _NEAR_WEIGHT * gained
        instead |= {other: _NEAR_WEIGHT * statistics.weight(other) for other in others}
    if not instead:
        return Weighted(of.encoded, of.keys, np.array(weights), ceiling, known)
    encoded, keys = encode([*of.terms, *instead])
    return Weighted(encoded, keys, np.array([*weights, *instead.values()]), ceiling, known)


def _nearest(term: str, edits: int, of: Asked, statistics: Statistics) -> list[str]:
    """The terms that stand in for one: those of fewer edits first, then the more frequent."""
    others = [
        (not within(term, other, 1), -count, other)
        for other, count in statistics.frequencies.items()
        if count and other not in of.terms and within(term, other, edits)
    ]
    return [other for _, _, other in sorted(others)[:_MOST_NEAR]]
