"""Filters by language, date, path and front matter: what passes is ranked as if alone."""

import json
import sqlite3
from itertools import product
from pathlib import Path
from typing import Unpack

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from semsearch import IndexDamaged, InputError, Mode, SearchIndex
from semsearch.request import FilterOptions

STORIES = {
    "fr/crue.md": ("2019-11-15", "AFP", "La crue du fleuve a inondé la ville."),
    "fr/vote.md": ("2020-02-01", "Reuters", "Le parlement a voté le budget de la ville."),
    "en/flood.md": ("2019-11-30", "Reuters", "The flood of the river drowned the town."),
    "en/vote.md": ("2019-12-01T10:00:00Z", "AFP", "Parliament passed the budget of the town."),
    "en/rain.md": (None, None, "Rain is expected in the town all week."),
}


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> SearchIndex:
    root = tmp_path_factory.mktemp("filters")
    for name, (date, author, text) in STORIES.items():
        head = [f"lang: {name[:2]}"]
        head += [f"date: {date}"] if date else []
        head += [f"author: {author}"] if author else []
        path = root / "news" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("---\n" + "\n".join(head) + f"\n---\n{text}\n", encoding="utf-8")
    return SearchIndex.build([root / "news"], root / "index")


def found(index: SearchIndex, **filters: Unpack[FilterOptions]) -> set[str]:
    return {hit.doc_id for hit in index.search("the town", k=10, **filters).hits}


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        ({"since": "2019-12"}, {"fr/vote.md", "en/vote.md"}),
        ({"until": "2019-11"}, {"fr/crue.md", "en/flood.md"}),
        ({"since": "2019-11-16", "until": "2019-12-01"}, {"en/flood.md", "en/vote.md"}),
        ({"since": "2021"}, set()),
        ({"paths": ["fr/"]}, {"fr/crue.md", "fr/vote.md"}),
        ({"paths": ["vote.md"]}, {"fr/vote.md", "en/vote.md"}),
        ({"paths": ["**/news/en/[fr]*"]}, {"en/flood.md", "en/rain.md"}),
        ({"paths": ["en/*", "!en/rain.md"]}, {"en/flood.md", "en/vote.md"}),
        ({"where": ["author=reuters"]}, {"fr/vote.md", "en/flood.md"}),
        ({"where": ["author=AFP", "Author = Reuters"]}, set(STORIES) - {"en/rain.md"}),
        ({"where": ["author=AFP", "site=x"]}, set()),
        ({"where": ["author=AFP"], "langs": ["en"]}, {"en/vote.md"}),
    ],
)
def test_only_what_meets_all_conditions_is_found(
    index: SearchIndex, filters: FilterOptions, expected: set[str]
) -> None:
    assert found(index, **filters) == expected


def test_an_article_without_a_date_never_passes_a_filter_by_date(index: SearchIndex) -> None:
    assert "en/rain.md" in found(index)
    assert "en/rain.md" not in found(index, since="1900", until="2100")


def test_an_absolute_path_is_a_pattern_too(index: SearchIndex) -> None:
    (hit,) = index.search("crue", k=1).hits
    assert found(index, paths=[hit.path]) == {"fr/crue.md"}


def test_similar_articles_are_filtered_too(index: SearchIndex) -> None:
    hits = index.similar("fr/vote.md", where=["author=AFP"]).hits
    assert {hit.doc_id for hit in hits} == {"fr/crue.md", "en/vote.md"}


def test_a_limit_for_each_language_is_kept(index: SearchIndex) -> None:
    hits = index.search("the town", k=10, per_lang=1).hits
    assert sorted(hit.lang or "" for hit in hits) == ["en", "fr"]
    assert len(index.search("the town", k=10, per_lang=2).hits) == 4


def test_a_language_far_down_still_has_its_share(tmp_path: Path) -> None:
    towns = ["Lyon", "Nantes", "Lille", "Metz", "Brest", "Dijon", "Nice", "Tours", "Caen", "Pau"]
    lines = [
        {"_id": f"fr{n}", "lang": "fr", "text": f"Le conseil de {town} vote {n + 2} millions."}
        for n, town in enumerate(towns)
    ]
    lines += [{"_id": "en0", "lang": "en", "text": "Snow fell on the harbour."}]
    (tmp_path / "a.jsonl").write_text("\n".join(map(json.dumps, lines)), encoding="utf-8")
    index = SearchIndex.build([tmp_path / "a.jsonl"], tmp_path / "index")
    langs = [hit.lang for hit in index.search("conseil vote millions", k=3, per_lang=2).hits]
    assert langs == ["fr", "fr", "en"]


@pytest.mark.parametrize(
    "filters",
    [
        {"since": "yesterday"},
        {"until": "15.11.2019"},
        {"where": ["author"]},
        {"where": ["=AFP"]},
        {"per_lang": 0},
    ],
)
def test_a_malformed_condition_is_refused(index: SearchIndex, filters: FilterOptions) -> None:
    with pytest.raises(InputError):
        found(index, **filters)


WORDS = ["river", "flood", "budget", "vote", "goal", "match", "rain", "train"]


@pytest.fixture(scope="module")
def many(tmp_path_factory: pytest.TempPathFactory) -> SearchIndex:
    """512 articles of three words each; one in a hundred is of the year 2001."""
    root = tmp_path_factory.mktemp("many")
    lines = [
        {
            "_id": f"{n}",
            "text": " ".join(words),
            "lang": "en",
            "date": f"{2000 + (n % 100 == 7)}-01-01",
        }
        for n, words in enumerate(product(WORDS, repeat=3))
    ]
    (root / "news.jsonl").write_text("\n".join(map(json.dumps, lines)), encoding="utf-8")
    return SearchIndex.build([root / "news.jsonl"], root / "index")


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    query=st.lists(st.sampled_from(WORDS), min_size=1, max_size=3),
    mode=st.sampled_from(Mode),
    k=st.integers(1, 6),
)
def test_a_narrow_filter_still_finds_k_hits(
    many: SearchIndex, query: list[str], mode: Mode, k: int
) -> None:
    text = " ".join(query)
    everything = many.search(text, k=600, mode=mode).hits
    kept = [hit.doc_id for hit in everything if (hit.date or "") >= "2001"]
    narrow = many.search(text, k=k, mode=mode, since="2001").hits
    if mode is Mode.HYBRID:  # what is aligned differs, so only the number is the same
        assert len(narrow) == k
    else:
        assert [hit.doc_id for hit in narrow] == kept[:k]


def test_a_damaged_date_is_noticed(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text(
        '{"_id": "old", "text": "The flood.", "date": "1999-01-01"}', encoding="utf-8"
    )
    index = SearchIndex.build([tmp_path / "a.jsonl"], tmp_path / "index")
    index.close()
    with sqlite3.connect(tmp_path / "index" / "semsearch.db") as db:
        db.execute("UPDATE documents SET date = '2024-01-01'")
    with pytest.raises(IndexDamaged):
        SearchIndex.open(tmp_path / "index").search("flood", since="2024")
