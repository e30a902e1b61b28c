"""Measures with values that a reader can check by hand."""

import math
from pathlib import Path

import pytest

from semsearch.errors import InputError
from semsearch.evaluation import evaluate, mean, read_qrels, read_queries

QRELS = {"q1": {"a": 2, "b": 1}, "q2": {"c": 1}, "q3": {"d": 0}}
RUN = {"q1": ["b", "x", "a"], "q2": ["x", "y"]}


def test_ndcg() -> None:
    best = 2 / math.log2(2) + 1 / math.log2(3)
    found = 1 / math.log2(2) + 2 / math.log2(4)
    assert evaluate(QRELS, RUN, "ndcg@10") == {"q1": pytest.approx(found / best), "q2": 0.0}


def test_mrr_and_recall() -> None:
    assert evaluate(QRELS, RUN, "mrr@10") == {"q1": 1.0, "q2": 0.0}
    assert evaluate(QRELS, RUN, "recall@1") == {"q1": 0.5, "q2": 0.0}
    assert mean(evaluate(QRELS, RUN, "recall@3")) == 0.5


def test_an_unknown_measure_is_refused() -> None:
    with pytest.raises(InputError, match="unknown measure map@10"):
        evaluate(QRELS, RUN, "map@10")


def test_queries_and_qrels_are_read_in_beir_layout(tmp_path: Path) -> None:
    queries = tmp_path / "queries.jsonl"
    queries.write_text(
        '{"_id": "q1", "text": "أين اجتمع التحالف؟"}\n\n{"_id": 2, "text": "où ?"}\n'
    )
    assert read_queries(queries) == {"q1": "أين اجتمع التحالف؟", "2": "où ?"}
    qrels = tmp_path / "test.tsv"
    qrels.write_text("query-id\tcorpus-id\tscore\nq1\tfr/a b.txt\t2\nq1\ten/c.md\t0\n")
    assert read_qrels(qrels) == {"q1": {"fr/a b.txt": 2, "en/c.md": 0}}


@pytest.mark.parametrize("line", ["not json", '{"text": "x"}', '{"_id": "1", "text": ""}', "[1]"])
def test_a_bad_query_is_named_by_its_line(tmp_path: Path, line: str) -> None:
    path = tmp_path / "queries.jsonl"
    path.write_text('{"_id": "q1", "text": "fine"}\n' + line + "\n")
    with pytest.raises(InputError, match=r"queries\.jsonl:2: not a query"):
        read_queries(path)
