"""The index folder: SQLite holds articles, passages and vectors, and is the only truth."""

from semsearch.store.files import KnownFile
from semsearch.store.reader import ChunkTable, Reader
from semsearch.store.writer import Writer

__all__ = ["ChunkTable", "KnownFile", "Reader", "Writer"]
