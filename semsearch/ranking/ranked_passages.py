"""Passages in the order of what they score."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from semsearch.types import Rows, Scores


@dataclass(frozen=True, slots=True)
class Ranked:
    """Passages in order of score."""

    rows: Rows
    """(m,) rows of the chunk table."""
    scores: Scores
    """(m,)"""
    parts: Mapping[str, Scores]
    """(m,) each: what the score is the sum of."""
    evidence: Mapping[str, Scores]
    """(m,) each: what the parts were made of; by the names of the arguments of `relevance`."""
    copies: Mapping[int, Sequence[int]] = field(default_factory=dict)
    """Row ids of the articles folded into an article, by its row id."""

    def at(self, places: "Rows | Sequence[int] | slice") -> "Ranked":
        """Those at some places."""
        parts, evidence = (
            {name: values[places] for name, values in each.items()}
            for each in (self.parts, self.evidence)
        )
        return Ranked(self.rows[places], self.scores[places], parts, evidence, self.copies)
