"""Local Jacobians: the factors of the chain rule's product, as formulas and as matrices."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from typing import TYPE_CHECKING, Any

import numpy as np

from ..calculus import Edges, Plan, chain_of, plan_jacobian, simplify
from ..errors import ArgumentError
from ..execution import evaluate
from ..graph import Graph, Node, input_node, is_literal, scalar_value
from ..graph.expressions import filled, literal, operands, template
from ..linear_maps import Add, Compose, Identity, LinearMap, Reshape

if TYPE_CHECKING:
    from scipy.sparse import csr_array

MOST_PATHS = 4  # that a formula writes out

Names = Mapping[Node, str]
Point = Mapping[Node, Any]
Ends = tuple[Node, ...]


class LocalJacobian:
    """One factor of the chain rule: ∂target/∂source, at the point that the graph was traced at.

    It prints as its formula. What has several axes is vectorised, row after row: ∂z/∂vec[W].

    Attributes:
        name: "∂z/∂vec[W]".
        formula: "I ⊗ xᵀ".
        shape: (elements of the target, elements of the source).

    >>> import numpy as np, chainrule as cr
    >>> graph = cr.trace(lambda W, x: cr.name(W @ x, "z"), np.ones((2, 3)), np.array([1.0, 2.0, 3.0]))
    >>> factor = graph.local_jacobian("z", "W")
    >>> print(factor)
    ∂z/∂vec[W] = I ⊗ xᵀ
    >>> factor.matrix()
    array([[1., 2., 3., 0., 0., 0.],
           [0., 0., 0., 1., 2., 3.]])
    """

    def __init__(self, graph: Graph, sources: Ends, targets: Ends, names: Names, point: Point) -> None:
        self._part = Graph(graph.inputs, targets)
        self._sources, self._names, self._point = sources, names, point
        self.name = f"∂{_joined(targets, names)}/∂{_joined(sources, names)}"

    @property
    def shape(self) -> tuple[int, int]:
        structure = self._plan().task.structure
        return structure.rows, structure.columns

    @property
    def formula(self) -> str:
        jacobian = self.map
        if jacobian is None:
            return "the sum over all paths"
        return jacobian.show(self._text)

    def _text(self, node: Node) -> str:
        """What computes a part of a linear map, simplified, in terms of the values that have names."""
        (simple,) = simplify(Graph(self._part.inputs, (node,))).outputs
        number = scalar_value(simple)
        return ast.unparse(_expression(simple, self._names)) if number is None else f"{number:.6g}"

    @property
    def map(self) -> LinearMap | None:
        """The Jacobian as a structured linear map: the sum over all paths of the products along them.

        None where there are more than a few paths, or more than one source or target.
        """
        if len(self._sources) != 1 or len(self._part.outputs) != 1:
            return None
        if self._sources == self._part.outputs:
            return Identity(self._sources[0].shape)
        edges = chain_of(self._part, self._sources).edges
        paths = list(islice(_paths(edges, self._sources[0], self._part.outputs[0]), MOST_PATHS + 1))
        if not paths or len(paths) > MOST_PATHS:
            return None
        return _product(paths[0]) if len(paths) == 1 else Add(tuple(map(_product, paths)))

    def matrix(self) -> np.ndarray:
        """The matrix, of shape (elements of the target, elements of the source), each side in C order."""
        (matrix,) = evaluate([self._plan().blocks(1).matrix()], dict(self._point))
        return np.array(matrix)

    def pattern(self) -> csr_array:
        """Where the matrix may be non-zero, at any point, as a SciPy CSR array of booleans."""
        return self._plan().task.whole_pattern()

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray:
        return np.array(self.matrix(), dtype=dtype)

    def __str__(self) -> str:
        return f"{self.name} = {self.formula}"

    def __repr__(self) -> str:
        return f"<{self}: {self.shape[0]} × {self.shape[1]}>"

    def _plan(self) -> Plan:
        return plan_jacobian(self._part, self._sources)


def factors(graph: Graph, sources: Sequence[Node], names: Names, point: Point) -> list[LocalJacobian]:
    """The Jacobians between the values that everything passes, outermost first: their product is the whole.

    Raises:
        ArgumentError: no output depends on the sources.
    """
    segments = chain_of(graph, sources).segments
    if not segments:
        raise ArgumentError(
            f"{_joined(graph.outputs, names)} does not depend on {_joined(sources, names)}",
            expected="an argument that the output depends on",
        )
    return [LocalJacobian(graph, part.sources, part.targets, names, point) for part in reversed(segments)]


def between(graph: Graph, target: Node, source: Node, names: Names, point: Point) -> LocalJacobian:
    """The Jacobian of one value by another, along all paths between them.

    Raises:
        ArgumentError: the one does not depend on the other.
    """
    depends = target is source or chain_of(Graph(graph.inputs, (target,)), (source,)).segments
    if not depends:
        raise ArgumentError(
            f"{names[target]} does not depend on {names[source]}",
            expected="a value and one it is computed from",
        )
    return LocalJacobian(graph, (source,), (target,), names, point)


def by_operand(target: Node, operand: Node, names: Names, point: Point) -> LocalJacobian:
    """The Jacobian of one operation by one of its operands, the others held fixed.

    Raises:
        ArgumentError: the value is not computed from the operand directly.
    """
    if operand not in target.inputs:
        operands = [names[node] for node in target.inputs if node in names]
        raise ArgumentError(
            f"no operand of {names[target]} is {names[operand]}",
            expected=f"one of {', '.join(operands)}; or partial=False, for the derivative along all paths",
        )
    fixed = {node: input_node(node.type, names[node]) for node in target.inputs if node in names}
    alone = target.with_inputs(tuple(fixed.get(node, node) for node in target.inputs))
    values = evaluate(list(fixed), dict(point))
    called = {alone: names[target]} | {stand_in: names[node] for node, stand_in in fixed.items()}
    part = Graph(tuple(fixed.values()), (alone,))
    return LocalJacobian(
        part, (fixed[operand],), (alone,), called, dict(zip(part.inputs, values, strict=True))
    )


def _paths(edges: Edges, source: Node, target: Node) -> Iterator[list[LinearMap]]:
    """The local Jacobians along each path, outermost first."""
    if target is source:
        yield []
        return
    for operand, jacobian in edges.get(target, ()):
        for path in _paths(edges, source, operand):
            yield [jacobian, *path]


def _product(path: Sequence[LinearMap]) -> LinearMap:
    """The product of a path's Jacobians, of which identities are left out."""
    others = [jacobian for jacobian in path if not isinstance(jacobian, (Identity, Reshape))]
    if len(others) > 1:
        return Compose(tuple(others))
    return others[0] if others else path[0]


def _expression(node: Node, names: Names) -> ast.expr:
    """What computes a node, in terms of the values that have names."""
    if node in names:
        return ast.Name(names[node])
    if is_literal(node):
        return literal(node)
    inputs = operands(node)
    parts = [literal(part, inputs) if is_literal(part) else _expression(part, names) for part in inputs]
    return filled(template(node), parts)


def _joined(nodes: Sequence[Node], names: Names) -> str:
    """The values by name, vectorised where they have several axes."""
    texts = [names.get(node, "constant") for node in nodes]
    texts = [f"vec[{text}]" if node.ndim > 1 else text for text, node in zip(texts, nodes, strict=True)]
    return texts[0] if len(texts) == 1 else f"({', '.join(texts)})"
