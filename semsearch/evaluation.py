"""How good a ranking is: runs scored against judgements, as trec_eval does."""

import csv
import json
import math
import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from semsearch.errors import InputError

Qrels = Mapping[str, Mapping[str, int]]
"""{query_id: {doc_id: relevance}}; 1 or more is relevant."""
Run = Mapping[str, Sequence[str]]
"""{query_id: doc_ids, best first}."""


def evaluate(qrels: Qrels, run: Run, measure: str) -> dict[str, float]:
    """The measure of every judged query; a query without an answer in the run scores 0.

    Args:
        qrels: judgements. Queries without a relevant article are left out.
        run: rankings, each without repetition.
        measure: `ndcg@k`, `mrr@k` or `recall@k`.

    Raises:
        InputError: the measure is not one of those.
    """
    match = re.fullmatch(r"(ndcg|mrr|recall)@([1-9]\d*)", measure)
    if not match:
        raise InputError(f"unknown measure {measure}: use ndcg@10, mrr@10, recall@100 or the like")
    score = {"ndcg": ndcg, "mrr": reciprocal_rank, "recall": recall}[match[1]]
    return {
        query_id: score(judged, run.get(query_id, ()), int(match[2]))
        for query_id, judged in qrels.items()
        if any(relevance > 0 for relevance in judged.values())
    }


def mean(scores: Mapping[str, float]) -> float:
    """The mean over queries; 0.0 for none."""
    return sum(scores.values()) / len(scores) if scores else 0.0


def ndcg(judged: Mapping[str, int], ranking: Sequence[str], k: int) -> float:
    """Normalised discounted cumulative gain, in [0, 1].

    DCG@k = sum of rel_i / log2(i + 1) over ranks i = 1..k, divided by that of the ideal ranking.
    Linear gain (Järvelin and Kekäläinen 2002), as in trec_eval.

    Example:
        >>> round(ndcg({"a": 1}, ["b", "a"], 10), 4)
        0.6309
    """
    ideal = sorted(judged.values(), reverse=True)
    best = _dcg(ideal[:k])
    return _dcg([judged.get(doc_id, 0) for doc_id in ranking[:k]]) / best if best else 0.0


def reciprocal_rank(judged: Mapping[str, int], ranking: Sequence[str], k: int) -> float:
    """1 / rank of the first relevant article among the k best; 0.0 when there is none.

    Example:
        >>> reciprocal_rank({"a": 1}, ["b", "a"], 10)
        0.5
    """
    for rank, doc_id in enumerate(ranking[:k], 1):
        if judged.get(doc_id, 0) > 0:
            return 1 / rank
    return 0.0


def recall(judged: Mapping[str, int], ranking: Sequence[str], k: int) -> float:
    """Share of the relevant articles that are among the k best.

    Example:
        >>> recall({"a": 1, "b": 1}, ["b", "c"], 10)
        0.5
    """
    relevant = {doc_id for doc_id, relevance in judged.items() if relevance > 0}
    return len(relevant & set(ranking[:k])) / len(relevant) if relevant else 0.0


def read_queries(path: Path) -> dict[str, str]:
    """{query_id: text} of a BEIR queries.jsonl, in file order.

    Raises:
        InputError: the file cannot be read, or a line is not a query; the line is named.
    """
    try:
        lines = path.read_bytes().split(b"\n")
    except OSError as error:
        raise InputError(f"cannot read queries from {path}: {error.strerror}") from error
    queries: dict[str, str] = {}
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        query_id, text = _query(line)
        if not query_id or not text.strip():
            raise InputError(f'{path}:{number}: not a query. Expected {{"_id": ..., "text": ...}}')
        if query_id in queries:
            raise InputError(f"{path}:{number}: a second query with the _id {query_id}")
        queries[query_id] = text
    return queries


def read_qrels(path: Path) -> dict[str, dict[str, int]]:
    """Judgements of a BEIR qrels file: tab-separated query-id, corpus-id, score with a header."""
    qrels: dict[str, dict[str, int]] = {}
    with path.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file, delimiter="\t"):
            qrels.setdefault(row["query-id"], {})[row["corpus-id"]] = int(row["score"])
    return qrels


def _query(line: bytes) -> tuple[str, str]:
    """The id and text of a line of queries; empty where it has none."""
    try:
        record = json.loads(line.decode("utf-8-sig"))
        query_id, text = record["_id"], record["text"]
    except (ValueError, KeyError, TypeError, RecursionError):
        return "", ""
    known = isinstance(query_id, str | int) and isinstance(text, str)
    return (str(query_id), text) if known else ("", "")


def _dcg(gains: Sequence[int]) -> float:
    return sum(gain / math.log2(rank + 1) for rank, gain in enumerate(gains, 1))
