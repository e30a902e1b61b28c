"""Measures with values that a reader can check by hand."""

import gzip
import math
import random
from pathlib import Path

import pytest
import pytrec_eval

from semsearch.benchmarking.metrics import (
    evaluate,
    mean,
    ranked,
    read_qrels,
    read_queries,
    read_query_langs,
    read_run,
)
from semsearch.errors import InputError

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


def test_only_the_first_k_count() -> None:
    judged, run = {"q": {"a": 1, "b": 1, "c": 1}}, {"q": ["x", "a", "b", "c"]}
    scores = {
        measure: evaluate(judged, run, measure)["q"]
        for measure in ("mrr@1", "mrr@2", "recall@1", "recall@2", "recall@4", "ndcg@1", "ndcg@2")
    }
    second = 1 / math.log2(3)
    assert scores == {
        "mrr@1": 0.0,
        "mrr@2": 1 / 2,
        "recall@1": 0.0,
        "recall@2": 1 / 3,
        "recall@4": 1.0,
        "ndcg@1": 0.0,
        "ndcg@2": pytest.approx(second / (1 + second)),  # the ideal is cut at k too
    }


def test_the_mean_is_over_queries() -> None:
    assert mean({"q1": 1.0, "q2": 0.0, "q3": 0.5}) == 0.5
    assert mean({}) == 0.0


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


def test_equal_scores_are_ordered_as_trec_eval_does() -> None:
    assert ranked({"a": 1.0, "é": 1.0, "z": 1.0, "b": 2.0}) == ["b", "é", "z", "a"]
    assert ranked({"a": 1 + 1e-9, "b": 1.0}) == ["b", "a"]  # the same in single precision
    assert ranked(["a", "b"]) == ["a", "b"]
    assert evaluate(QRELS, {"q2": {"c": 0.5, "d": 0.5}}, "mrr@10")["q2"] == 0.5


def test_a_negative_relevance_gains_nothing() -> None:
    assert evaluate({"q": {"a": 1, "b": -3}}, {"q": ["b", "a"]}, "ndcg@10") == {
        "q": pytest.approx(1 / math.log2(3))
    }


@pytest.mark.parametrize("seed", range(20))
def test_pytrec_eval_agrees(seed: int) -> None:
    chooser = random.Random(seed)
    names = [f"{letter}{number}" for letter in "aZé文😀" for number in range(40)]
    qrels = {
        f"q{query}": {
            name: chooser.choice([-1, 0, 1, 1, 2, 3]) for name in chooser.sample(names, 9)
        }
        for query in range(10)
    }
    scores = [0.0, 0.25, 0.5, 0.5 + 1e-9, 1e9]  # few, so that many are equal
    run = {
        query_id: {name: chooser.choice(scores) for name in chooser.sample(names, 150)}
        for query_id in list(qrels)[chooser.randrange(2) :]
    }
    wanted = {"ndcg_cut.1,3,10", "recall.1,5,100"}
    theirs = pytrec_eval.RelevanceEvaluator(qrels, wanted).evaluate(run)
    expectations = [
        (f"{ours}@{k}", f"{name}_{k}", theirs)
        for ours, name, depths in [
            ("ndcg", "ndcg_cut", (1, 3, 10)),
            ("recall", "recall", (1, 5, 100)),
        ]
        for k in depths
    ]
    for k in (1, 10):  # pytrec_eval has no depth for it
        best = {
            query_id: {name: run[query_id][name] for name in ranked(run[query_id])[:k]}
            for query_id in run
        }
        first = pytrec_eval.RelevanceEvaluator(qrels, {"recip_rank"}).evaluate(best)
        expectations.append((f"mrr@{k}", "recip_rank", first))
    for measure, name, expected in expectations:
        ours = evaluate(qrels, run, measure)
        assert ours == pytest.approx(
            {query_id: expected[query_id][name] if query_id in run else 0.0 for query_id in ours}
        )


def test_a_run_is_read_in_the_order_of_its_scores(tmp_path: Path) -> None:
    path = tmp_path / "x.trec"
    path.write_text(
        "q1 Q0 a 1 0.5 tag\nq1\tQ0\tb%20c\t2\t0.5\ttag\r\n\nq2 Q0 a 1 -1e3 t\nq1 Q0 d 9 7 t\n"
    )
    run = read_run(path)
    assert run == {"q1": {"d": 7.0, "b%20c": 0.5, "a": 0.5}, "q2": {"a": -1000.0}}
    assert list(run["q1"]) == ["d", "b%20c", "a"]


@pytest.mark.parametrize(
    ("line", "complaint"),
    [
        ("q1 a 2 0.4", "not a line of a run. Expected query_id Q0 doc_id rank score tag"),
        ("q1 Q0 b 2 high tag", "not a line of a run"),
        ("q1 Q0 b 2 nan tag", "not a line of a run"),
        ("q1 Q0 a 2 0.4 tag", "a a second time for the query q1"),
    ],
)
def test_a_bad_line_of_a_run_is_named(tmp_path: Path, line: str, complaint: str) -> None:
    path = tmp_path / "x.trec"
    path.write_text(f"q1 Q0 a 1 0.5 tag\n{line}\n")
    with pytest.raises(InputError, match=rf"x\.trec:2: {complaint}"):
        read_run(path)


@pytest.mark.parametrize(
    "text",
    [
        "query-id\tcorpus-id\tscore\nq1\ta\t1\nq1\tb\t0\n",
        "score\tquery-id\tcorpus-id\r\n1\tq1\ta\r\n0\tq1\tb\r\n",
        "q1 0 a 1\nq1\t0\tb\t0\n",
        '{"query-id": "q1", "corpus-id": "a", "score": 1.0}\n'
        '{"query-id": "q1", "corpus-id": "b", "score": 0}\n',
    ],
    ids=["beir", "columns", "trec", "json"],
)
def test_judgements_are_read_in_every_format(tmp_path: Path, text: str) -> None:
    path = tmp_path / "test.gz"
    path.write_bytes(gzip.compress(text.encode()))
    assert read_qrels(path) == {"q1": {"a": 1, "b": 0}}


@pytest.mark.parametrize("line", ["q1 a 1", "q1 0 a x", "q1 0 a 0.5", "{}", '{"query-id": '])
def test_a_bad_judgement_is_named_by_its_line(tmp_path: Path, line: str) -> None:
    path = tmp_path / "test.qrels"
    path.write_text(f"q1 0 a 1\n{line}\n")
    with pytest.raises(InputError, match=r"test\.qrels:2: not a judgement"):
        read_qrels(path)


def test_queries_may_name_their_language(tmp_path: Path) -> None:
    path = tmp_path / "queries.jsonl"
    path.write_text(
        '{"_id": 1, "text": "a", "metadata": {"lang": "fr-CA"}}\n'
        '{"_id": 2, "text": "b", "language": "de"}\n{"_id": 3, "text": "c", "lang": 7}\n'
    )
    assert read_query_langs(path) == {"1": "fr", "2": "de", "3": None}


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"cannot read .*missing\.trec: No such file"):
        read_run(tmp_path / "missing.trec")
    broken = tmp_path / "test.tsv.gz"
    broken.write_bytes(gzip.compress(b"q1 0 a 1\n")[:-3])
    with pytest.raises(InputError, match=r"cannot read .*test\.tsv\.gz: "):
        read_qrels(broken)
    latin = tmp_path / "queries.jsonl"
    latin.write_bytes(b'{"_id": 1, "text": "a"}\n{"_id": 2, "text": "\xe9t\xe9"}\n')
    with pytest.raises(InputError, match=r"queries\.jsonl:2: not UTF-8"):
        read_queries(latin)
