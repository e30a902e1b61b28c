"""Exact BM25 on mapped segments, one word index for each language.

Imports disk, text and types. Others take the index, the functions that write and check its folder,
the analysis of words that highlighting shares with it, and what finds phrases in texts.
"""

from semsearch.lexical.analysis import analyze, group, query_terms
from semsearch.lexical.bm25 import Statistics, total
from semsearch.lexical.exact import ExactText, folded
from semsearch.lexical.generations import LEXICAL_FOLDER, check, is_whole, write
from semsearch.lexical.index import LexicalIndex, LexicalScores
from semsearch.lexical.words import PIECE, UNSPACED, WORD, ngram_sizes

__all__ = [
    "LEXICAL_FOLDER",
    "PIECE",
    "UNSPACED",
    "WORD",
    "ExactText",
    "LexicalIndex",
    "LexicalScores",
    "Statistics",
    "analyze",
    "check",
    "folded",
    "group",
    "is_whole",
    "ngram_sizes",
    "query_terms",
    "total",
    "write",
]
