"""Hits as a run in the format of TREC, which trec_eval and similar tools read."""

import re
from collections.abc import Iterator
from urllib.parse import quote

from semsearch.types import SearchResult

_SURROGATE = re.compile("[\ud800-\udfff]")
_STEP = 1e-5
"""Smallest difference between two scores in a run: one in the last decimal that is written."""


def trec_lines(query_id: str, result: SearchResult) -> Iterator[str]:
    """The lines `query_id Q0 doc_id rank score semsearch` of one query.

    trec_eval sorts by score and breaks ties by doc_id. To keep the order of the hits, the scores of
    a query decrease by at least 0.00001 from one hit to the next. Ids are written by `trec_id`.
    """
    score = float("inf")
    for hit in result.hits:
        score = min(round(hit.score, 5), score - _STEP)
        yield f"{trec_id(query_id)} Q0 {trec_id(hit.doc_id)} {hit.rank} {score:.5f} semsearch"


def trec_id(identifier: str) -> str:
    """An id as a column of a run: `a b` becomes `a%20b`.

    White space, which would shift the columns, is percent-encoded; nothing else changes.
    """
    return re.sub(r"\s", lambda match: quote(match[0]), _SURROGATE.sub("\ufffd", identifier))
