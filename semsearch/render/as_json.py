"""Hits, status and models as JSON."""

import json
import re
from collections.abc import Iterable
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from semsearch.types import Hit, SearchResult

if TYPE_CHECKING:
    from semsearch.encoders import ModelInfo
    from semsearch.reports import Status

Json = dict[str, Any]


_SURROGATE = re.compile("[\ud800-\udfff]")
# Control characters and marks of direction can change what a terminal shows, and many readers end
# a line of JSON at the line separators of Unicode. Escaped they are the same data, and harmless.
_TO_ESCAPE = re.compile("[\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]")


def search_json(result: SearchResult) -> Json:
    """The result of one query. Offsets count code points of the article's text."""
    return {
        "query": result.query,
        "mode": result.mode.value,
        "hits": [hit_json(hit) for hit in result.hits],
        "timings_ms": {stage: round(ms, 3) for stage, ms in result.timings_ms.items()},
    }


def hit_json(hit: Hit) -> Json:
    """One hit: what `search_json` lists under `hits`."""
    return {
        "rank": hit.rank,
        "score": round(hit.score, 6),
        "relevance": None if hit.relevance is None else round(hit.relevance, 3),
        "doc_id": hit.doc_id,
        "path": hit.path,
        "title": hit.title,
        "lang": hit.lang,
        "start": hit.start,
        "end": hit.end,
        "text": hit.text,
        "highlights": [list(span) for span in hit.highlights],
        "matches": [list(span) for span in hit.matches],
        "similar": [asdict(copy) for copy in hit.similar],
        **({"explanation": _rounded(asdict(hit.explanation))} if hit.explanation else {}),
    }


def _rounded(explanation: dict[str, dict[str, float]]) -> Json:
    return {
        kind: {name: round(value, 6) for name, value in values.items()}
        for kind, values in explanation.items()
    }


def status_json(status: "Status") -> Json:
    """The fields of a Status, by name."""
    return asdict(status)


def models_json(models: Iterable["ModelInfo"]) -> list[Json]:
    """The fields of each ModelInfo, by name."""
    return [asdict(model) for model in models]


def dumps(value: object, *, indent: int | None = None) -> str:
    """JSON that is valid UTF-8 and safe to print; on one line without `indent`.

    A lone surrogate (from a file name that is not UTF-8) becomes U+FFFD, so that lengths stay the
    same.
    """
    text = json.dumps(value, ensure_ascii=False, allow_nan=False, indent=indent)
    text = _SURROGATE.sub("\ufffd", text)
    return _TO_ESCAPE.sub(lambda match: f"\\u{ord(match[0]):04x}", text)
