"""Queries, judgements and runs from files, in the formats of BEIR and TREC."""

import csv
import gzip
import json
import math
import zlib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from semsearch.benchmarking.metrics import ranked
from semsearch.errors import InputError
from semsearch.text import language_code

_NO_JUDGEMENT = (
    "not a judgement. Expected query-id, corpus-id and score, as JSON or separated by tabs below a "
    "header with these names, or `query_id 0 doc_id relevance` as in TREC; the relevance must be "
    "an integer"
)


class Query(NamedTuple):
    """A query of a file."""

    text: str
    lang: str | None
    """ISO 639-1 code, from the field `lang` or `language`; None where there is no such field."""
    answer_langs: frozenset[str]
    """ISO 639-1 codes of the languages of its right articles, from the field `doc_lang` or
    `gold_langs`; empty where there is no such field."""


def read_queries(path: Path) -> dict[str, str]:
    """{query_id: text} of a BEIR queries.jsonl, in file order; `.gz` is unpacked.

    Raises:
        InputError: the file cannot be read, or a line is not a query; the message has its number.
    """
    return {query_id: query.text for query_id, query in read_queries_with_langs(path).items()}


def read_queries_with_langs(path: Path) -> dict[str, Query]:
    """{query_id: query} of the same file; the fields for languages may be inside `metadata`.

    Raises as `read_queries` does.
    """
    queries: dict[str, Query] = {}
    for number, line in _lines(path):
        query_id, query = _query(line)
        if not query_id or not query.text.strip():
            raise InputError(f'{path}:{number}: not a query. Expected {{"_id": ..., "text": ...}}')
        if query_id in queries:
            raise InputError(
                f"{path}:{number}: a second query with the _id {query_id}: each needs its own"
            )
        queries[query_id] = query
    return queries


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


def _query(line: str) -> tuple[str, Query]:
    """Id and query of a line; both empty where it is not a query."""
    nothing = "", Query("", None, frozenset())
    try:
        record = json.loads(line)
        query_id, text = record["_id"], record["text"]
    except (ValueError, KeyError, TypeError, RecursionError):
        return nothing
    if not isinstance(query_id, str | int) or not isinstance(text, str):
        return nothing
    metadata = record.get("metadata")
    fields = {**metadata, **record} if isinstance(metadata, dict) else record
    lang = next(iter(_langs(fields, "lang", "language")), None)
    return str(query_id), Query(text, lang, _langs(fields, "gold_langs", "doc_lang"))


def _langs(fields: Mapping[str, Any], *names: str) -> frozenset[str]:
    """The codes of the first of these fields that states any, as one tag or a list of tags."""
    for name in names:
        stated = fields.get(name)
        tags = stated if isinstance(stated, list) else [stated]
        codes = (language_code(tag) for tag in tags if isinstance(tag, str))
        if found := frozenset(code for code in codes if code):
            return found
    return frozenset()


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
