"""The measurements of developers over labelled collections, on one of six articles."""

from pathlib import Path

import pytest

from benchmarks.ranking import measure, parts_of, without
from semsearch import SearchIndex
from semsearch.benchmarking.datasets import load_dataset
from semsearch.benchmarking.tables import tables
from tests.benchmarking.collection import BEIR, lay_out

QUERY = "interest rate of the central bank"


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> SearchIndex:
    folder = tmp_path_factory.mktemp("runs")
    articles = load_dataset(lay_out(folder / "news", BEIR)).articles
    return SearchIndex.build(articles, folder / "index", model="fast")


def test_a_score_without_a_part_is_lower_by_that_part(index: SearchIndex) -> None:
    (hit,) = index.search(QUERY, 1, explain=True).hits
    assert hit.explanation is not None
    part, value = max(hit.explanation.parts.items(), key=lambda item: item[1])
    with without(part):
        (less,) = index.search(QUERY, 1, explain=True).hits
        assert less.explanation is not None
        assert less.explanation.parts[part] == 0.0
    assert less.doc_id == hit.doc_id
    assert less.score == pytest.approx(hit.score - value, abs=0.02)
    (again,) = index.search(QUERY, 1).hits
    assert again.score == hit.score


def test_every_part_has_a_column_beside_the_three_rankings(
    index: SearchIndex, tmp_path: Path
) -> None:
    dataset = load_dataset(lay_out(tmp_path / "news", BEIR))
    (row,) = measure([dataset], tmp_path / "kept", "fast")
    columns = [f"without {part}" for part in parts_of(index, QUERY)]
    assert len(columns) == 2
    assert list(row) == ["of", "questions", "BM25", "dense", "hybrid", *columns]
    assert (row["of"], row["questions"]) == ("news, answer in the same language", 2)
    assert row["hybrid"] == 1.0
    record = {"kind": "ranking", "settings": {"sets": ["news"]}, "measured": [row]}
    means, groups = tables(record)  # type: ignore[arg-type]
    assert [cell.strip() for cell in means.lines[0].split("|")[1:-1]] == [
        *("", "groups", "BM25", "dense", "hybrid")
    ]
    assert len(groups.lines) == 4  # names, rule, the group, and the mean of all groups
