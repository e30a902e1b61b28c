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
    words: float = 0.7
    """Of a passage that contains every word of a query of four words or more. With 0.5 and 1.0,
    MRR@10 of four sets of questions within a language is 0.003 lower and the same; of headlines in
    a mixed collection, it is 0.001 higher and 0.022 lower."""
    beside_tokens: float = 4.0
    """Factor for `words` beside a model that only looks tokens up, and so knows no more of a
    passage than its words: with 1, the mean MRR@10 of seven sets is 0.02 lower."""
    full_query: float = 4.0
    """The words of a query have full weight if they say as much as this many rare words. Of two,
    one is often contained by chance: with 1, five more of 91 everyday questions find another
    article first because it contains a word."""
    single_letters: float = 0.1
    """Factor for the words of a query of single letters or digits: they order passages but hardly
    make them relevant. A choice."""


WEIGHTS = RankingWeights()
"""The weights that every score is made with."""
