"""Labelled collections asked of one index each, in several ways, and scored by group."""

import argparse
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from benchmarks import SEEDS, tell
from semsearch import Mode, SearchIndex
from semsearch.benchmarking.collection_index import article_langs
from semsearch.benchmarking.datasets import Dataset, load_dataset, load_datasets
from semsearch.benchmarking.groups import measure_groups
from semsearch.benchmarking.metrics import Run


def collections(data: Path) -> list[Dataset]:
    """seeds/, and every collection below a folder."""
    return [load_dataset(SEEDS), *load_datasets(data)]


def asked(index: SearchIndex, dataset: Dataset, mode: Mode, name: str) -> Run:
    """The ten best articles for each query, copies not folded; the name is for the progress."""
    tell(f"{dataset.name}: {name}")
    texts = list(dataset.queries.values())
    results = index.search_many(texts, 10, mode=mode, highlights=False, all_copies=True)
    return {
        query_id: [hit.doc_id for hit in result.hits]
        for query_id, result in zip(dataset.queries, results, strict=True)
    }


def rows(dataset: Dataset, runs: Mapping[str, Run], folder: Path) -> Iterator[dict[str, Any]]:
    """A row for each group of queries, with the MRR@10 of each run; folder is that of the index."""
    scored = {
        query_id: judged
        for query_id, judged in dataset.qrels.items()
        if any(relevance > 0 for relevance in judged.values())
    }
    langs = article_langs(folder, {doc_id for judged in scored.values() for doc_id in judged})
    for group in measure_groups(dataset, scored, runs, langs):
        scores = group.scores["mrr@10"]
        yield {"of": f"{dataset.name}, {group.name}", "questions": group.queries, **scores}


def arguments_of(module: str, description: str | None) -> argparse.ArgumentParser:
    """The options that measurements over collections share."""
    parser = argparse.ArgumentParser(prog=f"python -m benchmarks.{module}", description=description)
    parser.add_argument("--data", type=Path, required=True, help="a folder of collections")
    parser.add_argument("--keep", type=Path, help="keep the indexes below this folder")
    parser.add_argument("--save", type=Path, help="add the results to this file")
    return parser
