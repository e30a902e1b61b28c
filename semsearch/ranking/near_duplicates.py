"""Whether two articles tell the same story: edited, shortened or translated.

Precision comes first: two stories about one event are not copies. In one language copies share
most of the shorter one's runs of words and its numbers. Across languages they say the same,
sentence by sentence and in the same order, as a translation does.
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
from semsearch.types import Aligner, Document, Embeddings, TokenIds

MOST_CHARS = 20_000
"""Read of an article."""
_SHINGLE = 5
"""Tokens in a run (Broder 1997, "On the resemblance and containment of documents")."""
_SHARED_RUNS, _SHARED_NUMBERS = 0.4, 0.6
"""Parts of the shorter article's that a copy in the same language has."""
_MARGIN = 0.1
"""Cosine that a matched sentence must have above its usual one before it counts."""
_TELLING = 3
"""So many numbers, or names, tell stories apart that are written alike."""
_LEAST_NAMES = 0.15
"""Part of the names in one article, or in the other, that a translation in the same script shares:
none of 6,400 pairs of translated articles in fifteen languages shared less."""
_TOLD_BY = 40
"""Characters that tell the script of an article."""
_BEGINNING = 5
"""Letters of a name, as it is written in both: Syrie and Syrien, but not Chile and China."""
_LEAST_NUMBERS, _USUAL_NUMBERS = 0.5, 0.7
"""Parts of the fewer numbers that a translation shares: at least, and what neither tells for it nor
against it."""
_FEW, _ALIKE_OF_FEW = 3, 0.5
"""So few sentences match by chance: each must also be near to one of the other article."""
_ALONG, _MUTUAL, _ORDER, _NUMBERS, _ENOUGH = 43.0, 9.4, 1.8, 1.6, 16.0
"""Weights of the evidence for a translation: a logistic regression on parallel texts in thirty
languages, each compared with its own and with its neighbours. Evidence is what sentences matched in
order have above usual ones, the part of the text in sentences that are each other's nearest, their
order, and shared numbers. Enough is more than articles reach that tell of one event in their own
words."""
_LEAST_MUTUAL = 0.45
"""Part of the text in sentences that are each other's nearest. With less of it other evidence was
enough for three of 3,800 translations, and it tells most other articles apart at once."""
_WORD = re.compile(r"[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff]|\w+")
_NUMBER = re.compile(r"\d+(?:[.,\u066b\u066c\u00a0 ]\d+)*")
_INSIDE = re.compile(r"(?<=\w )[^\W\d_]{3,}")  # no word that a capital begins as a sentence
_ACCENTS = re.compile("[\u0300-\u036f]")


@dataclass(frozen=True)
class Story:
    """An article, as far as it is compared."""

    document: Document
    tokens: Sequence[TokenIds]
    """Of the title and of each sentence."""
    aligner: Aligner

    @cached_property
    def _text(self) -> str:
        document = self.document
        return f"{document.title}\n{document.text}"[:MOST_CHARS]

    @cached_property
    def runs(self) -> Hashes:
        """Every run of tokens once, as a number; ascending."""
        tokens = np.concatenate([np.empty(0, np.int32), *self.tokens]).astype(np.uint64)
        runs = np.zeros(max(0, len(tokens) - _SHINGLE + 1), dtype=np.uint64)
        for place in range(_SHINGLE):
            runs = rolled(runs, tokens[place : place + len(runs)])
        runs.sort()
        return runs[np.r_[True, runs[1:] != runs[:-1]]] if len(runs) else runs

    @cached_property
    def numbers(self) -> frozenset[str]:
        """The digits of its numbers, whatever stands between them."""
        found = _NUMBER.findall(unicodedata.normalize("NFKC", self._text))
        return frozenset(_digits(number) for number in found)

    @cached_property
    def _words(self) -> frozenset[str]:
        """The beginnings of all words."""
        return frozenset(word[:_BEGINNING] for word in _WORD.findall(_folded(self._text)))

    @cached_property
    def _names(self) -> frozenset[str]:
        """The beginnings of words that are written with a capital inside a sentence."""
        names = {word for word in _INSIDE.findall(self._text) if word[0].isupper()}
        return frozenset(_folded(name)[:_BEGINNING] for name in names)

    @cached_property
    def _script(self) -> str:
        """That of most letters: the first word of what Unicode calls them."""
        letters = filter(str.isalpha, self._text[:_TOLD_BY])
        scripts = Counter(unicodedata.name(each, "").partition(" ")[0] for each in letters)
        return max(scripts, key=scripts.__getitem__, default="")

    def has_names_of(self, other: "Story") -> bool | None:
        """Whether its words hold names of another article; None where that tells nothing."""
        if len(other._names) < _TELLING or other._script != self._script:
            return None
        return len(other._names & self._words) >= _LEAST_NAMES * len(other._names)

    @cached_property
    def sentences(self) -> Embeddings:
        """(s, d) their vectors."""
        return self.aligner.encode_token_ids(self.tokens)

    @cached_property
    def weights(self) -> Embeddings:
        """(s,) part of the text that each sentence is."""
        lengths = np.array([len(each) for each in self.tokens], dtype=np.float32)
        return lengths / max(1.0, float(lengths.sum()))


def are_copies(one: Story, other: Story) -> bool:
    """Whether one is a copy of the other, whichever came first."""
    if one.document.lang == other.document.lang:
        return _is_edited(one, other)
    return _is_translated(one, other)


def _is_edited(one: Story, other: Story) -> bool:
    few, many = sorted((one.runs, other.runs), key=len)
    if not len(few):
        return False
    found = many[np.searchsorted(many, few).clip(max=len(many) - 1)] == few
    if np.count_nonzero(found) < _SHARED_RUNS * len(few):
        return False
    return _contained(one.numbers, other.numbers) >= _SHARED_NUMBERS


def _contained(one: frozenset[object], other: frozenset[object]) -> float:
    """The part of the smaller set that the other has; all of an empty one."""
    smaller = min(len(one), len(other))
    return len(one & other) / smaller if smaller else float(one == other)


def _is_translated(one: Story, other: Story) -> bool:
    sizes = len(one.weights), len(other.weights)
    if not all(sizes):
        return False
    shared = _USUAL_NUMBERS
    if min(len(one.numbers), len(other.numbers)) >= _TELLING:
        shared = _contained(one.numbers, other.numbers)
        if shared < _LEAST_NUMBERS:
            return False
    similar = one.sentences @ other.sentences.T  # (s, t)
    if min(sizes) <= _FEW and _alike(similar, one.weights, other.weights) < _ALIKE_OF_FEW:
        return False
    there, back = similar.argmax(axis=1), similar.argmax(axis=0)
    mutual = np.flatnonzero(back[there] == np.arange(sizes[0]))
    weights = one.weights[mutual]
    part = min(weights.sum(), other.weights[there[mutual]].sum())
    if part < _LEAST_MUTUAL:
        return False
    evidence = (
        _ALONG * _along(similar, one.weights, other.weights)
        + _MUTUAL * part
        + _ORDER * _ordered(mutual, there[mutual], weights)
        + _NUMBERS * (shared - _USUAL_NUMBERS)
    )
    if evidence < _ENOUGH:
        return False
    told = one.has_names_of(other), other.has_names_of(one)  # German writes all nouns like names
    return True in told or False not in told


def _alike(similar: Embeddings, one: Embeddings, other: Embeddings) -> float:
    """The mean cosine of the sentences to their nearest in the other, the lesser way round."""
    return float(min(similar.max(axis=1) @ one, similar.max(axis=0) @ other))


def _ordered(here: npt.NDArray[np.intp], there: npt.NDArray[np.intp], weights: Embeddings) -> float:
    """How far beyond chance matched sentences keep their order, in standard deviations.

    That of the correlation of p pairs of places that have nothing to do with each other is
    1 / sqrt(p - 1): many sentences in about the same order tell more than few in the very same.
    """
    if len(here) < 2:
        return 0.0
    weights = weights / weights.sum()
    one, other = here - weights @ here, there - weights @ there
    both = np.sqrt((weights @ one**2) * (weights @ other**2))
    return float(np.sqrt(len(here) - 1) * (weights @ (one * other)) / both)


def _along(similar: Embeddings, one: Embeddings, other: Embeddings) -> float:
    """The best matching of sentences that keeps their order (Needleman and Wunsch 1970)."""
    usual = np.add.reduce(similar, axis=0)[None, :] / len(one) / 2
    usual = usual + np.add.reduce(similar, axis=1)[:, None] / len(other) / 2
    gains = (similar - usual - _MARGIN) * (one[:, None] + other[None, :]) / 2
    best = np.zeros(len(other) + 1)
    for row in gains:
        # Each cell is the best of skipping a sentence of either and of matching the two.
        best[1:] = np.maximum(best[1:], best[:-1] + row)
        np.maximum.accumulate(best, out=best)
    return float(best[-1])


def _digits(number: str) -> str:
    return "".join(str(unicodedata.decimal(sign)) for sign in number if sign.isdecimal())


def _folded(text: str) -> str:
    return _ACCENTS.sub("", unicodedata.normalize("NFKD", text).casefold())
