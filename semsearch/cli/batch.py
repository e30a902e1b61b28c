"""Many queries at once: BEIR queries in, a TREC run out."""

import json
import os
import stat
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import TextIO

from semsearch.cli.console import progress
from semsearch.errors import InputError
from semsearch.index import SearchIndex
from semsearch.render import trec_lines
from semsearch.types import Mode

_BATCH = 64


def read_queries(path: Path) -> dict[str, str]:
    """The queries of a BEIR file by id: a JSON object with `_id` and `text` on every line.

    Raises:
        InputError: naming the first line that is not one, or whose id came before.
    """
    queries: dict[str, str] = {}
    for number, line in enumerate(path.read_bytes().split(b"\n"), 1):
        if not line.strip():
            continue
        try:
            query_id, text = _parse(line)
        except ValueError as error:
            raise InputError(f"{path}, line {number}: {error}") from error
        if query_id in queries:
            raise InputError(f"{path}, line {number}: the _id {query_id!r} came before")
        queries[query_id] = text
    if not queries:
        raise InputError(f"{path} holds no queries")
    return queries


def _parse(line: bytes) -> tuple[str, str]:
    """The id and the text of one line. Raises ValueError, its message for the user."""
    try:
        record = json.loads(line.decode("utf-8-sig"))
    except UnicodeDecodeError:
        raise ValueError("not UTF-8") from None
    except (json.JSONDecodeError, RecursionError):
        raise ValueError("not a JSON object") from None
    if not isinstance(record, dict):
        raise ValueError("not a JSON object")
    query_id, text = record.get("_id"), record.get("text")
    if isinstance(query_id, int) and not isinstance(query_id, bool):
        query_id = str(query_id)
    if not isinstance(query_id, str) or not query_id.strip():
        raise ValueError("no _id, which must be a string")
    if not isinstance(text, str) or not text.strip():
        raise ValueError("no text, which must be a string that is not empty")
    # JSON can spell half of a surrogate pair, which no encoder accepts.
    return query_id, text.encode("utf-8", "replace").decode()


def answer(
    index: SearchIndex, queries: dict[str, str], out: TextIO, k: int, mode: Mode, langs: list[str]
) -> int:
    """Write the run of all queries; the number of hits in it."""
    hits = 0
    remaining = iter(queries.items())
    with progress("Searching") as report:
        done = 0
        while batch := list(islice(remaining, _BATCH)):
            texts = [text for _, text in batch]
            results = index.search_many(texts, k, mode=mode, langs=langs)
            for (query_id, _), result in zip(batch, results, strict=True):
                hits += len(result.hits)
                out.writelines(f"{line}\n" for line in trec_lines(query_id, result))
            done += len(batch)
            report(done, len(queries))
    return hits


@contextmanager
def whole_file(path: str) -> Iterator[TextIO]:
    """A text file that appears under its name when it is complete; `-` is stdout.

    Devices and pipes are written as they are: renaming a file over /dev/null would replace it.
    """
    if path == "-":
        sys.stdout.flush()
        with open(sys.stdout.fileno(), "w", encoding="utf-8", closefd=False) as stream:
            yield stream
        return
    target = Path(path).resolve()
    if target.exists() and not stat.S_ISREG(target.stat().st_mode):
        with target.open("w", encoding="utf-8") as stream:
            yield stream
        return
    partial = target.with_name(f".{target.name}.{os.getpid()}")
    try:
        with partial.open("w", encoding="utf-8") as stream:
            yield stream
        partial.replace(target)
    finally:
        partial.unlink(missing_ok=True)
