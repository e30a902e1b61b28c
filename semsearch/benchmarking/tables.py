"""Stored measurements as Markdown tables, the same in the terminal, in reports and in pages."""

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Any

from semsearch.benchmarking.answer_tables import by_group, parts, quality, ranking, relevance
from semsearch.benchmarking.markdown import Table, slug, table
from semsearch.benchmarking.power_law import FITTED_FIELDS, fit_power_law, one_row_per_size
from semsearch.benchmarking.results import Record
from semsearch.errors import InputError

_ANN = ("ann_recall@10", "p50 ms", "p95 ms", "p99 ms")


def tables(record: Record) -> list[Table]:
    """The tables of a measurement. Raises InputError if its kind is unknown."""
    if record["kind"] not in _KINDS:
        known = ", ".join(_KINDS)
        raise InputError(f"there is no table for results of {record['kind']!r}, only for {known}")
    return list(_KINDS[record["kind"]](record["settings"], record["measured"]))


def provenance(records: Sequence[Record]) -> str:
    """Versions, machine and dates of records of one environment, in one line."""
    machine, versions = records[0]["machine"], dict(records[0]["versions"])
    own, commit = versions.pop("semsearch"), records[0]["commit"]
    libraries = ", ".join(f"{name} {version}" for name, version in sorted(versions.items()))
    at = f" at commit {commit}" if commit else ""
    days = sorted(record["at"][:10] for record in records)
    spreads = sorted(record["spread"] for record in records)
    return (
        f"semsearch {own}{at} on {machine['processor']}, {machine['cores']} cores, "
        f"{machine['system']}; {libraries}; "
        f"{_range(days)}; the time for the same work spread "
        f"by {_range([f'{spread:.0%}' for spread in spreads])}"
    )


def _range(values: Sequence[str]) -> str:
    """The first and the last value, or the only one."""
    return values[0] if values[0] == values[-1] else f"{values[0]} to {values[-1]}"


def _ann(settings: dict[str, Any], measured: list[dict[str, Any]]) -> Iterator[Table]:
    n, dim = settings["shape"]
    front = pareto_front(measured)
    rows = [
        [
            f"**{row['index']}** (chosen)" if row["chosen"] else row["index"],
            f"{row['recall']:.4f}",
            f"{row['p50_ms']:.2f}",
            f"{row['p95_ms']:.2f}",
            f"{row['p99_ms']:.2f}",
            f"{row['qps']:,.0f}",
            f"{row['build_s']:.1f}",
            f"{row['size_bytes'] / 1e6:.0f}",
            f"{row['memory_bytes'] / 1e6:.0f}",
            "yes" if row in front else "",
        ]
        for row in measured
    ]
    yield table(
        f"ann:{slug(settings['source'])}:{n}",
        f"{settings['source']}: {n:,} vectors of {dim} dimensions, target recall "
        f"{settings['target_recall']:g}",
        ["index", *_ANN, "queries/s", "built in s", "MB on disk", "MB in memory", "Pareto"],
        rows,
    )


def pareto_front(rows: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """The rows that are not beaten in both recall and median latency, by rising recall."""
    front: list[dict[str, Any]] = []
    for row in sorted(rows, key=lambda row: (row["p50_ms"], -row["recall"])):
        if not front or row["recall"] > front[-1]["recall"]:
            front.append(row)
    return front


def _latency(settings: dict[str, Any], measured: dict[str, Any]) -> Iterator[Table]:
    name = slug(settings["index"] or settings["dataset"])
    size = f"{measured['passages']:,} passages of {measured['articles']:,} articles"
    base = measured["cold"][0]["p50_s"]
    yield table(
        f"cold:{name}",
        f"A command from its start to its end, {size}: median of {settings['runs']} runs",
        ["command", "s", "quartiles", "of the first"],
        [
            [
                row["command"],
                f"{row['p50_s']:.2f}",
                f"{row['low_s']:.2f} to {row['high_s']:.2f}",
                f"{row['p50_s'] / base:.2f}",
            ]
            for row in measured["cold"]
        ],
    )
    yield table(
        f"parts:{name}",
        f"A query in a warm process, {size}: {measured['queries']:,} queries",
        ["part", "p50 ms", "p95 ms", "p99 ms"],
        [
            [row["part"], f"{row['p50_ms']:.2f}", f"{row['p95_ms']:.2f}", f"{row['p99_ms']:.2f}"]
            for row in measured["parts"]
        ],
    )
    yield table(
        f"clients:{name}",
        f"`semsearch serve` asked by several clients over HTTP, {size}: "
        f"{settings['seconds']:g} s each",
        ["clients", "queries/s", "p50 ms", "p95 ms"],
        [
            [
                str(row["clients"]),
                f"{row['qps']:.0f}",
                f"{row['p50_ms']:.1f}",
                f"{row['p95_ms']:.1f}",
            ]
            for row in measured["load"]
        ],
    )


def _scale(settings: dict[str, Any], measured: list[dict[str, Any]]) -> Iterator[Table]:
    yield table(
        f"scale:{settings['dim']}",
        f"Synthetic passages of {settings['dim']} dimensions, target recall "
        f"{settings['target_recall']:g}",
        ["passages", "index", *_ANN[:3], "built in s", "MB in memory", "MB on disk"],
        [
            [
                f"{row['passages']:,}",
                row["index"],
                f"{row['recall']:.4f}",
                f"{row['p50_ms']:.2f}",
                f"{row['p95_ms']:.2f}",
                f"{row['build_s']:.1f}",
                f"{row['memory_bytes'] / 1e6:,.0f}",
                f"{row['disk_bytes'] / 1e6:,.0f}",
            ]
            for row in measured
        ],
    )
    sizes = one_row_per_size(measured)
    fits = {what: fit_power_law(sizes, field) for field, what in FITTED_FIELDS.items()}
    if all(fits.values()):
        yield table(
            f"exponents:{settings['dim']}",
            "Growth with n passages, as n^x: least squares of the logarithms",
            ["what grows", "x", "from n", "to n"],
            [
                [what, f"{fit.exponent:.2f}", f"{fit.first:,}", f"{fit.last:,}"]
                for what, fit in fits.items()
                if fit
            ],
        )


def _peers(settings: dict[str, Any], measured: dict[str, Any]) -> Iterator[Table]:
    """Figures with their ratio to the first row, which is semsearch itself."""
    n, dim = settings["shape"]
    yield table(
        f"peers:{n}",
        f"{n:,} vectors of {dim} dimensions, one core; (in brackets: times that of semsearch)",
        ["", "settings", "recall@10", "p50 ms", "p95 ms", "built in s", "MB in memory"],
        [
            [
                _versioned(row),
                row["settings"],
                f"{row['recall']:.3f}",
                _ratio(row, measured["vectors"][0], "p50_ms", "{:.2f}"),
                f"{row['p95_ms']:.2f}",
                _ratio(row, measured["vectors"][0], "build_s", "{:.1f}"),
                _ratio(row, measured["vectors"][0], "memory_mb", "{:.0f}"),
            ]
            for row in measured["vectors"]
        ],
    )
    yield table(
        f"peers-words:{slug(settings['dataset'])}",
        f"Words of {measured['passages']:,} passages of {settings['dataset']}, "
        f"{measured['queries']:,} queries, one core; (in brackets: times that of semsearch)",
        ["", "settings", "MRR@10", "p50 ms", "p95 ms", "built in s"],
        [
            [
                _versioned(row),
                row["settings"],
                f"{row['mrr']:.3f}",
                _ratio(row, measured["words"][0], "p50_ms", "{:.2f}"),
                f"{row['p95_ms']:.2f}",
                _ratio(row, measured["words"][0], "build_s", "{:.2f}"),
            ]
            for row in measured["words"]
        ],
    )
    if measured["skipped"]:
        rows = [[name, reason] for name, reason in measured["skipped"].items()]
        yield table(f"peers-skipped:{n}", "Not measured", ["", "because"], rows)


def _indexing(settings: dict[str, Any], measured: list[dict[str, Any]]) -> Iterator[Table]:
    yield table(
        f"indexing:{settings['articles']}",
        "Short articles of five sentences, a file each, and the same again without a change",
        ["run", "articles", "passages", "s", "articles/s"],
        [
            [
                row["run"],
                f"{row['articles']:,}",
                f"{row['passages']:,}",
                f"{row['seconds']:.1f}",
                f"{row['articles'] / row['seconds']:,.0f}",
            ]
            for row in measured
        ],
    )


_KINDS: dict[str, Callable[[dict[str, Any], Any], Iterator[Table]]] = {
    "quality": quality,
    "ann": _ann,
    "latency": _latency,
    "scale": _scale,
    "peers": _peers,
    "indexing": _indexing,
    "models": partial(by_group, "models"),
    "ranking": ranking,
    "relevance": relevance,
    "languages": partial(parts, "languages"),
}


def _versioned(row: dict[str, Any]) -> str:
    return f"{row['name']} {row['version']}"


def _ratio(row: dict[str, Any], own: dict[str, Any], field: str, form: str) -> str:
    shown = form.format(row[field])
    return shown if row is own else f"{shown} ({row[field] / own[field]:.2g})"
