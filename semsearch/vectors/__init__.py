"""Nearest neighbours by FAISS: exact for small collections, approximate past 50,000 passages.

Imports disk and config. It alone knows FAISS; others take the index in memory (`VectorIndex`), the
rows under it, and `stored`, the module of the approximate index on disk.
"""

from semsearch.vectors.blas import one_blas_thread
from semsearch.vectors.codes import CodeIndex, Settings
from semsearch.vectors.mapped import VectorsChanged, read_vectors, write_vectors
from semsearch.vectors.nearest import Nearest
from semsearch.vectors.rows import Passages, VectorRows, joined
from semsearch.vectors.search import EXACT_ROWS, Neighbors, VectorIndex
from semsearch.vectors.stored import ANN, Stored, describe, open_stored

__all__ = [
    "ANN",
    "EXACT_ROWS",
    "CodeIndex",
    "Nearest",
    "Neighbors",
    "Passages",
    "Settings",
    "Stored",
    "VectorIndex",
    "VectorRows",
    "VectorsChanged",
    "describe",
    "joined",
    "one_blas_thread",
    "open_stored",
    "read_vectors",
    "stored",
    "write_vectors",
]
