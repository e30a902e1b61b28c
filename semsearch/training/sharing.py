"""Fewer rows than pieces: rare pieces take the row of their nearest neighbour.

Most rare pieces are forms or cognates of commoner ones, and the spelling keys have already brought
them close. Each keeps its own weight. The file is model2vec's, with its `mapping`.
"""

import numpy as np
import numpy.typing as npt
import torch

SLICE = 2048
ALWAYS_KEPT = 0.3
"""The share of the rows that goes to the commonest pieces, without looking for a neighbour."""


def share_rows(
    table: npt.NDArray[np.float32], importance: npt.NDArray[np.float64], rows: int
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int32]]:
    """Which pieces keep a row of their own, and the row of every piece.

    Args:
        table: (pieces, d) vectors.
        importance: (pieces,) what an error in each vector costs.
        rows: how many to keep.

    Returns:
        (rows,) pieces, and (pieces,) positions among them.
    """
    pieces = len(table)
    lengths = np.linalg.norm(table, axis=1, keepdims=True)
    units = torch.from_numpy(table / np.maximum(lengths, 1e-9)).bfloat16()
    ranked = np.argsort(-importance, kind="stable")
    if pieces > rows:
        sure = ranked[: int(rows * ALWAYS_KEPT)]
        others = ranked[len(sure) :]
        # What a piece would lose by a commoner one's row; the ones that lose most keep their own.
        cosines, _ = _nearest(units, others, ranked, np.arange(len(sure), pieces))
        loss = importance[others] * (1 - cosines)
        worst = others[np.argsort(-loss, kind="stable")[: rows - len(sure)]]
        kept = np.sort(np.concatenate([sure, worst]))
    else:
        kept = np.arange(pieces)
    mapping = np.zeros(pieces, dtype=np.int32)
    mapping[kept] = np.arange(len(kept))
    rest = np.setdiff1d(np.arange(pieces), kept)
    _, nearest = _nearest(units, rest, kept, np.full(len(rest), len(kept)))
    mapping[rest] = nearest
    return kept, mapping


def _nearest(
    units: torch.Tensor,
    asked: npt.NDArray[np.int64],
    among: npt.NDArray[np.int64],
    before: npt.NDArray[np.int64],
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.int64]]:
    """The highest cosine of each row asked for, among the first so many, and where it is."""
    cosines = np.zeros(len(asked))
    nearest = np.zeros(len(asked), dtype=np.int64)
    candidates = units[torch.from_numpy(among)]
    for start in range(0, len(asked), SLICE):
        part = slice(start, start + SLICE)
        stop = int(before[part].max())
        scores = (units[torch.from_numpy(asked[part])] @ candidates[:stop].T).float()  # (s, stop)
        late = torch.arange(stop)[None, :] >= torch.from_numpy(before[part])[:, None]
        best, where = scores.masked_fill_(late, -2.0).max(dim=1)
        cosines[part], nearest[part] = best.numpy(), where.numpy()
    return cosines, nearest
