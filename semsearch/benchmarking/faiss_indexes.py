"""Other FAISS indexes, to compare with the one that semsearch chooses."""

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
"""One index of each family: inverted lists, graph, 8 bits, 1 bit; the sizes are a choice."""
_NPROBE = (1, 4, 16, 64, 256)
_EF_SEARCH = (16, 64, 256)
"""Search settings that are measured, a choice: powers of four, from fastest to most thorough."""


@dataclass(frozen=True, slots=True)
class Variant:
    """One index with one search setting."""

    name: str
    search: Callable[[Embeddings], npt.NDArray[np.int64]]
    build_s: float


def variants(factory: str, vectors: VectorFolder) -> Iterator[Variant]:
    """Build an index of all vectors, in memory in single precision, for each search setting.

    Args:
        factory: a description for `faiss.index_factory`: `HNSW32`, `IVF1024,Flat`.
        vectors: a few million at most, because all are held in memory.

    Raises:
        InputError: FAISS cannot make this index of these vectors.
    """
    matrix = np.concatenate([halves.astype(np.float32) for halves in vectors.batches()])
    began = perf_counter()
    try:
        index = faiss.index_factory(vectors.dim, factory, faiss.METRIC_INNER_PRODUCT)
        index.train(matrix)
    except RuntimeError as error:
        raise InputError(
            f"FAISS makes no index {factory} of these vectors: {error}. Name one as "
            "faiss.index_factory takes it: HNSW32, IVF1024,Flat"
        ) from error
    index.add(matrix)
    build_s = perf_counter() - began
    del matrix
    for name, parameters in _settings(index):

        def search(
            queries: Embeddings, parameters: faiss.SearchParameters | None = parameters
        ) -> npt.NDArray[np.int64]:
            _, rows = index.search(queries, K, params=parameters)
            return np.asarray(rows)

        yield Variant(f"{factory}{name}", search, build_s)


def _settings(index: faiss.Index) -> Iterator[tuple[str, faiss.SearchParameters | None]]:
    if isinstance(index, faiss.IndexIVF):
        for nprobe in _NPROBE:
            if nprobe <= index.nlist:
                yield f", nprobe {nprobe}", faiss.SearchParametersIVF(nprobe=nprobe)
    elif isinstance(index, faiss.IndexHNSW):
        for ef_search in _EF_SEARCH:
            yield f", efSearch {ef_search}", faiss.SearchParametersHNSW(efSearch=ef_search)
    else:
        yield "", None
