"""Everything that changes an index: from files to what a search can see, under one writer's lock.

Imports readers, chunking, encoders, store, lexical and vectors. Others take the operations named
here, which are those of the command line. Each of them, if interrupted, leaves the old state or the
new one.
"""

from semsearch.indexing.integrity import verify
from semsearch.indexing.repairing import repair
from semsearch.indexing.updating import preview, reindex, remove, update
from semsearch.indexing.watching import watch

__all__ = [
    "preview",
    "reindex",
    "remove",
    "repair",
    "update",
    "verify",
    "watch",
]
