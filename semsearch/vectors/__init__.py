"""Nearest neighbours by FAISS: exact for small collections, approximate past 50,000 passages.

Imports disk and config. It alone knows FAISS; others take the index in memory (`VectorIndex`), the
rows that it searches, limits for threads, and `stored`, the module that writes, opens and checks
the approximate index on disk.
"""

from semsearch.vectors.codes import CodeIndex
from semsearch.vectors.exact_neighbors import ExactNeighbors
from semsearch.vectors.mapped import VectorsChanged, read_vectors, write_vectors
from semsearch.vectors.rows import Passages, VectorRows, join_passages
from semsearch.vectors.search import EXACT_ROWS, Neighbors, VectorIndex
from semsearch.vectors.stored import ANN_FOLDER, StoredIndex, describe, open_stored
from semsearch.vectors.threads import one_blas_thread

__all__ = [
    "ANN_FOLDER",
    "EXACT_ROWS",
    "CodeIndex",
    "ExactNeighbors",
    "Neighbors",
    "Passages",
    "StoredIndex",
    "VectorIndex",
    "VectorRows",
    "VectorsChanged",
    "describe",
    "join_passages",
    "one_blas_thread",
    "open_stored",
    "read_vectors",
    "stored",
    "write_vectors",
]
