"""What is looked for: queries joined, moved towards what one likes and away from what one does not.

In the space of vectors (Rocchio 1971, "Relevance feedback in information retrieval").
"""

from dataclasses import dataclass, replace

import numpy as np

from semsearch.errors import InputError
from semsearch.request import Request
from semsearch.searching.searcher import Searcher
from semsearch.store import Reader
from semsearch.types import Embeddings, Encoder

_TOWARDS, _AWAY = 0.75, 0.25
"""Weights of the mean of what is liked and of what is not, the query having 1."""


@dataclass(frozen=True, slots=True)
class Target:
    """What a request comes to."""

    shown: str
    """The query as a person reads it."""
    request: Request
    """With all texts whose words count in its query."""
    vector: Embeddings
    """(1, d)"""
    without: tuple[int, ...]
    """Row ids of the articles that were named as examples: nobody looks for those."""


def target(
    request: Request, vector: Embeddings, encoder: Encoder, searcher: Searcher, reader: Reader
) -> Target:
    """What a request with feedback comes to. Call inside a snapshot of the reader.

    An example is the article of that doc_id or path, else it is a text. The words of joined queries
    and of liked texts are looked for; of a liked article only the title's.

    Args:
        request: what is asked.
        vector: (d,) its first query; zero where there is none.
        encoder: of the other texts.
        searcher: for the vectors of articles.
        reader: for their ids and titles.

    Raises:
        InputError: an example looks like a path and the index does not hold it.
    """
    if not (request.also or request.like or request.unlike):
        return Target(request.query, request, vector[None], ())
    liked = [_example(name, encoder, searcher, reader) for name in request.like]
    unliked = [_example(name, encoder, searcher, reader) for name in request.unlike]
    queries = [vector, *encoder.encode_queries(request.also)]
    mean = _unit(np.mean(queries, axis=0))
    if liked:
        mean = mean + _TOWARDS * np.mean([each.vector for each in liked], axis=0)
    if unliked:
        mean = mean - _AWAY * np.mean([each.vector for each in unliked], axis=0)
    texts = [request.query, *request.also, *(each.words for each in liked)]
    words = "\n".join(text for text in texts if text.strip())
    examples = [each.article for each in [*liked, *unliked] if each.article is not None]
    named = [request.query, *request.also, *(f"like {name}" for name in request.like)]
    return Target(
        " | ".join(name for name in named if name.strip()),
        replace(request, query=words, also=()),
        _unit(mean)[None],
        tuple(dict.fromkeys(examples)),
    )


@dataclass(frozen=True, slots=True)
class _Example:
    vector: Embeddings
    words: str
    article: int | None


def _example(name: str, encoder: Encoder, searcher: Searcher, reader: Reader) -> _Example:
    article = reader.look_up(name)
    if article is not None:
        (vector,) = searcher.article_vectors([article])
        return _Example(vector, reader.documents([article])[article].title, article)
    if name.startswith(("/", "./", "../")):
        raise InputError(f"the index in {reader.folder} holds no article {name}")
    return _Example(encoder.encode_passages([name])[0], name, None)


def _unit(vector: Embeddings) -> Embeddings:
    length = float(np.linalg.norm(vector))
    return (vector / (length or 1.0)).astype(np.float32)
