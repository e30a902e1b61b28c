"""How semsearch is measured: ranking, speed, the vector index, and other libraries beside it.

Imports the facade, store, vectors and lexical. Only `semsearch bench` and the scripts of
`benchmarks/` take its modules, each for itself. Every benchmark makes records, and tables and plots
are made of records alone.
"""

__all__ = [
    "ann",
    "datasets",
    "faiss_indexes",
    "latency",
    "metrics",
    "peers",
    "quality",
    "report",
    "results",
    "scale",
    "tables",
    "vector_folder",
    "vector_sources",
]
