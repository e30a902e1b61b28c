"""The numbers in the score of a hit, and where each of them comes from."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class RankingWeights:
    """The weights of a score, with the measurement or the choice behind each.

    Measured on news headlines (ntrex-dev, 25 languages) and questions (xquad-dev, 5 languages) by
    `python -m benchmarks.ranking`. The weights of the parts were chosen on sets made of training
    text and on half of the development questions; `seeds/` only showed what they cost where
    languages compete.
    """

    lexical: float = 0.7
    """Of shared words, as a share of the best BM25 score that the query allows. 2026-11-24: 0.9 was
    best within a language, but where languages compete it cost 0.018 of nDCG@10 on `seeds/`
    (`semsearch bench quality`), together with a spelling weight of 0.5; the present weights cost a
    quarter of that."""
    dense: float = 0.25
    """Of a cosine that stands `deviations` above the background. 2026-11-23."""
    deviations: float = 10.0
    """Standard deviations of the cosine that count as a full match of meaning. A choice
    (2026-11-23): only `dense / deviations` matters."""
    alignment: float = 0.05
    """Of agreement token by token. 2026-11-23."""
    spelling: float = 0.25
    """Of shared character n-grams, where languages compete. 2026-11-24: 0.5 was best within a
    language, see `lexical`. With it MRR@10 within a language rose from 0.957 to 0.961 for questions
    and from 0.919 to 0.923 for headlines."""
    lexical_alone: float = 1.3
    """Factor for `lexical` where all candidates are in one language, so that nothing has to be
    balanced: 0.9, the best weight within a language, over 0.7. 2026-11-24."""
    closer_alone: float = 2.0
    """The same factor for `alignment` and `spelling`. 2026-11-23: for alignment it raised MRR@10 of
    questions within a language from 0.954 to 0.957; spelling followed on 2026-11-24."""
    prior_passages: int = 32
    """Prior strength of the background: the usual mean and deviation count as this many passages of
    a language. A choice (2026-11-23), so that a language of a few passages is not measured against
    itself."""
    chance_ranks: tuple[int, int] = (4, 10)
    """(start, end) of the lexical ranks within a language, from 0, whose mean share tells what
    words are shared by chance. A choice (2026-11-23): the first four are left to the answer and its
    copies."""
    chance_floor: float = -0.05
    """Lower limit of a share less the chance level: the most that a passage can lose for holding
    fewer words of the query than others hold by chance. A choice (2026-11-23)."""
    typical_alignment: float = 0.15
    """Lower limit of the alignment that counts as typical of the best articles of a language: below
    it, differences are noise. A choice (2026-11-23)."""
    shortlisted: int = 16
    """Best articles whose alignment and spelling are measured. 2026-11-24, with `spelling`: the
    gain there was measured with sixteen."""
    shortlisted_of_language: int = 4
    """The least number of these that one language may fill, however many languages compete. A
    choice (2026-11-24)."""
    reference_articles: int = 10
    """Best articles of a language with whose mean alignment and spelling the others are compared,
    and the most better articles for which `balance` is charged: a page of hits. A choice
    (2026-11-23)."""
    balance: float = 0.005
    """What an article loses for each better one in its language, where languages compete.
    2026-11-24, in the mixed collection of `benchmarks.ranking`: of 610 headlines asked of the same
    articles in ten languages, 18 found fewer than four languages in the first ten hits without it
    and none with it; nDCG@10 on `seeds/` went from 0.864 to 0.866."""


WEIGHTS = RankingWeights()
"""The weights that every score is made with."""
