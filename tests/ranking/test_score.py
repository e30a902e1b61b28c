"""The parts of a score, with values a reader can compute."""

import numpy as np
import numpy.typing as npt
import pytest

from semsearch.ranking.score import (
    LexicalMatches,
    first_per_group,
    has_words,
    is_single_letters,
    meaning_part,
    word_shares,
    words_part,
)
from semsearch.types import UsualCosines

ROWS = np.array([5, 6, 9, 12])


def floats(*values: float) -> npt.NDArray[np.float32]:
    return np.array(values, dtype=np.float32)


def matches(*found: tuple[int, float]) -> LexicalMatches:
    rows, scores = zip(*found, strict=True)
    return LexicalMatches(np.array(rows), floats(*scores))


def test_meaning_is_counted_in_deviations_from_unrelated_texts() -> None:
    # 0.08 for each deviation: of a model whose unrelated texts are near 0, and of one near 0.8.
    part = meaning_part(floats(0.0, 0.5, -0.1), UsualCosines(0.0, 0.1))
    assert part == pytest.approx([0, 0.4, -0.08])
    assert meaning_part(floats(0.9), UsualCosines(0.8, 0.02)) == pytest.approx([0.4])


def test_a_passage_that_contains_all_words_has_a_full_share() -> None:
    found = [matches((9, 6.0), (5, 1.5)), matches((12, 3.0))]
    assert word_shares(ROWS, found, once=6.0) == pytest.approx([0.25, 0, 1, 0.5])


def test_passages_that_are_no_candidates_are_left_out() -> None:
    shares = word_shares(ROWS, [matches((99, 4.0), (6, 4.0), (1, 4.0))], once=8.0)
    assert shares.tolist() == [0, 0.5, 0, 0]
    assert word_shares(np.empty(0, np.int64), [matches((1, 4.0))], once=8.0).tolist() == []


def test_half_of_the_words_count_an_eighth() -> None:
    part = words_part(floats(0, 0.5, 1, 1.6), 9, beside_tokens=False)
    assert part == pytest.approx([0, 0.0875, 0.7, 0.7])


def test_the_words_of_a_query_of_one_word_count_a_quarter() -> None:
    assert words_part(floats(1), 1, beside_tokens=False) == pytest.approx([0.175])


def test_words_count_more_beside_a_model_that_knows_words_alone() -> None:
    assert words_part(floats(1), 4, beside_tokens=True) == pytest.approx([2.8])


@pytest.mark.parametrize(
    "query", ["OK", "Graz", "सेन", "猫", "서울", "a b cd", "B-52s", "القمر", "ก็"]
)
def test_words(query: str) -> None:
    assert has_words(query)


@pytest.mark.parametrize("query", ["a", "1", "4,500", "B2", "?", "", "7 7 7", "x y z", "٤٢"])
def test_letters_and_digits_alone_are_not_words(query: str) -> None:
    assert not has_words(query)


def test_single_letters() -> None:
    assert is_single_letters("a")
    assert is_single_letters("x 7")
    assert not is_single_letters("42")
    assert not is_single_letters("猫")


def test_each_group_keeps_its_first_items() -> None:
    assert list(first_per_group([7, 7, 3, 7, 3, 1], 2)) == [0, 1, 2, 4, 5]
