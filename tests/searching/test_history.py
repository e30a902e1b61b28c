"""The hits depend on the articles, and not on how an index came to hold them."""

import json
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from semsearch import Mode, Request, SearchIndex, SearchResult, repair
from semsearch.client.exchange import ask
from tests.server import server

STORIES = [
    "River dam fails\n\nThe dam gave way on Tuesday after three days of rain. 14 people died.",
    "River dam fails\n\nThe dam gave way on Tuesday after three days of rain. 14 people died.\n",
    "Un barrage cède\n\nLe barrage a cédé mardi après trois jours de pluie. 14 personnes sont "
    "mortes.",
    "Rain\n\nRain fell in the town.",
    "Rain\n\nRain fell on the town.",
    "Pluie\n\nIl pleut sur la ville et sur le fleuve depuis mardi.",
    "Lluvia\n\nLlueve en la ciudad desde el martes y el río crece.",
    "Bus strike\n\nDrivers of the town stop work on Friday. The mayor asks for talks. " * 12,
    "الأمطار\n\nهطلت الأمطار على المدينة يوم الثلاثاء.",
    "---\nlang: en\ndate: 2026-03-01\nauthor: AFP\n---\nThe mayor praised the drivers of the town.",
]
"""With equal and nearly equal texts, a translation, and an article of several passages."""
NAMES = ("b.md", "a.md", "fr/a.md", "z.jsonl", "en/wire.jsonl", "c.jsonl")
QUESTIONS = ("rain in the town", "barrage pluie", "الأمطار", "strkie drivers")
OPTIONS: dict[str, Callable[[str], Request]] = {
    "hybrid": lambda query: Request(query, explain=True),
    "two": lambda query: Request(query, k=2),
    "dense": lambda query: Request(query, mode=Mode.DENSE, explain=True),
    "lexical": lambda query: Request(query, mode=Mode.LEXICAL),
    "passages": lambda query: Request(query, k=30, passages=True),
    "copies": lambda query: Request(query, k=30, all_copies=True),
    "languages": lambda query: Request(query, per_lang=1),
    "english": lambda query: Request(query, langs=["en"], k=3),
    "folder": lambda query: Request(query, paths=["fr/", "en/"]),
    "dated": lambda query: Request(query, since="2026"),
    "examples": lambda query: Request(query, also=["fleuve"], like=["a.md"], unlike=["1"]),
}
REQUESTS = [make(query) for query in QUESTIONS for make in OPTIONS.values()]

names = st.sampled_from(NAMES)
stories = st.integers(0, len(STORIES) - 1)
writes = st.tuples(st.just("write"), names, st.lists(stories, min_size=1, max_size=3))
steps = st.one_of(
    writes,
    st.tuples(st.just("delete"), names, st.none()),
    st.tuples(st.just("remove"), names, st.none()),
    st.tuples(st.just("index"), st.sampled_from(["", "", "fr", "en"]), st.none()),
    st.tuples(st.just("interrupt"), st.just(""), st.integers(0, 4)),
    st.tuples(st.sampled_from(["reindex", "repair"]), st.just(""), st.none()),
)
Step = tuple[str, str, list[int] | int | None]


class Folder:
    """A folder of articles that changes, and its index."""

    def __init__(self, place: Path, model: str) -> None:
        self.news, self.index, self.model = place / "news", place / "index", model
        for name in ("", "en", "fr"):
            (self.news / name).mkdir(parents=True)

    def take(self, step: Step) -> None:
        """Do what a step of a history says."""
        action, name, value = step
        path = self.news / name
        if action == "write" and isinstance(value, list):
            self.write(name, value)
        elif action == "delete":
            path.unlink(missing_ok=True)
        elif action == "index":
            self.build(self.index, path)
        elif action == "interrupt" and isinstance(value, int):
            with suppress(KeyboardInterrupt):
                self.build(self.index, self.news, interrupt_after=value)
        elif (self.index / "semsearch.db").exists() and self.is_committed():
            self.change(action, path)

    def change(self, action: str, path: Path) -> None:
        """Change an index that exists."""
        if action == "remove":
            SearchIndex.open(self.index).remove(path)
            path.unlink(missing_ok=True)
        elif action == "reindex":
            SearchIndex.open(self.index).reindex()
        elif action == "repair":
            with sqlite3.connect(self.index / "semsearch.db") as database:
                database.execute(
                    "UPDATE documents SET text = text || '!' WHERE id ="
                    " (SELECT min(documents.id) FROM documents, meta WHERE key = 'last_document'"
                    " AND documents.id <= CAST(value AS INTEGER))"
                )
            database.close()
            repair(self.index)

    def is_committed(self) -> bool:
        with sqlite3.connect(self.index / "semsearch.db") as database:
            found = database.execute("SELECT 1 FROM meta WHERE key = 'generation' AND value > '0'")
            committed = found.fetchone() is not None
        database.close()
        return committed

    def write(self, name: str, numbers: list[int]) -> None:
        """A file of one story, or a record for each; all files use the same ids."""
        text = STORIES[numbers[0]]
        if name.endswith(".jsonl"):
            records = [{"_id": str(number % 3), "text": STORIES[number]} for number in numbers]
            text = "".join(json.dumps(record) + "\n" for record in records)
        (self.news / name).write_text(text, encoding="utf-8")

    def build(self, index: Path, path: Path, interrupt_after: int | None = None) -> None:
        def progress(done: int, found: int) -> None:
            if done == interrupt_after:
                raise KeyboardInterrupt

        SearchIndex.build([path], index, model=self.model, progress=progress).close()

    def fresh(self) -> Path:
        """An index of the same folder, made in one run."""
        fresh = self.index.with_name("fresh")
        self.build(fresh, self.news)
        return fresh


def without_times(results: list[SearchResult]) -> list[SearchResult]:
    return [replace(result, timings_ms={}) for result in results]


def answers(folder: Path) -> list[SearchResult]:
    """The answers to all requests, and what is like each article that is found."""
    with SearchIndex.open(folder) as index:
        results = index.answer(REQUESTS)
        found = sorted({hit.doc_id for result in results for hit in result.hits})
        return without_times([*results, *(index.similar(name) for name in found)])


def assert_same(found: list[SearchResult], expected: list[SearchResult]) -> None:
    for one, other in zip(found, expected, strict=True):
        assert one == other


@contextmanager
def folder_with(history: list[Step], model: str) -> Iterator[Folder]:
    """A folder after some steps and a last run."""
    with TemporaryDirectory() as place:
        folder = Folder(Path(place), model)
        for step in history:
            folder.take(step)
        folder.build(folder.index, folder.news)
        yield folder


def check(history: list[Step]) -> None:
    with folder_with(history, "fast") as folder:
        assert_same(answers(folder.index), answers(folder.fresh()))


@settings(max_examples=4, deadline=None)
@example(
    [
        ("write", "z.jsonl", [1, 3]),
        ("write", "fr/a.md", [0]),
        ("index", "fr", None),
        ("index", "", None),
        ("write", "c.jsonl", [1, 7]),
        ("write", "a.md", [3]),
        ("write", "b.md", [4]),
        ("interrupt", "", 2),
        ("write", "b.md", [3]),
        ("index", "", None),
        ("write", "en/wire.jsonl", [2, 1, 8]),
        ("reindex", "", None),
        ("index", "", None),
        ("remove", "c.jsonl", None),
        ("repair", "", None),
    ]
)
@given(st.lists(steps, min_size=8, max_size=20))
def test_an_index_with_a_history_answers_as_a_fresh_one(history: list[Step]) -> None:
    check(history)


@pytest.mark.slow
@settings(max_examples=200, deadline=None)
@given(st.lists(steps, min_size=8, max_size=30))
def test_many_histories(history: list[Step]) -> None:
    check(history)


def test_one_by_one_or_together_with_a_server_or_without(tmp_path: Path) -> None:
    """Twenty interrupted runs of the default model, while the folder changes."""
    folder = Folder(tmp_path, "multilingual")
    for turn in range(20):
        numbers = [turn % len(STORIES), (turn + 3) % len(STORIES)]
        folder.take(("write", NAMES[turn % len(NAMES)], numbers))
        folder.take(("interrupt", "", turn % 5))
    folder.take(("delete", "a.md", None))
    folder.build(folder.index, folder.news)
    fresh = folder.fresh()
    expected = answers(fresh)
    assert len(expected) > len(REQUESTS)
    assert_same(answers(folder.index), expected)
    with SearchIndex.open(folder.index) as index:
        one_by_one = [index.answer([request])[0] for request in REQUESTS]
    assert_same(without_times(one_by_one), expected[: len(REQUESTS)])
    with server(folder.index, "--no-http"):
        served = [ask(folder.index, request) for request in REQUESTS[::7]]
    assert_same(without_times([each for each in served if each]), expected[: len(REQUESTS) : 7])
