"""Relevance: high for what is answered, low for nonsense, the same measure everywhere."""

from pathlib import Path

import numpy as np
import pytest

from semsearch import Mode, SearchIndex
from semsearch.ranking.relevance import chance_level, relevance
from tests.paths import SEEDS

ANSWERED = [
    "Quel rôle le Maroc joue-t-il dans la coalition contre Daech ?",
    "Bank Al-Maghrib taux directeur",
    "tremblement de terre au Chili",
    "¿Quién ganó la final de la Copa?",
    "tren nocturno entre Barcelona y Berlín",
    "malaria vaccine trial results in children",
    "who won the mayoral runoff in Guayaquil?",
    "Streik der Lokführer",
    "Hopfenernte in der Hallertau",
    "زلزال تشيلي",
    "مصرف المغرب يرفع سعر الفائدة",
    "محطة الطاقة الشمسية في أسوان",
]

NOT_ANSWERED = [
    "comment faire pousser des tomates sur un balcon",
    "meilleure recette de crêpes sans gluten",
    "¿Cómo afinar una guitarra española?",
    "reglas del ajedrez para principiantes",
    "best laptop for video editing under 1000 dollars",
    "how to teach a dog to sit",
    "symptoms of vitamin B12 deficiency",
    "Wie backe ich ein Sauerteigbrot?",
    "Steuererklärung für Studenten Anleitung",
    "كيف أتعلم العزف على العود",
    "أفضل طريقة لحفظ المفردات الإنجليزية",
    "python list comprehension syntax",
]


NONSENSE = ["a", "1", "ok", "aaaa", "Graz", "Sète", "Pelé", "7777", "B2", "asdf", "...", "und"]

SHORT = {
    "Eisenbahnerstreik": "de/lokfuehrer-streik.txt",
    "hackers hôpital": "fr/cyberattaque-hopital-limoges.html",
    "robot on the moon": "en/lunar-rover-suhail.txt",
    "Waldbrand": "es/incendio-forestal-ourense.md",
    "حريق غابات": "es/incendio-forestal-ourense.md",
    "reconnaissance faciale": "en/facial-recognition-ruling.txt",
    "prisoner exchange Yemen": "ar/tabadul-asra-yaman.html",
    "malria vacine": "en/malaria-vaccine-trial.txt",
}
"""What a person types, and an article that answers, most often in another language."""


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> SearchIndex:
    """Of the default model, for which the constants were chosen."""
    return SearchIndex.build([SEEDS], tmp_path_factory.mktemp("relevance") / "index")


def test_most_answerable_questions_pass(index: SearchIndex) -> None:
    passed = [query for query in ANSWERED if (index.search(query).relevance or 0) >= 0.3]
    assert len(passed) >= 11


def test_most_unanswerable_questions_do_not(index: SearchIndex) -> None:
    passed = [query for query in NOT_ANSWERED if (index.search(query).relevance or 0) >= 0.3]
    assert len(passed) <= 1


def test_nonsense_finds_nothing(index: SearchIndex) -> None:
    assert [query for query in NONSENSE if index.search(query).or_nothing().hits] == []


@pytest.mark.parametrize("query", SHORT)
def test_a_few_words_find_the_article_in_whatever_language(index: SearchIndex, query: str) -> None:
    (best, *_) = index.search(query, all_copies=True).or_nothing().hits
    assert best.doc_id == SHORT[query]


@pytest.mark.parametrize("mode", Mode)
def test_relevance_never_rises_down_the_list(index: SearchIndex, mode: Mode) -> None:
    for query in (*ANSWERED, *NOT_ANSWERED, *SHORT):
        for options in ({}, {"per_lang": 2}, {"passages": True}, {"all_copies": True}):
            hits = index.search(query, 20, mode=mode, **options).hits
            values = [hit.relevance or 0 for hit in hits]
            assert values == sorted(values, reverse=True)


def test_hits_below_the_minimum_relevance_are_left_out(index: SearchIndex) -> None:
    everything = index.search(ANSWERED[0], k=20).hits
    some = index.search(ANSWERED[0], k=20, min_relevance=0.4).hits
    assert 0 < len(some) < len(everything)
    assert [hit.doc_id for hit in some] == [
        hit.doc_id for hit in everything if (hit.relevance or 0) >= 0.4
    ]
    assert [hit.rank for hit in some] == list(range(1, len(some) + 1))


def test_the_minimum_relevance_holds_in_every_mode(index: SearchIndex) -> None:
    for mode in Mode:
        everything = index.search(ANSWERED[1], 20, mode=mode).hits
        some = index.search(ANSWERED[1], 20, mode=mode, min_relevance=0.5).hits
        assert 0 < len(some) < len(everything)
        assert all((hit.relevance or 0) >= 0.5 for hit in some)


def test_a_model_that_cannot_read_a_script_adds_nothing_to_the_score(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("การประชุมสหประชาชาติที่กรุงเทพฯ ปี 2019", encoding="utf-8")
    (tmp_path / "b.txt").write_text("ราคาข้าวเพิ่มขึ้นในเดือนนี้", encoding="utf-8")
    index = SearchIndex.build([tmp_path], tmp_path / "index", model="fast")
    result = index.search("สหประชาชาติ ปี 2019", explain=True)
    assert [hit.doc_id for hit in result.or_nothing().hits][:1] == ["a.txt"]
    for hit in result.hits:  # words alone decide
        assert hit.explanation is not None
        assert set(hit.explanation.parts) == {"words"}


def test_digits_alone_are_looked_for_as_words(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("The plant will create 4500 jobs in Leipzig.", encoding="utf-8")
    (tmp_path / "b.txt").write_text("The plant will create new jobs in Halle.", encoding="utf-8")
    result = SearchIndex.build([tmp_path], tmp_path / "index").search("4500", explain=True)
    (hit,) = result.or_nothing().hits[:1]
    assert hit.doc_id == "a.txt"
    assert hit.explanation is not None
    assert set(hit.explanation.parts) == {"words"}


def test_a_score_is_the_sum_of_its_parts(index: SearchIndex) -> None:
    for hit in index.search(ANSWERED[2], explain=True).hits:
        assert hit.explanation is not None
        assert set(hit.explanation.parts) == {"meaning", "words"}
        assert hit.score == pytest.approx(sum(hit.explanation.parts.values()), abs=1e-6)
    assert index.search(ANSWERED[2]).hits[0].explanation is None


def test_chance_reaches_higher_among_more_passages() -> None:
    # The median of the best of n normal values: of twenty, 1.82; of a thousand, 3.2 deviations.
    assert chance_level(20) == pytest.approx(0.08 * (-0.75 + 0.96 * 1.82), abs=0.002)
    assert chance_level(1) == chance_level(20)
    assert chance_level(1000) == pytest.approx(0.08 * (-0.75 + 0.96 * 3.2), abs=0.002)


def test_relevance_is_a_half_where_answers_and_others_are_as_frequent() -> None:
    scores = np.array([1.0, chance_level(50) + 0.14, 0.0], dtype=np.float32)
    values = relevance(scores, Mode.HYBRID, 50)
    assert values[1] == pytest.approx(0.5)
    assert values[0] > 0.99
    assert values[2] < 0.1
    assert relevance(np.array([0.6], dtype=np.float32), Mode.LEXICAL, 50) == pytest.approx([0.5])
