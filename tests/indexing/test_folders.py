"""Folders that are moved, nested, linked, replaced, unreadable, or that change while read."""

import ctypes
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from semsearch import InputError, SearchIndex, SyncReport
from semsearch.store import Reader
from tests.paths import ROOT


@pytest.fixture
def news(tmp_path: Path) -> Path:
    folder = tmp_path / "news"
    for name in ("a.txt", "fr/b.txt", "fr/nord/c.txt"):
        write(folder / name, f"The article {name} tells of rain.")
    return folder


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "index"


def write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def build(folder: Path, *paths: Path | str) -> SyncReport:
    index = SearchIndex.build(paths, folder)
    index.close()
    assert index.report is not None
    return index.report


def ids(folder: Path) -> list[str]:
    """The ids of all articles, with duplicates."""
    with Reader(folder) as reader, reader.snapshot():
        files = reader.known_files(Path("/")).values()
        rows = [row for file in files for row in reader.documents_of(file.id)]
        return sorted(document.doc_id for document in reader.documents(rows).values())


ALL = ["a.txt", "fr/b.txt", "fr/nord/c.txt"]


@pytest.mark.parametrize(
    "named", [["", "fr"], ["fr", ""], ["fr/nord", "fr", "", "a.txt"], ["", "fr/b.txt"]]
)
def test_folders_inside_one_another_count_once(news: Path, folder: Path, named: list[str]) -> None:
    report = build(folder, *(news / name for name in named))
    assert (report.added, report.articles) == (3, 3)
    assert ids(folder) == ALL


def test_however_a_folder_is_named_it_is_the_same(
    news: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    build(folder, news)
    (news.parent / "link").symlink_to(news)
    monkeypatch.chdir(news / "fr")
    for name in ("..", "../", "../../link", news.parent / "x" / ".." / "news", "../fr/..", "."):
        if "x" in str(name):
            (news.parent / "x").mkdir()
        report = build(folder, name)
        assert (report.added, report.removed, report.embedded) == (0, 0, 0)
    assert ids(folder) == ALL
    with SearchIndex.open(folder) as index:
        for name in ("b.txt", "../fr/b.txt", "../../link/fr/b.txt", str(news / "fr/b.txt")):
            assert index.article(name).document.doc_id == "fr/b.txt"


def test_an_index_may_be_moved(news: Path, folder: Path) -> None:
    build(folder, news)
    moved = folder.with_name("moved")
    shutil.move(folder, moved)
    report = build(moved, news)
    assert (report.unchanged, report.embedded, report.articles) == (3, 0, 3)


def test_an_index_inside_the_folder_that_it_is_of(news: Path) -> None:
    for _ in range(2):
        assert build(news / "index", news).skipped == ()
    assert ids(news / "index") == ALL


@pytest.mark.parametrize("inside", ["", "fr", "fr/b.txt"])
def test_an_index_is_not_made_in_the_place_of_its_articles(news: Path, inside: str) -> None:
    with pytest.raises(InputError, match="lies in the index folder"):
        build(news, news / inside)
    assert sorted(path.name for path in news.iterdir()) == ["a.txt", "fr"]
    assert build(news.with_name("index"), news).added == 3


def test_a_file_becomes_a_folder_and_a_file_again(news: Path, folder: Path) -> None:
    build(folder, news)
    (news / "a.txt").unlink()
    write(news / "a.txt" / "d.txt", "Snow fell.")
    assert build(folder, news).removed == 1
    assert ids(folder) == ["a.txt/d.txt", "fr/b.txt", "fr/nord/c.txt"]
    shutil.rmtree(news / "a.txt")
    write(news / "a.txt", "The sun is back.")
    build(folder, news)
    assert ids(folder) == ALL


def test_a_folder_becomes_a_file(news: Path, folder: Path) -> None:
    build(folder, news)
    shutil.rmtree(news / "fr")
    (news / "fr").write_text("no reader knows this")
    assert build(folder, news).removed == 2
    assert ids(folder) == ["a.txt"]


def test_what_becomes_a_link_is_left_out_and_named(news: Path, folder: Path) -> None:
    build(folder, news)
    shutil.move(news / "fr", news.parent / "elsewhere")
    (news / "fr").symlink_to(news.parent / "elsewhere")
    report = build(folder, news)
    assert (report.removed, ids(folder)) == (2, ["a.txt"])
    assert [(s.path, s.reason) for s in report.skipped] == [
        (str(news / "fr"), "a link: links are not followed")
    ]


def test_three_files_with_the_same_ids(tmp_path: Path, folder: Path) -> None:
    text = "\n".join(json.dumps({"_id": "1", "text": f"Rain number {n}."}) for n in range(2))
    for name in ("x/wire.jsonl", "y/wire.jsonl", "z/wire.jsonl"):
        write(tmp_path / name, text)
        build(folder, tmp_path / name)
    first = ids(folder)
    assert len(set(first)) == len(first) == 6
    write(tmp_path / "x/wire.jsonl", text + "\n")
    build(folder, tmp_path / "x")
    assert ids(folder) == first
    build(folder, tmp_path)
    fresh = folder.with_name("fresh")
    build(fresh, tmp_path)
    assert len(set(ids(folder))) == 6
    assert ids(folder) == ids(fresh)


def test_which_article_keeps_a_shared_id_does_not_depend_on_the_order_of_runs(
    tmp_path: Path, folder: Path
) -> None:
    for name in ("c", "a", "b"):
        write(tmp_path / f"{name}.jsonl", json.dumps({"_id": "1", "text": f"Rain in {name}."}))
        build(folder, tmp_path)
    assert ids(folder) == ["1", "b.jsonl#1", "c.jsonl#1"]
    with SearchIndex.open(folder) as index:
        assert index.article("1").document.text == "Rain in a."
    (tmp_path / "a.jsonl").unlink()
    build(folder, tmp_path)
    assert ids(folder) == ["1", "c.jsonl#1"]
    SearchIndex.open(folder).remove("1")
    assert ids(folder) == ["1"]


def test_a_folder_further_out_names_the_files_as_if_it_had_come_first(
    news: Path, folder: Path
) -> None:
    build(folder, news / "fr")
    assert ids(folder) == ["b.txt", "nord/c.txt"]
    report = build(folder, news)
    assert (report.added, report.unchanged, report.embedded) == (1, 2, 1)
    assert ids(folder) == ALL


def test_an_ignore_file_that_cannot_be_read_takes_nothing_away(news: Path, folder: Path) -> None:
    build(folder, news)
    (news / "fr" / ".semsearchignore").write_bytes(b"caf\xe9\n")
    (news / "a.txt").unlink()
    write(news / "fr" / "new.txt", "It may be that this is to be left out.")
    report = build(folder, news)
    assert (report.removed, report.added) == (1, 0)
    assert ids(folder) == ALL[1:]
    assert [skipped.path for skipped in report.skipped] == [str(news / "fr")]
    (news / "fr" / ".semsearchignore").write_text("b.txt\n")
    build(folder, news)
    assert ids(folder) == ["fr/new.txt", "fr/nord/c.txt"]


def index_bound_by_permissions(folder: Path, news: Path) -> str:
    """The output of `semsearch index` run so that file permissions apply even to root."""

    def bind() -> None:
        if os.geteuid() == 0:
            libc = ctypes.CDLL(None)
            assert (libc.prctl(24, 1, 0, 0, 0), libc.prctl(24, 2, 0, 0, 0)) == (0, 0)

    done = subprocess.run(
        [sys.executable, "-m", "semsearch", "index", str(news), "--index", str(folder)],
        capture_output=True,
        check=False,
        text=True,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        preexec_fn=bind,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize("closed", ["fr", "fr/nord", "fr/b.txt", "fr/.semsearchignore"])
def test_what_cannot_be_read_stays_and_is_named(news: Path, folder: Path, closed: str) -> None:
    build(folder, news)
    if closed.endswith("ignore"):
        (news / closed).write_text("b.txt")
    else:
        os.utime(news / "fr/b.txt", ns=(5, 5))  # else it would not be opened
    mode = (news / closed).stat().st_mode
    (news / closed).chmod(0)
    told = index_bound_by_permissions(folder, news)
    (news / closed).chmod(mode)
    assert "0 removed" in told
    assert "permission denied" in told
    assert str(news / closed.removesuffix("/.semsearchignore")) in told
    assert ids(folder) == ALL


def test_a_file_that_grows_while_it_is_read_is_read_again(tmp_path: Path, folder: Path) -> None:
    wire = tmp_path / "wire.jsonl"

    def record(number: int) -> str:
        return json.dumps({"_id": str(number), "text": f"Bulletin number {number}."}) + "\n"

    write(wire, "".join(map(record, range(3))))
    grown: list[int] = []

    def grow(done: int, found: int) -> None:
        if found and len(grown) < 2:
            grown.append(len(grown))
            with wire.open("a") as stream:
                stream.write(record(2 + len(grown)))

    SearchIndex.build([wire], folder, progress=grow).close()
    assert build(folder, wire).articles == 5
    assert ids(folder) == list("01234")
    assert (build(folder, wire).unchanged, build(folder, wire).embedded) == (1, 0)


def test_a_change_within_one_tick_of_the_clock_is_seen(news: Path, folder: Path) -> None:
    tick = (news / "a.txt").stat().st_mtime_ns + 3600 * 10**9  # as if this were all one moment
    for animal in ("lion", "bear", "wolf"):
        write(news / "a.txt", f"The {animal} left the zoo.")
        os.utime(news / "a.txt", ns=(tick, tick))
        build(folder, news)
        with SearchIndex.open(folder) as index:
            assert index.article("a.txt").document.text == f"The {animal} left the zoo."


def test_a_file_that_is_gone_can_be_taken_out(news: Path, folder: Path) -> None:
    build(folder, news)
    (news / "a.txt").unlink()
    with pytest.raises(InputError, match=f"semsearch remove {news / 'a.txt'}"):
        build(folder, news / "a.txt")
    with SearchIndex.open(folder) as index:
        assert index.remove(news / "a.txt").articles == 1
