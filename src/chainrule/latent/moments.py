"""The count, mean and scatter of rows: in one pass, mergeable, safe from large offsets and short floats."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Self

import numpy as np

from ..arguments import Array
from ..errors import DataError, ShapeError
from .arguments import LARGEST_MAGNITUDE, row_blocks

# Below this, the squares that a variance sums leave the range of float64.
SMALLEST_SPREAD = 1e-140

# Where the mean square is this many times the variance, subtracting one from the other costs too much.
CANCELLATION = 10.0

# Rows are multiplied so many numbers at a time.
BLOCK_SIZE = 1 << 18

# The rows that say where to see all rows from.
CANDIDATES = 15


@dataclass(frozen=True, slots=True, eq=False)
class Moments:
    """What n rows say of their Gaussian: their number, mean and scatter ``Σ (x - mean)(x - mean)ᵀ``.

    The mean is ``origin + offset``: the value of a data row in each column, and the mean of the rows seen
    from there. Rows minus values of their own are exact whatever the data's offset, and exactly zero in a
    constant column; no product is taken before. Where the rows lie around zero, that is the origin.

    Attributes:
        count: n.
        origin: shape (m,).
        offset: shape (m,).
        root: the centred rows, or others with the same scatter ``rootᵀ root``, shape (r, m); used while n ≤
            m, when it takes less memory than the scatter, and because it has more digits.
        scatter: shape (m, m), or ``None`` where ``root`` says it.
    """

    count: int
    origin: Array
    offset: Array
    root: Array
    scatter: Array | None

    @property
    def mean(self) -> Array:
        return np.asarray(self.origin + self.offset)

    @property
    def covariance(self) -> Array:
        """The scatter divided by n, shape (m, m)."""
        return self._scatter() / self.count

    @property
    def total_variance(self) -> float:
        """The trace of the covariance."""
        if self.scatter is None:
            return float(np.vdot(self.root, self.root)) / self.count
        return float(np.trace(self._scatter())) / self.count

    def times(self, vectors: Array) -> Array:
        """The covariance times vectors of shape (m, p)."""
        product = self.root.T @ (self.root @ vectors) if self.scatter is None else self.scatter @ vectors
        return np.asarray(product / self.count)

    def centre(self, X: Array) -> Array:
        """Rows minus the mean, float64."""
        centred = X - self.origin
        centred -= self.offset
        return np.asarray(centred)

    def with_root(self, X: Array) -> Moments:
        """The same with a root, R of Q R, instead of a product: X are all the rows of these moments."""
        if self.scatter is None:
            return self
        return replace(self, root=np.asarray(np.linalg.qr(self.centre(X), mode="r")), scatter=None)

    def _scatter(self) -> Array:
        return np.asarray(self.root.T @ self.root) if self.scatter is None else self.scatter


class RunningMoments:
    """Moments of rows that come block after block, of any sizes, or from other such moments.

    Blocks are exactly shifted by one origin and merged as Chan, Golub and LeVeque do; few rows are kept until
    there are enough of them for a product.
    """

    def __init__(self) -> None:
        self._origin: Array | None = None
        self._waiting: list[Array] = []  # rows minus the origin
        self._waiting_rows = 0
        self._count = 0
        self._offset = np.empty(0)
        self._scatter: Array | None = None

    @property
    def count(self) -> int:
        """How many rows there were."""
        return self._count + self._waiting_rows

    @property
    def width(self) -> int | None:
        """How many columns they have; ``None`` before the first."""
        return None if self._origin is None else self._origin.size

    def add(self, X: Array) -> Self:
        """Add rows, shape (n, m), all finite."""
        if len(X) == 0:
            return self
        if self._origin is None:
            self._origin = origin_among(X)
            self._offset = np.zeros_like(self._origin)
        self._require_width(X.shape[1])
        if self.count + len(X) <= X.shape[1]:
            self._wait(X - self._origin)
            return self
        for block in row_blocks(X, BLOCK_SIZE):
            if len(block) <= block.shape[1]:
                self._wait(block - self._origin)
            else:
                self._absorb(len(block), *mean_and_scatter(seen_from(self._origin, block)))
        return self

    def takes(self, block: Array) -> bool:
        """Add a block of rows whose numbers nobody has looked at, and say so, or leave it.

        It is left where its products don't show that every number is finite and its square in range, and
        where there are none: of the first rows, and of few.
        """
        if self._origin is None or block.shape[1] != self.width or len(block) <= block.shape[1]:
            return False
        with np.errstate(over="ignore", invalid="ignore"):
            mean, scatter = mean_and_scatter(seen_from(self._origin, block))
            length = np.sqrt(np.trace(scatter) + len(block) * (mean @ mean))
        if not length + np.abs(self._origin).max() <= LARGEST_MAGNITUDE:
            return False
        self._absorb(len(block), mean, scatter)
        return True

    def merge(self, other: RunningMoments) -> Self:
        """Add all rows of others, which stay as they are."""
        if other._origin is None:
            return self
        if self._origin is None:
            self._origin, self._offset = other._origin, np.zeros_like(other._origin)
        self._require_width(other._origin.size)
        shift = other._origin - self._origin
        for waiting in other._waiting:
            self._wait(waiting + shift)
        if other._scatter is not None:
            self._flush()
            self._absorb(other._count, other._offset + shift, other._scatter)
        return self

    def moments(self) -> Moments:
        """The moments of all rows so far.

        Raises:
            DataError: there are none, or they differ by so little that their variance is zero in float64.
        """
        if self._origin is None:
            raise DataError("X is empty", expected="at least one row")
        if self._scatter is None and self.count <= self._origin.size:
            rows = np.concatenate(self._waiting)
            offset = rows.mean(axis=0)
            rows -= offset
            require_spread(float(np.vdot(rows, rows)), rows)
            return Moments(self.count, self._origin, offset, rows, None)
        self._flush()
        assert self._scatter is not None
        return Moments(self._count, self._origin, self._offset.copy(), np.empty((0, 0)), self._scatter.copy())

    def _wait(self, seen: Array) -> None:
        self._waiting.append(seen)
        self._waiting_rows += len(seen)
        if self._waiting_rows > max(seen.shape[1], BLOCK_SIZE // seen.shape[1] - 1):
            self._flush()

    def _flush(self) -> None:
        if not self._waiting:
            return
        rows = self._waiting[0] if len(self._waiting) == 1 else np.concatenate(self._waiting)
        self._waiting, self._waiting_rows = [], 0
        self._absorb(len(rows), *mean_and_scatter(rows))

    def _absorb(self, count: int, offset: Array, scatter: Array) -> None:
        if self._scatter is None:
            self._count, self._offset, self._scatter = count, offset.copy(), scatter.copy()
            return
        total = self._count + count
        apart = offset - self._offset
        self._scatter += scatter
        self._scatter += (self._count * count / total) * np.outer(apart, apart)
        self._offset += (count / total) * apart
        self._count = total

    def _require_width(self, width: int) -> None:
        if width != self.width:
            raise ShapeError(f"a block has {width} columns", expected=f"{self.width}, as those before it")


def origin_among(X: Array) -> Array:
    """In each column the median of a few rows' values: a value of the data, and no outlier.

    Zero where that is, in every column, near zero beside the spread of the few rows: products of the rows as
    they are then lose hardly a digit.
    """
    few = X[np.linspace(0, len(X) - 1, min(len(X), CANDIDATES)).astype(np.intp)].astype(np.float64)
    typical = np.sort(few, axis=0)[len(few) // 2]
    far = (2.0 * typical**2 > CANCELLATION * few.var(axis=0)).any()
    return np.array(typical) if far else np.zeros_like(typical)


def seen_from(origin: Array, rows: Array) -> Array:
    """Rows minus the origin, float64; the rows themselves where that is zero."""
    in_place = rows.dtype == np.float64 and not origin.any()
    return rows if in_place else np.asarray(rows - origin)


def mean_and_scatter(rows: Array) -> tuple[Array, Array]:
    """The mean of rows, and their scatter around it; exactly zero in a constant column.

    Raises:
        DataError: the rows differ, but by so little that the squares vanish.
    """
    n, mean, scatter = len(rows), rows.mean(axis=0), rows.T @ rows
    variance = np.diag(scatter) / n - mean**2
    if (mean**2 > CANCELLATION * variance).any():
        seen = rows - rows[0]
        offset = seen.mean(axis=0)
        seen -= offset
        mean, scatter = rows[0] + offset, seen.T @ seen
    else:
        scatter -= n * np.outer(mean, mean)
    require_spread(scatter.diagonal().max(), rows)
    return mean, scatter


def require_spread(square: float, rows: Array) -> None:
    """Refuse rows whose differences are not zero and their largest sum of squares about zero."""
    if square >= SMALLEST_SPREAD**2 or not (spread := float(np.abs(rows - rows[0]).max())):
        return
    if spread < SMALLEST_SPREAD:
        raise DataError(
            f"the rows differ by at most {spread}",
            expected=f"differences above {SMALLEST_SPREAD}",
            instead="rescale the columns",
        )
