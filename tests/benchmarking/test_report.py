"""Tables and plots of stored results: right by hand, the same each time, and those of the pages."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from benchmarks.__main__ import PAGES
from semsearch.benchmarking.answer_tables import relevance_summary
from semsearch.benchmarking.markdown import table
from semsearch.benchmarking.power_law import fit_power_law, one_row_per_size
from semsearch.benchmarking.report import latest, update, updated, write
from semsearch.benchmarking.tables import pareto_front, tables
from semsearch.benchmarking.timing_noise import spread
from semsearch.errors import InputError
from tests.paths import ROOT

FIGURES = ROOT / "benchmarks" / "results" / "figures.jsonl"


def record(kind: str, settings: dict[str, Any], measured: object) -> dict[str, Any]:
    return {
        "kind": kind,
        "at": "2026-01-02T03:04:05+00:00",
        "machine": {"system": "Linux x86_64", "processor": "a processor", "cores": 2},
        "versions": {"semsearch": "0.1.0", "python": "3.11.7", "numpy": "2.0"},
        "commit": "abc123",
        "spread": 0.04,
        "settings": settings,
        "measured": measured,
    }


def ann(index: str, recall: float, p50_ms: float, chosen: bool = False) -> dict[str, Any]:
    rest = {"p95_ms": 2.0, "p99_ms": 3.0, "qps": 1000.0, "build_s": 4.0}
    sizes = {"size_bytes": 5e6, "memory_bytes": 6e6}
    return {"index": index, "recall": recall, "p50_ms": p50_ms, "chosen": chosen, **rest, **sizes}


ANN = record(
    "ann",
    {"source": "synthetic", "shape": [1000, 8], "target_recall": 0.95},
    [
        ann("exact", 1.0, 5.0),
        ann("IVF8,PQ4x4fs, nprobe 2", 0.96, 0.5, chosen=True),
        ann("HNSW32, efSearch 64", 0.95, 0.75),
        ann("HNSW32, efSearch 128", 0.98, 1.0),
    ],
)


def scale(passages: int, index: str = "IVF", p50_ms: float = 1.0) -> dict[str, Any]:
    sizes = {"memory_bytes": passages * 100, "disk_bytes": passages * 200}
    times = {"build_s": passages / 1000, "p50_ms": p50_ms, "p95_ms": p50_ms}
    return {"passages": passages, "index": index, "recall": 0.95, **times, **sizes}


SCALE = {"dim": 8, "seed": 0, "target_recall": 0.95}


def stored(tmp_path: Path, *records: dict[str, Any]) -> Path:
    path = tmp_path / "results.jsonl"
    lines = [json.dumps(each) + "\n" for each in records]
    path.write_text("".join(lines), encoding="utf-8")
    return path


def test_the_spread_of_repeats() -> None:
    assert spread([1.0, 2.0, 3.0]) == pytest.approx((2.8 - 1.2) / 2)


def test_the_pareto_front_leaves_out_what_another_beats_in_both() -> None:
    front = [row["index"] for row in pareto_front(ANN["measured"])]
    assert front == ["IVF8,PQ4x4fs, nprobe 2", "HNSW32, efSearch 128", "exact"]


def test_an_exponent_by_hand() -> None:
    rows = [scale(10_000, p50_ms=9.0), scale(100_000, p50_ms=1.0), scale(10_000_000, p50_ms=10.0)]
    fit = fit_power_law(rows, "p50_ms")
    assert fit is not None
    assert (fit.first, fit.last) == (100_000, 10_000_000)  # from 100,000: ten times for a hundred
    assert fit.exponent == pytest.approx(0.5)
    assert fit.scale * 100_000**0.5 == pytest.approx(1.0)
    assert fit_power_law(rows[:1], "p50_ms") is None


def test_exact_search_counts_only_where_there_is_no_other() -> None:
    rows = [scale(1_000, "exact"), scale(100_000), scale(100_000, "exact")]
    assert [row["index"] for row in one_row_per_size(rows)] == ["exact", "IVF"]


def test_the_table_of_indexes() -> None:
    (made,) = tables(ANN)  # type: ignore[arg-type]
    assert made.name == "ann:synthetic:1000"
    cells = [[cell.strip() for cell in line.split("|")[1:-1]] for line in made.lines]
    costs = ["0.9600", "0.50", "2.00", "3.00", "1,000", "4.0", "5", "6", "yes"]
    assert cells[3] == ["**IVF8,PQ4x4fs, nprobe 2** (chosen)", *costs]
    assert [row[-1] for row in cells[2:]] == ["yes", "yes", "", "yes"]
    assert len({len(line) for line in made.lines}) == 1


def test_differences_are_aligned_as_numbers_are() -> None:
    lines = table("name", "title", ["", "change"], [["a", "+0.5"], ["b", "-0.25"]]).lines
    assert lines == (
        "|     | change |",
        "| --- | -----: |",
        "| a   |   +0.5 |",
        "| b   |  -0.25 |",
    )


def test_the_counts_of_several_collections_are_added_up() -> None:
    counts = {"found": 3, "hidden": 1, "unanswered": 0, "stopped": 0, "low": 0}
    row = {"of": "names", **counts, "searches": 3, "rising": 2}
    lines = relevance_summary({"cut_off": 0.08, "low": 0.3}, [[row], [row | {"found": 1}]]).lines
    cells = [cell.strip() for cell in lines[2].split("|")[1:-1]]
    # 2 of 4 answers are hidden; there is no question without an answer.
    assert cells == ["names", "4", "0.500", "0", "", "", "6", "4"]


def test_the_last_result_of_the_same_settings_counts_and_sizes_are_joined(tmp_path: Path) -> None:
    other = ANN | {"settings": ANN["settings"] | {"source": "other"}}
    again = ANN | {"measured": [ann("exact", 1.0, 7.0)]}
    sizes = [record("scale", SCALE, [scale(n)]) for n in (100_000, 1_000)]
    found = latest([stored(tmp_path, ANN, other, *sizes, again)])
    assert [each["kind"] for each in found] == ["ann", "ann", "scale"]
    assert found[0]["measured"][0]["p50_ms"] == 7.0
    assert [row["passages"] for row in found[2]["measured"]] == [1_000, 100_000]


@pytest.mark.slow
def test_a_report_is_the_same_byte_for_byte(tmp_path: Path) -> None:
    sizes = record("scale", SCALE, [scale(n, p50_ms=n**0.5) for n in (10**5, 10**6, 10**7)])
    records = latest([stored(tmp_path, ANN, sizes), FIGURES])
    first, second = (write(records, tmp_path / name) for name in ("first", "second"))
    assert [path.read_bytes() for path in first] == [path.read_bytes() for path in second]
    names = {path.name for path in first}
    kinds = ("ann-synthetic-1000", "scale-8", "quality-seeds", "parts-seeds", "clients-seeds")
    assert names >= {"report.md", *(f"{kind}.{end}" for kind in kinds for end in ("png", "svg"))}
    page = first[0].read_text(encoding="utf-8")
    assert "| time of a query | 0.50 | 100,000 | 10,000,000 |" in re.sub(" +", " ", page)
    assert set(re.findall(r"\]\((.*?)\)", page)) <= names
    assert "a processor, 2 cores, Linux x86_64" in page


def test_a_page_gets_its_tables_and_keeps_the_rest(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(
        "# Title\n\n<!-- bench:ann:synthetic:1000 -->\nold\n<!-- /bench -->\n\nText.\n"
        "<!-- bench:machine -->\n<!-- /bench -->\nEnd.\n",
        encoding="utf-8",
    )
    records = latest([stored(tmp_path, ANN)])
    update(records, page)
    text = page.read_text(encoding="utf-8")
    assert "old" not in text
    assert text.startswith("# Title\n\n<!-- bench:ann:synthetic:1000 -->\n\n| index")
    assert "|\n\n<!-- /bench -->\n\nText.\n<!-- bench:machine -->\n" in text
    assert "at commit abc123" in text
    assert updated(records, text, "page") == text


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("<!-- bench:ann:other -->\n<!-- /bench -->\n", "wants the table ann:other"),
        ("nothing", "has no `<!-- bench:NAME -->`"),
    ],
)
def test_a_page_that_cannot_be_updated_is_left_alone(
    tmp_path: Path, text: str, complaint: str
) -> None:
    page = tmp_path / "page.md"
    page.write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match=complaint):
        update(latest([stored(tmp_path, ANN)]), page)
    assert page.read_text(encoding="utf-8") == text


def test_what_is_no_result_is_named_by_its_line(tmp_path: Path) -> None:
    path = tmp_path / "results.jsonl"
    path.write_text(json.dumps(ANN) + "\n{}\n", encoding="utf-8")
    with pytest.raises(InputError, match=r"results\.jsonl:2: not a result"):
        latest([path])
    with pytest.raises(InputError, match="no table for results of 'other'"):
        tables(record("other", {}, {}))  # type: ignore[arg-type]
    with pytest.raises(InputError, match="no results"):
        write([], tmp_path)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_the_figures_of_a_page_are_those_that_are_stored(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    assert updated(latest([FIGURES]), text, page.name) == text


def test_every_page_with_figures_is_known() -> None:
    pages = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
    assert [page for page in pages if "<!-- bench:" in page.read_text("utf-8")] == list(PAGES)
