"""How many threads numpy's BLAS uses while a query is answered."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache

from threadpoolctl import ThreadpoolController

_free = threading.Lock()


@contextmanager
def one_blas_thread() -> Iterator[None]:
    """One thread: the products of a query are small, and others would have to be waited for.

    Where another program keeps a core busy, a query takes twice as long with a thread for each.
    The limit holds for the whole process, so that of several queries at a time the first sets it.
    """
    if not _free.acquire(blocking=False):
        yield
        return
    try:
        with _libraries().limit(limits=1):
            yield
    finally:
        _free.release()


@cache
def _libraries() -> ThreadpoolController:
    """Those that are loaded, 2 ms."""
    return ThreadpoolController().select(user_api="blas")
