"""Nearest neighbours on real FAISS, exact for small collections and nearly so for large ones."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from semsearch.config import VectorSettings
from semsearch.types import Embeddings, Halves, Rows
from semsearch.vectors import EXACT_ROWS, CodeIndex, VectorIndex, VectorRows, VectorsChanged, stored
from semsearch.vectors.rows import Passages

Large = tuple[Halves, Embeddings, VectorIndex]


def unit(rng: np.random.Generator, n: int, d: int) -> Embeddings:
    vectors: Embeddings = rng.normal(size=(n, d)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    return vectors


def clustered(n: int, d: int, clusters: int) -> tuple[Halves, Embeddings]:
    """Vectors distributed like those of passages, and 50 queries near some of them."""
    rng = np.random.default_rng(0)
    vectors = unit(rng, clusters, d)[rng.integers(clusters, size=n)] + 0.8 * unit(rng, n, d)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    queries = vectors[rng.choice(n, 50)] + 0.3 * unit(rng, 50, d)
    queries /= np.linalg.norm(queries, axis=1, keepdims=True)
    return vectors.astype(np.float16), queries.astype(np.float32)


def codes_of(vectors: Halves, recall: float = 0.95, memory: int | None = None) -> CodeIndex:
    return CodeIndex.build(lambda: batches(vectors), len(vectors), VectorSettings(recall, memory))


def batches(vectors: Halves) -> Iterator[Halves]:
    for at in range(0, len(vectors), 10_000):
        yield vectors[at : at + 10_000]


def nearest(queries: Embeddings, vectors: Halves, k: int = 10) -> Rows:
    return np.argsort(-queries @ vectors.astype(np.float32).T, axis=1, kind="stable")[:, :k]


def share_found(rows: Rows, right: Rows) -> float:
    found = [int(np.isin(a, b).sum()) for a, b in zip(right, rows, strict=True)]
    return sum(found) / right.size


def test_a_small_collection_is_searched_exactly() -> None:
    index = VectorIndex(VectorRows(np.eye(4, dtype=np.float16)))
    rows, scores = index.search(np.array([[0.6, 0.8, 0, 0]], dtype=np.float32), 2)
    assert rows.tolist() == [[1, 0]]
    assert scores.tolist() == [pytest.approx([0.8, 0.6])]


def test_equal_scores_come_in_the_order_of_rows() -> None:
    index = VectorIndex(VectorRows(np.ones((5, 4), dtype=np.float16) / 2))
    query = np.full((1, 4), 0.5, dtype=np.float32)
    assert index.search(query, 5).rows.tolist() == [[0, 1, 2, 3, 4]]
    assert index.search(query, 3, np.array([0, 2, 4])).rows.tolist() == [[0, 2, 4]]


def test_fewer_rows_than_neighbours() -> None:
    index = VectorIndex(VectorRows(np.eye(3, dtype=np.float16)))
    query = np.array([[1, 0, 0]], dtype=np.float32)
    assert index.search(query, 10).rows.shape == (1, 3)
    assert index.search(query, 10, np.array([2])).rows.tolist() == [[2]]
    assert index.search(query, 10, np.array([], dtype=np.int64)).rows.shape == (1, 0)
    nothing = VectorIndex(VectorRows(np.empty((0, 3), dtype=np.float16)))
    assert nothing.search(query, 5).rows.shape == (1, 0)


@pytest.fixture(scope="module")
def large() -> Large:
    """More vectors than are compared one by one, queries, and the index of them."""
    vectors, queries = clustered(EXACT_ROWS + 1000, 64, 500)
    return vectors, queries, VectorIndex(VectorRows(vectors), codes_of(vectors))


def test_a_large_collection_misses_few_neighbours(
    large: Large,
) -> None:
    vectors, queries, index = large
    rows, scores = index.search(queries, 10)
    assert share_found(rows, nearest(queries, vectors)) >= 0.95
    cosines = np.take_along_axis(queries @ vectors.astype(np.float32).T, rows, axis=1)
    assert np.abs(scores - cosines).max() < 1e-5
    assert (np.diff(scores, axis=1) <= 0).all()


@pytest.mark.slow
def test_lists_are_searched_as_far_as_a_query_needs() -> None:
    vectors, queries = clustered(310_000, 16, 500)
    codes = codes_of(vectors, 0.9)
    assert codes.kind == "IVF2048,PQ8x4fs"
    assert [tuning.k for tuning in codes.settings.tunings] == [10, 200]
    assert codes.settings.tunings[0].recall >= 0.9
    index = VectorIndex(VectorRows(vectors), codes)
    assert share_found(index.search(queries, 10).rows, nearest(queries, vectors)) >= 0.85
    kept = np.flatnonzero(np.arange(len(vectors)) % 2)
    among = index.search(queries, 10, kept).rows
    assert (among % 2 == 1).all()
    assert share_found(among, kept[nearest(queries, vectors[kept])]) >= 0.85


@pytest.mark.slow
def test_little_memory_makes_shorter_codes() -> None:
    vectors, _ = clustered(EXACT_ROWS + 1, 64, 500)
    kinds = [codes_of(vectors, memory=size * len(vectors)).kind for size in (24, 23, 15, 1)]
    assert kinds == ["IVF1,PQ32x4fs", "IVF1,PQ16x4fs", "IVF1,PQ8x4fs", "IVF1,PQ8x4fs"]


@pytest.mark.parametrize("share", [0.001, 0.6])
def test_under_a_filter_a_large_collection_is_searched_exactly(large: Large, share: float) -> None:
    vectors, queries, index = large
    kept = np.flatnonzero(np.random.default_rng(1).random(len(vectors)) < share)
    exact = kept[nearest(queries[:5], vectors[kept])]
    assert index.search(queries[:5], 10, kept).rows.tolist() == exact.tolist()


def test_newer_vectors_are_found_and_removed_ones_are_not(
    large: Large,
) -> None:
    vectors, queries, _ = large
    old = len(vectors) - 500
    right = nearest(queries, vectors)
    kept = np.setdiff1d(np.arange(old), right)
    rows = VectorRows(vectors[:old], kept=kept, newer=vectors[old:])
    left = np.r_[kept, old : len(vectors)]
    index = VectorIndex(rows, codes_of(vectors[:old]))
    found = left[index.search(queries, 10).rows]
    exact = left[nearest(queries, vectors[left])]
    assert not np.isin(found, right[right < old]).any()
    assert share_found(found, exact) >= 0.95
    assert (exact >= old).any()
    newer = exact >= old
    assert all(np.isin(exact[q][newer[q]], found[q]).all() for q in range(len(queries)))
    odd = np.flatnonzero(left % 100)
    assert len(odd) > EXACT_ROWS * 0.98
    among = left[index.search(queries, 10, odd).rows]
    assert (among % 100 != 0).all()


def test_a_filter_that_most_rows_pass_still_gives_k_neighbours(
    large: Large,
) -> None:
    vectors, queries, index = large
    kept = np.setdiff1d(np.arange(len(vectors)), np.arange(0, len(vectors), 100))
    assert len(kept) > EXACT_ROWS
    rows = index.search(queries, 10, kept).rows
    assert rows.shape == (50, 10)
    assert (rows % 100 != 0).all()
    assert share_found(rows, kept[nearest(queries, vectors[kept])]) >= 0.95


@pytest.fixture
def folder(large: Large, tmp_path: Path) -> Path:
    vectors, _, _ = large
    ids = np.arange(1, len(vectors) + 1)
    passages = Passages(ids, ids, np.zeros(len(ids), dtype=np.int16), ("en",))
    stored.write(tmp_path, 7, passages, batches(vectors), "model", VectorSettings())
    return tmp_path


def test_an_index_comes_back_from_disk(large: Large, folder: Path) -> None:
    _, queries, index = large
    again = stored.open_stored(folder, "model")
    assert again is not None
    assert again.passages.lang_names == ("en",)
    mapped = VectorIndex(VectorRows(again.vectors), again.codes)
    assert mapped.search(queries, 10).rows.tolist() == index.search(queries, 10).rows.tolist()
    assert stored.open_stored(folder, "another model") is None
    assert stored.check(folder) == []


@pytest.mark.parametrize(
    "name", ["codes/index.faiss", "codes/description.json", "rows/ids.npy", "rows/checksums.npy"]
)
def test_an_index_with_a_changed_file_is_not_opened(folder: Path, name: str) -> None:
    flip(folder / "7" / name)
    assert stored.open_stored(folder, "model") is None
    assert stored.check(folder) == [f"the file {name} of the vector index has changed"]


def test_a_changed_vector_is_noticed_when_it_is_read(folder: Path) -> None:
    flip(folder / "7" / "vectors.f16")
    opened = stored.open_stored(folder, "model")
    assert opened is not None
    middle = len(opened.vectors) // 2
    assert len(VectorRows(opened.vectors).take(np.arange(10))) == 10
    with pytest.raises(VectorsChanged, match=f"row {middle} "):
        VectorRows(opened.vectors).take(np.arange(middle - 5, middle + 5))
    assert stored.check(folder) == ["the file vectors.f16 of the vector index has changed"]


def test_an_incomplete_index_does_not_hide_a_complete_one(folder: Path) -> None:
    (folder / "8" / "codes").mkdir(parents=True)
    assert stored.open_stored(folder, "model") is not None
    assert stored.check(folder) == []


def test_vectors_that_were_cut_short_are_not_mapped(folder: Path) -> None:
    path = folder / "7" / "vectors.f16"
    path.write_bytes(path.read_bytes()[:-1])
    assert stored.open_stored(folder, "model") is None


def flip(path: Path) -> None:
    """Change one bit in the middle."""
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
