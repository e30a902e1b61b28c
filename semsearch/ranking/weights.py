"""The numbers in the score and the relevance of a hit, and where each of them comes from."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class RankingWeights:
    """The weights of a score, with the measurement or the choice behind each.

    Chosen on seven development sets and on everyday questions about `seeds/`, in collections of one
    language and of many (2026-11-29); `python -m benchmarks.ranking` measures what each part of
    the score brings on all of them.
    """

    meaning: float = 0.08
    """Of a cosine that is one standard deviation above that of unrelated texts. A choice of unit:
    for the default model, the part is then about the cosine itself."""
    words: float = 0.5
    """Of a passage that contains every word of the query. With 0.3 and 0.7, MRR@10 of questions
    within a language is 0.002 lower and 0.001 higher; of headlines whose answer is in another
    language, it is 0.001 higher and 0.003 lower."""
    words_beside_tokens: float = 1.5
    """The same beside a model that only looks tokens up, and so knows no more of a passage than its
    words: with 0.5, MRR@10 of questions within a language is 0.05 lower."""
    full_query: float = 4.0
    """A query is counted as if it had at least this many rare words. Of two words, one is often
    contained by chance: without this, one everyday question in fifteen found another article
    first, because it contains one of the words."""


WEIGHTS = RankingWeights()
"""The weights that every score is made with."""
