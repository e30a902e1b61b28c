"""BM25 by language: forms of words, generations on disk."""

from pathlib import Path

import pytest

from semsearch.disk import prune
from semsearch.lexical import LexicalIndex, is_whole, write
from semsearch.lexical.analysis import analyze


def found(index: LexicalIndex, query: str) -> dict[str, list[int]]:
    return {scores.lang: scores.ids.tolist() for scores in index.search(query, 10)}


@pytest.mark.parametrize(
    ("lang", "written", "asked"),
    [
        ("fr", "Les négociations étaient suspendues", "negociation suspendue"),
        ("en", "The ministers were negotiating", "minister negotiates"),
        ("es", "Las elecciones municipales", "elección municipal"),
        ("de", "Die Wahlen in den Städten", "Wahl Stadt"),
        ("ru", "Министры обсудили санкции", "министр санкция"),
        ("ar", "الوُزَراءُ في الرِّباط", "الوزراء الرباط"),
        ("fa", "گفت‌وگوهای صلح", "گفت صلح"),
        ("hi", "चुनाव के नतीजे", "चुनाव नतीजे"),
        ("zh", "联合国安全理事会开会", "安全理事会"),
        ("ja", "国連安全保障理事会の会合", "安全保障"),
        ("th", "การประชุมสหประชาชาติ", "สหประชาชาติ"),
        ("pl", "Wybory w Łodzi", "lodzi"),
    ],
)
def test_forms_of_a_word_are_one_term(lang: str, written: str, asked: str) -> None:
    assert set(analyze(asked, lang)) <= set(analyze(written, lang))
    index = LexicalIndex.in_memory([(7, lang, written), (8, lang, "12345")])
    assert found(index, asked) == {lang: [7]}


def test_all_of_a_sentence_without_spaces_is_looked_for() -> None:
    question = "รัฐมนตรีกล่าวเมื่อวันพฤหัสบดีว่ารัฐบาลจะผ่านงบประมาณใหม่ก่อนสิ้นปีสหประชาชาติ"
    index = LexicalIndex.in_memory([(7, "th", "สหประชาชาติ"), (8, "th", "12345")])
    assert found(index, question) == {"th": [7]}


def test_stop_words_alone_find_nothing() -> None:
    assert found(LexicalIndex.in_memory([(1, "en", "the end of it")]), "of the it") == {}


def test_a_word_counts_more_the_rarer_it_is() -> None:
    passages = [(1, "en", "rain rain wind"), (2, "en", "rain snow"), (3, "en", "rain hail")]
    assert found(LexicalIndex.in_memory(passages), "rain snow")["en"][0] == 2


def test_every_language_has_an_index_of_its_own() -> None:
    passages = [(1, "fr", "NATO Bruxelles"), (2, "en", "NATO Brussels"), (3, None, "NATO Roma")]
    assert found(LexicalIndex.in_memory(passages), "NATO") == {"fr": [1], "en": [2], "und": [3]}


def test_languages_answer_in_one_order_whatever_came_first() -> None:
    passages = [(1, "fr", "NATO Bruxelles"), (2, "en", "NATO Brussels"), (3, "de", "NATO Berlin")]
    for order in (passages, passages[::-1]):
        answers = LexicalIndex.in_memory(order).search("NATO", 10)
        assert [answer.lang for answer in answers] == ["de", "en", "fr"]


def test_no_score_exceeds_the_ceiling() -> None:
    index = LexicalIndex.in_memory([(1, "en", "snow " * 500), (2, "en", "rain")])
    (scores,) = index.search("snow", 10)
    assert 0.9 * 2.2 * scores.once < scores.scores[0] < 2.2 * scores.once


def test_a_generation_is_written_beside_the_one_it_starts_from(tmp_path: Path) -> None:
    folder = tmp_path / "lexical"
    write(folder, 1, [(1, "fr", "pomme"), (2, "fr", "pomme poire"), (3, "de", "Apfel")])
    before = LexicalIndex.open(folder, 1)
    write(folder, 2, [(4, "fr", "pomme rouge")], base=1, removed=[(1, "fr"), (3, "de")])
    index = LexicalIndex.open(folder, 2)
    assert before is not None
    assert index is not None
    assert sorted(found(index, "pomme")["fr"]) == [2, 4]
    assert found(index, "Apfel") == {}
    for old in (before, LexicalIndex.open(folder, 1)):
        assert old is not None
        assert sorted(found(old, "pomme")["fr"]) == [1, 2]
    prune(folder, 2)
    assert [path.name for path in folder.iterdir()] == ["2"]
    assert sorted(found(before, "pomme")["fr"]) == [1, 2], "a reader that has it open keeps it"
    assert sorted(found(index, "pomme")["fr"]) == [2, 4]


def test_an_incomplete_index_is_not_opened(tmp_path: Path) -> None:
    folder = tmp_path / "lexical"
    write(folder, 1, [(1, "fr", "pomme")])
    (folder / "1" / "COMPLETE").unlink()
    assert LexicalIndex.open(folder, 1) is None
    assert not is_whole(folder, 1)
    write(folder, 1, [(2, "fr", "poire")])
    index = LexicalIndex.open(folder, 1)
    assert index is not None
    assert found(index, "pomme poire") == {"fr": [2]}


def test_scores_stay_in_bounds_after_passages_are_removed(tmp_path: Path) -> None:
    folder = tmp_path / "lexical"
    write(folder, 1, [(i, "en", "rain") for i in range(1, 101)])
    write(folder, 2, [], base=1, removed=[(i, "en") for i in range(1, 5)])
    index = LexicalIndex.open(folder, 2)
    assert index is not None
    (scores,) = index.search("rain", 200)
    assert len(scores.ids) == 96
    assert 0 < scores.scores[0] < 2.2 * scores.once


def test_another_generation_is_not_opened(tmp_path: Path) -> None:
    folder = tmp_path / "lexical"
    write(folder, 1, [(1, "fr", "pomme")])
    assert LexicalIndex.open(folder, 2) is None
    assert is_whole(folder, 1)
    assert not is_whole(tmp_path / "nowhere", 1)
