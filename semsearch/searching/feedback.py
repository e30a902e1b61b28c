"""Relevance feedback: the query vector moves towards some examples and away from others.

After Rocchio 1971, "Relevance feedback in information retrieval".
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from semsearch.errors import InputError
from semsearch.request import Request
from semsearch.searching.searcher import Searcher
from semsearch.searching.wording import Wording
from semsearch.store import Reader
from semsearch.types import Embeddings, Encoder

_TOWARDS, _AWAY = 0.75, 0.25
"""Weights of the mean of the `like` examples and of the `unlike` ones; the query has 1. A choice
(2026-11-23) near the 0.75 and 0.15 of Manning, Raghavan and Schütze 2008, section 9.1.1."""


@dataclass(frozen=True, slots=True)
class ResolvedRequest:
    """A request resolved to one query vector and one query text."""

    display_query: str
    """The query as it is shown to the user."""
    request: Request
    """The request; its query holds all texts whose words are looked for."""
    vector: Embeddings
    """(1, d)"""
    excluded: tuple[int, ...]
    """Row ids of the articles that were named as examples, which are not hits themselves."""
    wording: Wording = Wording()  # noqa: RUF009 - a tuple
    """What hits must contain and must not."""


def resolve(
    request: Request, vector: Embeddings, encoder: Encoder, searcher: Searcher, reader: Reader
) -> ResolvedRequest:
    """Combine the queries and examples of a request. Call inside a snapshot of the reader.

    An example is the doc_id or path of an article of the index; anything else is taken as text. The
    words of all queries and of `like` texts are looked for; of a `like` article, only the words of
    its title.

    Args:
        request: what the user asked.
        vector: (d,) of the text of its first query; zero where there is none.
        encoder: for the other texts.
        searcher: for the vectors of articles.
        reader: for their ids and titles.

    Raises:
        InputError: an example looks like a path, and the index does not hold it.
    """
    asked = request.parsed()
    wording = Wording.of(asked)
    if not (request.also or request.like or request.unlike):
        plain = replace(request, query=asked[0].text) if any(wording) else request
        return ResolvedRequest(request.query, plain, vector[None], (), wording)
    like = [_example(name, encoder, searcher, reader) for name in request.like]
    unlike = [_example(name, encoder, searcher, reader) for name in request.unlike]
    queries = [vector, *encoder.encode_queries([each.text for each in asked[1:] if each.text])]
    texts = [*(each.text for each in asked), *(each.words for each in like)]
    shown = [request.query, *request.also, *(f"like {name}" for name in request.like)]
    articles = [each.article for each in [*like, *unlike] if each.article is not None]
    return ResolvedRequest(
        " | ".join(text for text in shown if text.strip()),
        replace(request, query="\n".join(text for text in texts if text.strip()), also=()),
        _moved(queries, like, unlike)[None],
        tuple(dict.fromkeys(articles)),
        wording,
    )


@dataclass(frozen=True, slots=True)
class _Example:
    vector: Embeddings
    """(d,)"""
    words: str
    """What is looked for by words."""
    article: int | None
    """Row id; None for a text."""


def _example(name: str, encoder: Encoder, searcher: Searcher, reader: Reader) -> _Example:
    article = reader.look_up(name)
    if article is not None:
        (vector,) = searcher.article_vectors([article])
        return _Example(vector, reader.documents([article])[article].title, article)
    if name.startswith(("/", "./", "../")):
        raise InputError(
            f"the index in {reader.folder} holds no article {name}. "
            "Name an example by the doc_id or path of an article, or write it as text."
        )
    return _Example(encoder.encode_passages([name])[0], name, None)


def _moved(
    queries: Sequence[Embeddings], like: Sequence[_Example], unlike: Sequence[_Example]
) -> Embeddings:
    """(d,) the mean of the queries, moved by the examples; of length 1, or zero."""
    mean = _unit(np.mean(queries, axis=0))
    if like:
        mean = mean + _TOWARDS * np.mean([each.vector for each in like], axis=0)
    if unlike:
        mean = mean - _AWAY * np.mean([each.vector for each in unlike], axis=0)
    return _unit(mean)


def _unit(vector: Embeddings) -> Embeddings:
    length = float(np.linalg.norm(vector))
    return (vector / (length or 1.0)).astype(np.float32)
