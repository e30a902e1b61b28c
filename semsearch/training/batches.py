"""What one step learns from: blocks of pairs whose passages are all in one language.

A block holds n pairs; the n - 1 other passages of the block are the wrong answers for each query.
All of them are in one language while the queries are in any: so the language of a text is no help
in telling right from wrong, and none of the vector is spent on it.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from semsearch.training.corpus import WITHOUT_CONTEXT, Corpus

Rows = npt.NDArray[np.int64]
Spans = npt.NDArray[np.int64]
"""(n, 2) first and last-plus-one position in the flat array of ids."""

LANGUAGE_TEMPERATURE = 0.4
"""Languages are drawn by their share of the text to this power: 1 starves the small ones."""

ENGLISH_SHARE = 0.35
"""How often the other side of a pair is English although other translations exist: it is the side
that the teacher knows."""

SENTENCE_TOKENS = 64
PASSAGE_TOKENS = (30, 160)
SELF_INCLUDED = 0.3
"""How often a context begins with the sentence itself: headlines do share words with articles."""


@dataclass(frozen=True)
class Tokens:
    """Texts as ids, one after the other."""

    flat: npt.NDArray[np.int32]
    ends: npt.NDArray[np.int64]
    """(texts + 1,) text i is flat[ends[i]:ends[i + 1]]."""

    @classmethod
    def of(cls, ids: Sequence[npt.NDArray[np.int32]]) -> "Tokens":
        """From one array of ids for each text."""
        ends = np.zeros(len(ids) + 1, dtype=np.int64)
        np.cumsum([len(row) for row in ids], out=ends[1:])
        return cls(np.concatenate(ids), ends)

    def spans(self, rows: Rows, longest: int) -> Spans:
        """Where the texts stand, cut to `longest` ids."""
        starts = self.ends[rows]
        return np.stack([starts, np.minimum(self.ends[rows + 1], starts + longest)], axis=1)


class PairSampler:
    """Draws blocks of translations, and of sentences with the text around them."""

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
        """Texts in any language, and the same in one language."""
        passages = self._distinct(self._translations.draw(count))
        queries = self._other_side(passages)
        keep = queries >= 0
        spans = self._tokens.spans
        return (
            spans(queries[keep], SENTENCE_TOKENS),
            spans(passages[keep], SENTENCE_TOKENS),
        )

    def contexts(self, count: int) -> tuple[Spans, Spans]:
        """Sentences in any language, and what follows them in one language: inverse cloze.

        Lee et al. 2019, "Latent Retrieval for Weakly Supervised Open Domain Question Answering".
        """
        rows = self._distinct(self._contexts.draw(count))
        other = self._other_side(rows)
        own = (self._rng.random(len(rows)) < 0.4) | (other < 0)
        queries = np.where(own, rows, other)
        first = rows + (self._rng.random(len(rows)) >= SELF_INCLUDED)
        ends = self._tokens.ends
        lengths = self._rng.integers(*PASSAGE_TOKENS, size=len(rows))
        stops = np.minimum(ends[first] + lengths, ends[self._group_end[rows]])
        passages = np.stack([ends[first], stops], axis=1)
        keep = passages[:, 1] - passages[:, 0] >= PASSAGE_TOKENS[0] // 2
        return self._tokens.spans(queries[keep], SENTENCE_TOKENS), passages[keep]

    def translated(self, rows: Rows, share: float) -> Spans:
        """The texts of some rows, a share of them in another language; row -1 gives no text."""
        other = self._other_side(np.maximum(rows, 0))
        replace = (other >= 0) & (self._rng.random(len(rows)) < share)
        spans = self._tokens.spans(np.where(replace, other, rows), SENTENCE_TOKENS)
        spans[rows < 0] = 0
        return spans

    def _distinct(self, rows: Rows) -> Rows:
        """One row for each meaning: two of the same meaning would be each other's wrong answer."""
        _, first = np.unique(self._meanings[rows], return_index=True)
        return rows[np.sort(first)]

    def _other_side(self, rows: Rows) -> Rows:
        """A row of the same meaning in another language for each row; -1 where none was found."""
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
    """Draws rows of one language, the language first and the rows by their weights."""

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
        shares = totals**LANGUAGE_TEMPERATURE
        self._shares = shares / shares.sum()

    def draw(self, count: int) -> Rows:
        lang = self._rng.choice(len(self._shares), p=self._shares)
        sums = self._sums[lang]
        drawn = self._rng.random(count) * sums[-1]
        rows: Rows = self._rows[lang][np.minimum(np.searchsorted(sums, drawn), len(sums) - 1)]
        return rows
