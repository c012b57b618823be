"""Formulas of matrix algebra: what a line of a derivation says, to be written, simplified and evaluated.

Vectors are columns, of shape (n,); a transposed vector is a row, of shape (1, n). A formula is evaluated by
the rules of matrix algebra as it is written, so a transpose that is missing on paper is missing in its value
too.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from ..graph import Shape

Parts = tuple["Formula", ...]


@dataclass(frozen=True, slots=True)
class Formula:
    """``kind`` applied to ``parts``; the shape of its value; ``data`` is what else the kind needs."""

    kind: str
    parts: Parts
    shape: Shape
    data: Any = None

    _hash: list[int] = field(default_factory=list, init=False, repr=False, compare=False)

    def __hash__(self) -> int:
        """Counted once: formulas are the keys of everything that is known of them."""
        if not self._hash:
            self._hash.append(hash((self.kind, self.parts, self.shape, self.data)))
        return self._hash[0]

    @property
    def ndim(self) -> int:
        return len(self.shape)

    def of(self, *parts: Formula) -> Formula:
        """The same operation on other parts of the same shapes."""
        return self if parts == self.parts else REBUILT.get(self.kind, _replaced)(self, parts)


def _replaced(formula: Formula, parts: Parts) -> Formula:
    return replace(formula, parts=parts)


def symbol(name: Any, shape: Shape) -> Formula:
    """A value that has a name."""
    return Formula("symbol", (), shape, name)


def number(value: float) -> Formula:
    """A number."""
    return Formula("number", (), (), float(value))


ZERO, ONE = number(0), number(1)


def ones(shape: Shape) -> Formula:
    """An array of ones."""
    return Formula("ones", (), shape)


def is_number(formula: Formula, value: float | None = None) -> bool:
    """Whether a formula is a number, or that number."""
    return formula.kind == "number" and (value is None or formula.data == value)


def walk(formula: Formula) -> Iterator[Formula]:
    """A formula and all formulas in it."""
    pending = [formula]
    while pending:
        found = pending.pop()
        yield found
        pending += found.parts


def mapped(formula: Formula, change: Callable[[Formula], Formula]) -> Formula:
    """A formula with a change made to all formulas in it, the innermost first."""
    return change(formula.of(*[mapped(part, change) for part in formula.parts]))


def substituted(formula: Formula, values: Mapping[Formula, Formula]) -> Formula:
    """A formula with others in place of some of its parts."""
    return mapped(formula, lambda part: values.get(part, part))


#: How each kind is built again from other parts, where it takes more than putting them in place.
REBUILT: dict[str, Callable[[Formula, Parts], Formula]] = {}
