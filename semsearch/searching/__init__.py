"""A question to its hits, from one state of an index: candidates, order, copies, highlights.

Imports store, encoders, ranking, vectors and lexical. Only the facade `SearchIndex` uses it: it
opens a searcher, resolves a request to what the searcher looks for and asks for the hits.
"""

from semsearch.searching.feedback import ResolvedRequest, resolve
from semsearch.searching.hits import answer, find_article
from semsearch.searching.searcher import Searcher, open_searcher
from semsearch.searching.timings import Timings

__all__ = [
    "ResolvedRequest",
    "Searcher",
    "Timings",
    "answer",
    "find_article",
    "open_searcher",
    "resolve",
]
