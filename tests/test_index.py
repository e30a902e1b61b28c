"""SearchIndex on real files, SQLite, FAISS and the default model."""

import json
import sqlite3
import threading
from pathlib import Path
from typing import cast

import pytest

from semsearch import (
    ChunkSettings,
    IndexBusy,
    IndexDamaged,
    IndexMissing,
    InputError,
    Mode,
    ModelMismatch,
    SearchIndex,
)
from semsearch.store import Writer

ARTICLES = {
    "fr/seisme.txt": (
        "Un séisme frappe le nord du Chili\n\n"
        "Un puissant tremblement de terre a secoué la région pendant la nuit. "
        "Des centaines d'habitants ont quitté leurs maisons."
    ),
    "en/rates.txt": (
        "Central bank raises interest rates\n\n"
        "The governor said inflation was still too high. Borrowing will cost more from Monday."
    ),
    "es/futbol.txt": (
        "El equipo local gana la final de fútbol\n\n"
        "El portero detuvo dos penaltis. La afición celebró la victoria en las calles."
    ),
    "de/strom.txt": (
        "Neuer Windpark liefert Strom\n\n"
        "Die Turbinen vor der Küste versorgen zweihunderttausend Haushalte mit Energie."
    ),
    "ar/vaccine.txt": (
        "لقاح جديد ضد الملاريا\n\nأعلن الأطباء أن اللقاح يحمي الأطفال من المرض في أفريقيا."
    ),
}


@pytest.fixture
def news(tmp_path: Path) -> Path:
    root = tmp_path / "news"
    for name, text in ARTICLES.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return root


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "index"


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("terremoto en Chile", "fr/seisme.txt"),
        ("Zinserhöhung der Zentralbank", "en/rates.txt"),
        ("who won the football final?", "es/futbol.txt"),
        ("énergie éolienne en mer", "de/strom.txt"),
        ("malaria vaccine for children", "ar/vaccine.txt"),
        ("tremblement de terre", "fr/seisme.txt"),
    ],
)
def test_a_question_finds_the_article_in_another_language(
    news: Path, folder: Path, query: str, expected: str
) -> None:
    assert SearchIndex.build([news], folder).search(query).hits[0].doc_id == expected


def test_a_hit_is_a_slice_of_its_article(news: Path, folder: Path) -> None:
    index = SearchIndex.build([news], folder)
    for hit in index.search("fútbol").hits:
        text = Path(hit.path).read_text(encoding="utf-8")
        assert text[hit.start : hit.end] == hit.text
        assert all(hit.text[a:b].strip() for a, b in hit.highlights)
    assert [hit.rank for hit in index.search("fútbol").hits] == [1, 2, 3, 4, 5]


def test_the_line_of_a_hit_is_the_line_of_its_answer(tmp_path: Path, folder: Path) -> None:
    paragraphs = ["A headline that stands first", *(f"Sentence {i} of it. " * 40 for i in range(3))]
    text = "\n\n".join([*paragraphs, "The volcano erupted at dawn on the island."])
    (tmp_path / "long.txt").write_text(text, encoding="utf-8")
    index = SearchIndex.build(
        [tmp_path / "long.txt"], folder, settings=ChunkSettings(max_tokens=20)
    )
    hit = index.search("volcano eruption").hits[0]
    assert "volcano" in hit.text
    assert hit.line == 9  # four paragraphs stand before it, each followed by an empty line


def test_one_language_alone_can_be_asked(news: Path, folder: Path) -> None:
    index = SearchIndex.build([news], folder)
    assert [hit.lang for hit in index.search("Chili", langs=["es"]).hits] == ["es"]
    assert [hit.lang for hit in index.search("Chili", langs=["Spanisch"]).hits] == ["es"]
    assert index.search("Chili", langs=["ja"]).hits == ()


def test_norwegian_is_both_of_its_written_languages(tmp_path: Path, folder: Path) -> None:
    for tag in ("no", "nn", "da"):
        (tmp_path / f"{tag}.md").write_text(f"---\nlang: {tag}\n---\nOslo {tag}", encoding="utf-8")
    index = SearchIndex.build([tmp_path], folder)
    hits = index.search("Oslo", langs=["no"], all_copies=True).hits
    assert sorted(hit.doc_id for hit in hits) == ["nn.md", "no.md"]


def test_lexical_mode_knows_words_alone(news: Path, folder: Path) -> None:
    index = SearchIndex.build([news], folder)
    assert [h.doc_id for h in index.search("penaltis xylophone", mode=Mode.LEXICAL).hits] == [
        "es/futbol.txt"
    ]
    assert index.search("xylophone", mode=Mode.LEXICAL).hits == ()


def test_many_queries_at_once_answer_as_one_by_one(news: Path, folder: Path) -> None:
    index = SearchIndex.build([news], folder)
    queries = ["séisme", "لقاح الملاريا", "wind power", "???"]
    together = [[(h.doc_id, h.score) for h in r.hits] for r in index.search_many(queries)]
    alone = [[(h.doc_id, h.score) for h in index.search(q).hits] for q in queries]
    assert together == alone


def test_similar_articles_leave_the_article_itself_out(news: Path, folder: Path) -> None:
    (news / "en/quake.txt").write_text(
        "Strong earthquake hits northern Chile\n\nPeople left their homes as the ground shook.",
        encoding="utf-8",
    )
    index = SearchIndex.build([news], folder)
    by_id = [hit.doc_id for hit in index.similar("fr/seisme.txt").hits]
    by_path = [hit.doc_id for hit in index.similar(str(news / "fr/seisme.txt")).hits]
    assert by_id[0] == "en/quake.txt"
    assert "fr/seisme.txt" not in by_id
    assert by_path == by_id
    with pytest.raises(InputError, match="holds no article fr/other"):
        index.similar("fr/other.txt")


def test_an_article_is_covered_by_its_passages(news: Path, folder: Path) -> None:
    index = SearchIndex.build([news], folder, settings=ChunkSettings(max_tokens=12))
    article = index.article("ar/vaccine.txt")
    assert article.document.text == ARTICLES["ar/vaccine.txt"]
    assert article.document.lang == "ar"
    assert len(article.chunks) > 1
    joined = "".join("".join(chunk.text.split()) for chunk in article.chunks)
    assert joined == "".join(ARTICLES["ar/vaccine.txt"].split())


def test_an_unchanged_folder_embeds_nothing(news: Path, folder: Path) -> None:
    first = SearchIndex.build([news], folder).report
    second = SearchIndex.build([news], folder).report
    assert first is not None
    assert second is not None
    assert (first.added, first.embedded) == (5, 5)
    assert (second.unchanged, second.added, second.changed, second.embedded) == (5, 0, 0, 0)
    assert second.articles == 5


def test_new_changed_moved_and_removed_files(news: Path, folder: Path) -> None:
    SearchIndex.build([news], folder)
    (news / "en/rates.txt").write_text("Volcano erupts\n\nLava reached the sea.", encoding="utf-8")
    (news / "de/strom.txt").rename(news / "de/wind.txt")
    (news / "es/futbol.txt").unlink()
    (news / "fr/neuf.txt").write_text("Le musée rouvre\n\nLes tableaux sont là.", encoding="utf-8")
    index = SearchIndex.build([news], folder)
    report = index.report
    assert report is not None
    assert (report.added, report.changed, report.moved) == (1, 1, 1)
    assert (report.removed, report.unchanged) == (1, 2)
    assert report.embedded == 2, "a moved article is not embedded again"
    found = {hit.doc_id for hit in index.search("news", k=20).hits}
    assert found == {
        "ar/vaccine.txt", "de/wind.txt", "en/rates.txt", "fr/neuf.txt", "fr/seisme.txt"
    }  # fmt: skip
    assert index.search("volcano").hits[0].doc_id == "en/rates.txt"
    assert index.search("interest inflation", mode=Mode.LEXICAL).hits == ()


def test_only_what_lies_under_the_path_is_touched(news: Path, folder: Path) -> None:
    SearchIndex.build([news], folder)
    for name in ARTICLES:
        (news / name).unlink()
    report = SearchIndex.build([news / "fr"], folder).report
    assert report is not None
    assert (report.removed, report.articles) == (1, 4)


def test_ids_stay_when_a_folder_inside_is_indexed_again(news: Path, folder: Path) -> None:
    SearchIndex.build([news], folder)
    (news / "fr/neuf.txt").write_text("Le musée rouvre\n\nLes tableaux sont là.", encoding="utf-8")
    index = SearchIndex.build([news / "fr"], folder)
    assert index.search("musée").hits[0].doc_id == "fr/neuf.txt"


def test_two_collections_may_number_their_articles_alike(tmp_path: Path, folder: Path) -> None:
    for name, text in [("a", "Rain fell on the hills."), ("b", "The choir sang at noon.")]:
        (tmp_path / f"{name}.jsonl").write_text(
            json.dumps({"_id": "1", "text": text}) + "\n", encoding="utf-8"
        )
    index = SearchIndex.build([tmp_path / "a.jsonl", tmp_path / "b.jsonl"], folder)
    assert {hit.doc_id for hit in index.search("rain").hits} == {"1", "b.jsonl#1"}


def test_a_bad_file_is_named_again_while_it_is_unchanged(news: Path, folder: Path) -> None:
    (news / "bad.txt").write_bytes(b"caf\xe9 au lait")
    for _ in range(2):
        report = SearchIndex.build([news], folder).report
        assert report is not None
        assert [Path(s.path).name for s in report.skipped] == ["bad.txt"]
        assert report.articles == 5


def test_another_model_is_refused_by_name(news: Path, folder: Path) -> None:
    SearchIndex.build([news], folder)
    with pytest.raises(
        ModelMismatch, match=r"built with the model multilingual .* all-MiniLM-L6-v2"
    ):
        SearchIndex.build([news], folder, model="all-MiniLM-L6-v2")
    with pytest.raises(InputError, match=r"max_tokens=160.*max_tokens=50"):
        SearchIndex.build([news], folder, settings=ChunkSettings(max_tokens=50))


def test_an_index_keeps_its_model_when_the_default_is_another(news: Path, folder: Path) -> None:
    SearchIndex.build([news], folder, model="bundled").close()  # the name of the first default
    for model in (None, "fast"):
        index = SearchIndex.build([news], folder, model=model)
        assert (index.status().model, index.status().dim) == ("bundled", 448)
        assert index.report is not None
        assert index.report.unchanged == 5


def test_what_cannot_be_asked(news: Path, folder: Path) -> None:
    with pytest.raises(IndexMissing, match="there is no index"):
        SearchIndex.open(folder)
    with pytest.raises(InputError, match="no file or folder"):
        SearchIndex.build([news / "nowhere"], folder)
    index = SearchIndex.build([news], folder)
    with pytest.raises(InputError, match="query is empty"):
        index.search(" \n")
    with pytest.raises(InputError, match="k must be at least 1"):
        index.search("rain", k=0)
    with pytest.raises(InputError, match="mode must be one of hybrid, dense, lexical, not exact"):
        index.search("rain", mode=cast(Mode, "exact"))  # as callers who do not check types do


def test_the_name_of_a_mode_is_the_mode(news: Path, folder: Path) -> None:
    index = SearchIndex.build([news], folder)
    by_name = index.search("rain", mode=cast(Mode, "dense"))  # a string at run time
    assert by_name.mode is Mode.DENSE
    assert by_name.hits == index.search("rain", mode=Mode.DENSE).hits


@pytest.mark.parametrize(
    "query",
    ['"', "NEAR(", "a AND OR", "*", "text:x", "\x00", "\ud800", "((", "-", "^2 ~ [a TO b]"],
)
def test_nothing_in_a_query_is_syntax(news: Path, folder: Path, query: str) -> None:
    index = SearchIndex.build([news], folder)
    for mode in Mode:
        index.search(query, mode=mode)


def test_one_writer_at_a_time(news: Path, folder: Path) -> None:
    index = SearchIndex.build([news], folder)
    with Writer(folder):
        with pytest.raises(IndexBusy, match=r"being written by process \d+ since"):
            SearchIndex.build([news], folder)
        assert index.search("séisme").hits, "searching goes on"


def test_a_reader_sees_what_a_later_run_commits(news: Path, folder: Path) -> None:
    SearchIndex.build([news], folder)
    reader = SearchIndex.open(folder)
    assert reader.search("volcano", mode=Mode.LEXICAL).hits == ()
    (news / "en/volcano.txt").write_text("Volcano erupts\n\nLava reached it.", encoding="utf-8")
    SearchIndex.build([news], folder)
    assert reader.search("volcano", mode=Mode.LEXICAL).hits[0].doc_id == "en/volcano.txt"


def test_threads_may_share_an_index(news: Path, folder: Path) -> None:
    index = SearchIndex.build([news], folder)
    expected = [hit.doc_id for hit in index.search("séisme").hits]
    answers: list[list[str]] = []

    def ask() -> None:
        answers.extend([h.doc_id for h in index.search("séisme").hits] for _ in range(10))

    threads = [threading.Thread(target=ask) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == [expected] * 60


def test_the_lexical_index_is_never_needed(news: Path, folder: Path) -> None:
    whole = [h.doc_id for h in SearchIndex.build([news], folder).search("séisme au Chili").hits]
    (folder / "lexical" / "1" / "COMPLETE").unlink()
    assert [h.doc_id for h in SearchIndex.open(folder).search("séisme au Chili").hits] == whole


def test_a_run_without_changes_still_mends_the_lexical_index(news: Path, folder: Path) -> None:
    SearchIndex.build([news], folder).close()
    marker = folder / "lexical" / "1" / "COMPLETE"
    marker.unlink()
    SearchIndex.build([news], folder).close()
    assert marker.exists()


def test_articles_that_are_gone_do_not_weigh_on_those_that_remain(news: Path, folder: Path) -> None:
    (news / "en/bank.txt").write_text(
        "The governor opens a school\n\nThe children sang for the governor of the bank."
    )
    for number in range(30):
        (news / f"{number}.txt").write_text(f"There was inflation in the year {1990 + number}.")
    SearchIndex.build([news], folder).close()
    for number in range(30):
        (news / f"{number}.txt").unlink()
    answers = [
        [
            (hit.doc_id, hit.score)
            for hit in SearchIndex.build([news], place)
            .search("inflation governor", mode=Mode.LEXICAL)
            .hits
        ]
        for place in (folder, folder.with_name("fresh"))
    ]
    assert len(answers[0]) == 2
    assert answers[0] == answers[1]


@pytest.mark.parametrize(
    "harm",
    [
        "UPDATE vectors SET vector = zeroblob(512) WHERE chunk = 1",
        "DELETE FROM vectors WHERE chunk = 1",
        "UPDATE documents SET text = 'other ' || text",
        "CREATE TABLE extra (x)",
    ],
)
def test_damage_is_noticed(news: Path, folder: Path, harm: str) -> None:
    SearchIndex.build([news], folder).close()
    with sqlite3.connect(folder / "semsearch.db") as database:
        database.execute(harm)
    database.close()
    with pytest.raises(IndexDamaged, match="is damaged"):
        SearchIndex.open(folder).search("séisme")


def test_a_run_that_ended_before_its_first_commit_left_no_index(news: Path, folder: Path) -> None:
    Writer(folder).close()
    with pytest.raises(IndexMissing):
        SearchIndex.open(folder)
    assert SearchIndex.build([news], folder).status().articles == 5


def test_a_database_that_was_being_made_when_the_power_went_is_no_index_yet(
    news: Path, folder: Path
) -> None:
    making = folder.with_name("making")
    for place in (making, folder):
        place.mkdir()
    database = sqlite3.connect(making / "semsearch.db", isolation_level=None)
    for step in ("PRAGMA cache_size = 1", "BEGIN", "CREATE TABLE t (x)"):
        database.execute(step)
    database.execute("INSERT INTO t VALUES (zeroblob(1000000))")
    for path in making.iterdir():
        (folder / path.name).write_bytes(path.read_bytes())
    database.close()
    (folder / "semsearch.db-wal").touch()
    with pytest.raises(IndexMissing):
        SearchIndex.open(folder)
    assert SearchIndex.build([news], folder).status().articles == 5


def test_an_empty_folder_makes_an_empty_index(tmp_path: Path, folder: Path) -> None:
    (tmp_path / "empty").mkdir()
    index = SearchIndex.build([tmp_path / "empty"], folder)
    assert index.status().articles == 0
    assert index.search("anything").hits == ()


def test_a_file_that_is_no_database_is_damage(folder: Path) -> None:
    folder.mkdir()
    (folder / "semsearch.db").write_bytes(b"not a database at all" * 100)
    with pytest.raises(IndexDamaged):
        SearchIndex.open(folder)
