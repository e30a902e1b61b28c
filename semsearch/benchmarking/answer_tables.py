"""The tables of what is found: quality, relevance, and parts of a score."""

from collections.abc import Iterator, Sequence
from typing import Any

from semsearch.benchmarking.markdown import Table, slug, table
from semsearch.types import Mode

ARMS = (Mode.LEXICAL.value, Mode.DENSE.value)
"""The rankings that hybrid is made of."""
_COMPARED = (*ARMS, Mode.HYBRID.value, "hybrid less the better")


def quality(settings: dict[str, Any], measured: dict[str, Any]) -> Iterator[Table]:
    """All queries, their groups, their languages, and pairs of languages."""
    name = slug(measured["dataset"])
    title = (
        f"{measured['dataset']}: {measured['queries']:,} queries, {measured['articles']:,} articles"
    )
    if measured["missing"]:
        title += f"; {measured['missing']:,} judged articles are missing and count as not found"
    measures = list(measured["rows"][0]["scores"])
    names = ["ranking", *map(_measure_name, measures), f"p ({_measure_name(measures[0])})"]

    def cells(row: dict[str, Any]) -> list[str]:
        scores = [_estimate(row["scores"][measure]) for measure in measures]
        p_value = _p_value(row["p_values"][measures[0]]) if row["p_values"] else ""
        return [row["ranking"], *scores, p_value]

    every = [cells(row) for row in measured["rows"] if row["query_lang"] is None]
    yield table(f"quality:{name}", title, names, every)
    yield table(
        f"quality-groups:{name}",
        f"{measured['dataset']}, by the language of query and answer",
        ["", "queries", "measure", *_COMPARED],
        [
            [group["name"], f"{group['queries']:,}", _measure_name(measure), *_compared(scores)]
            for group in measured["groups"]
            for measure, scores in group["scores"].items()
        ],
    )
    langs = [row for row in measured["rows"] if row["query_lang"] is not None]
    if langs:
        yield table(
            f"quality-by-language:{name}",
            f"{measured['dataset']}, by the language of the query",
            ["queries in", "queries", *names],
            [[row["query_lang"], f"{row['queries']:,}", *cells(row)] for row in langs],
        )
    found = {
        (cell["query_lang"], cell["article_lang"]): f"{cell['ndcg_at_10']:.3f}"
        for cell in measured["matrix"]
        if cell["ranking"] == Mode.HYBRID.value
    }
    if found:
        queries, articles = (sorted({pair[place] for pair in found}) for place in (0, 1))
        yield table(
            f"quality-matrix:{name}",
            f"{measured['dataset']}, hybrid nDCG@10: queries (rows) by articles (columns)",
            ["", *articles],
            [[query, *(found.get((query, each), "") for each in articles)] for query in queries],
        )


def summary(measured: Sequence[dict[str, Any]]) -> Table:
    """MRR@10 in every group of several collections, and the mean over the groups."""
    groups = [(each["dataset"], group) for each in measured for group in each["groups"]]
    scores = [group["scores"]["mrr@10"] for _, group in groups]
    means = {name: sum(each[name] for each in scores) / len(scores) for name in scores[0]}
    return table(
        "quality-summary",
        "MRR@10 in all collections, by the language of query and answer",
        ["", "", "queries", *_COMPARED],
        [
            *(
                [name, group["name"], f"{group['queries']:,}", *_compared(each)]
                for (name, group), each in zip(groups, scores, strict=True)
            ),
            ["mean of these", "", "", *_compared(means)],
        ],
    )


def _compared(scores: dict[str, float]) -> list[str]:
    """The cells of `_COMPARED`."""
    better = max(scores[name] for name in ARMS)
    figures = [scores[name] for name in _COMPARED[:-1]]
    return [*(f"{figure:.3f}" for figure in figures), f"{scores[Mode.HYBRID] - better:+.3f}"]


def parts(
    kind: str, settings: dict[str, Any], measured: dict[str, list[dict[str, Any]]]
) -> Iterator[Table]:
    """The means of all parts with the columns of the first, then a table for each part."""
    sets = " and ".join(settings["sets"])
    means = {part: _means(rows) for part, rows in measured.items()}
    names = list(next(iter(means.values())))
    yield table(
        kind,
        f"{kind}, means on {sets}",
        ["", "rows", *names],
        [
            [part, str(len(measured[part])), *(f"{figures[name]:.3f}" for name in names)]
            for part, figures in means.items()
            if figures.keys() >= set(names)
        ],
    )
    for part, rows in measured.items():
        columns = list(means[part])
        yield table(
            f"{kind}:{slug(part)}",
            f"{kind}, {part}, {sets}",
            ["", *columns],
            [
                [row["of"], *(f"{row[name]:.3f}" for name in columns)]
                for row in [*rows, {"of": "mean", **means[part]}]
            ],
        )


def models(settings: dict[str, Any], measured: list[dict[str, Any]]) -> Iterator[Table]:
    """A row for each group of questions, a column for each model and ranking."""
    sets = ", ".join(settings["sets"])
    names = [name for name in measured[0] if name not in ("of", "questions")]
    rows = [
        [row["of"], f"{row['questions']:,}", *(f"{row[name]:.3f}" for name in names)]
        for row in measured
    ]
    yield table("models", f"models, MRR@10 on {sets}", ["", "questions", *names], rows)


def _means(rows: Sequence[dict[str, Any]]) -> dict[str, float]:
    """Mean of each column of numbers."""
    return {name: sum(row[name] for row in rows) / len(rows) for name in rows[0] if name != "of"}


def _measure_name(measure: str) -> str:
    """The name of a measure as papers write it: `nDCG@10` for `ndcg@10`."""
    name, _, depth = measure.partition("@")
    return {"ndcg": "nDCG", "mrr": "MRR", "recall": "Recall"}[name] + "@" + depth


def _estimate(estimate: dict[str, float]) -> str:
    return f"{estimate['value']:.3f} ({estimate['low']:.3f} to {estimate['high']:.3f})"


def _p_value(p: float) -> str:
    return f"{p:.3f}" if p >= 0.0005 else "<0.001"
