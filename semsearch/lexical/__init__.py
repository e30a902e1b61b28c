"""Exact BM25 on mapped segments, one word index for each language.

Imports disk, text and types. Others take the index, the functions that write and check its folder,
and the analysis of words that highlighting shares with it.
"""

from semsearch.lexical.analysis import analyze, group, query_terms
from semsearch.lexical.bm25 import Statistics, total
from semsearch.lexical.generations import LEXICAL_FOLDER, check, is_whole, write
from semsearch.lexical.index import LexicalIndex, LexicalScores
from semsearch.lexical.words import PIECE, UNSPACED, WORD, ngram_sizes

__all__ = [
    "LEXICAL_FOLDER",
    "PIECE",
    "UNSPACED",
    "WORD",
    "LexicalIndex",
    "LexicalScores",
    "Statistics",
    "analyze",
    "check",
    "group",
    "is_whole",
    "ngram_sizes",
    "query_terms",
    "total",
    "write",
]
