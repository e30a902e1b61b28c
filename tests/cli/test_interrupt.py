"""Ctrl-C and `semsearch watch`, with real signals and real processes."""

import os
import select
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import IO

import pytest

from semsearch import IndexMissing, SearchIndex
from semsearch.store import Writer
from tests.paths import ROOT

PATIENCE = 300


@contextmanager
def started(*arguments: str | Path) -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen(
        [sys.executable, "-m", "semsearch", *map(str, arguments)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        bufsize=0,  # a line that was read ahead would be hidden from `select`
        env=os.environ | {"PYTHONPATH": str(ROOT)},
    )
    with process:
        try:
            yield process
        finally:
            process.kill()


def wait_until(happened: Callable[[], object]) -> None:
    end = time.monotonic() + PATIENCE
    while not happened():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.005)


def count(folder: Path, table: str) -> int:
    if not (folder / "semsearch.db").exists():
        return 0
    with closing(sqlite3.connect(f"file:{folder / 'semsearch.db'}?mode=ro", uri=True)) as database:
        try:
            return int(database.execute(f"SELECT count(*) FROM {table}").fetchone()[0])
        except sqlite3.OperationalError:  # the tables are still being made
            return 0


def line(stream: IO[bytes] | None) -> str:
    assert stream is not None
    assert select.select([stream], [], [], PATIENCE)[0], "nothing was printed"
    return stream.readline().decode()


@pytest.fixture
def news(tmp_path: Path) -> Path:
    folder = tmp_path / "news"
    folder.mkdir()
    return folder


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "index"


def write_many(news: Path) -> None:
    for number in range(4000):
        text = f"Bulletin {number}\n\n" + f"Report number {number} of the day. " * 40
        (news / f"{number}.txt").write_text(text, encoding="utf-8")


def test_an_interrupted_run_keeps_what_it_read_and_the_next_goes_on(
    news: Path, folder: Path
) -> None:
    write_many(news)
    with started("index", news, "--index", folder, "--model", "fast") as run:
        wait_until(lambda: count(folder, "documents"))
        run.send_signal(signal.SIGINT)
        out, err = run.communicate(timeout=PATIENCE)
    assert (run.returncode, out) == (130, b"")
    assert err.decode().splitlines() == [
        "semsearch: stopping after this batch; Ctrl-C again stops at once",
        "semsearch: interrupted; what was read is kept; run the same command again to continue",
    ]
    staged = count(folder, "vectors")
    with pytest.raises(IndexMissing):
        SearchIndex.open(folder)
    report = SearchIndex.build([news], folder, model="fast").report
    assert report is not None
    assert 0 < staged < 4000
    assert report.articles == 4000
    assert report.embedded == report.passages - staged


def test_a_second_interrupt_ends_at_once(news: Path, folder: Path) -> None:
    (news / "old.txt").write_text("The summit ended on Friday.", encoding="utf-8")
    SearchIndex.build([news], folder).close()
    # One article is one batch; this one takes many seconds.
    (news / "long.txt").write_text("All work and no play makes a dull day. " * 500_000)
    with started("index", news, "--index", folder) as run:
        assert run.stderr is not None
        wait_until(lambda: is_open(run.pid, news / "long.txt"))
        run.send_signal(signal.SIGINT)
        assert "Ctrl-C again" in line(run.stderr)
        run.send_signal(signal.SIGINT)
        assert run.wait(PATIENCE) == 130
        assert run.stderr.read() == b"", "it did not take leave"
    assert SearchIndex.open(folder).search("summit").hits[0].doc_id == "old.txt"
    assert count(folder, "documents") == 1


def is_open(pid: int, path: Path) -> bool:
    try:
        return any(fd.resolve() == path for fd in Path(f"/proc/{pid}/fd").iterdir())
    except OSError:
        return False


@pytest.mark.slow
def test_what_is_started_in_the_background_leaves_ctrl_c_to_others(
    news: Path, folder: Path
) -> None:
    write_many(news)
    index = f"{sys.executable} -m semsearch index {news} --index {folder} --model fast"
    command = f"trap '' INT; exec {index}"
    run = subprocess.Popen(["sh", "-c", command], env=os.environ | {"PYTHONPATH": str(ROOT)})
    wait_until(lambda: count(folder, "documents"))
    run.send_signal(signal.SIGINT)
    assert run.wait(PATIENCE) == 0
    assert SearchIndex.open(folder).status().articles == 4000


class TestWatch:
    def test_it_keeps_step_until_it_is_interrupted(self, news: Path, folder: Path) -> None:
        (news / "a.txt").write_text("The river rose.", encoding="utf-8")
        with started("watch", news, "--index", folder) as run:
            assert line(run.stdout) == "1 new, 0 changed, 0 moved, 0 removed; 1 article\n"
            with SearchIndex.open(folder) as index:
                (news / "fr").mkdir()
                (news / "fr/b.txt").write_text("Le fleuve a débordé.", encoding="utf-8")
                assert line(run.stdout) == "1 new, 0 changed, 0 moved, 0 removed; 2 articles\n"
                assert index.search("fleuve").hits[0].doc_id == "fr/b.txt"
                (news / "a.txt").rename(news / "c.txt")
                assert line(run.stdout) == "0 new, 0 changed, 1 moved, 0 removed; 2 articles\n"
                (news / "c.txt").write_text("The hall burned down.", encoding="utf-8")
                assert line(run.stdout) == "0 new, 1 changed, 0 moved, 0 removed; 2 articles\n"
                (news / "fr/b.txt").unlink()
                assert line(run.stdout) == "0 new, 0 changed, 0 moved, 1 removed; 1 article\n"
                assert [hit.doc_id for hit in index.search("fire").hits] == ["c.txt"]
            run.send_signal(signal.SIGINT)
            assert run.wait(PATIENCE) == 130

    def test_it_lets_others_write_and_waits_while_they_do(self, news: Path, folder: Path) -> None:
        (news / "a.txt").write_text("The river rose.", encoding="utf-8")
        with started("watch", news, "--index", folder) as run:
            line(run.stdout)
            writer = Writer(folder)
            (news / "b.txt").write_text("The hall burned down.", encoding="utf-8")
            assert "is being written by process" in line(run.stderr)
            writer.close()
            assert line(run.stdout) == "1 new, 0 changed, 0 moved, 0 removed; 2 articles\n"

    def test_an_index_inside_the_folder_does_not_wake_it(self, news: Path) -> None:
        (news / "a.txt").write_text("The river rose.", encoding="utf-8")
        with started("watch", news, "--index", news / "index") as run:
            line(run.stdout)
            (news / ".swp").write_text("of an editor")
            (news / "b.txt").write_text("The hall burned down.", encoding="utf-8")
            assert line(run.stdout) == "1 new, 0 changed, 0 moved, 0 removed; 2 articles\n"
            assert run.stdout is not None
            assert not select.select([run.stdout], [], [], 1.5)[0]

    def test_one_file_can_be_watched_though_it_is_replaced(self, news: Path, folder: Path) -> None:
        wire = news / "wire.jsonl"
        wire.write_text('{"_id": "1", "text": "The river rose."}\n', encoding="utf-8")
        with started("watch", wire, "--index", folder) as run:
            line(run.stdout)
            for number in range(2, 4):
                text = wire.read_text() + f'{{"_id": "{number}", "text": "More of it."}}\n'
                (news / "wire.tmp").write_text(text)
                (news / "wire.tmp").replace(wire)
                assert line(run.stdout) == (
                    f"0 new, 1 changed, 0 moved, 0 removed; {number} articles\n"
                )

    def test_a_folder_that_is_not_there_is_exit_code_2(self, tmp_path: Path) -> None:
        with started("watch", tmp_path / "no", "--index", tmp_path / "index") as run:
            out, err = run.communicate(timeout=PATIENCE)
        assert (run.returncode, out) == (2, b"")
        assert b"there is no file or folder" in err
