"""The arithmetic of a ranking, on numpy arrays alone: scores, relevance, copies.

Imports types and text; it knows neither the store nor the models. Others take the parts of a score,
the relevance of a hit, and the finder of copies among the best articles.
"""

from semsearch.ranking.copies import CopyFinder, article_vectors
from semsearch.ranking.near_duplicates import MAX_COMPARED_CHARS, ArticleFeatures
from semsearch.ranking.ranked_passages import RankedPassages
from semsearch.ranking.relevance import relevance
from semsearch.ranking.score import (
    LexicalMatches,
    first_per_group,
    has_words,
    is_single_letters,
    meaning_part,
    word_shares,
    words_part,
)
from semsearch.ranking.weights import WEIGHTS

__all__ = [
    "MAX_COMPARED_CHARS",
    "WEIGHTS",
    "ArticleFeatures",
    "CopyFinder",
    "LexicalMatches",
    "RankedPassages",
    "article_vectors",
    "first_per_group",
    "has_words",
    "is_single_letters",
    "meaning_part",
    "relevance",
    "word_shares",
    "words_part",
]
