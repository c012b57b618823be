"""Maps that multiply by fixed arrays: I ⊗ xᵀ and its relatives."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import islice
from string import ascii_letters
from typing import TYPE_CHECKING

import numpy as np

from ..graph import Node, Shape, broadcast_to, build, op, reshape
from .base import Label, LinearMap, batch_rank, common_prefix, places, size
from .zeros import may_differ_from_zero

if TYPE_CHECKING:
    from scipy.sparse import csr_array


@dataclass(frozen=True, slots=True)
class Contract(LinearMap):
    """v ↦ einsum(v, other): sums of products of v with one fixed array.

    Axes carry letters, as in :func:`numpy.einsum`. Each letter of v stands again in ``other`` or in the
    output, so transposing only swaps the letters of source and target. ``singular``: with 0·∞ = 0.
    """

    source: Shape
    target: Shape
    source_letters: str
    target_letters: str
    other: Node
    other_letters: str
    singular: bool = False

    def push(self, v: Node) -> Node:
        used = self.source_letters + self.other_letters + self.target_letters
        free = (letter for letter in ascii_letters if letter not in used)
        extra = "".join(islice(free, batch_rank(v, self.source)))
        spec = f"{extra}{self.source_letters},{self.other_letters}->{extra}{self.target_letters}"
        return build("absorbing_einsum" if self.singular else "einsum", v, self.other, spec=spec)

    @property
    def T(self) -> LinearMap:
        return replace(
            self,
            source=self.target,
            target=self.source,
            source_letters=self.target_letters,
            target_letters=self.source_letters,
        )

    @property
    def guards(self) -> bool:
        return self.singular

    def absorbing(self) -> LinearMap:
        return replace(self, singular=True)

    def pattern(self) -> csr_array:
        sizes = self._sizes()
        grid = dict(zip(sizes, np.indices(tuple(sizes.values())).reshape(len(sizes), -1), strict=True))
        rows, columns, place = (
            _flat_index(
                [grid[letter] for letter in letters], tuple(sizes[letter] for letter in letters), grid
            )
            for letters in (self.target_letters, self.source_letters, self.other_letters)
        )
        known = may_differ_from_zero(self.other)
        factors = np.ones(len(rows), bool) if known is None else known.reshape(-1)[place]
        return places((rows, columns), factors, (size(self.target), size(self.source)))

    def _sizes(self) -> dict[str, int]:
        """The length of the axis of each letter."""
        letters = self.source_letters + self.target_letters + self.other_letters
        return dict(zip(letters, self.source + self.target + self.other.shape, strict=True))

    @property
    def entries(self) -> int:
        return size(tuple(self._sizes().values()))

    @property
    def blocks(self) -> int:
        return size(self.source[: common_prefix(self.source_letters, self.target_letters)])

    def block_array(self) -> Node | None:
        """The other array, its axes in order, where each row and column of a block has one of its letters."""
        lead = common_prefix(self.source_letters, self.target_letters)
        inner = self.target_letters[lead:] + self.source_letters[lead:]
        if len(set(inner)) < len(inner) or not set(inner) <= set(self.other_letters):
            return None
        order = [letter for letter in self.source_letters[:lead] if letter in self.other_letters] + [*inner]
        if len(order) < len(self.other_letters):  # a letter that only ``other`` has
            return None
        sizes = self._sizes()
        moved = op.transpose(self.other, axes=tuple(self.other_letters.index(letter) for letter in order))
        aligned = [sizes[c] if c in order else 1 for c in self.source_letters[:lead]] + [
            sizes[c] for c in inner
        ]
        full = (*self.source[:lead], *self.target[lead:], *self.source[lead:])
        rows, columns = size(self.target[lead:]), size(self.source[lead:])
        return reshape(broadcast_to(reshape(moved, tuple(aligned)), full), (self.blocks, rows, columns))

    def show(self, label: Label) -> str:
        name, form = label(self.other), (self.source_letters, self.other_letters, self.target_letters)
        return _product_form(name, *form) or f"einsum({','.join(form[:2])}->{form[2]}; {name})"


def _product_form(name: str, source: str, other: str, target: str) -> str | None:
    """The product's usual name: the matrix itself, or a Kronecker product with the identity."""
    if len(source) == 1 and len(target) == 1 and len(other) == 2:
        return name if other == target + source else f"{name}ᵀ"
    if len(source) == len(other) == 1 and not target:
        return f"{name}ᵀ"
    if not source:
        return name
    if len(source) == len(target) == len(other) == 2 and source != target:
        if source[0] == target[0]:
            return f"I ⊗ {name}ᵀ" if other == source[1] + target[1] else f"I ⊗ {name}"
        if source[1] == target[1]:
            return f"{name} ⊗ I" if other == target[0] + source[0] else f"{name}ᵀ ⊗ I"
    if len(source) == 2 and len(target) == len(other) == 1:
        return f"I ⊗ {name}ᵀ" if source == target + other else f"{name}ᵀ ⊗ I"
    if len(source) == len(other) == 1 and len(target) == 2:
        return f"I ⊗ {name}" if target == source + other else f"{name} ⊗ I"
    return None


def _flat_index(parts: list[np.ndarray], shape: Shape, grid: dict[str, np.ndarray]) -> np.ndarray:
    if parts:
        return np.ravel_multi_index(tuple(parts), shape)
    return np.zeros(len(next(iter(grid.values()))) if grid else 1, int)
