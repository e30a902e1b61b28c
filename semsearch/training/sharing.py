"""Reducing the table to fewer rows than pieces: rare pieces share the row of a similar piece.

Most rare pieces are inflected forms or cognates of frequent ones, to which the spelling keys have
already brought them close. Each piece keeps its own weight. model2vec calls the result `mapping`.
"""

import numpy as np
import numpy.typing as npt
import torch

SLICE = 2048
"""A choice: rows whose neighbours are computed at once."""

ALWAYS_KEPT = 0.3
"""A choice: share of the rows that the most important pieces keep without a comparison."""


def share_rows(
    table: npt.NDArray[np.float32], importance: npt.NDArray[np.float64], rows: int
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int32]]:
    """Choose the pieces that keep their own row, and the row that each piece uses.

    Args:
        table: (pieces, d) vectors.
        importance: (pieces,) the cost of an error in each vector.
        rows: number of rows to keep.

    Returns:
        (rows,) the pieces whose rows are kept, and (pieces,) the index among them of each piece.
    """
    pieces = len(table)
    lengths = np.linalg.norm(table, axis=1, keepdims=True)
    units = torch.from_numpy(table / np.maximum(lengths, 1e-9)).bfloat16()
    ranked = np.argsort(-importance, kind="stable")
    if pieces > rows:
        always = ranked[: int(rows * ALWAYS_KEPT)]
        others = ranked[len(always) :]
        # The loss of each piece if it used the row of a more important piece: the pieces with the
        # highest loss keep their own row.
        cosines, _ = _nearest(units, others, ranked, np.arange(len(always), pieces))
        loss = importance[others] * (1 - cosines)
        worst = others[np.argsort(-loss, kind="stable")[: rows - len(always)]]
        kept = np.sort(np.concatenate([always, worst]))
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
    """The nearest candidate of each row.

    Args:
        units: (pieces, d) unit vectors.
        asked: (n,) rows for which a neighbour is looked for.
        among: (m,) candidate rows.
        before: (n,) only the candidates before this index count, ascending.

    Returns:
        (n,) the highest cosine, and (n,) its index in `among`.
    """
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
