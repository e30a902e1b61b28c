"""Other kinds of FAISS indexes, to compare with the one that semsearch chooses."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from time import perf_counter

import faiss
import numpy as np
import numpy.typing as npt

from semsearch.benchmarking.vector_folder import K, VectorFolder
from semsearch.errors import InputError
from semsearch.types import Embeddings

GRID = ("IVF256,Flat", "IVF256,SQ8", "HNSW16,SQ8", "SQ8", "RaBitQ")
"""Kinds to compare with, one of each family."""
_PROBES = (1, 4, 16, 64, 256)
_EFFORTS = (16, 64, 256)


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of index with one setting of its search."""

    name: str
    search: Callable[[Embeddings], npt.NDArray[np.int64]]
    build_s: float


def kinds_of(factory: str, vectors: VectorFolder) -> Iterator[Kind]:
    """An index of all vectors, in memory in single precision, with each setting of its search.

    Args:
        factory: as `faiss.index_factory` takes it: `HNSW32`, `IVF1024,Flat`.
        vectors: at most some millions.

    Raises:
        InputError: FAISS knows no such index.
    """
    matrix = np.concatenate([halves.astype(np.float32) for halves in vectors.batches()])
    began = perf_counter()
    try:
        index = faiss.index_factory(vectors.dim, factory, faiss.METRIC_INNER_PRODUCT)
        index.train(matrix)
    except RuntimeError as error:
        raise InputError(f"FAISS makes no index {factory} of these vectors: {error}") from error
    index.add(matrix)
    build_s = perf_counter() - began
    del matrix
    for name, parameters in _settings(index):

        def search(
            queries: Embeddings, parameters: faiss.SearchParameters | None = parameters
        ) -> npt.NDArray[np.int64]:
            _, rows = index.search(queries, K, params=parameters)
            return np.asarray(rows)

        yield Kind(f"{factory}{name}", search, build_s)


def _settings(index: faiss.Index) -> Iterator[tuple[str, faiss.SearchParameters | None]]:
    if isinstance(index, faiss.IndexIVF):
        for nprobe in _PROBES:
            if nprobe <= index.nlist:
                yield f", nprobe {nprobe}", faiss.SearchParametersIVF(nprobe=nprobe)
    elif isinstance(index, faiss.IndexHNSW):
        for effort in _EFFORTS:
            yield f", efSearch {effort}", faiss.SearchParametersHNSW(efSearch=effort)
    else:
        yield "", None
