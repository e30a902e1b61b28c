"""Rolling hashes of sequences of numbers: characters of a word piece, token ids of a text."""

import numpy as np
import numpy.typing as npt

Hashes = npt.NDArray[np.uint64]

_MULTIPLIER = np.uint64(0x9E3779B97F4A7C15)
"""2^64 over the golden ratio, as in Fibonacci hashing (Knuth, vol. 3, section 6.4)."""


def rolled(hashes: Hashes, numbers: npt.NDArray[np.unsignedinteger]) -> Hashes:
    """Extend each hash by one number; zero also changes it.

    Args:
        hashes: (n,)
        numbers: (n,) the next number of each sequence.
    """
    longer: Hashes = (hashes + numbers + np.uint64(1)) * _MULTIPLIER
    return longer ^ (longer >> np.uint64(29))
