"""Nearest neighbours on real FAISS, exact for small collections and nearly so for large ones."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from semsearch.vectors import EXACT_ROWS, CodeIndex, VectorIndex, stored


def unit(rng: np.random.Generator, n: int, d: int) -> np.ndarray:
    vectors = rng.normal(size=(n, d)).astype(np.float32)
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


def test_a_small_collection_is_searched_exactly() -> None:
    index = VectorIndex(np.eye(4, dtype=np.float32))
    rows, scores = index.search(np.array([[0.6, 0.8, 0, 0]], dtype=np.float32), 2)
    assert rows.tolist() == [[1, 0]]
    assert scores.tolist() == [pytest.approx([0.8, 0.6])]


def test_fewer_rows_than_neighbours() -> None:
    index = VectorIndex(np.eye(3, dtype=np.float32))
    query = np.array([[1, 0, 0]], dtype=np.float32)
    assert index.search(query, 10).rows.shape == (1, 3)
    assert index.search(query, 10, np.array([2])).rows.tolist() == [[2]]
    assert index.search(query, 10, np.array([], dtype=np.int64)).rows.shape == (1, 0)
    assert VectorIndex(np.empty((0, 3), dtype=np.float32)).search(query, 5).rows.shape == (1, 0)


@pytest.fixture(scope="module")
def large() -> tuple[np.ndarray, np.ndarray, VectorIndex]:
    """Vectors in clusters, as those of passages lie, and queries near some of them."""
    rng = np.random.default_rng(0)
    n, d = EXACT_ROWS + 1000, 64
    centres = unit(rng, 500, d)
    vectors = centres[rng.integers(500, size=n)] + 0.8 * unit(rng, n, d)
    vectors = (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)
    queries = vectors[rng.choice(n, 50)] + 0.3 * unit(rng, 50, d)
    queries = (queries / np.linalg.norm(queries, axis=1, keepdims=True)).astype(np.float32)
    ids = np.arange(1, n + 1)
    codes = CodeIndex.build(lambda: batches(ids, vectors), n, "model", 0.95)
    return vectors, queries, VectorIndex(vectors, ids, codes)


def batches(ids: np.ndarray, vectors: np.ndarray) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    for at in range(0, len(ids), 10_000):
        yield ids[at : at + 10_000], vectors[at : at + 10_000]


def test_a_large_collection_loses_hardly_any_neighbour(
    large: tuple[np.ndarray, np.ndarray, VectorIndex],
) -> None:
    vectors, queries, index = large
    exact = np.argsort(-queries @ vectors.T, axis=1)[:, :10]
    rows, scores = index.search(queries, 10)
    found = [len(set(a) & set(b)) for a, b in zip(rows.tolist(), exact.tolist(), strict=True)]
    assert sum(found) >= 0.97 * 500
    cosines = np.take_along_axis(queries @ vectors.T, rows, axis=1)
    assert np.abs(scores - cosines).max() < 1e-5
    assert (np.diff(scores, axis=1) <= 0).all()


@pytest.mark.parametrize("share", [0.001, 0.6])
def test_under_a_filter_a_large_collection_is_searched_exactly(
    large: tuple[np.ndarray, np.ndarray, VectorIndex], share: float
) -> None:
    vectors, queries, index = large
    kept = np.flatnonzero(np.random.default_rng(1).random(len(vectors)) < share)
    exact = kept[np.argsort(-queries[:5] @ vectors[kept].T, axis=1)[:, :10]]
    assert index.search(queries[:5], 10, kept).rows.tolist() == exact.tolist()


def test_the_tuned_recall_holds_for_queries_that_it_was_not_tuned_on(
    large: tuple[np.ndarray, np.ndarray, VectorIndex],
) -> None:
    vectors, queries, _ = large
    ids = np.arange(1, len(vectors) + 1)
    codes = CodeIndex.build(lambda: batches(ids, vectors), len(vectors), "model", 0.9)
    exact = np.argsort(-queries @ vectors.T, axis=1)[:, :10] + 1
    found = [
        np.isin(right, codes.candidates(query[None], 10)).sum()
        for right, query in zip(exact, queries, strict=True)
    ]
    assert [tuning.k for tuning in codes.settings.tunings] == [10, 200]
    assert codes.settings.tunings[0].recall >= 0.9
    assert sum(found) >= 0.9 * 500


def test_vectors_newer_than_the_codes_are_found_and_removed_ones_never(
    large: tuple[np.ndarray, np.ndarray, VectorIndex],
) -> None:
    vectors, queries, _ = large
    n = len(vectors)
    old = np.arange(1, n - 499)  # the last 500 are newer
    codes = CodeIndex.build(lambda: batches(old, vectors[: n - 500]), n - 500, "model", 0.95)
    nearest = np.argsort(-queries @ vectors.T, axis=1)[:, :10]
    left = np.setdiff1d(np.arange(n), nearest[nearest < n - 500])
    index = VectorIndex(vectors[left], left + 1, codes)
    rows = left[index.search(queries, 10).rows]
    assert not np.isin(rows, nearest[nearest < n - 500]).any()
    newest = np.argsort(-queries @ vectors[n - 500 :].T, axis=1)[:, 0] + n - 500
    best = np.sort(-queries @ vectors[left].T, axis=1)[:, 9]
    wanted = -np.einsum("qd,qd->q", queries, vectors[newest]) <= best
    assert wanted.any()
    assert all(newest[q] in rows[q] for q in np.flatnonzero(wanted))


def test_a_filter_that_keeps_most_still_gives_all_that_is_wanted(
    large: tuple[np.ndarray, np.ndarray, VectorIndex],
) -> None:
    vectors, queries, index = large
    kept = np.setdiff1d(np.arange(len(vectors)), np.arange(0, len(vectors), 100))
    assert len(kept) > EXACT_ROWS
    rows = index.search(queries, 10, kept).rows
    assert rows.shape == (50, 10)
    assert (rows % 100 != 0).all()
    scores = queries @ vectors[kept].T
    exact = kept[np.argsort(-scores, axis=1)[:, :10]]
    assert sum(np.isin(a, b).sum() for a, b in zip(rows, exact, strict=True)) >= 0.95 * 500


def test_codes_come_back_from_disk_unless_something_has_changed(
    large: tuple[np.ndarray, np.ndarray, VectorIndex], tmp_path: Path
) -> None:
    vectors, queries, _ = large
    ids = np.arange(1, len(vectors) + 1)
    codes = CodeIndex.build(lambda: batches(ids, vectors), len(vectors), "model", 0.95)
    stored.write(tmp_path / "ann", 7, codes)
    again = stored.open_codes(tmp_path / "ann", 64, "model")
    assert again is not None
    assert again.settings == codes.settings
    assert again.candidates(queries[:1], 10).tolist() == codes.candidates(queries[:1], 10).tolist()
    assert stored.open_codes(tmp_path / "ann", 64, "another model") is None
    assert stored.check(tmp_path / "ann") == []
    path = tmp_path / "ann" / "7" / "codes" / "index.faiss"
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    assert stored.open_codes(tmp_path / "ann", 64, "model") is None
    assert stored.check(tmp_path / "ann") == [
        "the file codes/index.faiss of the vector index has changed"
    ]
