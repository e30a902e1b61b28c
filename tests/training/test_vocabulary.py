"""Which pieces a smaller vocabulary keeps."""

import numpy as np
import pytest

from semsearch.training.e5 import Weights
from semsearch.training.vocabulary import choose, count, script

SPECIAL = ["<s>", "<pad>", "</s>", "<unk>"]
PIECES = ["ab", "a", "b", "\u2581unused", "\u4e2d\u56fd", "\u10d0\u10d1", "\u2581.", "\u10d0"]
"""In Latin letters, Chinese and Georgian: the most probable first, but for the last."""


@pytest.fixture(scope="module")
def weights() -> Weights:
    scores = np.array([0.0] * 4 + [-1.0 - n for n in range(len(PIECES))] + [0.0], dtype=np.float32)
    rows = np.zeros((len(scores), 16), np.uint8), np.zeros((len(scores), 1), np.float16)
    return Weights([*SPECIAL, *PIECES, "<mask>"], scores, *rows, {})


def kept(weights: Weights, size: int) -> set[str]:
    chosen = choose(weights, ["xab ab"], size)
    assert chosen.tolist() == sorted(chosen.tolist())
    return {weights.pieces[number] for number in chosen}


def test_single_characters_come_first_whatever_their_script(weights: Weights) -> None:
    assert kept(weights, 3) == {"a", "b", "\u10d0"}


def test_then_pieces_of_the_scripts_in_latin_only_those_that_occur(weights: Weights) -> None:
    assert kept(weights, 6) == {"a", "b", "\u10d0", "ab", "\u4e2d\u56fd", "\u2581."}


def test_then_the_most_probable_of_the_rest_and_nothing_special(weights: Weights) -> None:
    assert kept(weights, 7) == kept(weights, 6) | {"\u2581unused"}
    assert kept(weights, 100) == set(PIECES)


def test_a_piece_is_counted_once_for_a_text(weights: Weights) -> None:
    counts = count(weights, ["xab ab", "b"])
    assert counts[weights.pieces.index("ab")] == 1
    assert counts[weights.pieces.index("b")] == 1


@pytest.mark.parametrize(
    ("piece", "name"),
    [("\u2581the", "LATIN"), ("\u4e2d", "CJK"), ("\u2581.", ""), ("1\u043a", "CYRILLIC")],
)
def test_the_script_of_a_piece_is_that_of_its_first_letter(piece: str, name: str) -> None:
    assert script(piece) == name
