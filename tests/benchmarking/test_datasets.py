"""Collections are loaded from every layout and from the hub; what is not one is refused."""

from pathlib import Path

import pytest
from huggingface_hub import constants

from semsearch.benchmarking.datasets import load_dataset, load_datasets
from semsearch.errors import InputError
from semsearch.index import SearchIndex
from tests.benchmarking.collection import (
    ARTICLES,
    BEIR,
    CORPUS,
    LAYOUTS,
    QRELS,
    QUERIES,
    TSV,
    lay_out,
    lines,
)
from tests.paths import ROOT


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


def test_all_collections_of_a_folder_are_named_by_their_path(tmp_path: Path) -> None:
    for name in ("news", "xquad/zh", "xquad/ar"):
        lay_out(tmp_path / name, BEIR)
    assert [each.name for each in load_datasets(tmp_path)] == ["news", "xquad/ar", "xquad/zh"]
    assert [each.name for each in load_datasets(tmp_path / "news")] == ["news"]
    (tmp_path / "empty").mkdir()
    with pytest.raises(InputError, match="holds no queries"):
        load_datasets(tmp_path / "empty")


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
