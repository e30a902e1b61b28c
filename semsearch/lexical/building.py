"""Segments made of texts, and of other segments."""

from array import array
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from semsearch.lexical.analysis import Analyzer, group
from semsearch.lexical.segment import MAX_FREQUENCY, MAX_PASSAGES, Segment, pack
from semsearch.types import Rows

_MAX_WAITING = 8_000_000
"""Terms of passages that wait until they become segments: they take about 250 MB while a segment is
made. A choice."""
_POSITION_BITS = np.uint64(16)


class SegmentBuilder:
    """Gathers passages of one language until they become a segment."""

    def __init__(self, lang: str) -> None:
        self._analyzer = Analyzer(lang)
        self._numbers: dict[str, int] = {}
        """The terms seen, numbered in the order in which they came."""
        self._tokens = array("I")
        self._ids = array("q")
        self._lengths = array("I")

    @property
    def tokens(self) -> int:
        """The number of terms of all passages gathered."""
        return len(self._tokens)

    @property
    def is_full(self) -> bool:
        """Whether a segment cannot hold one more passage."""
        return len(self._ids) >= MAX_PASSAGES

    def add(self, chunk_id: int, text: str) -> int:
        """Add a passage. Returns the number of its terms."""
        numbers, before = self._numbers, len(self._tokens)
        self._tokens.extend(
            [numbers.setdefault(term, len(numbers)) for term in self._analyzer.terms(text)]
        )
        self._ids.append(chunk_id)
        self._lengths.append(len(self._tokens) - before)
        return self._lengths[-1]

    def build(self) -> bytes:
        """The segment of all passages gathered."""
        terms = [term.encode() for term in self._numbers]
        order = sorted(range(len(terms)), key=terms.__getitem__)
        ranks = np.empty(len(terms), dtype=np.uint64)
        ranks[order] = np.arange(len(terms), dtype=np.uint64)
        ids = np.array(self._ids, dtype=np.int64)
        lengths = np.array(self._lengths, dtype=np.uint32)
        by_id = np.argsort(ids)
        places = np.empty(len(ids), dtype=np.uint64)
        places[by_id] = np.arange(len(ids), dtype=np.uint64)
        tokens = np.frombuffer(self._tokens, dtype=np.uintc) if self._tokens else np.empty(0, int)
        postings = (ranks[tokens] << _POSITION_BITS) | np.repeat(places, lengths)
        postings.sort()
        firsts = np.flatnonzero(np.r_[True, postings[1:] != postings[:-1]][: len(postings)])
        counts = np.diff(np.r_[firsts, len(postings)])
        return _pack(
            [terms[place] for place in order],
            ids[by_id],
            lengths[by_id],
            postings[firsts],
            np.minimum(counts, MAX_FREQUENCY).astype(np.uint8),
        )


def build(passages: Iterable[tuple[int, str | None, str]]) -> Iterator[tuple[str, bytes]]:
    """Segments of passages, each with its language.

    Args:
        passages: (chunk id, language, text) of each.
    """
    builders: dict[str, SegmentBuilder] = {}
    waiting = 0
    for chunk_id, lang, text in passages:
        name = group(lang)
        builder = builders.get(name)
        if builder is None:
            builder = builders[name] = SegmentBuilder(name)
        waiting += builder.add(chunk_id, text)
        if builder.is_full or waiting > _MAX_WAITING:
            name = max(builders, key=lambda each: builders[each].tokens)
            waiting -= builders[name].tokens
            yield name, builders.pop(name).build()
    for name, builder in builders.items():
        yield name, builder.build()


def merge(segments: Sequence[Segment]) -> bytes:
    """One segment of the passages of several that have not been removed: `MAX_PASSAGES` at most."""
    ids = np.concatenate([segment.live_ids() for segment in segments])
    lengths = np.concatenate([_living(segment, segment.lengths) for segment in segments])
    by_id = np.argsort(ids)
    ids, lengths = ids[by_id], lengths[by_id]
    terms = sorted({term for segment in segments for term in segment.terms()})
    numbers = {term: number for number, term in enumerate(terms)}
    parts = [_postings(segment, numbers, ids) for segment in segments]
    postings = np.concatenate([part for part, _ in parts])
    frequencies = np.concatenate([part for _, part in parts])
    order = np.argsort(postings)
    return _pack(terms, ids, lengths, postings[order], frequencies[order])


def _living(segment: Segment, values: "npt.NDArray[Any]") -> "npt.NDArray[Any]":
    return values if segment.alive is None else values[segment.alive]


def _postings(
    segment: Segment, numbers: dict[bytes, int], ids: Rows
) -> "tuple[npt.NDArray[np.uint64], npt.NDArray[np.uint8]]":
    """The postings of a segment and their frequencies, with the places of a larger one."""
    own = np.array([numbers[term] for term in segment.terms()], dtype=np.uint64)
    terms = np.repeat(own, np.diff(segment.starts))
    places = np.searchsorted(ids, segment.ids).astype(np.uint64)[segment.positions]
    postings, frequencies = (terms << _POSITION_BITS) | places, segment.frequencies
    if segment.alive is None:
        return postings, frequencies
    keep = segment.alive[segment.positions]
    return postings[keep], frequencies[keep]


def _pack(
    terms: Sequence[bytes],
    ids: Rows,
    lengths: "npt.NDArray[np.uint32]",
    postings: "npt.NDArray[np.uint64]",
    frequencies: "npt.NDArray[np.uint8]",
) -> bytes:
    """A segment; terms that no passage has are left out.

    Args:
        terms: ascending.
        ids: ascending.
        lengths: of each passage.
        postings: (p,) the number of a term, shifted, and the place of a passage; ascending.
        frequencies: (p,) of each posting.
    """
    counts = np.bincount((postings >> _POSITION_BITS).astype(np.int64), minlength=len(terms))
    kept = [term for term, count in zip(terms, counts.tolist(), strict=True) if count]
    return pack(
        {
            "ids": ids,
            "starts": _borders(counts[counts > 0].tolist()),
            "borders": _borders(map(len, kept)),
            "lengths": lengths,
            "positions": postings & np.uint64(MAX_PASSAGES - 1),
            "frequencies": frequencies,
            "letters": np.frombuffer(b"".join(kept), dtype=np.uint8),
        }
    )


def _borders(lengths: Iterable[int]) -> "npt.NDArray[np.int64]":
    """Where each of some parts begins, and where the last one ends."""
    return np.cumsum([0, *lengths], dtype=np.int64)
