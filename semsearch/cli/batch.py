"""Many queries at once: reads queries in the format of BEIR and writes a TREC run."""

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
from semsearch.render.trec import trec_lines
from semsearch.request import FilterOptions
from semsearch.types import Mode

_BATCH = 64
"""Queries that are encoded together (a choice)."""


def answer(
    index: SearchIndex,
    queries: dict[str, str],
    out: TextIO,
    k: int,
    mode: Mode,
    min_relevance: float,
    filters: FilterOptions,
) -> int:
    """Write the run of all queries, and return the number of hits in it."""
    hits = 0
    remaining = iter(queries.items())
    with progress("Searching") as report:
        done = 0
        while batch := list(islice(remaining, _BATCH)):
            texts = [text for _, text in batch]
            results = index.search_many(
                texts,
                k,
                mode=mode,
                highlights=False,
                all_copies=True,
                min_relevance=min_relevance,
                **filters,
            )
            for (query_id, _), result in zip(batch, results, strict=True):
                hits += len(result.hits)
                out.writelines(f"{line}\n" for line in trec_lines(query_id, result))
            done += len(batch)
            report(done, len(queries))
    return hits


@contextmanager
def whole_file(path: str) -> Iterator[TextIO]:
    """A text file that gets its name only when it is complete; `-` is standard output.

    Devices and pipes are written directly: renaming a file to /dev/null would replace the device.
    """
    if path == "-":
        sys.stdout.flush()
        with open(sys.stdout.fileno(), "w", encoding="utf-8", closefd=False) as stream:
            yield stream
        return
    target = Path(path).resolve()
    regular = not target.exists() or stat.S_ISREG(target.stat().st_mode)
    written = target.with_name(f".{target.name}.{os.getpid()}") if regular else target
    try:
        stream = written.open("w", encoding="utf-8")
    except OSError as error:
        raise InputError(
            f"cannot write {path}: {error.strerror}; give another file with --trec"
        ) from error
    try:
        with stream:
            yield stream
        if regular:
            written.replace(target)
    finally:
        if regular:
            written.unlink(missing_ok=True)
