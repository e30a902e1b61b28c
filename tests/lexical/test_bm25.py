"""BM25 is that of the textbook, whatever happened to the index before."""

import math
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from semsearch.lexical import LexicalIndex, total, write
from semsearch.lexical.segment import MAX_PASSAGES

WORDS = ["rain", "snow", "wind", "hail", "fog", "storm"]
Passage = tuple[int, str, str]


def answers(index: LexicalIndex, query: str, k: int = 100) -> dict[str, list[tuple[int, float]]]:
    return {
        found.lang: list(zip(found.ids.tolist(), found.scores.tolist(), strict=True))
        for found in index.search(query, k)
    }


def test_scores_are_those_of_the_textbook() -> None:
    """Three passages of 2, 4 and 6 words, so that their mean length is 4."""
    passages = [
        (1, "en", "rain wind"),
        (2, "en", "rain rain snow fog"),
        (3, "en", "wind wind wind fog fog fog"),
    ]
    # rain: 2 of 3 passages, log(1 + 1.5 / 2.5) = log 1.6; snow: 1 of 3, log(1 + 2.5 / 1.5).
    rain, snow = math.log(1.6), math.log(8 / 3)
    # Length norms 1.2 * (0.25 + 0.75 * l / 4): 0.75 for two words, 1.2 for four.
    first = rain * 2.2 * 1 / (1 + 0.75)
    second = rain * 2.2 * 2 / (2 + 1.2) + snow * 2.2 * 1 / (1 + 1.2)
    (found,) = LexicalIndex.in_memory(passages).search("rain snow", 10)
    assert found.ids.tolist() == [2, 1]
    assert found.scores.tolist() == pytest.approx([second, first], rel=1e-6)
    assert found.once == pytest.approx(rain + snow)
    assert found.known == 1


def test_a_term_that_no_passage_has_lowers_what_is_known() -> None:
    """One passage: log(4/3) for the word that it has, log 4 for the other."""
    (found,) = LexicalIndex.in_memory([(1, "en", "rain")]).search("rain hail", 10)
    assert found.known == pytest.approx(math.log(4 / 3) / (math.log(4 / 3) + math.log(4)))


def test_passages_that_tie_with_the_last_are_found_too() -> None:
    passages = [(i, "en", "rain wind") for i in (9, 4, 7)] + [(5, "en", "rain rain")]
    (found,) = LexicalIndex.in_memory(passages).search("rain", 2)
    assert found.ids.tolist() == [5, 4, 7, 9]


def test_only_some_passages_may_be_found() -> None:
    index = LexicalIndex.in_memory([(i, "en", "rain") for i in range(10)])
    (found,) = index.search("rain", 10, only=[7, 3, 99])
    assert found.ids.tolist() == [3, 7]
    (all_found,) = index.search("rain", 10)
    assert set(found.scores.tolist()) == set(all_found.scores.tolist())


def test_more_passages_than_a_segment_holds(tmp_path: Path) -> None:
    count = MAX_PASSAGES + 10
    write(tmp_path, 1, ((i, "en", WORDS[i % 2]) for i in range(count)))
    index = LexicalIndex.open(tmp_path, 1)
    assert index is not None
    (found,) = index.search("rain", 1)
    assert found.ids.tolist() == list(range(0, count, 2))
    assert len(list(tmp_path.glob("1/en/*.words2"))) == 2


def test_passages_of_later_segments_are_scored_as_those_of_the_first(tmp_path: Path) -> None:
    """The last passage, alone in its segment, has frequent words only, and is asked for by name."""
    texts = ["snow rain wind", *["rain wind"] * MAX_PASSAGES, "wind"]
    write(tmp_path, 1, ((i, "en", text) for i, text in enumerate(texts)))
    index = LexicalIndex.open(tmp_path, 1)
    assert index is not None
    (best,) = index.search("snow wind", 1)
    assert best.ids.tolist() == [0]
    (both,) = index.search("snow wind", 1, also=[len(texts) - 1])
    (every,) = index.search("snow wind", len(texts))
    score = dict(zip(every.ids.tolist(), every.scores.tolist(), strict=True))
    assert both.ids.tolist() == [0, len(texts) - 1]
    assert both.scores.tolist() == [score[0], score[len(texts) - 1]]


passage_texts = st.lists(st.sampled_from(WORDS), max_size=8).map(" ".join)
commits = st.lists(
    st.tuples(
        st.lists(st.tuples(st.sampled_from(["en", "fr"]), passage_texts), max_size=6),
        st.sets(st.integers(0, 30), max_size=8),
    ),
    min_size=1,
    max_size=8,
)


@given(history=commits, query=passage_texts)
@settings(deadline=None)
def test_scores_do_not_depend_on_the_history(
    history: list[tuple[list[tuple[str, str]], set[int]]], query: str
) -> None:
    living: dict[int, Passage] = {}
    last = 0
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for generation, (texts, chosen) in enumerate(history, 1):
            removed = [(i, living.pop(i)[1]) for i in chosen & living.keys()]
            added = [(last + n, lang, text) for n, (lang, text) in enumerate(texts)]
            last += len(added)
            living |= {passage[0]: passage for passage in added}
            base = generation - 1 or None
            write(folder, generation, added, base=base, removed=removed)
        stored = LexicalIndex.open(folder, len(history))
        assert stored is not None
        fresh = LexicalIndex.in_memory(living.values())
        for k in (1, 3, 100):
            assert answers(stored, query, k) == answers(fresh, query, k)
        assert stored.statistics(query) == fresh.statistics(query)


def test_few_segments_remain_after_many_small_changes(tmp_path: Path) -> None:
    for i in range(1, 60):
        write(tmp_path, i, [(i, "en", "rain")], base=i - 1 or None)
    assert len(list(tmp_path.glob("59/en/*.words2"))) <= 4  # log3(59) is 3.7


def test_parts_of_a_collection_score_as_the_whole_does() -> None:
    passages = [
        (1, "en", "rain wind"),
        (2, "en", "rain rain snow fog"),
        (3, "en", "wind wind fog"),
        (4, "fr", "pluie"),
    ]
    whole = answers(LexicalIndex.in_memory(passages), "rain fog pluie")
    parts = [LexicalIndex.in_memory(passages[:2]), LexicalIndex.in_memory(passages[2:])]
    statistics = total(part.statistics("rain fog pluie") for part in parts)
    found = [
        (each.lang, pair)
        for part in parts
        for each in part.search("rain fog pluie", 10, statistics=statistics)
        for pair in zip(each.ids.tolist(), each.scores.tolist(), strict=True)
    ]
    assert sorted(found) == [(lang, pair) for lang in sorted(whole) for pair in sorted(whole[lang])]
