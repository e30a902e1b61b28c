"""remove, index --dry-run and reindex, and what the index holds after each."""

import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load_file, save_file

from semsearch import ChunkSettings, IndexMissing, InputError, Mode, ModelMismatch, SearchIndex
from semsearch.encoders import model_folder
from semsearch.indexing.updating import preview, reindex, remove
from semsearch.store import Reader, Writer, read_table
from semsearch.types import Progress
from tests.paths import ROOT

TEXTS = {
    "en/flood.txt": "River floods the old town\n\nHundreds left their homes as the water rose.",
    "en/vote.txt": "Parliament votes on the budget\n\nThe vote was close and came at night.",
    "fr/train.txt": "Grève des trains\n\nLes cheminots ont cessé le travail lundi matin.",
}


@pytest.fixture
def news(tmp_path: Path) -> Path:
    root = tmp_path / "news"
    for name, text in TEXTS.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text, encoding="utf-8")
    records = [{"_id": f"w{n}", "text": f"Weather report number {n}: rain."} for n in range(3)]
    (root / "wire.jsonl").write_text("\n".join(map(json.dumps, records)), encoding="utf-8")
    return root


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "index"


def run(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "semsearch", *map(str, arguments)],
        capture_output=True,
        check=False,
        text=True,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
    )


def ids(folder: Path) -> set[str]:
    with SearchIndex.open(folder) as index:
        by_words = {hit.doc_id for hit in index.search("report", k=100).hits}
        assert index.status().articles == len(by_words)
        return by_words


ALL = {*TEXTS, "w0", "w1", "w2"}


class TestRemove:
    @pytest.mark.parametrize(
        ("name", "left"),
        [
            ("news/en/flood.txt", ALL - {"en/flood.txt"}),
            ("en/flood.txt", ALL - {"en/flood.txt"}),
            ("news/en", {"fr/train.txt", "w0", "w1", "w2"}),
            ("news/fr/../en/", {"fr/train.txt", "w0", "w1", "w2"}),
            ("news/wire.jsonl", set(TEXTS)),
            ("w1", ALL - {"w1"}),
            (".", set()),
        ],
    )
    def test_a_file_a_folder_or_an_article(
        self, news: Path, folder: Path, monkeypatch: pytest.MonkeyPatch, name: str, left: set[str]
    ) -> None:
        SearchIndex.build([news], folder)
        monkeypatch.chdir(news.parent)
        removal = remove([name], folder)
        assert removal.articles == len(ALL) - len(left)
        assert removal.unknown == ()
        assert ids(folder) == left

    def test_it_names_what_it_removed_and_what_becomes_of_it(
        self, news: Path, folder: Path
    ) -> None:
        SearchIndex.build([news], folder)
        done = run("remove", news / "en", "w1", "nowhere", "--index", folder)
        assert done.returncode == 0
        assert done.stdout.splitlines() == [
            f"removed {news / 'en/flood.txt'}",
            f"removed {news / 'en/vote.txt'}",
            "removed w1",
            "3 articles removed from the index; no file was touched",
            "Files that still lie in an indexed folder come back when it is indexed again: "
            "name them in a .semsearchignore there to keep them out.",
            "Single articles stay out until their file changes.",
        ]
        assert done.stderr == f"semsearch: the index in {folder} holds nothing named nowhere\n"

    def test_nothing_that_matches_is_exit_code_1(self, news: Path, folder: Path) -> None:
        SearchIndex.build([news], folder)
        done = run("remove", "nowhere", "--index", folder)
        assert (done.returncode, done.stdout) == (1, "")
        assert ids(folder) == ALL

    def test_a_removed_file_comes_back_and_an_ignored_one_does_not(
        self, news: Path, folder: Path
    ) -> None:
        SearchIndex.build([news], folder)
        remove([news / "en"], folder)
        (news / ".semsearchignore").write_text("vote.txt\n", encoding="utf-8")
        report = SearchIndex.build([news], folder).report
        assert report is not None
        assert (report.added, report.embedded) == (1, 1)
        assert ids(folder) == ALL - {"en/vote.txt"}

    def test_a_single_article_stays_out_until_its_file_changes(
        self, news: Path, folder: Path
    ) -> None:
        SearchIndex.build([news], folder)
        remove(["w1"], folder)
        assert ids(folder) == ids_after_index(news, folder) == ALL - {"w1"}
        with (news / "wire.jsonl").open("a") as wire:
            wire.write('\n{"_id": "w3", "text": "One more report."}\n')
        assert ids_after_index(news, folder) == ALL | {"w3"}

    def test_an_empty_name_is_not_the_folder_one_is_in(
        self, news: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        SearchIndex.build([news], folder)
        monkeypatch.chdir(news)
        with pytest.raises(InputError, match="an empty name"):
            remove([""], folder)
        assert ids(folder) == ALL

    def test_no_index_is_made_to_remove_from(self, folder: Path) -> None:
        with pytest.raises(IndexMissing):
            remove(["x"], folder)
        assert not folder.exists()

    def test_what_an_interrupted_run_staged_stays_invisible_and_is_used(
        self, news: Path, folder: Path
    ) -> None:
        SearchIndex.build([news], folder)
        stage_one_more(news, folder)
        remove(["w0"], folder)
        assert ids(folder) == ALL - {"w0"}
        report = SearchIndex.build([news], folder).report
        assert report is not None
        assert report.embedded == 0
        assert ids(folder) == (ALL - {"w0"}) | {"en/new.txt"}

    def test_an_open_index_can_remove(self, news: Path, folder: Path) -> None:
        index = SearchIndex.build([news], folder)
        assert index.remove(news / "fr", "w2").articles == 2
        assert {hit.doc_id for hit in index.search("report", k=100).hits} == {
            "en/flood.txt", "en/vote.txt", "w0", "w1",
        }  # fmt: skip


def ids_after_index(news: Path, folder: Path) -> set[str]:
    SearchIndex.build([news], folder).close()
    return ids(folder)


def stage_one_more(news: Path, folder: Path) -> None:
    """A run that reads one new file and is interrupted when all has been read."""
    (news / "en/new.txt").write_text("New bridge opens\n\nA report from the north.", "utf-8")

    def interrupt(done: int, found: int) -> None:
        if done == found > 0 and done == len(TEXTS) + 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        SearchIndex.build([news], folder, progress=interrupt)


class TestDryRun:
    def test_it_reports_what_the_run_then_does(self, news: Path, folder: Path) -> None:
        SearchIndex.build([news], folder)
        (news / "en/flood.txt").write_text("Other text, of another length.", encoding="utf-8")
        (news / "en/vote.txt").rename(news / "fr/vote.txt")
        (news / "fr/train.txt").unlink()
        (news / "fr/new.txt").write_text("Something new.", encoding="utf-8")
        os.utime(news / "wire.jsonl")
        done = run("index", news, "--index", folder, "--dry-run")
        assert (done.returncode, done.stderr) == (0, "")
        assert done.stdout.splitlines() == [
            f"new      {news / 'fr/new.txt'}",
            f"changed  {news / 'en/flood.txt'}",
            f"moved    {news / 'en/vote.txt'} -> {news / 'fr/vote.txt'}",
            f"removed  {news / 'fr/train.txt'}",
            "would be: 1 new, 1 changed, 1 moved, 1 removed, 1 unchanged; nothing was written",
        ]
        assert ids(folder) == ALL
        report = SearchIndex.build([news], folder).report
        assert report is not None
        assert (report.added, report.changed, report.moved) == (1, 1, 1)
        assert (report.removed, report.unchanged) == (1, 1)

    def test_it_makes_no_index(self, news: Path, folder: Path) -> None:
        changes = preview([news], folder)
        assert len(changes.added) == 4
        assert not folder.exists()

    def test_it_writes_nothing_and_needs_no_lock(self, news: Path, folder: Path) -> None:
        SearchIndex.build([news], folder).close()
        (news / "en/vote.txt").unlink()
        before = {p: p.read_bytes() for p in folder.rglob("*") if p.is_file()}
        with Writer(folder):
            assert preview([news], folder).removed == (str(news / "en/vote.txt"),)
        assert preview([news], folder).removed == (str(news / "en/vote.txt"),)
        after = {p: p.read_bytes() for p in folder.rglob("*") if p.is_file()}
        assert {p.name for p in before if before[p] != after.get(p)} <= {"LOCK"}

    def test_only_the_given_paths_are_looked_at(self, news: Path, folder: Path) -> None:
        SearchIndex.build([news], folder)
        (news / "en/vote.txt").unlink()
        (news / "fr/train.txt").unlink()
        assert preview([news / "fr"], folder).removed == (str(news / "fr/train.txt"),)

    def test_skipped_files_are_named(self, news: Path, folder: Path) -> None:
        (news / "photo.jpg").touch()
        assert [s.path for s in preview([news], folder).skipped] == [str(news / "photo.jpg")]


@pytest.fixture(scope="module")
def other(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Another model: the first 64 dimensions of the fast one."""
    folder = tmp_path_factory.mktemp("models") / "other"
    shutil.copytree(model_folder("fast"), folder)
    tensors = load_file(folder / "model.safetensors")
    tensors["embeddings"] = np.ascontiguousarray(tensors["embeddings"][:, :64])
    save_file(tensors, folder / "model.safetensors")
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps(config | {"sha256": "64"}))
    return folder


def content(folder: Path) -> dict[tuple[str, int], list[float]]:
    """The vector of each passage, by article and offset."""
    with Reader(folder) as reader, reader.snapshot():
        table = read_table(reader, reader.meta().dim)
        spans = reader.spans(table.ids.tolist())
        documents = reader.documents(table.documents.tolist())
    vectors = table.vectors.take(np.arange(len(table.ids)))
    rows = zip(table.ids.tolist(), table.documents.tolist(), vectors, strict=True)
    return {(documents[d].doc_id, spans[c][0]): vector.tolist() for c, d, vector in rows}


def interrupted_after(files: int) -> Progress:
    def interrupt(done: int, found: int) -> None:
        if done == files:
            raise KeyboardInterrupt

    return interrupt


class TestReindex:
    def test_it_ends_as_a_new_index_does(self, news: Path, folder: Path, other: Path) -> None:
        SearchIndex.build([news], folder)
        fresh = folder.with_name("fresh")
        SearchIndex.build([news], fresh, model=str(other)).close()
        shutil.move(news, folder.with_name("elsewhere"))  # the files are not needed
        done = run("reindex", "--model", other, "--index", folder)
        assert (done.returncode, done.stderr) == (0, "")
        assert done.stdout.startswith("6 articles, 6 passages in ")
        assert content(folder) == content(fresh)
        index = SearchIndex.open(folder)
        assert (index.status().model, index.status().dim) == (str(other), 64)
        assert index.search("grève", mode=Mode.LEXICAL).hits[0].doc_id == "fr/train.txt"

    def test_what_is_indexed_next_is_unchanged(self, news: Path, folder: Path, other: Path) -> None:
        SearchIndex.build([news], folder)
        reindex(folder, model=str(other))
        report = SearchIndex.build([news], folder).report
        assert report is not None
        assert (report.unchanged, report.embedded, report.articles) == (4, 0, 6)
        with pytest.raises(ModelMismatch, match=r"semsearch reindex --model fast --index"):
            SearchIndex.build([news], folder, model="fast")

    def test_an_open_index_takes_up_the_new_model(
        self, news: Path, folder: Path, other: Path
    ) -> None:
        index = SearchIndex.build([news], folder)
        before = [hit.doc_id for hit in index.search("flood in the town", k=3).hits]
        with index._reading() as (reader, held):
            reindex(folder, model=str(other))
            assert (held.encoder.dim, held.searcher.table.vectors.dim) == (384, 384)
            assert len(reader.documents(held.searcher.table.documents.tolist())) == 6
        after = index.search("flood in the town", k=3)
        assert before[0] == after.hits[0].doc_id == "en/flood.txt"
        assert index.status().dim == 64

    def test_interrupted_it_answers_as_before_and_goes_on(
        self, news: Path, folder: Path, other: Path
    ) -> None:
        SearchIndex.build([news], folder)
        old = content(folder)
        with pytest.raises(KeyboardInterrupt):
            reindex(folder, model=str(other), progress=interrupted_after(2))
        assert content(folder) == old
        assert SearchIndex.open(folder).status().model == "multilingual"
        assert reindex(folder, model=str(other)).embedded == 4  # two files had been read
        assert SearchIndex.open(folder).status().dim == 64

    def test_another_run_in_between_starts_from_the_state_before(
        self, news: Path, folder: Path, other: Path
    ) -> None:
        SearchIndex.build([news], folder)
        old = content(folder)
        with pytest.raises(KeyboardInterrupt):
            reindex(folder, model=str(other), progress=interrupted_after(2))
        (news / "en/vote.txt").touch()
        SearchIndex.build([news], folder)
        assert content(folder) == old
        assert reindex(folder, model=str(other)).embedded == 6

    def test_what_is_removed_in_between_does_not_come_back(
        self, news: Path, folder: Path, other: Path
    ) -> None:
        SearchIndex.build([news], folder)
        with pytest.raises(KeyboardInterrupt):
            reindex(folder, model=str(other), progress=interrupted_after(4))
        remove([news / "en/flood.txt", "w1"], folder)
        assert (
            reindex(folder, model=str(other)).embedded == 2
        )  # the records of the file that held w1
        assert ids(folder) == ALL - {"en/flood.txt", "w1"}

    def test_what_another_run_staged_is_not_mixed_in(
        self, news: Path, folder: Path, other: Path
    ) -> None:
        SearchIndex.build([news], folder)
        stage_one_more(news, folder)
        reindex(folder, model=str(other))
        assert ids(folder) == ALL
        assert {len(vector) for vector in content(folder).values()} == {64}

    def test_other_passages_with_the_same_model(self, news: Path, folder: Path) -> None:
        index = SearchIndex.build([news], folder)
        settings = ChunkSettings(max_tokens=8)
        report = index.reindex(settings=settings)
        fresh = folder.with_name("fresh")
        SearchIndex.build([news], fresh, settings=settings)
        assert report.passages == index.status().passages > 6
        assert content(folder) == content(fresh)
        assert index.reindex().embedded == 0

    def test_killed_it_leaves_the_old_or_the_new_state(
        self, news: Path, folder: Path, other: Path
    ) -> None:
        for number in range(300):
            text = f"Bulletin {number}\n\n" + f"Report number {number} of the day. " * 30
            (news / f"{number}.txt").write_text(text, encoding="utf-8")
        SearchIndex.build([news], folder, model="fast").close()
        old = content(folder)
        reindex(folder, model=str(other))
        new = content(folder)
        model, states = "fast", {"fast": old, str(other): new}
        command = [sys.executable, "-m", "semsearch", "reindex", "--index", str(folder)]
        environment = os.environ | {"PYTHONPATH": str(ROOT)}
        for delay in (0.3, 0.45, 0.6, 0.75, 0.9, 1.2):
            child = subprocess.Popen(
                [*command, "--model", model], stdout=subprocess.DEVNULL, env=environment
            )
            time.sleep(delay)
            child.kill()
            child.wait()
            with SearchIndex.open(folder) as index:
                found = index.status().model
                assert content(folder) == states[found]
                assert index.search("parliament budget", k=1).hits[0].doc_id == "en/vote.txt"
            model = next(name for name in states if name != found)
        reindex(folder, model=model)
        assert content(folder) == states[model]

    def test_without_an_index_there_is_nothing_to_do(self, folder: Path) -> None:
        assert run("reindex", "--index", folder).returncode == 3
        assert not folder.exists()


def test_a_first_run_that_was_interrupted_may_go_on_with_another_model(
    news: Path, folder: Path, other: Path
) -> None:
    with pytest.raises(KeyboardInterrupt):
        SearchIndex.build([news], folder, progress=interrupted_after(2))
    fresh = folder.with_name("fresh")
    SearchIndex.build([news], fresh, model=str(other))
    report = SearchIndex.build([news], folder, model=str(other)).report
    assert report is not None
    assert report.embedded == 6
    assert content(folder) == content(fresh)


def test_a_model_named_by_a_relative_path_is_found_from_elsewhere(
    news: Path, folder: Path, other: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(other.parent)
    SearchIndex.build([news], folder, model="other")
    monkeypatch.chdir(news)
    assert SearchIndex.open(folder).search("flood").hits[0].doc_id == "en/flood.txt"
