"""Files to articles: find them, open them safely, read what they hold.

Imports text and config. Others take `walk`, `open_source` and `read_documents`; each file format
has a module here that nobody else knows.
"""

from semsearch.readers.read import SUFFIXES, open_source, read_documents
from semsearch.readers.walk import IGNORE_FILE, walk

__all__ = [
    "IGNORE_FILE",
    "SUFFIXES",
    "open_source",
    "read_documents",
    "walk",
]
