"""Nearest neighbours on real FAISS, exact for small collections and nearly so for large ones."""

import numpy as np
import pytest

from semsearch.vectors import EXACT_ROWS, VectorIndex


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
    return vectors, queries, VectorIndex(vectors)


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
