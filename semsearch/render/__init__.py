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
    batch_line,
    changes_lines,
    damage_line,
    model_lines,
    reindex_lines,
    removal_lines,
    repair_lines,
    report_lines,
    status_lines,
)
from semsearch.render.screen import Screen

__all__ = [
    "Screen",
    "article_lines",
    "batch_line",
    "changes_lines",
    "damage_line",
    "dumps",
    "hit_json",
    "hit_lines",
    "model_lines",
    "models_json",
    "reindex_lines",
    "removal_lines",
    "repair_lines",
    "report_lines",
    "search_json",
    "status_json",
    "status_lines",
    "trec_lines",
]
