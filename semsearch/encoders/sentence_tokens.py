"""Passages as token ids with a mark after each sentence, and the sentences read from them.

Token ids are those of `Aligner.token_ids`: the number of a vocabulary entry ("piece") for each
occurrence in the text. The store keeps them with the passages, so that a query need not tokenize
text again.
"""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from semsearch.text import sentence_spans
from semsearch.types import Aligner, MarkedTokens, TokenIds

_MARK = (1 << 24) - 1
"""Stored token ids have three bytes; the largest such number is not the id of any token."""


def marked_tokens(aligner: Aligner, passages: Sequence[tuple[str, str]]) -> list[MarkedTokens]:
    """The token ids of each passage (title, text), a mark after the title and each sentence."""
    parts = [
        [title, *(text[start:end] for start, end in sentence_spans(text))]
        for title, text in passages
    ]
    tokens = iter(aligner.token_ids([part for each in parts for part in each]))
    mark = np.array([_MARK], dtype=np.int32)
    return [
        np.concatenate([array for _ in each for array in (next(tokens), mark)]) for each in parts
    ]


def without_marks(passage: MarkedTokens) -> TokenIds:
    """The token ids of a passage, without the marks."""
    tokens: TokenIds = passage[passage != _MARK]
    return tokens


def sentences(passage: MarkedTokens) -> list[TokenIds]:
    """The token ids of each sentence of a passage, without its title."""
    marks = np.flatnonzero(passage == _MARK).tolist()
    return [passage[start + 1 : end] for start, end in pairwise(marks)]


def article_sentences(
    text: str, passages: Sequence[tuple[int, int, MarkedTokens]]
) -> list[TokenIds]:
    """The token ids of the title of an article, then of each sentence, without empty ones.

    Args:
        text: the text of the article.
        passages: (start, end, token ids) of each passage in text order. Passages may overlap; a
            sentence in two of them is returned once.
    """
    found: list[TokenIds] = []
    reached = 0
    for start, end, passage in passages:
        if not found:
            found.append(passage[: np.argmax(passage == _MARK)])
        again = len(sentence_spans(text[start:reached])) if start < reached else 0
        found += sentences(passage)[again:]
        reached = end
    return [each for each in found if len(each)]
