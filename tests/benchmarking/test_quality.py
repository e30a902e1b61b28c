"""The quality of the rankings, measured on an index of six articles."""

import json
import shutil
from dataclasses import asdict
from pathlib import Path

import pytest

from semsearch.benchmarking.dataset_files import read_run
from semsearch.benchmarking.datasets import Dataset, load_dataset
from semsearch.benchmarking.groups import SAME
from semsearch.benchmarking.metrics import Run, evaluate, mean
from semsearch.benchmarking.quality import MEASURES, Quality, measure
from semsearch.errors import InputError
from tests.benchmarking.collection import BEIR, LAYOUTS, lay_out

MODES = ("hybrid", "dense", "lexical")
Measured = tuple[Dataset, Quality, Path, list[tuple[str, int, int]]]
"""The collection, what was measured, the folder of its index and runs, and the progress."""


@pytest.fixture(scope="module")
def measured(tmp_path_factory: pytest.TempPathFactory) -> Measured:
    folder = tmp_path_factory.mktemp("measured")
    dataset = load_dataset(lay_out(folder / "news", LAYOUTS["articles"]))
    stored: Run = {"1": ["fr/banque.txt", "en/bank%20rate.txt"], "q%202": {"en/quake.txt": 1.0}}
    told: list[tuple[str, int, int]] = []
    quality = measure(
        dataset,
        index_folder=folder / "index",
        model="fast",
        run_folder=folder / "runs",
        baselines={"stored": stored},
        progress=lambda *step: told.append(step),
    )
    return dataset, quality, folder, told


def test_every_ranking_is_scored_by_every_measure(measured: Measured) -> None:
    _, quality, _, told = measured
    assert (quality.dataset, quality.articles, quality.queries) == ("news", 6, 2)
    assert quality.missing == 1  # en/gone.txt
    rankings = ["hybrid", "dense", "lexical", "stored"]
    assert [(row.ranking, row.query_lang, row.queries) for row in quality.rows] == [
        *((name, None, 2) for name in rankings),
        *((name, "en", 1) for name in rankings),
        *((name, "fr", 1) for name in rankings),
    ]
    for row in quality.rows:
        assert tuple(row.scores) == MEASURES
        assert set(row.p_values) == (set() if row.ranking == "hybrid" else set(MEASURES))
        assert all(0 < value <= 1 for value in row.p_values.values())
        for estimate in row.scores.values():
            assert 0 <= estimate.low <= estimate.value <= estimate.high <= 1
    assert quality.rows[0].scores["recall@100"].value == pytest.approx((1 + 2 / 3) / 2)
    assert ("indexing", 6, 6) in told
    assert told[-3:] == [("hybrid", 2, 2), ("dense", 2, 2), ("lexical", 2, 2)]
    json.dumps(asdict(quality), allow_nan=False)


def test_stored_runs_are_scored_with_the_ids_of_the_collection(measured: Measured) -> None:
    _, quality, _, _ = measured
    stored = quality.rows[3].scores
    assert stored["mrr@10"].value == 1.0
    assert stored["recall@100"].value == pytest.approx((1 + 1 / 3) / 2)


def test_the_runs_that_are_written_have_the_scores_that_are_told(measured: Measured) -> None:
    dataset, quality, folder, _ = measured
    judged = {
        query_id.replace(" ", "%20"): {
            doc_id.replace(" ", "%20"): relevance for doc_id, relevance in articles.items()
        }
        for query_id, articles in dataset.qrels.items()
    }
    for row in quality.rows[:3]:
        run = read_run(folder / "runs" / f"{row.ranking}.trec")
        for name in MEASURES:
            assert row.scores[name].value == pytest.approx(mean(evaluate(judged, run, name)))


def test_the_matrix_pairs_languages(measured: Measured) -> None:
    _, quality, _, _ = measured
    pairs = [("en", "en"), ("fr", "en"), ("en", "fr"), ("fr", "fr")]
    assert [(cell.ranking, cell.query_lang, cell.article_lang) for cell in quality.matrix] == [
        (mode, asked, told)
        for told in ("en", "fr")
        for mode in ("hybrid", "dense", "lexical")
        for asked in ("en", "fr")
        if (asked, told) in pairs
    ]
    cells = {(c.ranking, c.query_lang, c.article_lang): c for c in quality.matrix}
    # Each language holds one article on the subject among three: it is the best of them.
    assert all(cells["hybrid", *pair].ndcg_at_10 == 1.0 for pair in pairs)
    assert cells["hybrid", "en", "en"].queries == 1


def test_queries_are_grouped_by_the_language_of_their_answers(measured: Measured) -> None:
    _, quality, _, _ = measured
    (group,) = quality.groups  # each query has a right article in its own language
    assert (group.name, group.queries) == (SAME, 2)
    assert group.ranks["hybrid"] == [1, 1]
    assert group.scores["mrr@10"]["hybrid"] == 1.0
    everything = {row.ranking: row.scores for row in quality.rows if row.query_lang is None}
    for name in MODES:
        assert group.scores["ndcg@10"][name] == everything[name]["ndcg@10"].value


def test_what_cannot_be_measured_is_refused(tmp_path: Path, measured: Measured) -> None:
    dataset, _, folder, _ = measured
    with pytest.raises(InputError, match="cannot be named dense"):
        measure(dataset, index_folder=tmp_path / "index", baselines={"dense": {}})
    other = load_dataset(lay_out(tmp_path / "other", BEIR))
    shutil.copytree(folder / "index", tmp_path / "index")
    with pytest.raises(InputError, match=r"holds the articles of .*news too"):
        measure(other, index_folder=tmp_path / "index")
    empty = lay_out(tmp_path / "empty", {**BEIR, "corpus.jsonl": "{}\n"})
    with pytest.raises(InputError, match="no article of empty could be read"):
        measure(load_dataset(empty), index_folder=tmp_path / "nothing")
    zeros = "query-id\tcorpus-id\tscore\nq3\ta\t0\n"
    unanswered = lay_out(tmp_path / "zeros", {**BEIR, "qrels/test.tsv": zeros})
    with pytest.raises(InputError, match="no query of zeros has a relevant article"):
        measure(load_dataset(unanswered), index_folder=tmp_path / "nothing")
    (tmp_path / "file").touch()
    with pytest.raises(InputError, match=r"cannot write the run .*hybrid.trec"):
        measure(other, index_folder=tmp_path / "own", run_folder=tmp_path / "file")
