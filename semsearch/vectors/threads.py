"""How many threads numpy's BLAS and FAISS use while a query is answered."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache

import faiss
from threadpoolctl import ThreadpoolController

_free = threading.Lock()


@contextmanager
def one_blas_thread() -> Iterator[None]:
    """Limit numpy to one thread: waiting for others takes longer than the products of a query.

    Where another program keeps a core busy, a query takes twice as long with a thread for each
    core. The limit holds for the whole process; of several queries at a time the first sets it.
    """
    if not _free.acquire(blocking=False):
        yield
        return
    try:
        with _libraries().limit(limits=1):
            yield
    finally:
        _free.release()


@contextmanager
def one_faiss_thread() -> Iterator[None]:
    """Limit FAISS to one thread, for what this thread asks of it, while the work is short.

    Where another program keeps a core busy, waiting for a second thread takes ten times as long as
    the work itself.
    """
    threads = faiss.omp_get_max_threads()
    faiss.omp_set_num_threads(1)
    try:
        yield
    finally:
        faiss.omp_set_num_threads(threads)


@cache
def _libraries() -> ThreadpoolController:
    """The BLAS libraries that are loaded; finding them takes 2 ms."""
    return ThreadpoolController().select(user_api="blas")
