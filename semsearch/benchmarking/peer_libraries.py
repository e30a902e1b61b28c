"""Other search libraries: for each a function that builds an index and returns its search function.

All graphs (HNSW) have 16 neighbours per node and 200 candidates during construction; the number of
candidates during search is raised until the target recall is reached. Everything else is as each
project recommends. All use one thread.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from semsearch.config import VectorSettings
from semsearch.lexical import LexicalIndex
from semsearch.types import Embeddings
from semsearch.vectors import Passages, VectorIndex, VectorRows, stored

K = 10
"""Neighbours per query."""
DEPTH = 30
"""Passages per query in keyword search, a choice: several of the best can be of one article."""
_M, _EF_CONSTRUCTION = 16, 200
"""The defaults of hnswlib."""
_EFFORTS = (10, 16, 24, 32, 48, 64, 96, 128, 192, 256, 384, 512, 768, 1024)
"""Candidates during search that are tried, two for each doubling."""
_BATCH = 4096

Vector = npt.NDArray[np.float32]
Found: TypeAlias = Any
"""Ids, in whatever type a library returns."""
SearchVectors = Callable[[Vector, int], Found]
"""From a query (d,) and a number of candidates to the K nearest rows, best first."""
Passage = tuple[int, str, str]
"""Id, language and text."""
SearchWords = Callable[[str], Found]
"""From a query to the ids of the DEPTH best passages, best first."""


@dataclass(frozen=True, slots=True)
class Engine:
    """A library and how it is used."""

    name: str
    module: str
    """Imported first; if that fails, the library counts as not installed."""
    distribution: str
    settings: str
    """Settings for the table; `{effort}` becomes the number of candidates that was chosen."""
    vectors: Callable[[Embeddings, Path], SearchVectors] | None = None
    """From unit rows (n, d) and a folder for its files to its search function."""
    words: Callable[[Sequence[Passage]], SearchWords] | None = None
    efforts: Sequence[int] = (0,)
    """Ascending numbers of candidates; the first that reaches the target recall is measured."""


def _semsearch(rows: Embeddings, folder: Path) -> SearchVectors:
    ids = np.arange(1, len(rows) + 1)
    passages = Passages(ids, ids, np.zeros(len(rows), np.int16), ("und",))
    batches = (rows[at : at + _BATCH].astype(np.float16) for at in range(0, len(rows), _BATCH))
    stored.write(folder, 1, passages, batches, "", VectorSettings())
    made = stored.open_stored(folder, "")
    assert made
    index = VectorIndex(VectorRows(made.vectors), made.codes)
    return lambda query, effort: index.search(query[None], K).rows[0]


def _hnswlib(rows: Embeddings, folder: Path) -> SearchVectors:
    import hnswlib

    index = hnswlib.Index(space="ip", dim=rows.shape[1])
    index.init_index(len(rows), ef_construction=_EF_CONSTRUCTION, M=_M)
    index.add_items(rows, num_threads=1)

    def search(query: Vector, effort: int) -> Found:
        index.set_ef(effort)
        return index.knn_query(query, K, num_threads=1)[0][0]

    return search


def _usearch(rows: Embeddings, folder: Path) -> SearchVectors:
    from usearch.index import Index

    index = Index(
        ndim=rows.shape[1],
        metric="ip",
        dtype="f32",
        connectivity=_M,
        expansion_add=_EF_CONSTRUCTION,
    )
    index.add(np.arange(len(rows)), rows, threads=1)

    def search(query: Vector, effort: int) -> Found:
        index.expansion_search = effort
        return index.search(query, K, threads=1).keys

    return search


def _voyager(rows: Embeddings, folder: Path) -> SearchVectors:
    import voyager

    index = voyager.Index(
        voyager.Space.InnerProduct,
        num_dimensions=rows.shape[1],
        M=_M,
        ef_construction=_EF_CONSTRUCTION,
    )
    index.add_items(rows, num_threads=1)
    return lambda query, effort: index.query(query, K, num_threads=1, query_ef=effort)[0]


def _lancedb(rows: Embeddings, folder: Path) -> SearchVectors:
    import lancedb
    import pyarrow
    from lancedb.index import HnswSq

    column = pyarrow.FixedSizeListArray.from_arrays(pyarrow.array(rows.ravel()), rows.shape[1])
    data = pyarrow.table({"row": np.arange(len(rows)), "vector": column})
    table = lancedb.connect(folder).create_table("vectors", data)
    graph = HnswSq(distance_type="dot", num_partitions=1, m=_M, ef_construction=_EF_CONSTRUCTION)
    table.create_index("vector", config=graph)

    def search(query: Vector, effort: int) -> Found:
        asked = (
            table.search(query)
            .distance_type("dot")
            .ef(max(effort, 2 * K))
            .refine_factor(2)
            .limit(K)
        )
        return asked.select(["row", "_distance"]).to_arrow()["row"].to_numpy()

    return search


def _chromadb(rows: Embeddings, folder: Path) -> SearchVectors:
    import chromadb

    def client() -> Any:  # noqa: ANN401 - untyped
        quiet = chromadb.config.Settings(anonymized_telemetry=False)
        return chromadb.PersistentClient(str(folder), quiet)

    graph = {
        "space": "ip",
        "max_neighbors": _M,
        "ef_construction": _EF_CONSTRUCTION,
        "num_threads": 1,
    }
    table = client().create_collection(
        "vectors", configuration={"hnsw": graph}, embedding_function=None
    )
    step = client().get_max_batch_size()
    for at in range(0, len(rows), step):
        batch = rows[at : at + step]
        table.add(ids=[str(at + place) for place in range(len(batch))], embeddings=batch)
    set_to = 0

    def search(query: Vector, effort: int) -> Found:
        nonlocal set_to, table
        if effort != set_to:
            table.modify(configuration={"hnsw": {"ef_search": effort}})
            client().clear_system_cache()  # ef_search is read when an index is opened
            table = client().get_collection("vectors", embedding_function=None)
            set_to = effort
        found = table.query(query_embeddings=query[None], n_results=K, include=[])
        return [int(id_) for id_ in found["ids"][0]]

    return search


def _qdrant(rows: Embeddings, folder: Path) -> SearchVectors:
    from qdrant_client import QdrantClient, models

    client = QdrantClient(":memory:")
    form = models.VectorParams(size=rows.shape[1], distance=models.Distance.DOT)
    client.create_collection("vectors", form)
    client.upload_collection("vectors", vectors=rows, ids=range(len(rows)))

    def search(query: Vector, effort: int) -> Found:
        found = client.query_points("vectors", query=query, limit=K, with_payload=False)
        return [point.id for point in found.points]

    return search


def _sqlite_vec(rows: Embeddings, folder: Path) -> SearchVectors:
    import apsw  # sqlite3 of many Python builds cannot load extensions
    import sqlite_vec

    database = apsw.Connection(str(folder / "vectors.db"))
    database.enable_load_extension(True)
    sqlite_vec.load(database)
    form = f"embedding float[{rows.shape[1]}] distance_metric=cosine"
    database.execute(f"CREATE VIRTUAL TABLE vectors USING vec0({form})")
    with database:
        database.executemany(
            "INSERT INTO vectors(rowid, embedding) VALUES (?, ?)",
            ((place, row.tobytes()) for place, row in enumerate(rows)),
        )
    wanted = f"SELECT rowid FROM vectors WHERE embedding MATCH ? AND k = {K}"
    return lambda query, effort: [row for (row,) in database.execute(wanted, (query.tobytes(),))]


def _txtai(rows: Embeddings, folder: Path) -> SearchVectors:
    from txtai import Embeddings as Table

    graph = {"m": _M, "efconstruction": _EF_CONSTRUCTION}
    table = Table(
        method="external", transform=lambda row: row, backend="hnsw", hnsw=graph, content=False
    )
    table.index((place, row, None) for place, row in enumerate(rows))

    def search(query: Vector, effort: int) -> Found:
        table.ann.config["hnsw"]["efsearch"] = effort
        return [row for row, _ in table.search(query, K)]

    return search


def _semsearch_words(passages: Sequence[Passage]) -> SearchWords:
    index = LexicalIndex.in_memory(passages)

    def search(query: str) -> Found:
        """Merge languages by the share of the highest possible score, as `--mode lexical` does."""
        votes = index.search(query, DEPTH)
        ids = np.concatenate([vote.ids for vote in votes] or [np.empty(0, np.int64)])
        shares = np.concatenate([vote.scores / vote.once for vote in votes] or [np.empty(0)])
        return ids[np.argsort(-shares, kind="stable")][:DEPTH]

    return search


def _bm25s(passages: Sequence[Passage]) -> SearchWords:
    import bm25s

    def tokenize(texts: str | list[str]) -> Found:
        return bm25s.tokenize(texts, stopwords=None, show_progress=False)

    index = bm25s.BM25()
    index.index(tokenize([text for _, _, text in passages]), show_progress=False)
    ids = [id_ for id_, _, _ in passages]
    depth = min(DEPTH, len(passages))

    def search(query: str) -> Found:
        found, scores = index.retrieve(tokenize(query), k=depth, show_progress=False, n_threads=0)
        return [ids[place] for place, score in zip(found[0], scores[0], strict=True) if score > 0]

    return search


def _txtai_words(passages: Sequence[Passage]) -> SearchWords:
    from txtai import Embeddings as Table

    table = Table(keyword=True, content=False)
    table.index((id_, text, None) for id_, _, text in passages)
    return lambda query: [id_ for id_, _ in table.search(query, DEPTH)]


_GRAPH = f"HNSW, M {_M}, ef {_EF_CONSTRUCTION} and {{effort}}"
VECTORS = (
    Engine("semsearch", "semsearch", "semsearch", "chosen by itself", _semsearch),
    Engine("hnswlib", "hnswlib", "hnswlib", _GRAPH, _hnswlib, efforts=_EFFORTS),
    Engine("usearch", "usearch", "usearch", _GRAPH, _usearch, efforts=_EFFORTS),
    Engine("voyager", "voyager", "voyager", _GRAPH, _voyager, efforts=_EFFORTS),
    Engine("lancedb", "lancedb", "lancedb", _GRAPH + ", 8 bits", _lancedb, efforts=_EFFORTS),
    Engine("chromadb", "chromadb", "chromadb", _GRAPH, _chromadb, efforts=_EFFORTS),
    Engine("qdrant local", "qdrant_client", "qdrant-client", "exact", _qdrant),
    Engine("sqlite-vec", "sqlite_vec", "sqlite-vec", "exact", _sqlite_vec),
    Engine("txtai", "txtai", "txtai", _GRAPH, _txtai, efforts=_EFFORTS),
)
WORDS = (
    Engine("semsearch", "semsearch", "semsearch", "stemmers", words=_semsearch_words),
    Engine("bm25s", "bm25s", "bm25s", "Lucene's BM25, no stemmer", words=_bm25s),
    Engine("txtai", "txtai", "txtai", "BM25, no stemmer", words=_txtai_words),
)
