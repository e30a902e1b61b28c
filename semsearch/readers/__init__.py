"""Files to articles: find them, open them safely, read what they hold.

Imports text and config. Others take `walk`, `open_source` and `read_documents`; the modules of the
single file formats are used in this package only.
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
