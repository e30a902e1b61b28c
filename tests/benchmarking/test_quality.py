"""Statistics by hand, collections in every layout, and a measured index of six articles."""

import gzip
import json
import shutil
from dataclasses import asdict
from itertools import product
from pathlib import Path

import numpy as np
import pytest
from huggingface_hub import constants

from semsearch.benchmarking.datasets import Dataset, load_dataset
from semsearch.benchmarking.metrics import evaluate, mean, read_run
from semsearch.benchmarking.quality import MEASURES, Quality, measure
from semsearch.benchmarking.statistics import bootstrap_interval, paired_p_value
from semsearch.errors import InputError
from semsearch.index import SearchIndex
from tests.paths import ROOT

ARTICLES = {
    "en/bank rate.txt": "The central bank raised its interest rate to fight inflation.",
    "en/quake.txt": "An earthquake destroyed houses in the mountains of Chile.",
    "en/vaccine.txt": "A new malaria vaccine protects children, doctors say.",
    "fr/banque.txt": "La banque centrale relève son taux directeur contre l'inflation.",
    "fr/seisme.txt": "Un séisme a détruit des maisons dans les montagnes du Chili.",
    "fr/train.txt": "Un train de nuit relie désormais Berlin et Barcelone.",
}
QUERIES = [
    {"_id": 1, "text": "interest rate of the central bank", "metadata": {"lang": "en"}},
    {"_id": "q 2", "text": "tremblement de terre au Chili", "lang": "fr"},
    {"_id": "q3", "text": "nobody judged this"},
]
QRELS = {
    "1": {"en/bank rate.txt": 2, "fr/banque.txt": 1},
    "q 2": {"fr/seisme.txt": 1, "en/quake.txt": 1, "en/gone.txt": 1},
}
Measured = tuple[Dataset, Quality, Path, list[tuple[str, int, int]]]
"""The collection, what was measured, the folder of its index and runs, and the progress."""


def lines(*records: object) -> str:
    return "".join(json.dumps(record) + "\n" for record in records)


CORPUS = lines(*({"_id": name, "title": "", "text": text} for name, text in ARTICLES.items()))
TSV = "query-id\tcorpus-id\tscore\n" + "".join(
    f"{query_id}\t{doc_id}\t{relevance}\n"
    for query_id, judged in QRELS.items()
    for doc_id, relevance in judged.items()
)
JUDGED = lines(
    *(
        {"query-id": query_id, "corpus-id": doc_id, "score": float(relevance)}
        for query_id, judged in QRELS.items()
        for doc_id, relevance in judged.items()
    )
)
BEIR = {"corpus.jsonl": CORPUS, "queries.jsonl": lines(*QUERIES), "qrels/test.tsv": TSV}


def lay_out(folder: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        data = text.encode()
        path.write_bytes(gzip.compress(data) if name.endswith(".gz") else data)
    return folder


@pytest.fixture(autouse=True)
def hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty cache of the hub."""
    monkeypatch.setattr(constants, "HF_ASSETS_CACHE", str(tmp_path / "assets"))
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "hub"))
    return tmp_path / "hub"


def cached(hub: Path, repo_id: str, files: dict[str, str]) -> None:
    """A data set as the hub's client keeps it: a snapshot of links to files without a suffix."""
    repo = hub / f"datasets--{repo_id.replace('/', '--')}"
    snapshot = lay_out(repo / "snapshots" / "abc", files)
    for number, name in enumerate(files):
        blob = repo / "blobs" / f"{number:040}"
        blob.parent.mkdir(exist_ok=True)
        (snapshot / name).rename(blob)
        (snapshot / name).symlink_to(blob)
    (repo / "refs").mkdir()
    (repo / "refs" / "main").write_text("abc")


def test_the_digest_of_a_collection_tells_of_every_change(tmp_path: Path) -> None:
    changes = {
        "queries.jsonl": lines(*QUERIES).replace("Chili", "Pérou"),
        "qrels/test.tsv": TSV.replace("\t2\n", "\t1\n"),
        "corpus.jsonl": CORPUS.replace("Berlin", "Berlin-Mitte"),
    }
    first, again = (
        load_dataset(lay_out(tmp_path / name, BEIR)).digest for name in ("first", "again")
    )
    others = {
        load_dataset(lay_out(tmp_path / f"other {number}", BEIR | {name: text})).digest
        for number, (name, text) in enumerate(changes.items())
    }
    assert first == again
    assert len(others | {first}) == 4


def test_a_sample_has_some_of_the_queries_and_all_articles(tmp_path: Path) -> None:
    whole = load_dataset(lay_out(tmp_path / "set", BEIR))
    one = whole.sample(1)
    assert (list(one.queries), list(one.qrels), one.articles) == (["1"], ["1"], whole.articles)
    assert whole.sample(2) == whole


def test_the_interval_of_scores_that_are_all_alike_is_a_point() -> None:
    assert bootstrap_interval([0.25] * 7) == (0.25, 0.25)


def test_the_interval_of_two_scores_is_known() -> None:
    # The mean of two draws is 0, 0.5 or 1, with probabilities of a quarter, a half, a quarter.
    assert bootstrap_interval([0.0, 1.0]) == (0.0, 1.0)
    assert bootstrap_interval([0.0, 1.0], level=0.4) == (0.5, 0.5)


def test_the_interval_is_near_that_of_the_normal_distribution() -> None:
    scores = np.random.default_rng(1).random(2000).tolist()
    low, high = bootstrap_interval(scores)
    half = 1.96 * float(np.std(scores)) / 2000**0.5
    center = sum(scores) / 2000
    assert (low, high) == pytest.approx((center - half, center + half), abs=half / 20)
    assert bootstrap_interval(scores) == (low, high)
    assert bootstrap_interval(scores, seed=1) != (low, high)


@pytest.mark.parametrize(("scores", "level"), [([], 0.95), ([1.0], 0.0), ([1.0], 1.0)])
def test_what_has_no_interval_is_refused(scores: list[float], level: float) -> None:
    with pytest.raises(InputError, match="no interval"):
        bootstrap_interval(scores, level=level)


def test_p_values_by_hand() -> None:
    assert paired_p_value([0.5, 0.2], [0.5, 0.2]) == 1.0
    assert paired_p_value([], []) == 1.0
    assert paired_p_value([1.0, 1.0, 1.0, 0.5], [0.0, 0.0, 0.0, 0.5]) == 2 / 8
    # The differences 3, 2, -1 make 4; of all sums 3 + 2 + 1, 3 + 2 - 1 and their opposites do.
    assert paired_p_value([3, 2, 0], [0, 0, 1]) == 4 / 8


def test_few_differences_are_enumerated() -> None:
    generator = np.random.default_rng(3)
    a, b = generator.random(9), generator.random(9)
    differences = a - b
    sums = [abs(np.dot(signs, differences)) for signs in product((1, -1), repeat=9)]
    expected = np.mean([total >= abs(differences.sum()) - 1e-12 for total in sums])
    assert paired_p_value(a.tolist(), b.tolist()) == expected
    assert paired_p_value(b.tolist(), a.tolist()) == expected


def test_many_differences_are_sampled() -> None:
    ones, zeros = [1.0] * 13, [0.0] * 13
    assert paired_p_value(ones, zeros) == pytest.approx(2 / 2**13, abs=5e-4)
    assert paired_p_value([1.0] * 40, [0.0] * 40) == 1 / 10_001
    assert paired_p_value([1.0, 0.0] * 20, [0.0, 1.0] * 20) == 1.0
    # 26 wins to 14: the binomial test says 0.0807.
    assert paired_p_value([1.0] * 26 + [0.0] * 14, [0.5] * 40) == pytest.approx(0.0807, abs=0.01)


def test_scores_of_other_queries_are_not_paired() -> None:
    with pytest.raises(InputError, match="2 scores cannot be paired with 1"):
        paired_p_value([1.0, 0.0], [1.0])


LAYOUTS = {
    "beir": BEIR,
    "packed": {
        "corpus.jsonl.gz": CORPUS,
        "queries.jsonl.gz": lines(*QUERIES),
        "qrels/dev.tsv": TSV,
    },
    "articles": {**ARTICLES, "queries.jsonl": lines(*QUERIES), "qrels/test.tsv": TSV},
    "corpus of articles": {
        **{f"corpus/{name}": text for name, text in ARTICLES.items()},
        "queries.jsonl": lines(*QUERIES),
        "test.tsv": TSV,
    },
    "mteb": {
        "corpus/a.jsonl": "".join(CORPUS.splitlines(keepends=True)[:2]),
        "corpus/b.jsonl.gz": "".join(CORPUS.splitlines(keepends=True)[2:]),
        "queries/test.jsonl": lines(*QUERIES),
        "default/test.jsonl": JUDGED,
    },
}


@pytest.mark.parametrize("files", LAYOUTS.values(), ids=LAYOUTS)
def test_a_collection_is_loaded_from_every_layout(tmp_path: Path, files: dict[str, str]) -> None:
    folder = lay_out(tmp_path / "news", files)
    dataset = load_dataset(folder)
    assert (dataset.name, dataset.path) == ("news", folder)
    assert dataset.queries == {"1": QUERIES[0]["text"], "q 2": QUERIES[1]["text"]}
    assert dataset.query_langs == {"1": "en", "q 2": "fr"}
    assert dataset.qrels == QRELS
    again = load_dataset(str(folder))
    assert again.articles == dataset.articles
    with SearchIndex.build(dataset.articles, tmp_path / "index") as index:
        assert index.status().articles == len(ARTICLES)
        assert index.article("en/quake.txt").document.text == ARTICLES["en/quake.txt"]


def test_an_unpacked_copy_is_made_anew_when_its_source_changes(tmp_path: Path) -> None:
    folder = lay_out(tmp_path / "news", LAYOUTS["packed"])
    (before,) = load_dataset(folder).articles
    assert before.read_text() == CORPUS
    lay_out(folder, {"corpus.jsonl.gz": CORPUS + "\n"})
    assert load_dataset(folder).articles == (before,)
    assert before.read_text() == CORPUS + "\n"


def test_the_project_has_a_collection_of_its_own() -> None:
    seeds = load_dataset(ROOT / "seeds")
    assert len(seeds.queries) == len(seeds.qrels) == 153
    assert set(seeds.query_langs.values()) == {"ar", "de", "en", "es", "fr"}


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"corpus.jsonl": None}, "holds no articles. Expected corpus.jsonl"),
        ({"corpus.jsonl": None, "corpus/0.parquet": "x"}, "only corpus/0.parquet. Expected"),
        ({"queries.jsonl": None}, "holds no queries. Expected"),
        ({"queries.jsonl": None, "queries/0.parquet": "x"}, "only queries/0.parquet"),
        ({"qrels/test.tsv": None}, "holds no judgements. Expected"),
        ({"qrels/test.tsv": None, "qrels/0.parquet": "x"}, "only qrels/0.parquet"),
        ({"qrels/test.tsv": "query-id\tcorpus-id\tscore\n"}, "holds no judgement. Expected"),
        ({"qrels/test.tsv": TSV + "q9\ta\t1\n"}, "judges 1 queries that .* the first is q9"),
        ({"qrels/test.tsv": TSV + "q9\ta\n"}, "test.tsv:7: not a judgement"),
        ({"queries.jsonl": "[]"}, "queries.jsonl:1: not a query"),
    ],
)
def test_what_is_no_collection_is_refused(
    tmp_path: Path, changes: dict[str, str | None], complaint: str
) -> None:
    files = {name: text for name, text in {**BEIR, **changes}.items() if text is not None}
    folder = lay_out(tmp_path / "news", files)
    with pytest.raises(InputError, match=complaint):
        load_dataset(folder)


def test_a_folder_of_collections_names_them(tmp_path: Path) -> None:
    for lang in ("ar", "zh"):
        lay_out(tmp_path / "xquad" / lang, BEIR)
    with pytest.raises(InputError, match="several collections; name the folder of one: ar, zh"):
        load_dataset(tmp_path / "xquad")


def test_a_broken_corpus_is_refused(tmp_path: Path) -> None:
    folder = lay_out(tmp_path / "news", LAYOUTS["packed"])
    packed = folder / "corpus.jsonl.gz"
    packed.write_bytes(packed.read_bytes()[:-9])
    with pytest.raises(
        InputError, match=r"cannot unpack .*corpus.jsonl.gz to .*: .*fetch it again"
    ):
        load_dataset(folder)


def test_a_beir_name_is_looked_up_on_the_hub(tmp_path: Path, hub: Path) -> None:
    packed = {"corpus.jsonl.gz": CORPUS, "queries.jsonl.gz": lines(*QUERIES)}
    cached(hub, "BeIR/scifact", packed)
    cached(hub, "BeIR/scifact-qrels", {"train.tsv": "", "test.tsv": TSV})
    dataset = load_dataset("scifact")
    assert (dataset.name, dataset.qrels) == ("scifact", QRELS)
    assert dataset.path.is_relative_to(hub)
    (article,) = dataset.articles
    assert article.read_text() == CORPUS
    assert article == load_dataset("BeIR/scifact").articles[0]


def test_any_data_set_of_the_hub_may_be_named(tmp_path: Path, hub: Path) -> None:
    cached(hub, "mteb/news", BEIR)
    dataset = load_dataset("mteb/news")
    assert dataset.qrels == QRELS
    with SearchIndex.build(dataset.articles, tmp_path / "index") as index:
        assert index.status().articles == len(ARTICLES)


def test_a_data_set_that_is_not_there_is_told_apart_from_a_bad_name() -> None:
    with pytest.raises(InputError, match=r"BeIR/nfcorpus could not be .*HF_HUB_OFFLINE is set"):
        load_dataset("nfcorpus")
    with pytest.raises(InputError, match=r"no folder \./a/b, and no data set \./a/b on the .*hub"):
        load_dataset("./a/b")


@pytest.fixture(scope="module")
def measured(
    tmp_path_factory: pytest.TempPathFactory,
) -> Measured:
    folder = tmp_path_factory.mktemp("measured")
    dataset = load_dataset(lay_out(folder / "news", LAYOUTS["articles"]))
    first = {"1": ["fr/banque.txt", "en/bank%20rate.txt"], "q%202": {"en/quake.txt": 1.0}}
    told: list[tuple[str, int, int]] = []
    quality = measure(
        dataset,
        index_folder=folder / "index",
        run_folder=folder / "runs",
        baselines={"stored": first},
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
