"""How semsearch is measured: ranking, speed, the vector index, and other libraries beside it.

Imports the facade, store, vectors and lexical. Others, that is `semsearch bench`
and the scripts of `benchmarks/`, import its modules one by one. Every benchmark makes records, and
tables and plots are made from records alone.
"""

__all__ = [
    "ann",
    "answer_tables",
    "collection_index",
    "dataset_files",
    "datasets",
    "faiss_indexes",
    "gate",
    "groups",
    "latency",
    "memory",
    "metrics",
    "peers",
    "quality",
    "relevance",
    "report",
    "results",
    "scale",
    "tables",
    "vector_folder",
    "vector_sources",
]
