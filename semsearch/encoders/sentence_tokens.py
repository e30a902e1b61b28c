"""Passages as the pieces that a model cuts them into, sentence by sentence."""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from semsearch.text.sentences import sentence_spans
from semsearch.types import Aligner, Pieces

_BORDER = (1 << 24) - 1
"""Stands after the title and after each sentence; no piece has this number."""


def cut(aligner: Aligner, passages: Sequence[tuple[str, str]]) -> list[Pieces]:
    """The pieces of n passages (title, text), with a border after the title and each sentence."""
    parts = [
        [title, *(text[start:end] for start, end in sentence_spans(text))]
        for title, text in passages
    ]
    pieces = iter(aligner.pieces([part for each in parts for part in each]))
    border = np.array([_BORDER], dtype=np.int32)
    return [
        np.concatenate([array for _ in each for array in (next(pieces), border)]) for each in parts
    ]


def whole(passage: Pieces) -> Pieces:
    """All pieces of a passage, without borders."""
    pieces: Pieces = passage[passage != _BORDER]
    return pieces


def sentences(passage: Pieces) -> list[Pieces]:
    """The pieces of each sentence of a passage, those of the title left out."""
    borders = np.flatnonzero(passage == _BORDER).tolist()
    return [passage[start + 1 : end] for start, end in pairwise(borders)]


def of_article(text: str, passages: Sequence[tuple[int, int, Pieces]]) -> list[Pieces]:
    """The pieces of the title of an article and of each of its sentences, where there are any.

    Args:
        text: of the article.
        passages: (start, end, pieces), in text order; a sentence in two of them counts once.
    """
    found: list[Pieces] = []
    reached = 0
    for start, end, passage in passages:
        if not found:
            found.append(passage[: np.argmax(passage == _BORDER)])
        again = len(sentence_spans(text[start:reached])) if start < reached else 0
        found += sentences(passage)[again:]
        reached = end
    return [each for each in found if len(each)]
