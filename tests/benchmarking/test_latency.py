"""Latency is measured in every way that an index can be asked."""

from pathlib import Path

import pytest

from semsearch.benchmarking.latency import CLIENTS, measure
from semsearch.errors import IndexMissing, InputError
from tests.server import index, server

QUERIES = ["the harbour", "zzzz"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("latency")
    (root / "news").mkdir()
    (root / "news" / "a.txt").write_text("The harbour was closed for a week.\n", encoding="utf-8")
    index(root / "news", "--index", root / "index")
    return root / "index"


@pytest.mark.slow
def test_cold_warm_and_under_load(folder: Path) -> None:
    told: list[tuple[int, int]] = []
    found = measure(
        folder, QUERIES, runs=1, seconds=0.2, progress=lambda done, all_: told.append((done, all_))
    )
    assert (found.articles, found.passages, found.queries) == (1, 1, 2)
    assert [row.command.count("serve") for row in found.cold] == [0, 0, 0, 0, 1, 1]
    assert all(0 < row.low_s <= row.p50_s <= row.high_s for row in found.cold)
    parts = {row.part: row.p50_ms for row in found.parts}
    assert {"encode", "lexical", "dense", "fetch", "highlight"} <= set(parts)
    assert list(parts)[-1] == "total"
    assert [row.clients for row in found.load] == list(CLIENTS)
    assert all(row.qps > 0 and row.p50_ms <= row.p95_ms for row in found.load)
    assert told[-1][0] == told[-1][1] == len(told)


def test_an_index_that_is_served_is_refused(folder: Path) -> None:
    with server(folder, "--no-http"), pytest.raises(InputError, match="another process serves"):
        measure(folder, QUERIES)


def test_a_folder_without_an_index_is_refused(tmp_path: Path) -> None:
    with pytest.raises(IndexMissing):
        measure(tmp_path, QUERIES)
