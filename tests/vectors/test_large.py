"""An index of more passages than are compared one by one: it answers as if they were."""

import json
import random
import shutil
from pathlib import Path

import pytest

from semsearch import Mode, SearchIndex, verify
from semsearch.config import VectorSettings
from semsearch.indexing.repairing import repair
from semsearch.request import SearchOptions
from semsearch.vectors import EXACT_ROWS
from semsearch.vectors.stored import describe

pytestmark = pytest.mark.slow

PLACES = ["Oslo", "Lima", "Quito", "Cairo", "Accra", "Tunis", "Delhi", "Tokyo", "Seoul", "Paris"]
THINGS = ["harvest", "storm", "strike", "election", "flood", "festival", "trial", "drought"]
EVENTS = ["began", "ended", "grew", "failed", "surprised", "pleased", "worried", "delayed"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An index of short articles, of which one in a thousand is Spanish and dated."""
    chooser = random.Random(0)
    folder = tmp_path_factory.mktemp("large")
    with (folder / "news.jsonl").open("w", encoding="utf-8") as file:
        for number in range(EXACT_ROWS + 500):
            place, other = chooser.sample(PLACES, 2)
            thing, event = chooser.choice(THINGS), chooser.choice(EVENTS)
            record = {
                "_id": f"n{number}",
                "text": f"The {thing} of {place} {event} {number} people in {other}.",
                "lang": "es" if number % 1000 == 0 else "en",
                "date": "2020-01-01" if number % 1000 == 0 else "2010-01-01",
            }
            file.write(json.dumps(record) + "\n")
    SearchIndex.build([folder / "news.jsonl"], folder / "index", model="fast").close()
    return folder


def test_status_reports_the_measured_recall(folder: Path) -> None:
    with SearchIndex.open(folder / "index") as index:
        recall = index.status().ann_recall_at_10
    assert recall is not None
    assert 0.9 <= recall <= 1


def test_a_narrow_filter_finds_all_that_pass(folder: Path) -> None:
    with SearchIndex.open(folder / "index") as index:
        options: SearchOptions = {"mode": Mode.DENSE, "all_copies": True, "min_relevance": 0}
        spanish: SearchOptions = {**options, "langs": ["es"]}
        recent: SearchOptions = {**options, "since": "2015"}
        by_language = index.search("storm in Lima", 100, **spanish)
        by_date = index.search("storm in Lima", 100, **recent)
    assert len(by_language.hits) == 51
    assert {hit.doc_id for hit in by_language.hits} == {hit.doc_id for hit in by_date.hits}


def test_a_damaged_vector_index_is_not_used_and_is_repaired(folder: Path, tmp_path: Path) -> None:
    copy = shutil.copytree(folder / "index", tmp_path / "index")
    with SearchIndex.open(copy) as index:
        before = [hit.doc_id for hit in index.search("the harvest of Oslo").hits]
    (codes,) = copy.glob("ann/*/codes/index.faiss")
    codes.write_bytes(codes.read_bytes()[:-1])
    with SearchIndex.open(copy) as index:
        assert index.search("the harvest of Oslo").hits[0].doc_id == before[0]
    assert [damage.what for damage in verify(copy)] == [
        "the file codes/index.faiss of the vector index has changed"
    ]
    repair(copy)
    assert list(verify(copy)) == []
    with SearchIndex.open(copy) as index:
        assert [hit.doc_id for hit in index.search("the harvest of Oslo").hits] == before


def test_damaged_vectors_on_disk_are_taken_from_the_database(folder: Path, tmp_path: Path) -> None:
    copy = shutil.copytree(folder / "index", tmp_path / "index")
    with SearchIndex.open(copy) as index:
        before = [hit.doc_id for hit in index.search("the harvest of Oslo", mode=Mode.DENSE).hits]
        (vectors,) = copy.glob("ann/*/vectors.f16")
        size = vectors.stat().st_size
        with vectors.open("r+b") as stream:  # while it is mapped
            stream.write(bytes(size))
        assert [
            h.doc_id for h in index.search("the harvest of Oslo", mode=Mode.DENSE).hits
        ] == before
        similar = [hit.doc_id for hit in index.similar("n7").hits]
    with SearchIndex.open(copy) as index:
        assert [hit.doc_id for hit in index.similar("n7").hits] == similar
    assert [damage.what for damage in verify(copy)] == [
        "the file vectors.f16 of the vector index has changed"
    ]
    repair(copy)
    assert list(verify(copy)) == []


def test_added_and_removed_articles_need_no_new_approximate_index(
    folder: Path, tmp_path: Path
) -> None:
    copy = shutil.copytree(folder / "index", tmp_path / "index")
    made = sorted(path.name for path in copy.glob("ann/*"))
    note = {"_id": "note", "text": "The volcano of Reykjavik sleeps.", "lang": "is"}
    (tmp_path / "note.jsonl").write_text(json.dumps(note), encoding="utf-8")
    SearchIndex.build([tmp_path / "note.jsonl"], copy).close()
    with SearchIndex.open(copy) as index:
        first, second, *_ = index.search("the harvest of Oslo", mode=Mode.DENSE).hits
        index.remove(first.doc_id)
        assert index.search("the harvest of Oslo", mode=Mode.DENSE).hits[0].doc_id == second.doc_id
        for langs in ([], ["en", "is"], ["is"]):
            found = index.search("volcano of Reykjavik", 1, mode=Mode.DENSE, langs=langs)
            assert found.hits[0].doc_id == "note"
    assert sorted(path.name for path in copy.glob("ann/*")) == made
    assert list(verify(copy)) == []


def test_the_target_recall_is_kept_by_later_runs(folder: Path, tmp_path: Path) -> None:
    copy = shutil.copytree(folder / "index", tmp_path / "index")
    wanted = VectorSettings(target_recall=0.8, memory_bytes=1_000_000)
    SearchIndex.build([folder / "news.jsonl"], copy, vector_settings=wanted).close()
    about = describe(copy / "ann")
    assert about is not None
    assert about.settings.wanted == wanted
    SearchIndex.build([folder / "news.jsonl"], copy).close()
    assert describe(copy / "ann") == about


def test_an_index_that_has_shrunk_has_no_codes(folder: Path, tmp_path: Path) -> None:
    copy = shutil.copytree(folder / "index", tmp_path / "index")
    with SearchIndex.open(copy) as index:
        index.remove(*(f"n{number}" for number in range(501)))
        assert index.status().ann_recall_at_10 is None
        assert index.search("the harvest of Oslo").hits
