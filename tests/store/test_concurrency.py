"""Readers in other processes and threads while a writer replaces every article again and again."""

import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from semsearch import InputError, Mode, SearchIndex
from tests.paths import ROOT

STATES = 15


def write_state(source: Path, state: int) -> None:
    """Replace all articles by those of a state, which all contain its number."""
    for path in source.iterdir():
        path.unlink()
    for number in range(20 + state):
        text = f"Edition {state}\n\nReport number {number} of the committee, edition{state}."
        (source / f"{state}-{number}.txt").write_text(text, encoding="utf-8")


def read(index: SearchIndex, ended: Callable[[], bool]) -> dict[str, object]:
    """Search until the writer has ended; returns the states seen and every mistake."""
    states: set[int] = set()
    wrong: list[str] = []
    answers = 0
    while not ended() or answers == 0:
        for mode in Mode:
            hits = index.search("report of the committee", k=100, mode=mode).hits
            found = {int(hit.doc_id.split("-")[0]) for hit in hits}
            states |= found
            answers += 1
            if len(found) != 1 or len(hits) != 20 + min(found):
                wrong.append(f"{mode}: {len(hits)} hits of states {sorted(found)}")
            if any(f"edition{min(found)}." not in hit.text for hit in hits):
                wrong.append(f"{mode}: the text of another state")
        try:
            alike = index.similar(hits[0].doc_id, k=100).hits
        except InputError:
            continue  # gone since the search
        if {hit.doc_id.split("-")[0] for hit in alike} != {hits[0].doc_id.split("-")[0]}:
            wrong.append("similar: articles of another state")
    return {"answers": answers, "states": sorted(states), "wrong": wrong[:5]}


def test_readers_see_one_state_at_a_time(tmp_path: Path) -> None:
    source, folder, end = tmp_path / "news", tmp_path / "index", tmp_path / "END"
    source.mkdir()
    write_state(source, 0)
    shared = SearchIndex.build([source], folder, model="fast")
    command = [sys.executable, __file__, str(folder), str(end)]
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    processes = [
        subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment)
        for _ in range(2)
    ]
    reports: list[dict[str, object]] = []
    threads = [
        threading.Thread(target=lambda: reports.append(read(shared, end.exists))) for _ in range(2)
    ]
    for thread in threads:
        thread.start()
    try:
        for process in processes:
            assert process.stdout is not None
            assert process.stdout.readline() == "open\n"
        for state in range(1, STATES):
            write_state(source, state)
            SearchIndex.build([source], folder).close()
    finally:
        end.touch()
        for thread in threads:
            thread.join()
        reports += [json.loads(process.communicate()[0] or "{}") for process in processes]
    assert [process.returncode for process in processes] == [0, 0]
    assert [report["wrong"] for report in reports] == [[]] * 4
    met = [report["states"] for report in reports]
    assert all(isinstance(states, list) and len(states) > 2 for states in met), met


def test_an_answer_is_of_the_state_that_it_began_with(tmp_path: Path) -> None:
    source = tmp_path / "news"
    source.mkdir()
    write_state(source, 0)
    index = SearchIndex.build([source], tmp_path / "index", model="fast")
    with index._reading() as (reader, state):
        write_state(source, 1)
        SearchIndex.build([source], tmp_path / "index").close()
        ids = state.searcher.table.documents.tolist()
        assert len(reader.documents(ids)) == 20
    assert len(index.search("committee", k=100).hits) == 21


def test_a_run_of_many_queries_is_of_one_state(tmp_path: Path) -> None:
    source = tmp_path / "news"
    source.mkdir()
    write_state(source, 0)
    index = SearchIndex.build([source], tmp_path / "index", model="fast")
    runs: list[set[str]] = []

    def ask() -> None:
        for _ in range(20):
            results = index.search_many(["report", "committee", "edition"] * 5, k=3)
            runs.append({hit.doc_id.split("-")[0] for r in results for hit in r.hits})

    thread = threading.Thread(target=ask)
    thread.start()
    for state in range(1, 5):
        write_state(source, state)
        SearchIndex.build([source], tmp_path / "index").close()
    thread.join()
    assert [len(states) for states in runs] == [1] * 20


@pytest.mark.parametrize("ask", ["status", "article"])
def test_other_answers_are_of_one_state_too(tmp_path: Path, ask: str) -> None:
    source = tmp_path / "news"
    source.mkdir()
    write_state(source, 0)
    index = SearchIndex.build([source], tmp_path / "index", model="fast")
    seen: set[int] = set()
    ended = threading.Event()

    def look() -> None:
        while not ended.is_set():
            if ask == "status":
                status = index.status()
                seen.add(status.articles if status.articles == status.passages else -1)
            else:
                try:
                    article = index.article("0-0.txt")
                except InputError:
                    continue
                seen.add(20 if len(article.chunks) == 1 else -1)

    thread = threading.Thread(target=look)
    thread.start()
    for state in range(1, 5):
        write_state(source, state)
        SearchIndex.build([source], tmp_path / "index").close()
    ended.set()
    thread.join()
    assert seen <= {20, 21, 22, 23, 24}, seen
    assert seen


if __name__ == "__main__":
    opened = SearchIndex.open(sys.argv[1])
    sys.stdout.write("open\n")
    sys.stdout.flush()
    sys.stdout.write(json.dumps(read(opened, Path(sys.argv[2]).exists)))
