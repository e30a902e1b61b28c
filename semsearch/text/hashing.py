"""Hashes of runs of numbers: of the characters of a piece, of the pieces of a text."""

import numpy as np
import numpy.typing as npt

Hashes = npt.NDArray[np.uint64]

_MULTIPLIER = np.uint64(0x9E3779B97F4A7C15)


def rolled(hashes: Hashes, numbers: npt.NDArray[np.unsignedinteger]) -> Hashes:
    """The hashes of runs that are one number longer; no number counts as nothing."""
    longer: Hashes = (hashes + numbers + np.uint64(1)) * _MULTIPLIER
    return longer ^ (longer >> np.uint64(29))
