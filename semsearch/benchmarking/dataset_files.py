"""Queries, judgements and runs from files, in the formats of BEIR and TREC."""

import csv
import gzip
import json
import math
import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path

from semsearch.benchmarking.metrics import ranked
from semsearch.errors import InputError
from semsearch.text import language_code

_NO_JUDGEMENT = (
    "not a judgement. Expected query-id, corpus-id and score, as JSON or separated by tabs below a "
    "header with these names, or `query_id 0 doc_id relevance` as in TREC; the relevance must be "
    "an integer"
)


def read_queries(path: Path) -> dict[str, str]:
    """{query_id: text} of a BEIR queries.jsonl, in file order; `.gz` is unpacked.

    Raises:
        InputError: the file cannot be read, or a line is not a query; the message has its number.
    """
    return {query_id: text for query_id, (text, _) in _read_queries(path).items()}


def read_query_langs(path: Path) -> dict[str, str | None]:
    """{query_id: ISO 639-1 code} of the same file, from the field `lang` or `language`.

    The field may be inside `metadata`; the language is None where there is no such field. Raises
    as `read_queries` does.
    """
    return {query_id: lang for query_id, (_, lang) in _read_queries(path).items()}


def read_qrels(path: Path) -> dict[str, dict[str, int]]:
    """Judgements of BEIR (tab-separated with a header, or JSON lines) or of TREC (four columns).

    If an article is judged twice for a query, the later judgement counts. `.gz` is unpacked.

    Raises:
        InputError: the file cannot be read, or a line is not a judgement; the message has its
            number.
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

    A line is `query_id Q0 doc_id rank score tag`. As in trec_eval, the rank is not used. Ids are
    not decoded: `semsearch` writes white space in them percent-encoded.

    Raises:
        InputError: the file cannot be read, a line does not have this form, or a query lists an
            article twice; the message has the number of the line.
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
            raise InputError(
                f"{path}:{number}: query {query_id} lists {doc_id} a second time: remove one line"
            )
        scores[doc_id] = score
    return {
        query_id: {doc_id: scores[doc_id] for doc_id in ranked(scores)}
        for query_id, scores in run.items()
    }


def _lines(path: Path) -> Iterator[tuple[int, str]]:
    """The lines that are not blank, with their numbers from 1."""
    try:
        data = path.read_bytes()
        if path.suffix == ".gz":
            data = gzip.decompress(data)
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        number = data.count(b"\n", 0, error.start) + 1
        raise InputError(f"{path}:{number}: not UTF-8: convert the file to it") from error
    except (OSError, EOFError, zlib.error) as error:  # OSError also when it is not gzip
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
            raise InputError(
                f"{path}:{number}: a second query with the _id {query_id}: each needs its own"
            )
        queries[query_id] = text, lang
    return queries


def _query(line: str) -> tuple[str, str, str | None]:
    """Id, text and language of a line of queries; empty id and text where it is not a query."""
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
    """Query, article and relevance of a line; other lines raise, see the caller."""
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
