"""Phrases, first letters of words, and words that are misspelt."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from semsearch.lexical import LexicalIndex, total
from semsearch.lexical.spelling import within


def index(lang: str, *texts: str) -> LexicalIndex:
    return LexicalIndex.in_memory((number, lang, text) for number, text in enumerate(texts, 1))


def found(of: LexicalIndex, query: str) -> list[int]:
    return [id_ for scores in of.search(query, 10) for id_ in scores.ids.tolist()]


def test_passages_that_hold_every_term_of_a_text() -> None:
    of = index("en", "free movement of doctors", "doctors: movements free", "free doctors", "rain")
    assert of.holding("free movement").tolist() == [1, 2]
    assert of.holding("the free doctor").tolist() == [1, 2, 3]
    assert of.holding("free bridges").tolist() == []
    assert of.holding("free", langs=["fr"]).tolist() == []


def test_stop_words_alone_are_in_every_passage() -> None:
    assert index("en", "to be or not to be", "rain").holding("to be or not").tolist() == [1, 2]


def test_letters_too_few_for_an_ngram_exclude_nothing() -> None:
    of = index("zh", "洪水淹没了村庄", "音乐会")
    assert of.holding("洪水").tolist() == [1]
    assert 1 in of.holding("水").tolist()


@pytest.mark.parametrize(
    ("lang", "prefix", "texts", "right"),
    [
        ("en", "terror*", ["the terrorists fled", "a terrible day", "Terror strikes"], [1, 3]),
        ("en", "negotiati", ["they negotiate", "negotiations began", "a note"], [1, 2]),
        ("en", "citie", ["many cities", "a circle"], [1]),
        ("en", "hou", ["houses burn", "the hill"], [1]),
        ("en", "450", ["4,500 jobs", "45 jobs", "450 pounds"], [1, 3]),
        ("de", "Städt", ["in den Städten", "der Stuhl"], [1]),
        ("ar", "المدر", ["عاد إلى المدرسة", "افتتح الجسر"], [1]),
        ("ar", "وزي", ["قال الوزير", "افتتح الجسر"], [1]),
        ("zh", "安全理", ["联合国安全理事会", "音乐会"], [1]),
        ("en", "*", ["rain"], []),
    ],
)
def test_passages_that_may_have_a_word_with_a_prefix(
    lang: str, prefix: str, texts: list[str], right: list[int]
) -> None:
    assert index(lang, *texts).beginning(prefix.rstrip("*")).tolist() == right


NEWS = ("The malaria vaccine works", "A film festival in Malta", "Vacant houses are sold")


def test_a_misspelt_word_finds_the_word_that_was_meant() -> None:
    of = index("en", *NEWS)
    assert found(of, "malria vacine") == [1]
    assert found(of, "vaccinne") == [1]
    assert found(of, "fetsival") == [2], "two letters are swapped"


def test_a_short_word_or_a_number_is_not_corrected() -> None:
    of = index("en", "The film runs for 12345 days")
    assert found(of, "fillm") == [1]
    assert found(of, "filn") == []
    assert found(of, "12346") == []


def test_a_word_that_one_language_has_is_not_misspelt_in_another() -> None:
    both = LexicalIndex.in_memory([(1, "de", "Das Hause"), (2, "en", "A house")])
    assert [scores.lang for scores in both.search("house", 10)] == ["en"]
    (guess,) = index("de", "Das Hause").search("house", 10)
    assert guess.known == pytest.approx(0.5)


def test_a_word_as_it_is_written_ranks_before_a_similar_one() -> None:
    of = index("en", "the harbour of Odessa", "the harbour of Odesa", "the harbour of Rome")
    assert found(of, "Odesa") == [2]


def test_parts_of_a_collection_correct_as_the_whole_does() -> None:
    parts = [index("en", NEWS[0]), LexicalIndex.in_memory([(2, "en", NEWS[1]), (3, "en", NEWS[2])])]
    for query in ("malria vacine", "vaccine malria"):
        statistics = total(part.statistics(query) for part in parts)
        (whole,) = index("en", *NEWS).search(query, 10)
        answers = [each for part in parts for each in part.search(query, 10, statistics=statistics)]
        assert [each.scores.tolist() for each in answers if len(each.ids)] == [
            whole.scores.tolist()
        ]
        assert {each.once for each in answers} == {whole.once}


@pytest.mark.parametrize(
    ("one", "other", "edits"),
    [("rain", "rain", 0), ("rain", "train", 1), ("rain", "ran", 1), ("rain", "raim", 1),
     ("rain", "rian", 1), ("rain", "brine", 3), ("", "ab", 2)],
)  # fmt: skip
def test_edits_are_counted(one: str, other: str, edits: int) -> None:
    assert [within(one, other, limit) for limit in range(4)] == [n >= edits for n in range(4)]


@given(st.text("abc", max_size=6), st.text("abc", max_size=6), st.integers(0, 3))
def test_edits_are_the_same_in_both_directions(one: str, other: str, edits: int) -> None:
    assert within(one, other, edits) == within(other, one, edits)
