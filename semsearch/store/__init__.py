"""The index folder: SQLite holds articles, passages and vectors, and is the only truth."""

from semsearch.store.check import check_database
from semsearch.store.checksums import passage_digest
from semsearch.store.lock import WriterLock
from semsearch.store.passing import Passing
from semsearch.store.reader import Reader
from semsearch.store.rows import KnownFile
from semsearch.store.salvage import Salvage
from semsearch.store.schema import DATABASE, damage_reported
from semsearch.store.table import ChunkTable, read_table
from semsearch.store.writer import Writer

__all__ = [
    "DATABASE",
    "ChunkTable",
    "KnownFile",
    "Passing",
    "Reader",
    "Salvage",
    "Writer",
    "WriterLock",
    "check_database",
    "damage_reported",
    "passage_digest",
    "read_table",
]
