"""How much of the spelling of a query texts hold, whatever form its words take there."""

import unicodedata
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

_LENGTH, _LENGTH_OF_SIGNS = 4, 2
"""Characters of an n-gram: of letters, and of signs that are syllables or words."""
_FIRST_SYLLABIC = "\u3040"
_MOST = 200
"""N-grams of a query that are looked for."""


def overlap(query: str, groups: Sequence[Sequence[str]]) -> npt.NDArray[np.float32]:
    """The part of the n-grams of a query that each group of texts holds.

    N-grams of characters, spaces among them, find inflections, names, numbers and words that stand
    side by side, in any language (McNamee and Mayfield 2004, "Character N-Gram Tokenization for
    European Language Text Retrieval"). Each counts by how few of the groups hold it: what all of
    them hold tells none from another.

    Args:
        query: a text.
        groups: g groups of texts.

    Returns:
        (g,) in [0, 1].
    """
    grams = _ngrams(_plain(" ".join(query.split())))
    texts = ["\n".join(map(_plain, group)) for group in groups]
    held = np.array([[gram in text for gram in grams] for text in texts], dtype=np.float32)
    weights = np.log((len(texts) + 1) / (held.sum(axis=0) + 0.5))
    shares: npt.NDArray[np.float32] = held @ (weights / weights.sum())
    return shares.astype(np.float32)


def _plain(text: str) -> str:
    return f" {unicodedata.normalize('NFKC', text).lower()} ".replace("\n", " ")


def _ngrams(text: str) -> list[str]:
    """Those of a text that begins and ends with a space, each once."""
    grams = (
        text[i : i + (_LENGTH_OF_SIGNS if sign >= _FIRST_SYLLABIC else _LENGTH)]
        for i, sign in enumerate(text[:-1])
    )
    return list(dict.fromkeys(grams))[:_MOST]
