"""While a query is answered numpy's products use one thread, and then as many as before."""

import threading
from collections.abc import Iterator

import numpy as np  # noqa: F401 - its BLAS is what is limited
import pytest
from threadpoolctl import threadpool_info, threadpool_limits

from semsearch.vectors.threads import one_blas_thread


def threads() -> list[int]:
    return [each["num_threads"] for each in threadpool_info() if each["user_api"] == "blas"]


@pytest.fixture
def before() -> Iterator[list[int]]:
    with threadpool_limits(3, "blas"):
        yield threads()


def test_the_limit_ends_with_the_query(before: list[int]) -> None:
    with one_blas_thread():
        assert set(threads()) == {1}
    assert threads() == before
    assert max(before) == 3


def test_the_limit_ends_with_an_error(before: list[int]) -> None:
    @one_blas_thread()
    def failing_query() -> None:
        assert set(threads()) == {1}
        raise LookupError("no such article")

    with pytest.raises(LookupError, match="no such article"):
        failing_query()
    assert threads() == before
    assert max(before) == 3


def test_a_query_beside_another_leaves_the_limit_alone(before: list[int]) -> None:
    begun, end = threading.Event(), threading.Event()

    def query() -> None:
        with one_blas_thread():
            begun.set()
            end.wait()

    other = threading.Thread(target=query)
    with one_blas_thread():
        other.start()
        begun.wait()
    assert threads() == before
    end.set()
    other.join()
    assert threads() == before
