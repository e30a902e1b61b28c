"""The arithmetic of a ranking, on numpy arrays alone: scores, relevance, copies.

Imports types and text; it knows neither the store nor the models. Others take the parts of a score,
the relevance of a hit, and the finder of copies among the best articles.
"""

from semsearch.ranking.copies import CopyFinder, article_vectors
from semsearch.ranking.near_duplicates import MOST_CHARS, Story
from semsearch.ranking.ngram_overlap import overlap
from semsearch.ranking.ranked_passages import Ranked
from semsearch.ranking.relevance import relevance
from semsearch.ranking.score import (
    LexicalVote,
    alignment_part,
    background,
    balance_part,
    best_of_languages,
    dense_part,
    first_of_each,
    least_measured,
    lexical_part,
    spelling_part,
)

__all__ = [
    "MOST_CHARS",
    "CopyFinder",
    "LexicalVote",
    "Ranked",
    "Story",
    "alignment_part",
    "article_vectors",
    "background",
    "balance_part",
    "best_of_languages",
    "dense_part",
    "first_of_each",
    "least_measured",
    "lexical_part",
    "overlap",
    "relevance",
    "spelling_part",
]
