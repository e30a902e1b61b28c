"""Files to articles: find them, open them safely, read what they hold."""

from semsearch.readers.read import SUFFIXES, open_source, read_documents
from semsearch.readers.walk import walk

__all__ = ["SUFFIXES", "open_source", "read_documents", "walk"]
