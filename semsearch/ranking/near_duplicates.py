"""Whether two articles are near-duplicates: one edited, shortened or translated from the other.

Precision comes first: two stories about one event are not copies. In one language, copies share
most of the shorter one's runs of tokens, and its numbers. Across languages they say the same,
sentence by sentence and in the same order, as a translation does.

Constants that name no measurement are choices of 2026-11-23.
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from semsearch.text.hashing import Hashes, rolled
from semsearch.types import Aligner, Cosines, Document, Embeddings, TokenIds, Weights

MAX_COMPARED_CHARS = 20_000
"""Characters of an article that are compared, from its beginning. A choice."""
_SHINGLE = 5
"""Tokens in a run, a "shingle" (Broder 1997, "On the resemblance and containment of
documents")."""
_MIN_SHARED_RUNS, _MIN_SHARED_NUMBERS = 0.4, 0.6
"""Shares of the runs and of the numbers of the shorter article that a copy in the same language
contains at least."""
_MARGIN = 0.1
"""Cosine that a matched sentence must have above its usual one before it counts."""
_MIN_DISTINCTIVE = 3
"""Minimum count of numbers or names before they are used to distinguish articles."""
_MIN_SHARED_NAMES = 0.15
"""Share of the names in one article, or in the other, that a translation in the same script has in
common: none of 6,400 pairs of translated articles in fifteen languages shared less (2026-11-24)."""
_SCRIPT_SAMPLE_CHARS = 40
"""Characters by which the script of an article is told. A choice."""
_NAME_PREFIX = 5
"""Letters of a name that are compared: Syrie and Syrien are one name, Chile and China are not. A
choice."""
_MIN_NUMBERS_ACROSS, _NEUTRAL_NUMBERS = 0.5, 0.7
"""Shares of the numbers of the article that has fewer: what a translation contains at least, and
what is evidence neither for a translation nor against it."""
_FEW_SENTENCES, _MIN_COSINE_OF_FEW = 3, 0.5
"""This few sentences match by chance, so each must also be near to one of the other article."""
_ALONG, _MUTUAL, _ORDER, _NUMBERS, _MIN_EVIDENCE = 43.0, 9.4, 1.8, 1.6, 16.0
"""Weights of the evidence for a translation, and how much of it is enough. The weights are those of
a logistic regression on parallel texts in thirty languages, each compared with its own translation
and with its neighbours (2026-11-24). Evidence is: by how much the cosines of sentences matched in
order exceed the usual ones, the share of the text in sentences that are each other's nearest, their
order, and shared numbers. The limit is above what articles reach that report one event in their own
words."""
_MIN_MUTUAL = 0.45
"""Minimum share of the text in sentences that are each other's nearest. Of 3,800 translations only
three had less and enough other evidence, and it rules out most other articles at once
(2026-11-24)."""
_WORD = re.compile(r"[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff]|\w+")
_NUMBER = re.compile(r"\d+(?:[.,\u066b\u066c\u00a0 ]\d+)*")
_INSIDE = re.compile(r"(?<=\w )[^\W\d_]{3,}")  # a word that does not begin a sentence
_ACCENTS = re.compile("[\u0300-\u036f]")


@dataclass(frozen=True)
class ArticleFeatures:
    """What is compared of an article; each feature is computed when it is first asked for."""

    document: Document
    tokens: Sequence[TokenIds]
    """Token ids of the title and of each sentence."""
    aligner: Aligner

    @cached_property
    def _text(self) -> str:
        document = self.document
        return f"{document.title}\n{document.text}"[:MAX_COMPARED_CHARS]

    @cached_property
    def runs(self) -> Hashes:
        """(r,) a hash of every distinct run of tokens, ascending."""
        tokens = np.concatenate([np.empty(0, np.int32), *self.tokens]).astype(np.uint64)
        runs = np.zeros(max(0, len(tokens) - _SHINGLE + 1), dtype=np.uint64)
        for offset in range(_SHINGLE):
            runs = rolled(runs, tokens[offset : offset + len(runs)])
        runs.sort()
        return runs[np.r_[True, runs[1:] != runs[:-1]]] if len(runs) else runs

    @cached_property
    def numbers(self) -> frozenset[str]:
        """Its numbers as digits alone, without what separates these."""
        found = _NUMBER.findall(unicodedata.normalize("NFKC", self._text))
        return frozenset(_digits(number) for number in found)

    @cached_property
    def _words(self) -> frozenset[str]:
        """The first letters of all words."""
        return frozenset(word[:_NAME_PREFIX] for word in _WORD.findall(_folded(self._text)))

    @cached_property
    def _names(self) -> frozenset[str]:
        """The first letters of words that have a capital inside a sentence."""
        names = {word for word in _INSIDE.findall(self._text) if word[0].isupper()}
        return frozenset(_folded(name)[:_NAME_PREFIX] for name in names)

    @cached_property
    def _script(self) -> str:
        """The script of most letters: the first word of their Unicode names."""
        letters = filter(str.isalpha, self._text[:_SCRIPT_SAMPLE_CHARS])
        scripts = Counter(unicodedata.name(each, "").partition(" ")[0] for each in letters)
        return max(scripts, key=scripts.__getitem__, default="")

    def has_names_of(self, other: "ArticleFeatures") -> bool | None:
        """Whether it contains names of another article; None where names cannot tell."""
        if len(other._names) < _MIN_DISTINCTIVE or other._script != self._script:
            return None
        return len(other._names & self._words) >= _MIN_SHARED_NAMES * len(other._names)

    @cached_property
    def sentences(self) -> Embeddings:
        """(s, d) unit vectors of the title and of each sentence."""
        return self.aligner.encode_token_ids(self.tokens)

    @cached_property
    def weights(self) -> Weights:
        """(s,) share of the tokens that each sentence has."""
        lengths = np.array([len(each) for each in self.tokens], dtype=np.float32)
        return lengths / max(1.0, float(lengths.sum()))


def are_copies(one: ArticleFeatures, other: ArticleFeatures) -> bool:
    """Whether one is a copy of the other, in either direction."""
    if one.document.lang == other.document.lang:
        return _is_edited(one, other)
    return _is_translated(one, other)


def _is_edited(one: ArticleFeatures, other: ArticleFeatures) -> bool:
    few, many = sorted((one.runs, other.runs), key=len)
    if not len(few):
        return False
    found = many[np.searchsorted(many, few).clip(max=len(many) - 1)] == few
    if np.count_nonzero(found) < _MIN_SHARED_RUNS * len(few):
        return False
    return _contained(one.numbers, other.numbers) >= _MIN_SHARED_NUMBERS


def _contained(one: frozenset[object], other: frozenset[object]) -> float:
    """The share of the smaller set that the other contains; 1 where both are empty, else 0."""
    smaller = min(len(one), len(other))
    return len(one & other) / smaller if smaller else float(one == other)


def _is_translated(one: ArticleFeatures, other: ArticleFeatures) -> bool:
    sizes = len(one.weights), len(other.weights)
    if not all(sizes):
        return False
    numbers = _NEUTRAL_NUMBERS
    if min(len(one.numbers), len(other.numbers)) >= _MIN_DISTINCTIVE:
        numbers = _contained(one.numbers, other.numbers)
        if numbers < _MIN_NUMBERS_ACROSS:
            return False
    cosines: Cosines = one.sentences @ other.sentences.T  # (s, t)
    if (
        min(sizes) <= _FEW_SENTENCES
        and _mean_nearest(cosines, one.weights, other.weights) < _MIN_COSINE_OF_FEW
    ):
        return False
    there, back = cosines.argmax(axis=1), cosines.argmax(axis=0)
    mutual = np.flatnonzero(back[there] == np.arange(sizes[0]))
    weights = one.weights[mutual]
    share = min(weights.sum(), other.weights[there[mutual]].sum())
    if share < _MIN_MUTUAL:
        return False
    evidence = (
        _ALONG * _along(cosines, one.weights, other.weights)
        + _MUTUAL * share
        + _ORDER * _order_kept(mutual, there[mutual], weights)
        + _NUMBERS * (numbers - _NEUTRAL_NUMBERS)
    )
    if evidence < _MIN_EVIDENCE:
        return False
    # One direction is enough: German writes all nouns with a capital, like names.
    named = one.has_names_of(other), other.has_names_of(one)
    return True in named or False not in named


def _mean_nearest(cosines: Cosines, one: Weights, other: Weights) -> float:
    """The mean cosine of the sentences to their nearest in the other; the lower of both directions.

    Args:
        cosines: (s, t) of all pairs of sentences.
        one: (s,) weights of the sentences.
        other: (t,)
    """
    return float(min(cosines.max(axis=1) @ one, cosines.max(axis=0) @ other))


def _order_kept(here: npt.NDArray[np.intp], there: npt.NDArray[np.intp], weights: Weights) -> float:
    """How far beyond chance matched sentences keep their order, in standard deviations.

    The correlation of p unrelated pairs of positions has the standard deviation 1 / sqrt(p - 1):
    many sentences in about the same order are better evidence than a few in exactly the same.

    Args:
        here: (p,) positions of matched sentences in one article.
        there: (p,) their positions in the other.
        weights: (p,)
    """
    if len(here) < 2:
        return 0.0
    weights = weights / weights.sum()
    one, other = here - weights @ here, there - weights @ there
    both = np.sqrt((weights @ one**2) * (weights @ other**2))
    return float(np.sqrt(len(here) - 1) * (weights @ (one * other)) / both)


def _along(cosines: Cosines, one: Weights, other: Weights) -> float:
    """What the best matching of sentences that keeps their order gains (Needleman and Wunsch 1970).

    Args:
        cosines: (s, t) cosines of all pairs of sentences.
        one: (s,) weights of the sentences.
        other: (t,)
    """
    usual = np.add.reduce(cosines, axis=0)[None, :] / len(one) / 2
    usual = usual + np.add.reduce(cosines, axis=1)[:, None] / len(other) / 2
    gains = (cosines - usual - _MARGIN) * (one[:, None] + other[None, :]) / 2
    best = np.zeros(len(other) + 1)
    for row in gains:
        # Each cell is the best of skipping a sentence of either and of matching the two.
        best[1:] = np.maximum(best[1:], best[:-1] + row)
        np.maximum.accumulate(best, out=best)
    return float(best[-1])


def _digits(number: str) -> str:
    return "".join(str(unicodedata.decimal(char)) for char in number if char.isdecimal())


def _folded(text: str) -> str:
    return _ACCENTS.sub("", unicodedata.normalize("NFKD", text).casefold())
