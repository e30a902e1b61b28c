"""What relevance is measured on: which queries have an answer, and what is counted."""

from pathlib import Path

import pytest

from semsearch.benchmarking.datasets import load_dataset
from semsearch.benchmarking.groups import OTHER, SAME
from semsearch.benchmarking.halves import half
from semsearch.benchmarking.hard_queries import answered, unanswered
from semsearch.benchmarking.relevance import ONE, Asked, Tally, measure
from semsearch.errors import InputError
from semsearch.types import Copy, Document, Hit, Mode, SearchResult
from tests.benchmarking.collection import ARTICLES, BEIR, lay_out
from tests.paths import ROOT

ONE_TOPIC = ROOT / "benchmarks" / "one-topic"


def article(doc_id: str, text: str) -> Document:
    return Document(doc_id=doc_id, text=text, path=f"/{doc_id}")


def found(*relevances: float | None, copies: tuple[str, ...] = ()) -> SearchResult:
    """A result with hits `a`, `b`, `c` and so on; the first has these copies."""
    hits = tuple(
        Hit(
            rank=rank,
            score=1.0,
            doc_id=doc_id,
            path="",
            title="",
            lang=None,
            date=None,
            start=0,
            end=0,
            text="",
            line=None,
            page=None,
            relevance=relevance,
            similar=tuple(Copy(copy, "", "", None) for copy in copies) if rank == 1 else (),
        )
        for rank, (doc_id, relevance) in enumerate(zip("abcdef", relevances, strict=False), 1)
    )
    return SearchResult("?", Mode.HYBRID, hits, {})


def test_a_half_keeps_articles_together_that_answer_the_same_query() -> None:
    names = [f"{lang}/{number}" for number in range(10) for lang in ("en", "fr")]
    right = {f"q{n}": [f"en/{n}", f"fr/{n}", "gone"] for n in range(10)}
    held = half(names, right)
    assert len(held) == 10
    assert {name.split("/")[1] for name in held if name.startswith("en")} == {
        name.split("/")[1] for name in held if name.startswith("fr")
    }
    assert half(reversed(names), right) == held
    chained = half("abcd", {"q1": "ab", "q2": "bc", "q3": "cd"})
    assert chained == set("abcd")  # each is right for the same query as another


def test_what_is_counted_of_a_search() -> None:
    tally = Tally()
    answerable = Asked(SAME, "?", ["b"])
    tally.add(answerable, found(0.9, 0.07, 0.06))  # the answer is hidden
    tally.add(answerable, found(0.9, 0.11, 0.2))  # it is shown, and the third hit stands higher
    tally.add(answerable, found(0.9, copies=("b",)))  # it is shown as a copy of the first
    tally.add(answerable, found(0.9))  # not found: neither shown nor hidden
    assert (tally.found, tally.hidden, tally.rising, tally.searches) == (3, 1, 1, 4)
    nothing = Asked(SAME, "?", [])
    for result in (found(), found(0.07), found(0.29, 0.1), found(0.3), found(None)):
        tally.add(nothing, result)
    assert (tally.unanswered, tally.stopped, tally.low) == (5, 2, 3)
    assert (tally.found, tally.rising, tally.searches) == (3, 1, 9)


def test_hard_queries_are_made_of_what_one_article_holds() -> None:
    articles = {
        "zebra": article("zebra", "Zebras! A zebra needs other zebras. ZSL 4711, ZSL: zebras"),
        "bus": article("bus", "The bus to the zebra is late, 1,200 people wait. ZSL and NHS."),
    }
    made = [(query.kind, query.text, query.right) for query in answered(articles)]
    # `zebra` and `ZSL` stand in both, `NHS` only once, and 1,200 is not the number 200.
    assert made == [
        ("one or two words", "zebras", "zebra"),
        ("letters and digits", "4711", "zebra"),
    ]


def test_a_subject_that_an_article_holds_is_not_asked_in_any_language() -> None:
    queries = {query.text for query in unanswered({"a": article("a", "He plays Sudoku.")})}
    assert not queries & {"sudoku", "数独", "судоку"}
    assert queries >= {"karaoke", "Graz", "USB", "a", "asdf"}
    in_chinese = unanswered({"a": article("a", "他每天玩数独游戏")})
    assert "sudoku" not in {query.text for query in in_chinese}
    # A part of a word is not the word, so that the acronym is asked.
    assert "USB" in {query.text for query in unanswered({"a": article("a", "Ausbildung")})}
    # Two words count as held where an article holds both, in any order.
    held = unanswered({"a": article("a", "A password that someone has forgotten")})
    assert "mot de passe oublié" not in {query.text for query in held}


def test_a_collection_on_one_topic(tmp_path: Path) -> None:
    rows = {row["of"]: row for row in measure(load_dataset(ONE_TOPIC), tmp_path / "index", "fast")}
    # Six of twelve articles are held, each asked for in English and in three other languages.
    assert [rows[group]["unanswered"] for group in (SAME, OTHER)] == [6, 18]
    assert [rows[group]["searches"] for group in (SAME, OTHER)] == [12, 36]
    # Eight indexes of one article, with its own four queries and ten of others.
    assert (rows[ONE]["found"], rows[ONE]["unanswered"]) == (32, 80)
    assert rows[ONE]["rising"] == 0
    assert rows["nonsense"]["found"] == 0
    assert rows["letters and digits"]["found"] == 4


def test_a_collection_that_cannot_be_halved_is_refused(tmp_path: Path) -> None:
    judged = "query-id\tcorpus-id\tscore\n" + "".join(f"1\t{name}\t1\n" for name in ARTICLES)
    dataset = load_dataset(lay_out(tmp_path / "news", {**BEIR, "qrels/test.tsv": judged}))
    with pytest.raises(InputError, match="every article of news is right for the same queries"):
        measure(dataset, tmp_path / "index", "fast")
