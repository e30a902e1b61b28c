"""How much of the spelling of a query texts contain, whatever form its words take there."""

import unicodedata
from collections.abc import Sequence

import numpy as np

from semsearch.text.scripts import FIRST_SYLLABIC
from semsearch.types import Scores

_LENGTH, _SYLLABIC_LENGTH = 4, 2
"""Characters of an n-gram: of letters (4 is best for most of the languages in McNamee and Mayfield
2004), and of characters that are syllables or words (a choice)."""
_MAX_NGRAMS = 200
"""N-grams of a query that are looked for; the rest of a long one is left out. A choice."""


def overlap(query: str, groups: Sequence[Sequence[str]]) -> Scores:
    """The share of the n-grams of a query that each group of texts contains.

    N-grams of characters, spaces included, find inflections, names, numbers and words that stand
    side by side, in any language (McNamee and Mayfield 2004, "Character N-Gram Tokenization for
    European Language Text Retrieval"). Each is weighted by how few of the groups contain it: one
    that all of them contain does not distinguish them.

    Args:
        query: a text.
        groups: g groups of texts.

    Returns:
        (g,) in [0, 1].
    """
    grams = _ngrams(_normalized(" ".join(query.split())))
    texts = ["\n".join(map(_normalized, group)) for group in groups]
    held = np.array([[gram in text for gram in grams] for text in texts], dtype=np.float32)
    weights = np.log((len(texts) + 1) / (held.sum(axis=0) + 0.5))
    shares: Scores = held @ (weights / weights.sum())
    return shares.astype(np.float32)


def _normalized(text: str) -> str:
    return f" {unicodedata.normalize('NFKC', text).lower()} ".replace("\n", " ")


def _ngrams(text: str) -> list[str]:
    """Those of a text that begins and ends with a space, each once."""
    grams = (
        text[i : i + (_SYLLABIC_LENGTH if char >= FIRST_SYLLABIC else _LENGTH)]
        for i, char in enumerate(text[:-1])
    )
    return list(dict.fromkeys(grams))[:_MAX_NGRAMS]
