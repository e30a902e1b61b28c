"""Terms of a segment that resemble a word: that it may be a misspelling or the beginning of."""

from functools import lru_cache

from semsearch.lexical.segment import Range, Segment

FEWEST_LETTERS = 5
"""Shorter words are taken as they are, since most have several neighbours. A choice."""
_LETTERS_FOR_TWO = 9
"""From so many letters on, two edits are tried. A choice."""
_SHORTEST_STEM = 3
_LONGEST_ENDING = 6
_CHANGED = 2
"""Letters of a stem, of an ending, and those at the end of a stem that are not those of the word.
Choices, with the Snowball stemmers in mind: -ization, -y to -i."""


def edits_allowed(word: str) -> int:
    """How many letters of a word may be wrong; 0 for what is no word, or too short."""
    if not word.isalpha() or len(word) < FEWEST_LETTERS:
        return 0
    return 2 if len(word) >= _LETTERS_FOR_TWO else 1


def near(segment: Segment, term: str, edits: int) -> list[tuple[str, Range]]:
    """The terms of a segment within some edits of a term, with their postings.

    The first letter must be right, and either the first letters or the last two bytes: an error at
    both ends of a word is not looked for.
    """
    encoded = term.encode()
    same_letter = segment.beginning(term[0].encode())
    if not same_letter:  # another script
        return []
    start = term[: max(1, len(term) // (edits + 1))].encode()
    widest = max(len(letter.encode()) for letter in term)
    same_end = segment.ending(same_letter, encoded[-2:], len(encoded), edits * widest)
    places = {*segment.beginning(start, same_letter), *same_end.tolist()}
    found = [(segment.term(place).decode(), place) for place in sorted(places)]
    return [
        (other, segment.postings(place)) for other, place in found if within(term, other, edits)
    ]


def stems(segment: Segment, prefix: str) -> list[int]:
    """The places of the terms in a segment that may be stems of words with a prefix.

    They begin with it, or are shorter and agree with it but for their last two letters, which
    stemmers change. At most six letters of the prefix are taken for an ending.
    """
    shortest = max(min(_SHORTEST_STEM, len(prefix)), len(prefix) - _LONGEST_ENDING)
    found = []
    for place in segment.beginning(prefix[:shortest].encode()):
        term = segment.term(place).decode()
        shared = _shared(term, prefix)
        if shared == len(prefix) or (len(prefix) > shortest and shared >= len(term) - _CHANGED):
            found.append(place)
    return found


@lru_cache(maxsize=100_000)
def within(one: str, other: str, edits: int) -> bool:
    """Whether so many letters added, left out, replaced or swapped with the next make one another.

    The restricted Damerau-Levenshtein distance (Damerau 1964).
    """
    start = _shared(one, other)
    one, other = one[start:], other[start:]
    if not one or not other or not edits:
        return max(len(one), len(other)) <= edits
    if abs(len(one) - len(other)) > edits:
        return False
    swapped = one[:2] == other[1::-1] and len(one) > 1
    return (
        within(one[1:], other[1:], edits - 1)
        or within(one[1:], other, edits - 1)
        or within(one, other[1:], edits - 1)
        or (swapped and within(one[2:], other[2:], edits - 1))
    )


def _shared(one: str, other: str) -> int:
    """How many letters two words begin with in common."""
    length = min(len(one), len(other))
    return next((i for i in range(length) if one[i] != other[i]), length)
