"""Adapts a model to a user's own pairs by a linear map on its vectors, whatever the model is.

The map is learnt by contrast (InfoNCE: van den Oord et al. 2018, "Representation Learning with
Contrastive Predictive Coding"): each text of a pair must find the other one among those of its
batch. It begins as the identity, which leaves the model as it is, and is pulled back to it
(Frobenius norm), the more strongly the fewer the pairs. The model itself is only run, once for each
text.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from semsearch.encoders import load_encoder
from semsearch.encoders.neutral import Projection
from semsearch.errors import InputError
from semsearch.training.evaluate import mrr
from semsearch.training.folders import new_folder, write_projection
from semsearch.training.pairs import Adaptation, Pairs, distinct, split
from semsearch.training.translations import FILE, SLICE, Sentences, read
from semsearch.types import Embeddings, Encoder, Progress, no_progress

TEMPERATURE = 0.02
"""Divisor of the cosines: 0.05 gains a little less on four sets of 300 pairs (Arabic and Chinese
questions with paragraphs, descriptions of commands, words with definitions)."""

PULL = 100.0
"""Weight of half the squared distance from the identity, divided by the number of pairs. On the
same sets, 10, 30 and 100 gain 0.009, 0.011 and 0.010 MRR@10 and 300 gains 0.006. Of those that are
alike, this one changes the model least."""

STEPS, RATE, MOMENTUM, BATCH = 60, 0.5, 0.9, 512
"""Nesterov's accelerated gradient with a rate that falls linearly to 0: choices. On 266 pairs the
loss ends within 0.002 of its minimum as L-BFGS finds it."""

MEASURED = 15
"""Sentences of each language that the general quality is measured on: a choice that takes about
half a minute with the model `multilingual`."""

TOLERATED = 0.01
"""A fall in general quality that is not worth a warning: a choice."""


@dataclass(frozen=True)
class LinearAdaptation(Adaptation):
    """The effect of a linear map, on held-out pairs and on sentences that no pair is about."""

    general_before: float
    """MRR@10 of the old model, for sentences that come with semsearch: each searches its English
    version, and each English version the sentence, among all English ones and those of its
    language. Mean over languages."""
    general_after: float
    """The same with the new model."""

    @property
    def is_worse_in_general(self) -> bool:
        """Whether the new model finds noticeably less where no pair has taught it anything."""
        return self.general_after < self.general_before - TOLERATED


def adapt_linear(
    pairs: Pairs,
    base: str,
    out: Path,
    *,
    seed: int = 0,
    progress: Progress = no_progress,
    table: Path = FILE,
) -> LinearAdaptation:
    """Learns the map and writes a folder with it and the name of the model.

    Args:
        pairs: texts that mean the same, or of which the first should find the second.
        base: name or folder of the model.
        out: folder to write; must not exist.
        seed: seed of the split into training and held-out pairs, and of the batches.
        progress: called with the number of slices of texts encoded and in total.
        table: TSV file of sentences and their English versions, for the general quality.

    Raises:
        InputError: `out` exists, or the model knows no token of any pair.
        ModelError: the model cannot be loaded.
    """
    general = {lang: rows[:MEASURED] for lang, rows in read(table).items()}
    with new_folder(out) as folder:
        encoder = load_encoder(base)
        sentences = [text for rows in general.values() for row in rows for text in row]
        first, second = ([*side, *sentences] for side in zip(*pairs, strict=True))
        queries, passages = _encode(encoder, first, second, progress)
        held_out, learnt = split(pairs, seed)
        asked, right = zip(*learnt, strict=True)
        matrix = learn(queries[asked], passages[right], seed)
        mean = np.zeros(encoder.dim, dtype=np.float32)
        write_projection(folder, out, Projection(mean, mean, matrix), base, encoder.fingerprint)
    before, after = (queries, passages), (queries.times(matrix), passages.times(matrix))
    asked, right = zip(*held_out, strict=True)
    every = [text for _, text in pairs]
    return LinearAdaptation(
        learnt=len(learnt),
        held_out=len(held_out),
        before=_found(*before, asked, right, every),
        after=_found(*after, asked, right, every),
        general_before=_general(*before, general),
        general_after=_general(*after, general),
    )


def learn(first: Embeddings, second: Embeddings, seed: int = 0) -> Embeddings:
    """(d, d) the map.

    Args:
        first: (n, d) vectors of the first texts.
        second: (n, d) those of the second ones; row i is the partner of the first text i.
        seed: of the order in which batches are drawn.

    Raises:
        InputError: there is no pair of which both vectors are other than zero.
    """
    known = first.any(axis=1) & second.any(axis=1)
    if not known.any():
        raise InputError("The model knows no token of these pairs: train another one.")
    first, second = first[known], second[known]
    numbers = [np.unique(side, axis=0, return_inverse=True)[1] for side in (first, second)]
    texts = np.stack([*numbers, np.arange(len(first))], axis=1)
    rng = np.random.default_rng(seed)
    identity = np.eye(first.shape[1], dtype=np.float32)
    change: Embeddings = np.zeros_like(identity)
    velocity: Embeddings = np.zeros_like(identity)
    pull = PULL / len(first)
    rate = RATE / (1 + RATE * pull)  # a longer step could miss the identity and never come back
    for step in range(STEPS):
        rows = distinct(rng.permutation(texts))[:BATCH, 2]
        ahead = change + MOMENTUM * velocity
        slope = gradient(first[rows], second[rows], identity + ahead) + pull * ahead
        velocity *= MOMENTUM
        velocity -= rate * (1 - step / STEPS) * slope
        change += velocity
    return identity + change


def gradient(first: Embeddings, second: Embeddings, matrix: Embeddings) -> Embeddings:
    """(d, d) derivative of the contrastive loss, the mean of both directions, by the map.

    Args:
        first: (n, d) vectors of the first texts.
        second: (n, d) those of their partners.
        matrix: (d, d) the map.
    """
    turned = first @ matrix, second @ matrix
    lengths = [np.linalg.norm(side, axis=1, keepdims=True) for side in turned]
    one, other = (side / length for side, length in zip(turned, lengths, strict=True))
    scores = one @ other.T / TEMPERATURE  # (n, n)
    partner = np.eye(len(scores), dtype=np.float32)
    error = (_softmax(scores) + _softmax(scores.T).T - 2 * partner) / (
        2 * len(scores) * TEMPERATURE
    )
    total = np.zeros_like(matrix)
    for source, unit, length, slope in (
        (first, one, lengths[0], error @ other),
        (second, other, lengths[1], error.T @ one),
    ):
        across = slope - np.sum(slope * unit, axis=1, keepdims=True) * unit  # length does not count
        total += source.T @ (across / length)
    return total


def _softmax(scores: Embeddings) -> Embeddings:
    shares: Embeddings = np.exp(scores - scores.max(axis=1, keepdims=True))
    shares /= shares.sum(axis=1, keepdims=True)
    return shares


@dataclass(frozen=True)
class _Encoded:
    """The vectors of texts, by text."""

    places: dict[str, int]
    rows: Embeddings
    """(n, d)"""

    def __getitem__(self, texts: Sequence[str]) -> Embeddings:
        return self.rows[[self.places[text] for text in texts]]

    def times(self, matrix: Embeddings) -> "_Encoded":
        """The unit vectors after the map."""
        return _Encoded(self.places, _unit(self.rows @ matrix))


def _encode(
    encoder: Encoder, queries: Sequence[str], passages: Sequence[str], progress: Progress
) -> tuple[_Encoded, _Encoded]:
    """The vectors of some texts as queries, and of some as passages."""
    asked, found = list(dict.fromkeys(queries)), list(dict.fromkeys(passages))
    total = math.ceil(len(asked) / SLICE) + math.ceil(len(found) / SLICE)
    done = 0
    sides = []
    for encode, texts in ((encoder.encode_queries, asked), (encoder.encode_passages, found)):
        parts = []
        for start in range(0, len(texts), SLICE):
            parts.append(encode(texts[start : start + SLICE]))
            done += 1
            progress(done, total)
        places = {text: place for place, text in enumerate(texts)}
        sides.append(_Encoded(places, np.concatenate(parts)))
    return sides[0], sides[1]


def _unit(rows: Embeddings) -> Embeddings:
    """Rows of zero stay zero."""
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    lengths[lengths == 0] = 1
    unit: Embeddings = rows / lengths
    return unit


def _general(queries: _Encoded, passages: _Encoded, sentences: Sentences) -> float:
    """MRR@10 of sentences and English versions that search each other, the mean over languages."""
    every = [english for rows in sentences.values() for _, english in rows]
    values = []
    for rows in sentences.values():
        here, english = zip(*rows, strict=True)
        for asked, right in ((here, english), (english, here)):
            values.append(_found(queries, passages, asked, right, [*every, *here]))
    return float(np.mean(values))


def _found(
    queries: _Encoded,
    passages: _Encoded,
    asked: Sequence[str],
    right: Sequence[str],
    among: Sequence[str],
) -> float:
    """MRR@10 of the right text for each that is asked, among some others and not itself."""
    places = {text: place for place, text in enumerate(dict.fromkeys(among))}
    scores = queries[asked] @ passages[list(places)].T
    answers = np.array([places[text] for text in right])[:, None]
    answer = np.take_along_axis(scores, answers, axis=1)
    for row, text in zip(scores, asked, strict=True):
        if text in places:
            row[places[text]] = -np.inf
    return mrr((scores > answer).sum(axis=1) + 1)
