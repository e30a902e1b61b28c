"""Relevance feedback: several queries at once, more like this, less like that."""

from pathlib import Path
from typing import Unpack

import pytest

from semsearch import InputError, SearchIndex
from semsearch.request import SearchOptions

STORIES = {
    "strike.txt": "Train drivers went on strike over pay.\nThe railway cancelled most trains.",
    "greve.txt": "Les conducteurs de train sont en grève.\nLa plupart des trains sont annulés.",
    "crane.txt": "Cranes returned to the wetland.\nBirdwatchers counted hundreds of birds.",
    "crane-firm.txt": "A crane collapsed on a building site.\nThe construction firm is sued.",
    "vote.txt": "Parliament passed the budget.\nThe opposition voted against it.",
}


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> SearchIndex:
    root = tmp_path_factory.mktemp("feedback")
    for name, text in STORIES.items():
        (root / name).write_text(text, encoding="utf-8")
    return SearchIndex.build([root], root / "index")


def order(index: SearchIndex, query: str, **options: Unpack[SearchOptions]) -> list[str]:
    return [hit.doc_id for hit in index.search(query, k=5, **options).hits]


def test_every_query_counts(index: SearchIndex) -> None:
    assert set(order(index, "train strike", also=["parliament budget"])[:3]) >= {
        "strike.txt",
        "vote.txt",
    }
    assert order(index, "train strike", also=["grève des trains"])[0] in ("strike.txt", "greve.txt")


def test_an_example_in_words_decides_between_meanings(index: SearchIndex) -> None:
    birds = order(index, "crane", like=["birds in a marsh at sunrise"], unlike=["building sites"])
    firms = order(index, "crane", like=["construction workers"], unlike=["birds in a marsh"])
    assert birds.index("crane.txt") < birds.index("crane-firm.txt")
    assert firms.index("crane-firm.txt") < firms.index("crane.txt")


def test_an_article_that_is_an_example_is_not_a_hit(index: SearchIndex) -> None:
    found = order(index, "", like=["strike.txt"])
    assert found[0] == "greve.txt"
    assert "strike.txt" not in found
    path = index.search("birds", k=1).hits[0].path
    assert "crane.txt" not in order(index, "birds", unlike=[path])


def test_the_query_shown_names_all_queries_and_examples(index: SearchIndex) -> None:
    assert index.search("crane").query == "crane"
    assert index.search("crane", also=["bird"]).query == "crane | bird"
    assert index.search("", like=["strike.txt"]).query == "like strike.txt"


def test_a_path_that_the_index_does_not_hold_is_an_error(
    index: SearchIndex, tmp_path: Path
) -> None:
    with pytest.raises(InputError, match="holds no article"):
        index.search("crane", like=[str(tmp_path / "none.txt")])


def test_a_request_without_query_or_example_is_an_error(index: SearchIndex) -> None:
    with pytest.raises(InputError, match="empty"):
        index.search("", also=[" "], unlike=["strike.txt"])
