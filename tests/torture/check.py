"""Whether an index is in one of the states allowed, and answers from it."""

import random
from collections.abc import Collection
from functools import cache
from pathlib import Path

import numpy as np

from semsearch import IndexMissing, Mode, SearchIndex, verify
from semsearch.chunking import passage_text
from semsearch.encoders import load_encoder
from semsearch.lexical.index import LexicalIndex
from semsearch.types import Encoder

from .state import MODEL, State, Wrong, passages, read_state

_Row = tuple[str, str | None, int, int, str, bytes]
"""doc_id, language, start and end, text with title, vector of a passage."""

_QUERIES = 3
_K = 10


def check(folder: Path, root: Path, allowed: Collection[State | None]) -> State | None:
    """The state that an index is in, after comparing all of its content and some answers.

    Raises:
        Wrong: it is in none of the states allowed, or a search does not answer from its own.
    """
    state = read_state(folder, root)
    if state not in allowed:
        raise Wrong("; ".join(_difference(state, other) for other in allowed))
    try:
        index = SearchIndex.open(folder)
    except IndexMissing:
        if state is None:
            return None
        raise Wrong("an index that was committed is said to be missing") from None
    if state is None:
        raise Wrong("an index was opened before the first commit")
    with index:
        _check_answers(index, state)
    if problems := list(verify(folder)):
        raise Wrong(f"verify finds {problems[:3]}")
    return state


def _difference(state: State | None, other: State | None) -> str:
    if state is None or other is None:
        return f"{'no' if state is None else 'an'} index, not {'no' if other is None else 'an'} one"
    wrong = [name for name in state.keys() & other.keys() if state[name] != other[name]]
    return (
        f"{len(other.keys() - state.keys())} files missing, "
        f"{len(state.keys() - other.keys())} too many, {len(wrong)} with other content {wrong[:3]}"
    )


def _check_answers(index: SearchIndex, state: State) -> None:
    """Compare dense hits with a loop over all vectors, lexical hits with those of a new index."""
    rows: list[_Row] = [
        (doc_id, lang, start, end, passage_text(title, text[start:end]), vector)
        for (doc_id, title, lang, *_, text, _), (start, end, _, _, vector) in passages(state)
    ]
    if not rows:
        return
    names = [row[:1] + row[2:4] for row in rows]  # (doc_id, start, end)
    queries = _queries(rows)
    matrix = np.frombuffer(b"".join(row[-1] for row in rows), np.float16).reshape(len(rows), -1)
    scores = _encoder().encode_queries(queries) @ matrix.T.astype(np.float32)  # (q, n)
    nearest = index.search_many(queries, _K, mode=Mode.DENSE, highlights=False)
    for own, result in zip(scores, nearest, strict=True):
        best: dict[str, float] = {}
        for (doc_id, *_), score in zip(names, own.tolist(), strict=True):
            best[doc_id] = max(score, best.get(doc_id, -1.0))
        found = [best.get(hit.doc_id, -2.0) for hit in result.hits]
        wanted = sorted(best.values(), reverse=True)[:_K]
        if len(found) != len(wanted) or not np.allclose(found, wanted, atol=1e-4):
            raise Wrong(f"by meaning, {result.query!r} finds {found}, not {wanted}")
    fresh = LexicalIndex.in_memory((i, row[1], row[4]) for i, row in enumerate(rows))
    matching = index.search_many(
        queries, len(rows), mode=Mode.LEXICAL, passages=True, highlights=False
    )
    for result in matching:
        wanted_rows = [i for answer in fresh.search(result.query, len(rows)) for i in answer.ids]
        wanted_names = {names[i] for i in wanted_rows}
        found_names = {(hit.doc_id, hit.start, hit.end) for hit in result.hits}
        if found_names != wanted_names:
            raise Wrong(
                f"by words, {result.query!r} misses {len(wanted_names - found_names)} passages"
                f" and finds {len(found_names - wanted_names)} that are not there"
            )


def _queries(rows: list[_Row]) -> list[str]:
    """The first words of some passages."""
    rng = random.Random(len(rows))
    return [" ".join(rng.choice(rows)[4].split()[:4]) for _ in range(_QUERIES)]


@cache
def _encoder() -> Encoder:
    return load_encoder(MODEL)
