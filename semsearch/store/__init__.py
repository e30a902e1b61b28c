"""The database of an index folder: SQLite holds articles, passages and vectors, every row checked.

Imports chunking, vectors and request. Only this package uses SQLite. Others read through `Reader`
and the tables made from it, and write through `Writer`, of which there is one at a time.
"""

from semsearch.store.check import check_database
from semsearch.store.checksums import passage_digest
from semsearch.store.filters import Facts, Filter
from semsearch.store.lock import WriterLock
from semsearch.store.meta import (
    WITHOUT_TOKENS,
    IndexMeta,
    build_values,
    require_same_build,
    vector_values,
)
from semsearch.store.passing import Passing
from semsearch.store.reader import Reader
from semsearch.store.rows import KnownFile, PassageLang, PassageText
from semsearch.store.salvage import Salvage
from semsearch.store.schema import DATABASE, damage_reported
from semsearch.store.status import read_status
from semsearch.store.table import ChunkTable, read_table
from semsearch.store.writer import Writer

__all__ = [
    "DATABASE",
    "WITHOUT_TOKENS",
    "ChunkTable",
    "Facts",
    "Filter",
    "IndexMeta",
    "KnownFile",
    "PassageLang",
    "PassageText",
    "Passing",
    "Reader",
    "Salvage",
    "Writer",
    "WriterLock",
    "build_values",
    "check_database",
    "damage_reported",
    "passage_digest",
    "read_status",
    "read_table",
    "require_same_build",
    "vector_values",
]
