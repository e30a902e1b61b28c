"""Passages in order of score, with what each score is made of."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from semsearch.types import Mode, Rows, Scores


@dataclass(frozen=True, slots=True)
class RankedPassages:
    """m passages, best first."""

    rows: Rows
    """(m,) rows of the chunk table."""
    scores: Scores
    """(m,)"""
    parts: Mapping[str, Scores]
    """(m,) each: the parts that add up to the score."""
    evidence: Mapping[str, Scores]
    """(m,) each: what the parts were computed from."""
    mode: Mode = Mode.HYBRID
    """The ranking that the scores are of."""
    searched: int = 1
    """How many passages the request let be found."""
    copies: Mapping[int, Sequence[int]] = field(default_factory=dict)
    """For the row id of an article, the row ids of the copies that were folded into it."""

    def take(self, positions: "Rows | Sequence[int] | slice") -> "RankedPassages":
        """The passages at some positions, in their order."""
        parts, evidence = (
            {name: values[positions] for name, values in each.items()}
            for each in (self.parts, self.evidence)
        )
        rows, scores = self.rows[positions], self.scores[positions]
        return replace(self, rows=rows, scores=scores, parts=parts, evidence=evidence)
