"""How common each piece is: what it costs in a word, and what that takes from its weight.

Smooth inverse frequency: a / (a + p), Arora, Liang and Ma 2017, "A Simple but Tough-to-Beat
Baseline for Sentence Embeddings". The weights are there while training, not put on afterwards:
that made the batches learn the rarer words, and was worth two points of reciprocal rank.
"""

from collections import Counter
from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt

from semsearch.encoders.tokenizer import PieceFile, Tokenizer

SMOOTHING = 1e-3


COST_PER_BIT = 8
DEAREST = 250
"""Costs are kept in a byte; this one says once in two billion pieces."""


def piece_costs(words: Mapping[str, Counter[str]], pieces: Sequence[str]) -> bytes:
    """What each piece costs when a word is cut: the bits of its surprise, in eighths.

    Two rounds of expectation and maximisation, each with the best cut only (Kudo 2018).
    """
    position = {piece: index for index, piece in enumerate(pieces)}
    file = PieceFile.of(pieces)
    share = np.full(len(pieces), 2.0**-20)
    share[[len(piece) == 1 for piece in pieces]] = 2.0**-24
    for table in words.values():
        for word, frequency in table.items():
            index = position.get(word)
            if index is not None:
                share[index] = max(share[index], frequency)
    for _ in range(2):
        share = highest_share(words, Tokenizer(file, _costs(share)))
    return _costs(share)


def _costs(share: npt.NDArray[np.float64]) -> bytes:
    bits = -np.log2(np.maximum(share, 1e-12)) * COST_PER_BIT
    return bytes(np.clip(np.rint(bits), 1, DEAREST).astype(np.uint8))


def piece_weights(share: npt.NDArray[np.float64]) -> npt.NDArray[np.float32]:
    """(pieces,) the weight of each piece, from its share of all pieces."""
    return (SMOOTHING / (SMOOTHING + share)).astype(np.float32)


def highest_share(
    words: Mapping[str, Counter[str]], tokenizer: Tokenizer
) -> npt.NDArray[np.float64]:
    """(pieces,) the share of each piece in the language in which it is commonest.

    The commonest and not the mean: over thirty languages the mean would make an article of any one
    of them look rare.

    Args:
        words: for each language its words with their frequencies.
        tokenizer: cuts the words.
    """
    highest = np.zeros(len(tokenizer))
    for table in words.values():
        counts = np.zeros(len(tokenizer))
        for word, frequency in table.items():
            for index in tokenizer.ids(word):
                counts[index] += frequency
        highest = np.maximum(highest, counts / max(counts.sum(), 1e-9))
    return highest
