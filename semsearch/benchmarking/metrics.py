"""How good a ranking is: runs scored against judgements, as trec_eval does."""

import csv
import gzip
import json
import math
import re
import zlib
from collections.abc import Iterator, Mapping, Sequence
from ctypes import c_float
from pathlib import Path

from semsearch.errors import InputError
from semsearch.text import language_code

Qrels = Mapping[str, Mapping[str, int]]
"""{query_id: {doc_id: relevance}}; 1 or more is relevant."""
Run = Mapping[str, Sequence[str] | Mapping[str, float]]
"""{query_id: doc_ids, best first}, or {query_id: {doc_id: score}}."""

_NO_JUDGEMENT = (
    "not a judgement. Expected query-id, corpus-id and score, as JSON or separated by tabs below "
    "a line with these names, or the `query_id 0 doc_id relevance` of TREC; the relevance is whole"
)


def evaluate(qrels: Qrels, run: Run, measure: str) -> dict[str, float]:
    """The measure of every judged query; a query without an answer in the run scores 0.

    Args:
        qrels: judgements. Queries without a relevant article are left out.
        run: rankings, each without repetition; scored ones are ordered by `ranked`.
        measure: `ndcg@k`, `mrr@k` or `recall@k`.

    Raises:
        InputError: the measure is not one of those.
    """
    match = re.fullmatch(r"(ndcg|mrr|recall)@([1-9]\d*)", measure)
    if not match:
        raise InputError(f"unknown measure {measure}: use ndcg@10, mrr@10, recall@100 or the like")
    score = {"ndcg": ndcg, "mrr": reciprocal_rank, "recall": recall}[match[1]]
    return {
        query_id: score(judged, ranked(run.get(query_id, ())), int(match[2]))
        for query_id, judged in qrels.items()
        if any(relevance > 0 for relevance in judged.values())
    }


def ranked(answers: Sequence[str] | Mapping[str, float]) -> Sequence[str]:
    """Doc_ids, best first; scored ones as trec_eval orders them, whatever rank a file gives them.

    The score falls, in single precision; of equal scores the doc_id that is later in the order of
    code points is first.

    Example:
        >>> ranked({"a": 1.0, "b": 1.0, "c": 2.0})
        ['c', 'b', 'a']
    """
    if not isinstance(answers, Mapping):
        return answers
    keys = {doc_id: (c_float(score).value, doc_id) for doc_id, score in answers.items()}
    return sorted(keys, key=keys.__getitem__, reverse=True)


def mean(scores: Mapping[str, float]) -> float:
    """The mean over queries; 0.0 for none."""
    return sum(scores.values()) / len(scores) if scores else 0.0


def ndcg(judged: Mapping[str, int], ranking: Sequence[str], k: int) -> float:
    """Normalised discounted cumulative gain, in [0, 1].

    DCG@k = sum of rel_i / log2(i + 1) over ranks i = 1..k, divided by that of the ideal ranking.
    Linear gain (Järvelin and Kekäläinen 2002), as in trec_eval; a negative relevance gains 0.

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
    """{query_id: text} of a BEIR queries.jsonl, in file order; `.gz` is unpacked.

    Raises:
        InputError: the file cannot be read, or a line is not a query; the line is named.
    """
    return {query_id: text for query_id, (text, _) in _read_queries(path).items()}


def read_query_langs(path: Path) -> dict[str, str | None]:
    """{query_id: ISO 639-1 code} of the same file, from `lang` or `language` of a line.

    The field may stand in `metadata`; None for a query that has none. Raises as `read_queries`.
    """
    return {query_id: lang for query_id, (_, lang) in _read_queries(path).items()}


def read_qrels(path: Path) -> dict[str, dict[str, int]]:
    """Judgements of BEIR (tab-separated with a header, or JSON lines) or of TREC (four columns).

    Of two judgements of one article the later one stands. `.gz` is unpacked.

    Raises:
        InputError: the file cannot be read, or a line is not a judgement; the line is named.
    """
    qrels: dict[str, dict[str, int]] = {}
    header: list[str] | None = None
    for number, line in _lines(path):
        names = line.split("\t")
        if not qrels and header is None and {"query-id", "corpus-id", "score"} <= set(names):
            header = names
            continue
        try:
            query_id, doc_id, relevance = _judgement(line, header)
        except (ValueError, KeyError, TypeError, RecursionError, csv.Error) as error:
            raise InputError(f"{path}:{number}: {_NO_JUDGEMENT}") from error
        qrels.setdefault(query_id, {})[doc_id] = relevance
    return qrels


def read_run(path: Path) -> dict[str, dict[str, float]]:
    """{query_id: {doc_id: score}} of a TREC run, best first in the order of `ranked`.

    A line is `query_id Q0 doc_id rank score tag`. As in trec_eval, the rank counts for nothing.
    Ids are as the file has them: `semsearch` writes white space in them percent-encoded.

    Raises:
        InputError: the file cannot be read, a line is not of that form, or names an article again
            for the same query; the line is named.
    """
    run: dict[str, dict[str, float]] = {}
    for number, line in _lines(path):
        try:
            query_id, _, doc_id, _, column, _ = line.split()
            score = float(column)
        except ValueError:
            score = math.nan
        if not math.isfinite(score):
            raise InputError(
                f"{path}:{number}: not a line of a run. Expected query_id Q0 doc_id rank score tag"
            )
        scores = run.setdefault(query_id, {})
        if doc_id in scores:
            raise InputError(f"{path}:{number}: {doc_id} a second time for the query {query_id}")
        scores[doc_id] = score
    return {
        query_id: {doc_id: scores[doc_id] for doc_id in ranked(scores)}
        for query_id, scores in run.items()
    }


def _lines(path: Path) -> Iterator[tuple[int, str]]:
    """The lines that hold something, with their numbers from 1."""
    try:
        data = path.read_bytes()
        if path.suffix == ".gz":
            data = gzip.decompress(data)
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        number = data.count(b"\n", 0, error.start) + 1
        raise InputError(f"{path}:{number}: not UTF-8: convert the file") from error
    except (OSError, EOFError, zlib.error) as error:  # OSError is also what is no gzip
        reason = getattr(error, "strerror", None) or str(error)
        raise InputError(f"cannot read {path}: {reason}") from error
    for number, line in enumerate(text.split("\n"), 1):
        if line.strip():
            yield number, line.rstrip("\r")


def _read_queries(path: Path) -> dict[str, tuple[str, str | None]]:
    """{query_id: (text, language)}, in file order."""
    queries: dict[str, tuple[str, str | None]] = {}
    for number, line in _lines(path):
        query_id, text, lang = _query(line)
        if not query_id or not text.strip():
            raise InputError(f'{path}:{number}: not a query. Expected {{"_id": ..., "text": ...}}')
        if query_id in queries:
            raise InputError(f"{path}:{number}: a second query with the _id {query_id}")
        queries[query_id] = text, lang
    return queries


def _query(line: str) -> tuple[str, str, str | None]:
    """The id, text and language of a line of queries; id and text are empty where it has none."""
    try:
        record = json.loads(line)
        query_id, text = record["_id"], record["text"]
    except (ValueError, KeyError, TypeError, RecursionError):
        return "", "", None
    if not isinstance(query_id, str | int) or not isinstance(text, str):
        return "", "", None
    metadata = record.get("metadata")
    fields = {**metadata, **record} if isinstance(metadata, dict) else record
    tag = fields.get("lang") or fields.get("language")
    return str(query_id), text, language_code(tag) if isinstance(tag, str) else None


def _judgement(line: str, header: Sequence[str] | None) -> tuple[str, str, int]:
    """Query, article and relevance of a line; any error where it holds none."""
    if header:
        row = dict(zip(header, next(csv.reader([line], delimiter="\t")), strict=True))
    elif line.startswith("{"):
        row = json.loads(line)
    else:
        row = dict(zip(("query-id", "", "corpus-id", "score"), line.split(), strict=True))
    relevance = float(row["score"])  # some write 1 as 1.0
    query_id, doc_id = str(row["query-id"]), str(row["corpus-id"])
    if not query_id or not doc_id or not relevance.is_integer():
        raise ValueError(line)
    return query_id, doc_id, int(relevance)


def _dcg(gains: Sequence[int]) -> float:
    return sum(max(gain, 0) / math.log2(rank + 1) for rank, gain in enumerate(gains, 1))
