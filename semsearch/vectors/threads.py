"""How many threads FAISS uses for what this thread asks of it."""

from collections.abc import Iterator
from contextlib import contextmanager

import faiss


@contextmanager
def one_thread() -> Iterator[None]:
    """One thread, for short work: others would have to be waited for.

    Where another program keeps a core busy, that is ten times as long as the work itself.
    """
    threads = faiss.omp_get_max_threads()
    faiss.omp_set_num_threads(1)
    try:
        yield
    finally:
        faiss.omp_set_num_threads(threads)
