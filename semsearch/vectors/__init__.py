"""Nearest neighbours by FAISS: the only part that knows it."""

from semsearch.vectors.codes import CodeIndex, Settings
from semsearch.vectors.mapped import VectorsChanged
from semsearch.vectors.rows import VectorRows
from semsearch.vectors.search import EXACT_ROWS, Neighbors, VectorIndex

__all__ = [
    "EXACT_ROWS",
    "CodeIndex",
    "Neighbors",
    "Settings",
    "VectorIndex",
    "VectorRows",
    "VectorsChanged",
]
