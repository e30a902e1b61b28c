"""Phrases, exclusions and beginnings of words: exact, in every mode and language."""

import json
from pathlib import Path

import pytest

from semsearch import Mode, SearchIndex
from semsearch.types import MIN_RELEVANCE

NEWS = {
    "en/union": ("Union keeps free movement", "Workers of the union will move as before."),
    "en/doctors": ("Doctors debate", "Entry is free. Movement for nurses is slow. It is free."),
    "en/bus": ("Village bus", "The bus is free, movement or not. To be or not to be a village."),
    "en/car": ("Jaguar presents a car", "The electric car drives far."),
    "en/cat": ("Jaguar born in Basel", "The cat was filmed by a camera in the zoo."),
    "en/court": ("Terrorists sentenced", "A court in Paris sentenced three."),
    "en/garden": ("Terrace gardens", "Beans are planted on the terrace."),
    "fr/cafe": ("Un café ferme", "Le café de la gare a fermé. Aujourd’hui, la rue est vide."),
    "fr/wine": ("Le vin", "La récolte du vin est bonne aujourd'hui."),
    "de/strasse": ("Neue Straße", "Die Straße ist frei. „Endlich“, sagt Müller."),
    "ar/school": ("افتتاح المدرسة", "قال ووزير التعليم إن المدرسة جديدة."),
    "ar/bridge": ("افتتاح الجسر", "قال وزير النقل إن الجسر طويل."),
    "zh/flood": ("洪水", "洪水淹没了村庄。安全理事会开会。"),
    "zh/car": ("汽车", "新能源汽车在北京展出。"),
    "ko/seoul": ("지하철", "서울에서 새 지하철이 개통됐다."),
    "th/rice": ("ราคาข้าว", "ราคาข้าวในประเทศไทยสูงขึ้น"),
}


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> SearchIndex:
    root = tmp_path_factory.mktemp("wording")
    lines = [
        {"_id": name, "lang": name[:2], "title": title, "text": text}
        for name, (title, text) in NEWS.items()
    ]
    (root / "news.jsonl").write_text("\n".join(map(json.dumps, lines)), encoding="utf-8")
    return SearchIndex.build([root / "news.jsonl"], root / "index", model="fast")


def found(index: SearchIndex, query: str, mode: Mode = Mode.HYBRID) -> set[str]:
    return {hit.doc_id for hit in index.search(query, k=20, mode=mode, all_copies=True).hits}


@pytest.mark.parametrize("mode", Mode)
@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ('"free movement"', {"en/union", "en/bus"}),
        ('"movement free"', set()),
        ('"to be or not"', {"en/bus"}),
        ('"is free"', {"en/doctors", "en/bus"}),
        ('"free movement" "village bus"', {"en/bus"}),
        ('"free movement" -village', {"en/union"}),
        ("terror*", {"en/court"}),
        ("ter*", {"en/court", "en/garden"}),
        ('"free mov*" union', {"en/union", "en/bus"}),
        ("“un CAFE”", {"fr/cafe"}),
        ("«aujourd'hui»", {"fr/cafe", "fr/wine"}),
        ("„neue Strasse“", {"de/strasse"}),
        ('"muller"', {"de/strasse"}),
        ('"وزير التعليم"', {"ar/school"}),
        ("「安全理事会」", {"zh/flood"}),
        ("安全理*", {"zh/flood"}),
        ("ประเท*", {"th/rice"}),
        ("지하*", {"ko/seoul"}),
    ],
)
def test_only_what_has_the_wording_is_found(
    index: SearchIndex, query: str, expected: set[str], mode: Mode
) -> None:
    assert found(index, query, mode) == expected


@pytest.mark.parametrize(
    ("query", "without"),
    [
        ("jaguar -car", {"en/car"}),
        ("jaguar -cars", set()),
        ('jaguar -"electric car"', {"en/car"}),
        ('jaguar -"car electric"', set()),
        ("jaguar -cam*", {"en/cat"}),
        ("vin -cafe -strasse", {"fr/cafe", "de/strasse"}),
        ("افتتاح -مدرسة", {"ar/school"}),
        ("北京 -汽车", {"zh/car"}),
        ("지하철 -서울", {"ko/seoul"}),
        ("jaguar -5", set()),
    ],
)
def test_articles_with_what_is_excluded_are_left_out(
    index: SearchIndex, query: str, without: set[str]
) -> None:
    assert found(index, query, Mode.DENSE) == set(NEWS) - without


def test_meaning_ranks_what_is_left(index: SearchIndex) -> None:
    (hit,) = index.search('jaguar presents film -"electric car"', k=1).hits
    assert hit.doc_id == "en/cat"


def test_a_hit_with_the_phrase_is_relevant_enough_to_be_shown(index: SearchIndex) -> None:
    result = index.search('"to be or not" football transfer')
    assert [hit.doc_id for hit in result.or_nothing().hits] == ["en/bus"]
    assert min(hit.relevance or 0 for hit in result.hits) >= MIN_RELEVANCE


def test_words_of_phrases_and_prefixes_are_marked(index: SearchIndex) -> None:
    def marked(query: str) -> list[str]:
        (hit,) = index.search(query, all_copies=True).hits
        return [hit.text[start:end] for start, end in hit.matches]

    assert marked("cam* -car") == ["camera"]
    assert marked('"to be or not"') == ["To", "be", "or", "not"]
    assert marked('"planted on"') == ["planted", "on"]


def test_the_sentence_with_the_phrase_answers(index: SearchIndex) -> None:
    (hit,) = index.search('"to be or not" bus').hits
    start, end = hit.highlights[0]
    assert hit.text[start:end].startswith("To be or not")


def test_several_queries_are_joined_with_what_each_asks_for(index: SearchIndex) -> None:
    (hit,) = index.search("jaguar", also=["-car", '"filmed by"']).hits
    assert hit.doc_id == "en/cat"


def test_an_example_is_filtered_by_wording_too(index: SearchIndex) -> None:
    names = {hit.doc_id for hit in index.search("-car", like=["en/cat"], k=20).hits}
    assert "en/union" in names
    assert not names & {"en/car", "en/cat"}


def test_a_query_that_only_excludes_finds_nothing(index: SearchIndex) -> None:
    assert index.search("-car").hits == ()


def test_sets_of_queries_and_literal_queries_have_no_syntax(index: SearchIndex) -> None:
    queries = ['"movement free"', "jaguar -car"]
    results = index.search_many(queries, 20, all_copies=True)
    assert [len(result.hits) for result in results] == [len(NEWS)] * 2
    assert results[0].hits == index.search(queries[0], 20, literal=True, all_copies=True).hits
    (typed,) = index.search_many(queries[1:], 20, literal=False, all_copies=True)
    assert "en/car" not in {hit.doc_id for hit in typed.hits}


def test_the_query_of_a_result_is_as_it_was_typed(index: SearchIndex) -> None:
    assert index.search('"free movement" -bus').query == '"free movement" -bus'


def test_a_phrase_is_found_far_down_a_ranking(tmp_path: Path) -> None:
    lines = [{"_id": f"{n}", "text": f"Rain fell on town {n} again."} for n in range(900)]
    lines.append({"_id": "far", "text": "What will be will be, said the goalkeeper."})
    (tmp_path / "a.jsonl").write_text("\n".join(map(json.dumps, lines)), encoding="utf-8")
    index = SearchIndex.build([tmp_path / "a.jsonl"], tmp_path / "index", model="fast")
    assert found(index, 'rain town "what will be"') == {"far"}
    assert len(found(index, 'rain "on town" -7 -"again"')) == 0
