"""MRR@10 of the models in the package where articles in several languages compete.

    python -m benchmarks.models --data ../shared/data/eval

Every collection is one index. Its questions are parted by whether an answer stands in their own
language; in newsroom-dev every article is in one language only. `dense` is meaning alone, `hybrid`
the default ranking.
"""

import argparse
import json
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from statistics import mean
from typing import Any

from benchmarks import SEEDS, record
from semsearch import Mode, SearchIndex
from semsearch.benchmarking.dataset_files import read_qrels

MODELS = ("fast", "multilingual")
MODES = (Mode.DENSE, Mode.HYBRID)
SETS = ("newsroom-dev", "mlqa-cross-dev")


def questions(folder: Path) -> list[tuple[str, str, str]]:
    """(id, text, group) of the judged questions of a collection."""
    rows = map(json.loads, (folder / "queries.jsonl").read_text("utf-8").splitlines())
    return [(row["_id"], row["text"], group(row.get("metadata", {}))) for row in rows]


def group(said: Mapping[str, Any]) -> str:
    """Which questions of a collection one belongs to, by the languages of its answers."""
    langs = said.get("gold_langs") or [said.get("doc_lang")]
    if langs == [None]:
        return "all"
    return "answer in the same language" if said["lang"] in langs else "answer in another language"


def reciprocal_ranks(index: SearchIndex, folder: Path, mode: Mode) -> dict[str, list[float]]:
    """One over the rank of the first right article of each question, by group."""
    (judged,) = (folder / "qrels").glob("*.tsv")
    right = read_qrels(judged)
    asked = [each for each in questions(folder) if each[0] in right]
    texts = [text for _, text, _ in asked]
    results = index.search_many(texts, 10, mode=mode, highlights=False, all_copies=True)
    ranks: dict[str, list[float]] = {}
    for (name, _, of), result in zip(asked, results, strict=True):
        found = (1 / hit.rank for hit in result.hits if right[name].get(hit.doc_id))
        ranks.setdefault(of, []).append(next(found, 0.0))
    return ranks


def rows(name: str, folder: Path, articles: Path) -> Iterator[dict[str, Any]]:
    """A row for each group of questions of a collection: columns are model and ranking."""
    columns: dict[str, dict[str, list[float]]] = {}
    for model in MODELS:
        with tempfile.TemporaryDirectory() as place:
            index = SearchIndex.build([articles], Path(place) / "index", model=model)
            for mode in MODES:
                columns[f"{model}, {mode.value}"] = reciprocal_ranks(index, folder, mode)
    for of, ranks in next(iter(columns.values())).items():
        figures = {column: mean(ranks_of[of]) for column, ranks_of in columns.items()}
        yield {"of": f"{name}, {of}", "questions": len(ranks), **figures}


def measure(data: Path) -> list[dict[str, Any]]:
    found = list(rows("seeds", SEEDS, SEEDS))
    for name in SETS:
        found += rows(name, data / name, data / name / "corpus.jsonl")
    return found


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.models", description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--save", type=Path, help="add the results to this file")
    arguments = parser.parse_args()
    settings = {"sets": ["seeds", *SETS]}
    record(arguments.save, "models", settings, lambda: measure(arguments.data))


if __name__ == "__main__":
    main()
