"""Diagonal maps: each output depends on the input at the same place."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from ..graph import Node, Shape, broadcast_to, cast, constant, op, reshape, scalar_value, zeros
from .base import Label, LinearMap, batch_rank, places, selection, size
from .zeros import may_differ_from_zero

if TYPE_CHECKING:
    from scipy.sparse import csr_array


class Diagonal(LinearMap):
    """A map whose matrix is diagonal."""

    source: Shape

    @property
    def target(self) -> Shape:  # type: ignore[override]
        return self.source

    @property
    def T(self) -> LinearMap:
        return self

    @property
    def diagonal(self) -> Node | None:
        """What stands on the diagonal, or None where that is ones."""
        return None

    def pattern(self) -> csr_array:
        n, known = size(self.source), self._known
        return selection(np.arange(n), n) if known is None else places(np.diag_indices(n), known, (n, n))

    def reached(self, inputs: np.ndarray) -> np.ndarray:
        known = self._known
        return inputs if known is None else inputs & known.reshape(-1)

    @property
    def _known(self) -> np.ndarray | None:
        """Where the diagonal may differ from zero, None where it may everywhere."""
        return None if self.diagonal is None else may_differ_from_zero(self.diagonal)

    @property
    def entries(self) -> int:
        return size(self.source)

    @property
    def blocks(self) -> int:
        return size(self.source)


@dataclass(frozen=True, slots=True)
class Identity(Diagonal):
    """v ↦ v."""

    source: Shape

    def block_array(self) -> Node:
        return broadcast_to(constant(1.0), (self.blocks, 1, 1))

    def push(self, v: Node) -> Node:
        return v

    def show(self, label: Label) -> str:
        return "I"


@dataclass(frozen=True, slots=True)
class Scale(Diagonal):
    """v ↦ d ∘ v: the Jacobian of an element-wise operation is the diagonal matrix of its derivatives.

    ``singular`` says that d may be infinite where the operation itself is finite (√ at 0); then 0·∞ = 0.
    """

    d: Node
    singular: bool = False

    @property
    def source(self) -> Shape:  # type: ignore[override]
        return self.d.shape

    @property
    def diagonal(self) -> Node | None:
        return self.d

    def block_array(self) -> Node:
        return reshape(self.d, (self.blocks, 1, 1))

    def push(self, v: Node) -> Node:
        return op.absorb(v, self.d) if self.singular else v * self.d

    @property
    def guards(self) -> bool:
        return self.singular

    def absorbing(self) -> LinearMap:
        return replace(self, singular=True)

    def show(self, label: Label) -> str:
        number = scalar_value(self.d)
        if number is None:
            return f"diag({label(self.d)})"
        return f"{number:.6g} I" if self.d.shape else f"{number:.6g}"


@dataclass(frozen=True, slots=True)
class Mask(Diagonal):
    """v ↦ v where a condition holds, else 0. ``guard``: what is masked out must stay zero (``np.where``)."""

    condition: Node
    guard: bool = False

    @property
    def source(self) -> Shape:  # type: ignore[override]
        return self.condition.shape

    @property
    def diagonal(self) -> Node | None:
        return self.condition

    def push(self, v: Node) -> Node:
        return op.where(self.condition, v, zeros(v.type))

    @property
    def guards(self) -> bool:
        return self.guard

    def show(self, label: Label) -> str:
        return f"diag({label(self.condition)})"


@dataclass(frozen=True, slots=True)
class Cast(Diagonal):
    """v ↦ v in another dtype."""

    source: Shape
    source_dtype: np.dtype
    target_dtype: np.dtype

    def push(self, v: Node) -> Node:
        return cast(v, self.target_dtype)

    @property
    def T(self) -> LinearMap:
        return Cast(self.source, self.target_dtype, self.source_dtype)

    def show(self, label: Label) -> str:
        return "I"


@dataclass(frozen=True, slots=True)
class Zero(LinearMap):
    """v ↦ 0: the output does not depend on the input, or in steps only."""

    source: Shape
    target: Shape

    def push(self, v: Node) -> Node:
        batch = v.shape[: batch_rank(v, self.source)]
        return zeros(v.type.with_shape(batch + self.target))

    @property
    def T(self) -> LinearMap:
        return Zero(self.target, self.source)

    def pattern(self) -> csr_array:
        from scipy.sparse import csr_array

        return csr_array((size(self.target), size(self.source)), dtype=bool)

    @property
    def entries(self) -> int:
        return 0

    def show(self, label: Label) -> str:
        return "0"
