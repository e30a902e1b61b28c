"""The token ids of passages with a mark after each sentence, and sentences from them."""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from semsearch.text import sentence_spans
from semsearch.types import Aligner, MarkedTokens, TokenIds

_MARK = (1 << 24) - 1
"""The largest number that the three bytes of a stored token id can hold; no token has it."""


def marked_tokens(aligner: Aligner, passages: Sequence[tuple[str, str]]) -> list[MarkedTokens]:
    """The tokens of n passages (title, text), with a mark after the title and each sentence."""
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
    """All tokens of a passage, without the marks."""
    tokens: TokenIds = passage[passage != _MARK]
    return tokens


def sentences(passage: MarkedTokens) -> list[TokenIds]:
    """The tokens of each sentence of a passage, without its title."""
    marks = np.flatnonzero(passage == _MARK).tolist()
    return [passage[start + 1 : end] for start, end in pairwise(marks)]


def article_sentences(
    text: str, passages: Sequence[tuple[int, int, MarkedTokens]]
) -> list[TokenIds]:
    """The tokens of the title of an article and of each of its sentences; none of them empty.

    Args:
        text: of the article.
        passages: (start, end, tokens), in text order; a sentence in two of them counts once.
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
