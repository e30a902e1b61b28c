"""Relevance: high for what is answered, low for nonsense, the same measure everywhere."""

from pathlib import Path

import numpy as np
import pytest

from semsearch import Mode, SearchIndex
from semsearch.ranking.relevance import relevance
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


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> SearchIndex:
    """Of the model that the regression was fitted with."""
    folder = tmp_path_factory.mktemp("relevance") / "index"
    return SearchIndex.build([SEEDS], folder, model="fast")


def test_most_answerable_questions_pass(index: SearchIndex) -> None:
    passed = [query for query in ANSWERED if (index.search(query).relevance or 0) >= 0.3]
    assert len(passed) >= 11


def test_most_unanswerable_questions_do_not(index: SearchIndex) -> None:
    passed = [query for query in NOT_ANSWERED if (index.search(query).relevance or 0) >= 0.3]
    assert len(passed) <= 2


def test_hits_below_the_minimum_relevance_are_left_out(index: SearchIndex) -> None:
    everything = index.search(ANSWERED[0], k=20).hits
    some = index.search(ANSWERED[0], k=20, min_relevance=0.4).hits
    assert 0 < len(some) < len(everything)
    assert [hit.doc_id for hit in some] == [
        hit.doc_id for hit in everything if (hit.relevance or 0) >= 0.4
    ]
    assert [hit.rank for hit in some] == list(range(1, len(some) + 1))


def test_a_single_ranking_has_no_relevance(index: SearchIndex) -> None:
    for mode in (Mode.DENSE, Mode.LEXICAL):
        assert index.search("Chili", mode=mode).relevance is None


def test_a_model_that_cannot_read_a_script_adds_nothing_to_the_score(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("การประชุมสหประชาชาติที่กรุงเทพฯ ปี 2019", encoding="utf-8")
    (tmp_path / "b.txt").write_text("ราคาข้าวเพิ่มขึ้นในเดือนนี้", encoding="utf-8")
    index = SearchIndex.build([tmp_path], tmp_path / "index", model="fast")
    result = index.search("สหประชาชาติ ปี 2019", explain=True)
    assert result.hits[0].doc_id == "a.txt"
    assert result.relevance is None
    for hit in result.hits:  # words and spelling alone decide
        assert hit.explanation is not None
        assert hit.explanation.parts["dense"] == 0
        assert "alignment" not in hit.explanation.parts
    assert result.or_nothing().hits
    for query in ("Rabat", "الرباط", "Рабат", "東京", "नदी", "Αθήνα", "ירושלים", "서울"):
        assert index.search(query).relevance is not None


def test_a_score_is_the_sum_of_its_parts(index: SearchIndex) -> None:
    for hit in index.search(ANSWERED[2], explain=True).hits:
        assert hit.explanation is not None
        parts = {"dense", "lexical", "alignment", "spelling", "balance"}
        assert set(hit.explanation.parts) == parts
        assert hit.score == pytest.approx(sum(hit.explanation.parts.values()), abs=1e-5)
    assert index.search(ANSWERED[2]).hits[0].explanation is None


def test_more_evidence_is_more_relevance() -> None:
    def one(deviations: float, shares: float, alignment: float, known: float) -> float:
        values = (np.array([v], dtype=np.float32) for v in (deviations, shares, alignment, known))
        return float(relevance(*values)[0])

    assert one(4, 0.3, 0.7, 1) > 0.9 > one(3, 0.1, 0.4, 1) > one(2, 0.05, 0.2, 1)
    assert one(2, 0.05, 0.2, 1) < 0.05
    # The noise level is 6.4 + 4.5 deviations where the words are known, 6.4 where none is.
    assert one(10.9, 0, 0, 1) == pytest.approx(0.3)
    assert one(6.4, 0, 0, 0) == pytest.approx(0.3)
