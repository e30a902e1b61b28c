"""Fusion, with scores that a reader can add up."""

import numpy as np
import pytest

from semsearch.ranking import LEXICAL_SHARE, LexicalVote, fuse

ROWS = np.array([2, 5, 7, 9])
DENSE = np.array([0.5, 0.4, 0.3, 0.2], dtype=np.float32)
FRENCH, ENGLISH = 0, 1


def vote(lang: int, *scores: tuple[int, float]) -> LexicalVote:
    rows, values = zip(*scores, strict=True)
    return LexicalVote(lang, np.array(rows), np.array(values, dtype=np.float32))


def test_without_a_vote_the_order_is_that_of_the_vectors() -> None:
    langs = np.array([0, 1, 0, 1], dtype=np.int16)
    assert fuse(ROWS, DENSE, langs, []).argsort().tolist() == [3, 2, 1, 0]


def test_within_one_language_it_is_a_convex_combination() -> None:
    langs = np.zeros(4, dtype=np.int16)
    fused = fuse(ROWS, DENSE, langs, [vote(FRENCH, (9, 0.8), (5, 0.2))])
    expected = (1 - LEXICAL_SHARE) * DENSE + LEXICAL_SHARE * np.array([0, 0.2, 0, 0.8])
    assert (fused - fused[0]).tolist() == pytest.approx((expected - expected[0]).tolist())
    assert fused.argmax() == 3


def test_words_that_all_articles_of_a_language_share_decide_nothing_across_languages() -> None:
    langs = np.array([FRENCH, ENGLISH, ENGLISH, ENGLISH], dtype=np.int16)
    chance = vote(ENGLISH, (5, 0.3), (7, 0.3), (9, 0.3))
    assert fuse(ROWS, DENSE, langs, [chance]).argmax() == 0


def test_a_match_far_above_chance_wins_over_another_language() -> None:
    langs = np.array([FRENCH, ENGLISH, ENGLISH, ENGLISH], dtype=np.int16)
    exact = vote(ENGLISH, (5, 0.9), (7, 0.1), (9, 0.1))
    assert fuse(ROWS, DENSE, langs, [exact]).argmax() == 1


def test_a_vote_for_a_row_that_is_no_candidate_is_left_out() -> None:
    langs = np.zeros(4, dtype=np.int16)
    fused = fuse(ROWS, DENSE, langs, [vote(FRENCH, (5, 0.5), (6, 0.5), (99, 0.5))])
    assert fused.argmax() == 1


def test_the_arguments_are_not_changed() -> None:
    before = DENSE.copy()
    fuse(ROWS, DENSE, np.zeros(4, dtype=np.int16), [vote(FRENCH, (2, 0.5))])
    assert (before == DENSE).all()


def test_weak_evidence_counts_less_where_languages_compete() -> None:
    langs = np.array([FRENCH, ENGLISH, ENGLISH, ENGLISH], dtype=np.int16)
    weak, strong = (fuse(ROWS, DENSE, langs, [vote(ENGLISH, (5, top))]) for top in (0.1, 0.5))
    gains = [fused[1] - (1 - LEXICAL_SHARE) * DENSE[1] for fused in (weak, strong)]
    assert gains == pytest.approx([LEXICAL_SHARE * 0.1 / 3, LEXICAL_SHARE * 0.5])
