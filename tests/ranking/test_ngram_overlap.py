"""Agreement in spelling, with n-grams that a reader can count."""

import math

import pytest

from semsearch.ranking.ngram_overlap import overlap


def test_ngrams_in_all_texts_do_not_distinguish_them() -> None:
    same = overlap("Rabat", [["Rabat"], ["rabat"], ["RABAT"]])
    assert same.tolist() == pytest.approx([1, 1, 1])
    both, one = overlap("Rabat Fes", [["Rabat, then Fes"], ["Rabat"]])
    assert both > one > 0


def test_a_rarer_ngram_counts_more() -> None:
    # Both hold " abc"; "abc " with its ends, "bc " and "c ", is in the first alone.
    in_both, in_one = math.log(3 / 2.5), math.log(3 / 1.5)
    found = overlap("abc", [["abc"], ["abcd"]])
    assert found.tolist() == pytest.approx([1, in_both / (in_both + 3 * in_one)])


def test_inflections_share_most_of_a_word() -> None:
    inflected, other = overlap("pourparlers", [["le pourparler échoue"], ["les parents parlent"]])
    assert inflected > 2 * other


def test_words_side_by_side_agree_more_than_words_apart() -> None:
    together, apart = overlap("new york", [["in new york today"], ["new mayor of york"]])
    assert together > apart


def test_any_text_of_a_group_counts() -> None:
    found = overlap("Rabat", [["nothing", "in Rabat"], ["nothing", "more"]])
    assert found[0] > 0.9
    assert found[1] == pytest.approx(0)


def test_characters_that_are_words_are_compared_in_pairs() -> None:
    found = overlap("東京都", [["は東京です"], ["京都へ"], ["大阪"]])
    assert found[0] > 0
    assert found[1] > 0
    assert found[2] == pytest.approx(0)


def test_letters_and_white_space_are_normalized() -> None:
    assert overlap("É  A", [["e\u0301\na"], ["x"]]).tolist() == pytest.approx([1, 0])


def test_an_empty_query_shares_nothing() -> None:
    assert overlap(" ", [["a"], ["b"]]).shape == (2,)
