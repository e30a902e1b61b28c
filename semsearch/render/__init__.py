"""Hits, articles and reports to terminal text, JSON and TREC runs."""

from semsearch.render.hits import hit_lines
from semsearch.render.records import (
    dumps,
    hit_json,
    models_json,
    search_json,
    status_json,
    trec_lines,
)
from semsearch.render.reports import (
    article_lines,
    model_lines,
    report_lines,
    status_lines,
)
from semsearch.render.screen import Screen

__all__ = [
    "Screen",
    "article_lines",
    "dumps",
    "hit_json",
    "hit_lines",
    "model_lines",
    "models_json",
    "report_lines",
    "search_json",
    "status_json",
    "status_lines",
    "trec_lines",
]
