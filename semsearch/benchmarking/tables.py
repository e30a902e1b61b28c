"""Measurements as Markdown tables."""

from collections.abc import Iterator, Sequence

from semsearch.benchmarking.ann import Row as AnnRow
from semsearch.benchmarking.quality import Estimate, Quality
from semsearch.types import Mode


def quality_lines(measured: Quality) -> Iterator[str]:
    """Each ranking on all queries and on those of each language; then languages by languages."""
    yield f"{measured.dataset}: {measured.queries:,} queries, {measured.articles:,} articles"
    if measured.missing:
        yield f"{measured.missing:,} judged articles are missing and count as not found"
    yield ""
    measures = list(measured.rows[0].scores)
    yield from _table(
        ["queries in", "ranking", *measures, f"p ({measures[0]})"],
        [
            [
                row.query_lang or "any language",
                row.ranking,
                *(_estimate(row.scores[measure]) for measure in measures),
                _p_value(row.p_values[measures[0]]) if row.p_values else "",
            ]
            for row in measured.rows
        ],
    )
    cells = {
        (cell.query_lang, cell.article_lang): f"{cell.ndcg_at_10:.3f}"
        for cell in measured.matrix
        if cell.ranking == Mode.HYBRID.value
    }
    if cells:
        queries = sorted({query for query, _ in cells})
        articles = sorted({article for _, article in cells})
        yield ""
        yield "hybrid nDCG@10, queries (rows) by articles (columns)"
        yield ""
        rows = [[query, *(cells.get((query, each), "") for each in articles)] for query in queries]
        yield from _table(["", *articles], rows)


def ann_lines(rows: Sequence[AnnRow]) -> Iterator[str]:
    """Each way to search, with what it costs."""
    names = ["index", "ann_recall@10", "p50 ms", "p95 ms", "p99 ms", "built in s", "MB"]
    yield from _table(
        names,
        [
            [
                row.index,
                f"{row.recall:.4f}",
                f"{row.p50_ms:.2f}",
                f"{row.p95_ms:.2f}",
                f"{row.p99_ms:.2f}",
                f"{row.build_s:.1f}",
                f"{row.size_bytes / 1e6:.0f}",
            ]
            for row in rows
        ],
    )


def _estimate(estimate: Estimate) -> str:
    return f"{estimate.value:.3f} ({estimate.low:.3f} to {estimate.high:.3f})"


def _p_value(p: float) -> str:
    return f"{p:.3f}" if p >= 0.0005 else "<0.001"


def _table(names: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    for row in [names, ["---"] * len(names), *rows]:
        yield f"| {' | '.join(row)} |"
