"""The training batches: blocks of pairs whose passages are all in the same language.

A block has n pairs, and for each query the other n - 1 passages are the wrong answers (in-batch
negatives). The passages of a block are in one language and the queries in any, so that the language
of a text does not help to find the right passage and the vectors do not encode it.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from semsearch.training.corpus import WITHOUT_CONTEXT, Corpus

Rows = npt.NDArray[np.int64]
"""Row numbers of texts in the corpus."""

Spans = npt.NDArray[np.int64]
"""(n, 2) start and end of each text in the flat array of token ids."""

# The figures below are choices of the recipe, whose result is measured in the model card.

LANGUAGE_EXPONENT = 0.4
"""Languages are drawn in proportion to their share of the text to this power; 1 would draw small
languages too rarely."""

ENGLISH_SHARE = 0.35
"""Fraction of pairs whose other side is English even if further translations exist, because the
teacher knows English."""

SENTENCE_TOKENS = 64
"""Tokens read of a sentence."""

PASSAGE_TOKENS = (30, 160)
"""Range of the length of a passage in tokens."""

SELF_INCLUDED = 0.3
"""Fraction of contexts that begin with the sentence itself, as headlines share words with their
articles."""

OWN_LANGUAGE = 0.4
"""Fraction of contexts whose sentence stays in the language of the context."""


@dataclass(frozen=True)
class Tokens:
    """The token ids of many texts, one text after the other."""

    flat: npt.NDArray[np.int32]
    ends: npt.NDArray[np.int64]
    """(texts + 1,) offsets: text i is `flat[ends[i]:ends[i + 1]]`."""

    @classmethod
    def of(cls, ids: Sequence[npt.NDArray[np.int32]]) -> "Tokens":
        """From one array of token ids for each text."""
        ends = np.zeros(len(ids) + 1, dtype=np.int64)
        np.cumsum([len(row) for row in ids], out=ends[1:])
        return cls(np.concatenate(ids), ends)

    def spans(self, rows: Rows, longest: int) -> Spans:
        """(n, 2) where the texts of some rows stand in `flat`, up to `longest` tokens of each."""
        starts = self.ends[rows]
        return np.stack([starts, np.minimum(self.ends[rows + 1], starts + longest)], axis=1)


class PairSampler:
    """Draws blocks of translation pairs, and of sentences with the text that follows them."""

    def __init__(self, corpus: Corpus, tokens: Tokens, rng: np.random.Generator) -> None:
        self._rng = rng
        self._tokens = tokens
        self._meanings = corpus.meanings
        names, self._langs = np.unique(corpus.langs, return_inverse=True)
        self._by_meaning = np.argsort(corpus.meanings, kind="stable")
        counts = np.bincount(corpus.meanings)
        self._first = np.concatenate([[0], np.cumsum(counts)])
        self._english = np.full(len(counts), -1)
        english = np.flatnonzero(corpus.langs == "en")
        self._english[corpus.meanings[english]] = english

        groups = np.char.add(np.char.add(corpus.sources, "/"), corpus.langs)
        change = np.flatnonzero(groups[1:] != groups[:-1]) + 1
        last = np.concatenate([change, [len(groups)]])
        self._group_end = np.repeat(last, np.diff(np.concatenate([[0], last])))

        nonempty = np.diff(tokens.ends[: len(groups) + 1]) > 0
        weights = corpus.weights * nonempty
        translated = counts[corpus.meanings] > 1
        in_context = ~np.isin(corpus.sources, sorted(WITHOUT_CONTEXT))
        in_context &= self._group_end > np.arange(len(groups)) + 2
        self._translations = _ByLanguage(self._langs, weights * translated, len(names), rng)
        self._contexts = _ByLanguage(self._langs, weights * in_context, len(names), rng)

    def translations(self, count: int) -> tuple[Spans, Spans]:
        """Texts in any language, and their translations, which are all in one language."""
        passages = self._distinct(self._translations.draw(count))
        queries = self._other_side(passages)
        keep = queries >= 0
        spans = self._tokens.spans
        return (
            spans(queries[keep], SENTENCE_TOKENS),
            spans(passages[keep], SENTENCE_TOKENS),
        )

    def contexts(self, count: int) -> tuple[Spans, Spans]:
        """Sentences in any language, and the text that follows them, all in one language.

        This is the inverse cloze task: Lee et al. 2019, "Latent Retrieval for Weakly Supervised
        Open Domain Question Answering".
        """
        rows = self._distinct(self._contexts.draw(count))
        other = self._other_side(rows)
        own = (self._rng.random(len(rows)) < OWN_LANGUAGE) | (other < 0)
        queries = np.where(own, rows, other)
        first = rows + (self._rng.random(len(rows)) >= SELF_INCLUDED)
        ends = self._tokens.ends
        lengths = self._rng.integers(*PASSAGE_TOKENS, size=len(rows))
        stops = np.minimum(ends[first] + lengths, ends[self._group_end[rows]])
        passages = np.stack([ends[first], stops], axis=1)
        keep = passages[:, 1] - passages[:, 0] >= PASSAGE_TOKENS[0] // 2
        return self._tokens.spans(queries[keep], SENTENCE_TOKENS), passages[keep]

    def translated(self, rows: Rows, share: float) -> Spans:
        """The texts of some rows, a share of them translated; row -1 gives an empty text."""
        other = self._other_side(np.maximum(rows, 0))
        replace = (other >= 0) & (self._rng.random(len(rows)) < share)
        spans = self._tokens.spans(np.where(replace, other, rows), SENTENCE_TOKENS)
        spans[rows < 0] = 0
        return spans

    def _distinct(self, rows: Rows) -> Rows:
        """The first row of each meaning: equal meanings would be each other's wrong answers."""
        _, first = np.unique(self._meanings[rows], return_index=True)
        return rows[np.sort(first)]

    def _other_side(self, rows: Rows) -> Rows:
        """A translation of each row into another language; -1 if none was found in four draws."""
        meanings = self._meanings[rows]
        found = np.full(len(rows), -1)
        first, last = self._first[meanings], self._first[meanings + 1]
        for _ in range(4):
            guess = self._by_meaning[self._rng.integers(first, last)]
            fits = (self._langs[guess] != self._langs[rows]) & (found < 0)
            found = np.where(fits, guess, found)
        english = self._english[meanings]
        fits = (english >= 0) & (self._langs[np.maximum(english, 0)] != self._langs[rows])
        chosen = self._rng.random(len(rows)) < ENGLISH_SHARE
        other: Rows = np.where(fits & (chosen | (found < 0)), english, found)
        return other


class _ByLanguage:
    """Draws a language, then rows of it in proportion to their weights."""

    def __init__(
        self,
        langs: Rows,
        weights: npt.NDArray[np.float64],
        languages: int,
        rng: np.random.Generator,
    ) -> None:
        self._rng = rng
        self._rows = [np.flatnonzero((langs == n) & (weights > 0)) for n in range(languages)]
        self._sums = [np.cumsum(weights[rows]) for rows in self._rows]
        totals = np.array([sums[-1] if len(sums) else 0.0 for sums in self._sums])
        shares = totals**LANGUAGE_EXPONENT
        self._shares = shares / shares.sum()

    def draw(self, count: int) -> Rows:
        """(count,) rows of one language, with repetitions."""
        lang = self._rng.choice(len(self._shares), p=self._shares)
        sums = self._sums[lang]
        drawn = self._rng.random(count) * sums[-1]
        rows: Rows = self._rows[lang][np.minimum(np.searchsorted(sums, drawn), len(sums) - 1)]
        return rows
