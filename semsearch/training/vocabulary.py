"""Which pieces of a multilingual vocabulary stay.

Every single character, so that nothing that could be read becomes unknown; every piece of the
scripts that the model covers, of Latin and Cyrillic those that the training text has; then the
likeliest of the rest, which serve the languages that there is no training text for.
"""

import unicodedata
from collections.abc import Iterable, Sequence

import numpy as np
import numpy.typing as npt

from semsearch.training.e5 import FIRST_PIECE, Weights

SCRIPTS = frozenset(
    {"LATIN", "CYRILLIC", "GREEK", "ARABIC", "HEBREW", "DEVANAGARI", "BENGALI", "THAI", "HANGUL"}
    | {"HIRAGANA", "KATAKANA", "CJK"}
)
"""As the names of Unicode's characters begin."""

SHARED = frozenset({"LATIN", "CYRILLIC"})
"""Scripts of many more languages than the model is for: what the text does not have may go."""

SLICE = 10_000
"""Texts that are cut together."""


def choose(weights: Weights, texts: Iterable[str], size: int) -> npt.NDArray[np.int64]:
    """(size,) the ids of the pieces that stay, in order; special ones are not among them.

    Args:
        weights: with the whole vocabulary.
        texts: of every language that the model is for.
        size: how many pieces.
    """
    pieces = weights.pieces
    order = np.argsort(-weights.scores, kind="stable")
    counts = count(weights, texts)
    ordinary = np.arange(len(pieces)) >= FIRST_PIECE
    ordinary[-1] = False  # the mask
    covered = np.array([script(piece) in SCRIPTS | {""} for piece in pieces])
    single = np.array([len(piece) == 1 for piece in pieces])
    shared = np.array([script(piece) in SHARED for piece in pieces])
    classes = [single, covered & (~shared | (counts > 0)), ordinary]
    kept: dict[int, None] = {}
    for chosen in classes:
        kept |= dict.fromkeys(order[(ordinary & chosen)[order]].tolist())
    return np.sort(np.array(list(kept)[:size]))


def count(weights: Weights, texts: Iterable[str]) -> npt.NDArray[np.int64]:
    """(pieces,) in how many texts each piece is."""
    from tokenizers import Tokenizer, models, normalizers, pre_tokenizers

    scored = zip(weights.pieces, weights.scores.tolist(), strict=True)
    tokenizer = Tokenizer(models.Unigram(list(scored), unk_id=weights.pieces.index("<unk>")))
    tokenizer.normalizer = normalizers.NFKC()
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(prepend_scheme="always", split=True)
    counts = np.zeros(len(weights.pieces), dtype=np.int64)
    for some in _slices(texts):
        for encoding in tokenizer.encode_batch_fast(some, add_special_tokens=False):
            counts[encoding.ids] += 1
    return counts


def script(piece: str) -> str:
    """The script of the first letter, as Unicode's names begin; empty for one without letters."""
    letter = next(filter(str.isalpha, piece), None)
    return unicodedata.name(letter, "?").split()[0].split("-")[0] if letter else ""


def _slices(texts: Iterable[str]) -> Iterable[Sequence[str]]:
    some: list[str] = []
    for text in texts:
        some.append(text)
        if len(some) == SLICE:
            yield some
            some = []
    yield some
