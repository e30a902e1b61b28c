"""The tables of what is found: quality, relevance, and parts of a score."""

from collections.abc import Iterator, Sequence
from typing import Any

from semsearch.benchmarking.groups import OTHER, SAME, UNKNOWN
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


def relevance(settings: dict[str, Any], measured: list[dict[str, Any]]) -> Iterator[Table]:
    """The groups of one collection."""
    title = f"{settings['dataset']}, relevance with half of the articles left out"
    yield _relevance(f"relevance:{slug(settings['dataset'])}", title, settings, measured)


def relevance_summary(
    settings: dict[str, Any], measured: Sequence[Sequence[dict[str, Any]]]
) -> Table:
    """The groups of several collections together."""
    sums: dict[str, dict[str, Any]] = {}
    for rows in measured:
        for row in rows:
            known = sums.setdefault(row["of"], {"of": row["of"]})
            known |= {name: known.get(name, 0) + n for name, n in row.items() if name != "of"}
    return _relevance("relevance", "Relevance in all collections", settings, list(sums.values()))


def _relevance(
    name: str, title: str, settings: dict[str, Any], rows: Sequence[dict[str, Any]]
) -> Table:
    """Shares of the counts of `benchmarking.relevance.Tally`; empty where there are none."""

    def share(row: dict[str, Any], part: str, whole: str) -> str:
        return f"{row[part] / row[whole]:.3f}" if row[whole] else ""

    return table(
        name,
        title,
        [
            *("", "answers found", f"hidden below {settings['cut_off']:g}"),
            *("without an answer", f"stopped below {settings['cut_off']:g}"),
            *(f"below {settings['low']:g}", "searches", "relevance rises"),
        ],
        [
            [
                row["of"],
                f"{row['found']:,}",
                share(row, "hidden", "found"),
                f"{row['unanswered']:,}",
                share(row, "stopped", "unanswered"),
                share(row, "low", "unanswered"),
                f"{row['searches']:,}",
                f"{row['rising']:,}",
            ]
            for row in rows
        ],
    )


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


def ranking(settings: dict[str, Any], measured: list[dict[str, Any]]) -> Iterator[Table]:
    """Means over the collections first, then every group with and without each part of a score."""
    groups = {
        name: [row for row in measured if row["of"].endswith(name)]
        for name in (SAME, OTHER, UNKNOWN)
    }
    columns = [name for name in _ranked(measured) if not name.startswith("without ")]
    yield table(
        "ranking-means",
        f"ranking, mean MRR@10 of the groups of {len(settings['sets'])} collections",
        ["", "groups", *columns],
        [
            [name, f"{len(rows)}", *(f"{_means(rows)[column]:.3f}" for column in columns)]
            for name, rows in groups.items()
            if rows
        ],
    )
    yield from by_group("ranking", settings, measured)


def by_group(
    kind: str, settings: dict[str, Any], measured: list[dict[str, Any]]
) -> Iterator[Table]:
    """A row for each group of questions and one for their mean, a column for each ranking."""
    names, means = _ranked(measured), _means(measured)
    yield table(
        kind,
        f"{kind}, MRR@10 on {', '.join(settings['sets'])}",
        ["", "questions", *names],
        [
            [of, questions, *(f"{row[name]:.3f}" for name in names)]
            for row, of, questions in (
                *((row, row["of"], f"{row['questions']:,}") for row in measured),
                (means, "mean of these", ""),
            )
        ],
    )


def _ranked(measured: Sequence[dict[str, Any]]) -> list[str]:
    """The names of the rankings, which are the columns of figures."""
    return [name for name in measured[0] if name not in ("of", "questions")]


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
