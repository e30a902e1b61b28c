"""The parts of a score, with numbers that a reader can add up."""

import numpy as np
import pytest

from semsearch.ranking.score import (
    LexicalMatches,
    alignment_part,
    background,
    balance_part,
    fill_unmeasured,
    lexical_part,
    shortlist,
    spelling_part,
)
from semsearch.ranking.weights import WEIGHTS
from semsearch.types import Scores

LEXICAL, ALIGNMENT, SPELLING = WEIGHTS.lexical, WEIGHTS.alignment, WEIGHTS.spelling

ROWS = np.array([2, 5, 7, 9])
FRENCH, ENGLISH = 0, 1
ONE_LANGUAGE = np.zeros(4, dtype=np.int16)


def floats(*values: float) -> Scores:
    return np.array(values, dtype=np.float32)


def matches(lang: int, *scores: tuple[int, float]) -> LexicalMatches:
    rows, values = zip(*scores, strict=True)
    return LexicalMatches(lang, np.array(rows), floats(*values), known=1.0)


def test_the_background_of_a_language_is_its_own() -> None:
    of = background([np.tile(floats(-0.2, 0.2), 500), np.tile(floats(0.0, 0.2), 500)])
    assert of.mean.tolist() == pytest.approx([0, 0.1], abs=5e-3)
    assert of.deviation.tolist() == pytest.approx([0.2, 0.1], abs=5e-3)


def test_a_language_of_a_few_passages_is_measured_against_all() -> None:
    many, few = np.tile(floats(-0.2, 0.2), 500), floats(0.5)
    of = background([many, few])
    assert of.mean[1] == pytest.approx((0.5 + 32 * 0.001) / 33, abs=1e-3)
    assert of.deviation[1] > 0.19


def test_equal_cosines_do_not_divide_by_zero() -> None:
    of = background([np.zeros(100, dtype=np.float32)])
    assert of.deviation[0] > 0


def test_without_a_match_words_add_nothing() -> None:
    assert lexical_part(ROWS, ONE_LANGUAGE, []).tolist() == [0, 0, 0, 0]


def test_within_one_language_words_count_by_their_share() -> None:
    part = lexical_part(ROWS, ONE_LANGUAGE, [matches(FRENCH, (9, 0.8), (5, 0.2))])
    # 1.3 times their weight, where there is no other language to be balanced with
    assert part.tolist() == pytest.approx([0, LEXICAL * 1.3 * 0.2, 0, LEXICAL * 1.3 * 0.8])


MANY = np.arange(12)
MIXED = np.array([FRENCH] + [ENGLISH] * 11, dtype=np.int16)


def english(*scores: float) -> LexicalMatches:
    return matches(ENGLISH, *enumerate(scores, 1))


def test_words_that_all_articles_of_a_language_share_decide_nothing_across_languages() -> None:
    part = lexical_part(MANY, MIXED, [english(*[0.3] * 11)])
    assert part.tolist() == pytest.approx([0] * 12, abs=1e-6)


def test_a_match_far_above_chance_counts_across_languages() -> None:
    part = lexical_part(MANY, MIXED, [english(0.9, *[0.1] * 10)])
    assert part[:3].tolist() == pytest.approx([0, LEXICAL * 0.8, 0])


def test_an_answer_with_four_copies_is_not_taken_for_chance() -> None:
    part = lexical_part(MANY, MIXED, [english(*[0.9] * 5, *[0.1] * 6)])
    chance = (0.9 + 5 * 0.1) / 6
    assert part[1:6].tolist() == pytest.approx([LEXICAL * (0.9 - chance)] * 5)


def test_a_language_with_a_single_match_offers_little_by_chance() -> None:
    part = lexical_part(MANY, MIXED, [english(0.6)])
    assert part[:3].tolist() == pytest.approx([0, LEXICAL * 0.6, 0])


def test_sharing_less_than_chance_costs_little() -> None:
    part = lexical_part(MANY, MIXED, [english(*[0.9] * 10, 0.1)])
    assert part[11] == pytest.approx(-LEXICAL * 0.05)


def test_a_match_that_is_not_a_candidate_is_left_out() -> None:
    part = lexical_part(ROWS, ONE_LANGUAGE, [matches(FRENCH, (99, 0.5), (6, 0.5), (5, 0.4))])
    assert part.tolist() == pytest.approx([0, LEXICAL * 1.3 * 0.4, 0, 0])


def test_alignment_is_compared_with_the_best_articles_of_the_language() -> None:
    langs = np.array([FRENCH, ENGLISH, FRENCH, ENGLISH], dtype=np.int16)
    part = alignment_part(floats(0.6, 0.3, 0.2, 0.1), langs)
    assert part.tolist() == pytest.approx([ALIGNMENT / 2] * 2 + [-ALIGNMENT / 2] * 2)


def test_an_article_that_was_not_aligned_gets_the_lowest_value_of_its_language() -> None:
    alignment = floats(0.6, 0.2, np.nan, 0.1)
    fill_unmeasured(alignment, np.array([FRENCH, FRENCH, FRENCH, ENGLISH], dtype=np.int16))
    assert alignment.tolist() == pytest.approx([0.6, 0.2, 0.2, 0.1])


def test_alignment_counts_twice_where_there_is_one_language() -> None:
    part = alignment_part(floats(0.6, 0.2), np.zeros(2, dtype=np.int16))
    assert part.tolist() == pytest.approx([ALIGNMENT, -ALIGNMENT])


def test_a_language_in_which_nothing_was_aligned_gets_the_lowest_value_of_all() -> None:
    alignment = floats(0.6, 0.2, np.nan)
    fill_unmeasured(alignment, np.array([FRENCH, FRENCH, ENGLISH], dtype=np.int16))
    assert alignment.tolist() == pytest.approx([0.6, 0.2, 0.2])


def test_spelling_is_compared_with_the_best_articles_of_the_language() -> None:
    langs = np.array([FRENCH, ENGLISH, FRENCH, ENGLISH], dtype=np.int16)
    part = spelling_part(floats(0.9, 0.3, 0.5, 0.1), langs)
    assert part.tolist() == pytest.approx([SPELLING * x for x in (0.2, 0.1, -0.2, -0.1)])


def test_among_articles_of_nearly_equal_score_languages_alternate() -> None:
    langs = np.array([FRENCH, FRENCH, FRENCH, ENGLISH], dtype=np.int16)
    scores = floats(0.058, 0.9, 0.057, 0.055)
    part = balance_part(scores, langs)
    assert part.tolist() == pytest.approx([-0.005, 0, -0.01, 0])
    assert np.argsort(-(scores + part)).tolist() == [1, 3, 0, 2]  # the English one was last


def test_nothing_is_balanced_where_there_is_one_language() -> None:
    assert balance_part(floats(0.3, 0.2, 0.1), np.zeros(3, dtype=np.int16)).tolist() == [0, 0, 0]


def test_every_language_has_its_share_of_the_shortlist() -> None:
    many = np.array([FRENCH] * 30 + [ENGLISH] * 30, dtype=np.int16)
    assert shortlist(many) == [*range(8), *range(30, 38)]
    assert shortlist(many[:30]) == list(range(16))
