"""Stored measurements as plots that can be read on a phone, with any colour vision, or in print.

Type is large, and marks differ in shape and have labels, so that colour is never needed to tell
them apart. The colours are those of Okabe and Ito (2008).
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from semsearch.benchmarking.markdown import slug
from semsearch.benchmarking.power_law import FITTED_FIELDS, fit_power_law, one_row_per_size
from semsearch.benchmarking.results import Record
from semsearch.benchmarking.tables import pareto_front
from semsearch.errors import InputError

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000")
_MARKERS = "osD^vPX<>*hp"
_STYLE: Any = {
    "font.family": "DejaVu Sans",  # comes with matplotlib
    "font.size": 13,
    "axes.titlesize": 13,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "legend.fontsize": 11,
    "legend.frameon": False,
    "lines.linewidth": 2,
    "lines.markersize": 8,
    "grid.color": "#dddddd",
    "axes.axisbelow": True,
    "svg.hashsalt": "semsearch",  # makes the ids in an SVG file reproducible
    "savefig.dpi": 160,
}


@dataclass(frozen=True, slots=True)
class Plot:
    """One plot of a measurement."""

    name: str
    """Name of its files, without the suffix."""
    title: str
    draw: Callable[["Figure"], None]
    inches: tuple[float, float] = (6.0, 4.5)


def plots(record: Record) -> list[Plot]:
    """The plots of a measurement; an empty list for kinds that have tables only."""
    kind = _KINDS.get(record["kind"])
    return list(kind(record["settings"], record["measured"])) if kind else []


def save(plot: Plot, folder: Path) -> list[Path]:
    """Write a plot as .png and .svg; the same plot gives the same bytes.

    Raises:
        InputError: matplotlib is not installed.
        OSError: the files cannot be written.
    """
    try:
        from matplotlib import rc_context
        from matplotlib.figure import Figure
    except ImportError as error:
        raise InputError(
            "plots need matplotlib, which is not installed: pip install 'semsearch[bench]'"
        ) from error
    paths = [folder / f"{plot.name}.png", folder / f"{plot.name}.svg"]
    with rc_context(_STYLE):
        figure = Figure(figsize=plot.inches, layout="constrained")
        plot.draw(figure)
        figure.savefig(paths[0], metadata={"Software": None})
        figure.savefig(paths[1], metadata={"Date": None})
    return paths


def _quality(settings: dict[str, Any], measured: dict[str, Any]) -> Iterator[Plot]:
    rows = [row for row in measured["rows"] if row["query_lang"] is None]
    measures = list(rows[0]["scores"])

    def draw(figure: "Figure") -> None:
        axes = figure.add_subplot(title=f"{measured['dataset']}: mean and 95 % interval")
        step = len(rows) + 1
        for place, row in enumerate(rows):
            for group, measure in enumerate(measures):
                score = row["scores"][measure]
                axes.errorbar(
                    score["value"],
                    group * step + place,
                    xerr=[[score["value"] - score["low"]], [score["high"] - score["value"]]],
                    fmt=_MARKERS[place],
                    color=_colour(place),
                    capsize=4,
                )
                axes.text(
                    score["low"] - 0.02,
                    group * step + place,
                    f"{row['ranking']} {score['value']:.2f}",
                    ha="right",
                    va="center",
                    color=_colour(place),
                )
        middle = (len(rows) - 1) / 2
        names = [measure.replace("ndcg", "nDCG").replace("mrr", "MRR") for measure in measures]
        names = [name.replace("recall", "Recall").replace("@", "\n@") for name in names]
        axes.set_yticks([group * step + middle for group in range(len(measures))], names)
        axes.tick_params(axis="y", length=0)
        lowest = min(row["scores"][measure]["low"] for row in rows for measure in measures)
        axes.set_xlim(max(-0.4, lowest - 0.4), 1.02)
        axes.set_xticks([tick for tick in (0, 0.2, 0.4, 0.6, 0.8, 1) if tick > lowest - 0.4])
        axes.invert_yaxis()
        axes.grid(axis="x")

    yield Plot(f"quality-{slug(measured['dataset'])}", "Quality of each ranking", draw)


def _ann(settings: dict[str, Any], measured: list[dict[str, Any]]) -> Iterator[Plot]:
    n, dim = settings["shape"]
    families = list(dict.fromkeys(row["index"].split(", ")[0] for row in measured))

    def draw(figure: "Figure") -> None:
        axes = figure.add_subplot(title=f"{n:,} vectors of {dim} dimensions", yscale="log")
        for place, family in enumerate(families):
            rows = [row for row in measured if row["index"].split(", ")[0] == family]
            axes.plot(
                [row["recall"] for row in rows],
                [row["p50_ms"] for row in rows],
                _MARKERS[place % len(_MARKERS)],
                color=_colour(place),
                label=family,
            )
        front = pareto_front(measured)
        axes.plot(
            [row["recall"] for row in front],
            [row["p50_ms"] for row in front],
            "--",
            color="#555555",
            linewidth=1.2,
            label="Pareto front",
            zorder=1,
        )
        for row in measured:
            if row["chosen"]:
                point = (row["recall"], row["p50_ms"])
                axes.plot(*point, "ok", markersize=18, fillstyle="none")
                axes.annotate("chosen", point, (14, -5), textcoords="offset points", weight="bold")
        axes.margins(0.12)
        _plain_numbers(axes, "y")
        axes.set_xlabel("ann_recall@10 (right is better)")
        axes.set_ylabel("ms a query (down is better)")
        axes.grid(which="major")
        figure.legend(loc="outside lower center", ncols=2)

    yield Plot(f"ann-{slug(settings['source'])}-{n}", "Recall against latency", draw, (6.0, 6.0))


def _latency(settings: dict[str, Any], measured: dict[str, Any]) -> Iterator[Plot]:
    name = slug(settings["index"] or settings["dataset"])
    parts = measured["parts"][::-1]

    def draw_parts(figure: "Figure") -> None:
        axes = figure.add_subplot(title=f"One query, {measured['passages']:,} passages")
        places = np.arange(len(parts))
        axes.barh(places, [part["p50_ms"] for part in parts], color=_COLOURS[0], height=0.65)
        axes.plot([part["p95_ms"] for part in parts], places, "|k", markersize=14)
        longest = max(part["p95_ms"] for part in parts)
        for place, part in enumerate(parts):
            axes.text(part["p95_ms"] + longest / 50, place, f"{part['p50_ms']:.2f}", va="center")
        axes.set_yticks(places, [part["part"] for part in parts])
        axes.tick_params(axis="y", length=0)
        axes.set_xlabel("ms: bar and number p50, line p95")
        axes.set_xlim(0, longest * 1.15)

    def draw_load(figure: "Figure") -> None:
        axes = figure.add_subplot(title=f"One server, {measured['passages']:,} passages")
        load = measured["load"]
        axes.plot(
            [row["clients"] for row in load], [row["qps"] for row in load], "-o", color=_COLOURS[0]
        )
        for row in load:
            axes.annotate(
                f"{row['qps']:.0f}\n{row['p95_ms']:.0f} ms",
                (row["clients"], row["qps"]),
                (0, -14),
                textcoords="offset points",
                ha="center",
                va="top",
            )
        axes.set_xscale("log", base=2)
        axes.set_xticks([row["clients"] for row in load], [str(row["clients"]) for row in load])
        axes.set_xlim(0.75, load[-1]["clients"] * 1.35)
        axes.set_ylim(0, max(row["qps"] for row in load) * 1.12)
        axes.set_xlabel("clients at once (numbers: queries/s, p95)")
        axes.set_ylabel("queries/s")
        axes.grid(axis="y")

    yield Plot(f"parts-{name}", "Where the time of a query goes", draw_parts)
    yield Plot(f"clients-{name}", "Throughput against clients", draw_load)


def _scale(settings: dict[str, Any], measured: list[dict[str, Any]]) -> Iterator[Plot]:
    units = {"p50_ms": ("ms", 1.0), "build_s": ("s", 1.0)}
    rows = one_row_per_size(measured)

    def draw(figure: "Figure") -> None:
        for place, (field, what) in enumerate(FITTED_FIELDS.items()):
            unit, size = units.get(field, ("MB", 1e6))
            points = [(row["passages"], row[field] / size) for row in rows if row[field] > 0]
            axes = figure.add_subplot(2, 2, place + 1, xscale="log", yscale="log")
            axes.plot(*zip(*points, strict=True), _MARKERS[place], color=_colour(place))
            fit = fit_power_law(rows, field)
            growth = ""
            if fit:
                n = np.array([fit.first, fit.last])
                axes.plot(n, fit.scale * n**fit.exponent / size, "--", color="#555555", zorder=1)
                growth = f"\n~ n^{fit.exponent:.2f}"
            axes.set_title(f"{what}, {unit}{growth}")
            axes.set_xticks([1e3, 1e5, 1e7], ["1k", "100k", "10M"])
            axes.minorticks_off()
            _plain_numbers(axes, "y")
            axes.grid()
        figure.supxlabel("passages", size=13)

    if rows:
        yield Plot(f"scale-{settings['dim']}", "Growth with the collection", draw, (6.0, 6.0))


def _peers(settings: dict[str, Any], measured: dict[str, Any]) -> Iterator[Plot]:
    own, *others = measured["vectors"]
    fields = {"p50_ms": "time of a query", "build_s": "time to build", "memory_mb": "memory"}

    def draw(figure: "Figure") -> None:
        n = settings["shape"][0]
        axes = figure.add_subplot(title=f"{n:,} vectors, times that of semsearch\n(recall@10)")
        for place, (field, what) in enumerate(fields.items()):
            ratios = [max(row[field] / own[field], 1e-2) if own[field] else 1 for row in others]
            heights = np.arange(len(others)) + (place - 1) * 0.22
            axes.plot(ratios, heights, _MARKERS[place], color=_colour(place), label=what)
        axes.axvline(1, color="#555555", linewidth=1.2)
        axes.set_xscale("log")
        axes.set_yticks(
            range(len(others)), [f"{row['name']} ({row['recall']:.2f})" for row in others]
        )
        axes.tick_params(axis="y", length=0)
        axes.invert_yaxis()
        _plain_numbers(axes, "x")
        axes.set_xlabel("right of the line: more than semsearch")
        axes.grid(axis="x")
        figure.legend(loc="outside lower center", ncols=2)

    if others:
        yield Plot(f"peers-{settings['shape'][0]}", "Others beside semsearch", draw, (6.0, 6.0))


_KINDS: dict[str, Callable[[dict[str, Any], Any], Iterator[Plot]]] = {
    "quality": _quality,
    "ann": _ann,
    "latency": _latency,
    "scale": _scale,
    "peers": _peers,
}


def _colour(place: int) -> str:
    return _COLOURS[place % len(_COLOURS)]


def _plain_numbers(axes: "Axes", which: str) -> None:
    """Write 1,000 on a logarithmic axis instead of a power of ten in small type."""
    from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

    axis = axes.yaxis if which == "y" else axes.xaxis
    low, high = axis.get_view_interval()
    subs: Sequence[float] = (1.0, 2.0, 5.0) if high < 100 * low else (1.0,)
    axis.set_major_locator(LogLocator(subs=subs))
    axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,g}"))
    axis.set_minor_formatter(NullFormatter())
