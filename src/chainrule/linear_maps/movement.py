"""Maps that sum, repeat and move elements without changing them: matrices of zeros and ones."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from itertools import takewhile
from typing import TYPE_CHECKING, Any

import numpy as np

from ..graph import (
    Node,
    Shape,
    broadcast_to,
    build,
    constant,
    op,
    primitive,
    reshape,
    with_unit_axes,
    without_axes,
)
from .base import Label, LinearMap, batch_rank, common_prefix, known_value, places, selection, size

if TYPE_CHECKING:
    from scipy.sparse import csr_array


@dataclass(frozen=True, slots=True)
class Sum(LinearMap):
    """v ↦ the sum of v over axes."""

    source: Shape
    axes: tuple[int, ...]

    @property
    def target(self) -> Shape:  # type: ignore[override]
        return without_axes(self.source, self.axes)

    def push(self, v: Node) -> Node:
        batch = batch_rank(v, self.source)
        return op.sum(v, axis=tuple(batch + axis for axis in self.axes)) if self.axes else v

    @property
    def T(self) -> LinearMap:
        return Broadcast(self.source, self.axes)

    def pattern(self) -> csr_array:
        return self.T.pattern().T.tocsr()

    @property
    def entries(self) -> int:
        return size(self.source)

    @property
    def blocks(self) -> int:
        return size(self.source[: min(self.axes, default=len(self.source))])

    def show(self, label: Label) -> str:
        return "1ᵀ" if len(self.axes) == len(self.source) else f"sum over axis {_listed(self.axes)}"


@dataclass(frozen=True, slots=True)
class Broadcast(LinearMap):
    """v ↦ v repeated along new axes, to the shape ``target``."""

    target: Shape
    axes: tuple[int, ...]

    @property
    def source(self) -> Shape:  # type: ignore[override]
        return without_axes(self.target, self.axes)

    def push(self, v: Node) -> Node:
        batch = v.shape[: batch_rank(v, self.source)]
        kept = with_unit_axes(self.target, self.axes)
        leading = not batch and self.axes == tuple(range(len(self.axes)))
        return broadcast_to(v if leading else reshape(v, batch + kept), batch + self.target)

    @property
    def T(self) -> LinearMap:
        return Sum(self.target, self.axes)

    def pattern(self) -> csr_array:
        kept = with_unit_axes(self.target, self.axes)
        indices = np.broadcast_to(np.arange(size(self.source)).reshape(kept), self.target)
        return selection(indices, size(self.source))

    @property
    def entries(self) -> int:
        return size(self.target)

    @property
    def blocks(self) -> int:
        return self.T.blocks

    def show(self, label: Label) -> str:
        return "1" if len(self.axes) == len(self.target) else f"repeat along axis {_listed(self.axes)}"


@dataclass(frozen=True, slots=True)
class Reshape(LinearMap):
    """v ↦ the same elements in another shape; the identity on vec[v]."""

    source: Shape
    target: Shape

    def push(self, v: Node) -> Node:
        return reshape(v, v.shape[: batch_rank(v, self.source)] + self.target)

    def block_array(self) -> Node:
        return broadcast_to(constant(1.0), (self.blocks, 1, 1))

    @property
    def T(self) -> LinearMap:
        return Reshape(self.target, self.source)

    def pattern(self) -> csr_array:
        return selection(np.arange(size(self.source)), size(self.source))

    @property
    def entries(self) -> int:
        return size(self.source)

    @property
    def blocks(self) -> int:
        return size(self.source)

    def show(self, label: Label) -> str:
        return "I"


@dataclass(frozen=True, slots=True)
class Transpose(LinearMap):
    """v ↦ v with its axes permuted; on vec[v], a permutation matrix (the commutation matrix K)."""

    source: Shape
    axes: tuple[int, ...]

    @property
    def target(self) -> Shape:  # type: ignore[override]
        return tuple(self.source[axis] for axis in self.axes)

    def push(self, v: Node) -> Node:
        batch = batch_rank(v, self.source)
        return op.transpose(v, axes=tuple(range(batch)) + tuple(batch + axis for axis in self.axes))

    @property
    def T(self) -> LinearMap:
        return Transpose(self.target, tuple(int(axis) for axis in np.argsort(self.axes)))

    def pattern(self) -> csr_array:
        indices = np.arange(size(self.source)).reshape(self.source).transpose(self.axes)
        return selection(indices, size(self.source))

    @property
    def entries(self) -> int:
        return size(self.source)

    @property
    def blocks(self) -> int:
        return size(self.source[: common_prefix(self.axes, range(len(self.axes)))])

    def show(self, label: Label) -> str:
        return "K"


@dataclass(frozen=True, slots=True)
class Gather(LinearMap):
    """v ↦ elements of v: an operation that picks them, ``pick``, and the one that puts them back, ``put``.

    Both primitives take a ``batch`` parameter, the number of leading axes that they leave alone; ``put`` also
    takes the ``shape`` it fills. ``indices`` are further inputs of both, where the places are nodes.
    """

    source: Shape
    target: Shape
    pick: str
    put: str
    params: tuple[tuple[str, Any], ...]
    batch: int = 0
    indices: tuple[Node, ...] = ()

    def push(self, v: Node) -> Node:
        batch = self.batch + batch_rank(v, self.source)
        return build(self.pick, v, *self.indices, batch=batch, **dict(self.params))

    @property
    def T(self) -> LinearMap:
        return Scatter(self)

    def pattern(self) -> csr_array:
        """Where a place is known only when the graph runs, every one along its axis counts."""
        known = [known_value(node) for node in self.indices]
        free = tuple(n for index, n in zip(known, self._indexed(), strict=True) if index is None)
        possible = iter(self._every_place(free))
        indices = [next(possible) if index is None else index for index in known]
        numbers = np.arange(size(self.source)).reshape(self.source)
        found = primitive(self.pick).evaluate(numbers, *indices, batch=self.batch, **dict(self.params))
        if not free:
            return selection(found, size(self.source))
        columns = np.moveaxis(found, range(self.batch, self.batch + len(free)), range(len(free)))
        rows = np.broadcast_to(np.arange(size(self.target)).reshape(self.target), columns.shape)
        ends = (rows.reshape(-1), columns.reshape(-1))
        return places(ends, np.ones(rows.size, bool), (size(self.target), size(self.source)))

    def _every_place(self, free: Shape) -> list[np.ndarray]:
        """For each axis of ``free`` all places along it, for every element that is picked."""
        picked = np.broadcast_shapes(*[node.shape for node in self.indices])
        axes = np.indices(free, sparse=True)
        return [
            np.broadcast_to(axis.reshape(axis.shape + (1,) * len(picked)), free + picked) for axis in axes
        ]

    def _indexed(self) -> Shape:
        """The axes that ``indices`` index."""
        return self.source[self.batch : self.batch + len(self.indices)]

    @property
    def entries(self) -> int:
        indexed = zip(self.indices, self._indexed(), strict=True)
        return size(self.target) * size(tuple(n for node, n in indexed if known_value(node) is None))

    @property
    def blocks(self) -> int:
        return size(self.source[: self.batch + self._kept_axes()])

    def _kept_axes(self) -> int:
        """How many axes after the batch are taken whole: by a fixed index, or by places 0, 1, 2, …."""
        axes = self.source[self.batch :]
        if not self.indices:
            return common_prefix(dict(self.params).get("index", ()), [(0, 1, n) for n in axes])
        picked = np.broadcast_shapes(*[node.shape for node in self.indices])
        both = range(min(len(picked), len(self.indices)))
        return sum(1 for _ in takewhile(partial(self._counts_through, picked), both))

    def _counts_through(self, picked: Shape, axis: int) -> bool:
        """Whether the places along an axis are 0, 1, 2, … along the same axis of what is picked."""
        n = self.source[self.batch + axis]
        alone = tuple(n if at == axis else 1 for at in range(len(picked)))
        if (
            picked[axis] != n
            or (1,) * (len(picked) - self.indices[axis].ndim) + self.indices[axis].shape != alone
        ):
            return False
        found = known_value(self.indices[axis])
        return found is not None and np.array_equal(found.reshape(-1), np.arange(n))

    def show(self, label: Label) -> str:
        return "S"


@dataclass(frozen=True, slots=True)
class Scatter(LinearMap):
    """p ↦ zeros with the elements of p added at the places that a gather reads."""

    gather: Gather

    @property
    def source(self) -> Shape:  # type: ignore[override]
        return self.gather.target

    @property
    def target(self) -> Shape:  # type: ignore[override]
        return self.gather.source

    def push(self, v: Node) -> Node:
        extra = batch_rank(v, self.source)
        batch, shape = self.gather.batch + extra, v.shape[:extra] + self.target
        params = dict(self.gather.params)
        return build(self.gather.put, v, *self.gather.indices, shape=shape, batch=batch, **params)

    @property
    def T(self) -> LinearMap:
        return self.gather

    def pattern(self) -> csr_array:
        return self.gather.pattern().T.tocsr()

    @property
    def entries(self) -> int:
        return self.gather.entries

    @property
    def blocks(self) -> int:
        return self.gather.blocks

    def show(self, label: Label) -> str:
        return "Sᵀ"


def _listed(axes: tuple[int, ...]) -> str:
    return ", ".join(map(str, axes))
