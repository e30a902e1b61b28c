"""Which sentences of a passage answer a query: by meaning and by the words they share."""

from collections.abc import Sequence

import numpy as np

from semsearch.analysis import MAX_QUERY_TERMS, analyze, group
from semsearch.text import sentence_spans
from semsearch.types import Embeddings, Encoder

Spans = tuple[tuple[int, int], ...]

_MOST = 2
"""Sentences marked in one passage."""
_NEAR_BEST = 0.85
"""A second sentence is marked when it comes this near to the score of the first."""
_WORDS_WEIGHT = 0.5


def highlight(
    encoder: Encoder,
    query: str,
    vector: Embeddings,
    texts: Sequence[str],
    langs: Sequence[str | None],
) -> list[Spans]:
    """(start, end) of the sentences to mark in each passage, in text order.

    Args:
        encoder: encodes the sentences.
        query: for the words that it shares with a sentence.
        vector: (d,) the query, for the meaning.
        texts: the passages.
        langs: the language of each.
    """
    spans = [sentence_spans(text) for text in texts]
    sentences = [text[a:b] for text, each in zip(texts, spans, strict=True) for a, b in each]
    if not sentences:
        return [() for _ in texts]
    scores = encoder.encode_passages(sentences) @ vector  # (sentences,)
    marked: list[Spans] = []
    first = 0
    for text, lang, each in zip(texts, langs, spans, strict=True):
        near = scores[first : first + len(each)]
        first += len(each)
        marked.append(_best(each, near + _WORDS_WEIGHT * _shared_words(query, text, lang, each)))
    return marked


def _shared_words(
    query: str, text: str, lang: str | None, spans: Sequence[tuple[int, int]]
) -> Embeddings:
    """(sentences,) share of the query's terms that each sentence holds."""
    name = group(lang)
    wanted = set(analyze(query, name)[:MAX_QUERY_TERMS])
    shares = [len(wanted & set(analyze(text[a:b], name))) / max(1, len(wanted)) for a, b in spans]
    return np.array(shares, dtype=np.float32)


def _best(spans: Sequence[tuple[int, int]], scores: Embeddings) -> Spans:
    order = np.argsort(-scores, kind="stable")[:_MOST]
    kept = [i for i in order if scores[i] >= _NEAR_BEST * scores[order[0]]]
    return tuple(spans[i] for i in sorted(kept))
