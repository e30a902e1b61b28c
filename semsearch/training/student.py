"""The student model: a table of vectors, and sparse products that turn texts into means of rows.

The vector of a piece is a sum of rows of the table, and that of a text a weighted mean over pieces.
Both are products with a sparse matrix: on a CPU eight times faster, forward and backward, than
`torch.nn.EmbeddingBag` with weights. Each step reads and writes only the rows that occur in it.
"""

import warnings
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

Ids = npt.NDArray[np.int64]

warnings.filterwarnings("ignore", "Sparse CSR tensor support is in beta state")


@dataclass(frozen=True)
class Sparse:
    """A sparse matrix and its transpose, both in compressed sparse row format."""

    forward: Tensor
    backward: Tensor

    def to(self, device: torch.device) -> "Sparse":
        """A copy on another device."""
        return Sparse(self.forward.to(device), self.backward.to(device))

    @classmethod
    def of(cls, starts: Ids, columns: Ids, values: npt.NDArray[np.float32], width: int) -> "Sparse":
        """From compressed rows: row i has values in `columns[starts[i]:starts[i + 1]]`."""
        height = len(starts) - 1
        rows = np.repeat(np.arange(height), np.diff(starts))
        order = np.argsort(columns, kind="stable")
        transposed = np.concatenate([[0], np.cumsum(np.bincount(columns, minlength=width))])
        return cls(
            _csr(starts, columns, values, (height, width)),
            _csr(transposed, rows[order], values[order], (width, height)),
        )


def _csr(
    starts: Ids, columns: Ids, values: npt.NDArray[np.float32], shape: tuple[int, int]
) -> Tensor:
    return torch.sparse_csr_tensor(
        torch.from_numpy(starts),
        torch.from_numpy(columns),
        torch.from_numpy(values),
        size=shape,
        check_invariants=False,
    )


class _Product(torch.autograd.Function):
    """Sparse times dense matrix, with a gradient for the dense one."""

    @staticmethod
    def forward(ctx: torch.autograd.function.FunctionCtx, matrix: Sparse, dense: Tensor) -> Tensor:
        ctx.matrix = matrix  # type: ignore[attr-defined]
        return matrix.forward @ dense

    @staticmethod
    def backward(ctx: torch.autograd.function.FunctionCtx, gradient: Tensor) -> tuple[None, Tensor]:
        return None, ctx.matrix.backward @ gradient  # type: ignore[attr-defined]


@dataclass(frozen=True)
class Batch:
    """The n texts of one step as two sparse products over the r rows that occur in them."""

    rows: Tensor
    """(r,) row numbers in the table."""
    composition: Sparse
    """(u, r) 1 for each row whose sum is one of the u distinct pieces."""
    texts: Sparse
    """(n, u) the weight of each piece in each text."""

    def to(self, device: torch.device) -> "Batch":
        """A copy on another device."""
        return Batch(self.rows.to(device), self.composition.to(device), self.texts.to(device))


def own_rows_and_keys(keys: Ids) -> Ids:
    """(pieces, 1 + k) the rows of each piece: its own, then those of its keys, -1 for none.

    The rows of keys follow those of all pieces.

    Args:
        keys: (pieces, k) numbers of keys from 0, -1 for none.
    """
    pieces = len(keys)
    own = np.arange(pieces)[:, None]
    return np.concatenate([own, np.where(keys >= 0, keys + pieces, -1)], axis=1)


def first_rows(parts: Ids, dim: int, seed: int) -> Tensor:
    """(rows, d) initial values: random, but 0 for the own rows of pieces with keys.

    A piece with keys so starts as the sum of their rows, and stays that if no text contains it.
    """
    generator = torch.Generator().manual_seed(seed)
    rows = torch.randn(int(parts.max()) + 1, dim, generator=generator) * 0.1
    rows[: len(parts)][torch.from_numpy((parts[:, 1:] >= 0).any(axis=1))] = 0.0
    return rows


class Composer:
    """Makes batches from the rows and weights of all pieces."""

    def __init__(self, parts: Ids, weights: npt.NDArray[np.float32]) -> None:
        """Takes the two tables.

        Args:
            parts: (pieces, k) the rows whose sum is each piece, at least one each; -1 for none.
            weights: (pieces,) the weight of each piece in a mean.
        """
        self._parts = parts
        self._weights = weights
        self._seen = np.full(max(len(parts), int(parts.max()) + 1), -1)

    def batch(self, flat: npt.NDArray[np.int32], spans: Ids) -> Batch:
        """The texts at (n, 2) spans of a flat array of token ids."""
        lengths = spans[:, 1] - spans[:, 0]
        starts = np.concatenate([[0], np.cumsum(lengths)])
        shift = np.repeat(spans[:, 0] - starts[:-1], lengths)
        ids = flat[np.arange(starts[-1]) + shift].astype(np.int64)
        pieces, columns = self._distinct(ids)
        values = self._weights[ids]
        totals = np.add.reduceat(np.append(values, 0), np.minimum(starts[:-1], len(values)))
        values /= np.repeat(np.maximum(totals, 1e-9), lengths)
        texts = Sparse.of(starts, columns, values.astype(np.float32), len(pieces))
        return self._composed(pieces, texts)

    def _composed(self, pieces: Ids, texts: Sparse) -> Batch:
        parts = self._parts[pieces]
        present = parts >= 0
        rows, columns = self._distinct(parts[present])
        starts = np.concatenate([[0], np.cumsum(present.sum(axis=1))])
        ones = np.ones(len(columns), dtype=np.float32)
        composition = Sparse.of(starts, columns, ones, len(rows))
        return Batch(torch.from_numpy(rows), composition, texts)

    def _distinct(self, ids: Ids) -> tuple[Ids, Ids]:
        """The distinct ids, ascending, and the index of each id among them."""
        self._seen[ids] = 0
        distinct = np.flatnonzero(self._seen == 0)
        self._seen[distinct] = np.arange(len(distinct))
        positions = self._seen[ids]
        self._seen[distinct] = -1
        return distinct, positions

    def table(self, rows: Tensor) -> npt.NDArray[np.float32]:
        """(pieces, d) the final vector of each piece: the sum of its rows."""
        rows = rows.cpu()
        total = rows[torch.from_numpy(self._parts[:, 0])].clone()
        for column in self._parts.T[1:]:
            present = torch.from_numpy(np.flatnonzero(column >= 0))
            total[present] += rows[torch.from_numpy(column)[present]]
        return total.numpy()


class Student:
    """The table of vectors and its optimizer: Adagrad with one learning rate per row.

    Duchi et al. 2011, "Adaptive Subgradient Methods"; per row as in Naumov et al. 2019, "Deep
    Learning Recommendation Model". Rare rows keep a high rate, and the state is one number per row.
    """

    def __init__(self, rows: Tensor) -> None:
        """Takes the initial (rows, d) vectors, which it changes in place."""
        self.rows = rows
        self.squares = torch.zeros(len(rows), 1, device=rows.device)

    def encode(self, batch: Batch) -> tuple[Tensor, Tensor]:
        """(n, d) unit vectors of the texts, and the leaf tensor that receives the gradient."""
        leaf = self.rows[batch.rows].requires_grad_()
        pieces: Tensor = _Product.apply(batch.composition, leaf)  # type: ignore[no-untyped-call]
        texts: Tensor = _Product.apply(batch.texts, pieces)  # type: ignore[no-untyped-call]
        return torch.nn.functional.normalize(texts, dim=1), leaf

    @torch.no_grad()
    def learn(self, batch: Batch, leaf: Tensor, rate: float) -> None:
        """One optimizer step with the gradient in `leaf`."""
        gradient = leaf.grad
        assert gradient is not None
        squares = self.squares[batch.rows] + gradient.square().mean(dim=1, keepdim=True)
        self.squares[batch.rows] = squares
        self.rows[batch.rows] = leaf.detach() - rate * gradient / (squares.sqrt() + 1e-10)
