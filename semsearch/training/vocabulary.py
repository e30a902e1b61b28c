"""Chooses the pieces of a multilingual vocabulary that a smaller model keeps.

First every single character, so that no text becomes unreadable; then the pieces of the scripts
that the model covers, for Latin and Cyrillic only those that occur in the training text; then the
most probable of the rest, for languages without training text.
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
"""The first words of the names that Unicode gives their letters."""

SHARED = frozenset({"LATIN", "CYRILLIC"})
"""Scripts that many languages outside the training text use as well: pieces that do not occur in it
are kept last."""

SLICE = 10_000
"""Texts in a call of the tokenizer: a choice that limits memory."""


def choose(weights: Weights, texts: Iterable[str], size: int) -> npt.NDArray[np.int64]:
    """(size,) ascending ids of the pieces to keep, without the special ones.

    Args:
        weights: with the whole vocabulary.
        texts: in every language that the model is for.
        size: number of pieces.
    """
    pieces = weights.pieces
    order = np.argsort(-weights.scores, kind="stable")
    counts = count(weights, texts)
    ordinary = np.arange(len(pieces)) >= FIRST_PIECE
    ordinary[-1] = False  # <mask>
    covered = np.array([script(piece) in SCRIPTS | {""} for piece in pieces])
    single = np.array([len(piece) == 1 for piece in pieces])
    shared = np.array([script(piece) in SHARED for piece in pieces])
    classes = [single, covered & (~shared | (counts > 0)), ordinary]
    kept: dict[int, None] = {}
    for chosen in classes:
        kept |= dict.fromkeys(order[(ordinary & chosen)[order]].tolist())
    return np.sort(np.array(list(kept)[:size]))


def count(weights: Weights, texts: Iterable[str]) -> npt.NDArray[np.int64]:
    """(pieces,) the number of texts in which each piece occurs."""
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
    """The first word of the Unicode name of the first letter; empty for a piece without letters."""
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
