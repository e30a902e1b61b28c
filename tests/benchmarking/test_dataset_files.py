"""Files of queries, judgements and runs are read in every format, and bad lines are named."""

import gzip
from pathlib import Path

import pytest

from semsearch.benchmarking.dataset_files import (
    read_qrels,
    read_queries,
    read_queries_with_langs,
    read_run,
)
from semsearch.errors import InputError


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
        ("q1 Q0 a 2 0.4 tag", "query q1 lists a a second time"),
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


def test_queries_may_name_their_language_and_that_of_their_answers(tmp_path: Path) -> None:
    path = tmp_path / "queries.jsonl"
    path.write_text(
        '{"_id": 1, "text": "a", "metadata": {"lang": "fr-CA", "doc_lang": "ko"}}\n'
        '{"_id": 2, "text": "b", "language": "de", "gold_langs": ["no", "?", "es"]}\n'
        '{"_id": 3, "text": "c", "lang": 7}\n'
    )
    read = read_queries_with_langs(path)
    assert [query.lang for query in read.values()] == ["fr", "de", None]
    assert [query.answer_langs for query in read.values()] == [{"ko"}, {"nb", "es"}, set()]


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
