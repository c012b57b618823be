"""Every sample of a primitive as a node whose local Jacobians can be tried out."""

from __future__ import annotations

from typing import Any

import numpy as np

from chainrule import tracing  # noqa: F401 - registers the primitives
from chainrule.execution import evaluate
from chainrule.graph import Node, Primitive, build, constant, input_node, type_of
from chainrule.linear_maps import LinearMap

# The order of a polygamma function is an integer, so there is no derivative by it.
INTEGER_OPERANDS = {("polygamma", 0)}


class Case:
    """A primitive applied to arrays: floating ones are inputs, others constants."""

    def __init__(self, record: Primitive, arrays: tuple[np.ndarray, ...], params: dict[str, Any]) -> None:
        self.record, self.arrays, self.params = record, arrays, params
        self.operands = [
            input_node(type_of(array), f"x{i}") if array.dtype.kind == "f" else constant(array)
            for i, array in enumerate(arrays)
        ]
        self.node = build(record.name, *self.operands, **params)

    def __str__(self) -> str:
        listed = [*[str(array.shape) for array in self.arrays], *[f"{k}={v}" for k, v in self.params.items()]]
        return f"{self.record.name}({', '.join(listed)})"

    def differentiable(self) -> list[int]:
        """The positions of the operands that are real numbers."""
        return [
            i
            for i, array in enumerate(self.arrays)
            if array.dtype.kind == "f" and (self.record.name, i) not in INTEGER_OPERANDS
        ]

    def direct(self, *arrays: np.ndarray) -> Any:
        """What the primitive's NumPy function gives for these arrays, without a graph."""
        with np.errstate(all="ignore"):
            return self.record.evaluate(*arrays, **self.params)

    def jacobian(self, i: int) -> LinearMap:
        """The local Jacobian by the i-th operand (before casting and broadcasting, which are nodes)."""
        return self.record.jacobian(i, self.node)

    def value(self, node: Node, *arrays: np.ndarray) -> np.ndarray:
        """The value of a node built on the operands, for other arrays if given."""
        pairs = zip(self.operands, arrays or self.arrays, strict=True)
        known = {operand: array for operand, array in pairs if operand.op == "input"}
        return np.asarray(evaluate([node], known)[0])

    def matrix(self, i: int) -> np.ndarray:
        return self.value(self.jacobian(i).matrix())

    def direct_at(self, i: int, array: np.ndarray) -> Any:
        """As :meth:`direct`, with another array for the i-th operand."""
        return self.direct(*self._replaced(i, array))

    def value_at(self, node: Node, i: int, array: np.ndarray) -> np.ndarray:
        """As :meth:`value`, with another array for the i-th operand."""
        return self.value(node, *self._replaced(i, array))

    def _replaced(self, i: int, array: np.ndarray) -> tuple[np.ndarray, ...]:
        return (*self.arrays[:i], array, *self.arrays[i + 1 :])


def cases(record: Primitive, seed: int = 0) -> list[Case]:
    """Every sample of a primitive."""
    samples = record.samples(np.random.default_rng(seed))
    return [Case(record, sample.arrays, sample.params) for sample in samples]
