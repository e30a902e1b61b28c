"""BM25 by tantivy, one word index for each language.

Imports disk, text and types. It alone knows tantivy; others take the index, the functions that
write and check its folder, and the analysis of words that highlighting shares with it.
"""

from semsearch.lexical.analysis import UNSPACED, analyze, group, ngram_sizes, query_terms
from semsearch.lexical.index import LEXICAL_FOLDER, LexicalIndex, check, is_whole, is_worn, write

__all__ = [
    "LEXICAL_FOLDER",
    "UNSPACED",
    "LexicalIndex",
    "analyze",
    "check",
    "group",
    "is_whole",
    "is_worn",
    "ngram_sizes",
    "query_terms",
    "write",
]
