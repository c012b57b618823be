"""The graph of a user's function, and the record of a run: every intermediate value by name."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from .. import tree
from ..calculus.readable import readable
from ..errors import ArgumentError, SourceLine
from ..execution import evaluate
from ..graph import Node, Shape, is_literal
from ..graph.naming import assigned
from ..graph.printing import operand_text, text_of
from ..graph.source import program
from ..tracing import Traced
from .arguments import Call, Wrt, select
from .interface import interface
from .local_jacobians import LocalJacobian, between, by_operand, factors
from .specialise import Specialisation, Specialiser


class Record(Mapping[str, Any]):
    """What forward propagation computed: ``record["z1"]``, ``record["yhat"]``, and ``record.output``.

    >>> import numpy as np, chainrule as cr
    >>> x = np.array([1.0, -1.0])
    >>> cr.trace(lambda x: np.sum(cr.name(x**2, "z")), x).run(x)
    x      (2,)         [ 1., -1.]
    z      (2,)         [1., 1.]
    """

    def __init__(self, values: dict[str, Any], output: Any) -> None:
        self._values = values
        self.output = output

    def __getitem__(self, name: str) -> Any:
        try:
            return self._values[name]
        except KeyError:
            raise KeyError(f"no value is named {name!r}; there are {', '.join(self._values)}") from None

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def __repr__(self) -> str:
        lines = []
        for name, value in self._values.items():
            text = np.array2string(np.asarray(value), precision=4, threshold=12, separator=", ")
            lines.append(f"{name:<6} {np.shape(value)!s:<12} " + text.replace("\n", "\n" + " " * 20))
        return "\n".join(lines)


@dataclass(frozen=True, slots=True)
class NonFinite:
    """The first value of a run that is NaN or infinite.

    ``input_ranges`` gives, for each operand's name, its least and its greatest value.
    """

    name: str
    op: str
    expression: str
    shape: Shape
    line: SourceLine | None
    input_ranges: dict[str, tuple[float, float]]


class FunctionGraph:
    """A function's graph: it prints, runs and tells every intermediate value.

    Attributes:
        graph: the :class:`~chainrule.graph.Graph` itself.
        branched_at: the user's line that looked at a value, if one did; the graph then holds here only.

    >>> import numpy as np, chainrule as cr
    >>> print(cr.trace(lambda x: np.exp(-x), np.zeros(3)).graph.nodes[-1])
    <exp float64(3,)>
    """

    def __init__(
        self, specialiser: Specialiser, special: Specialisation, call: Call, arrays: Sequence[Any]
    ) -> None:
        self._specialiser = specialiser
        self._special = special
        self._point = {
            node: array if isinstance(array, Traced) else np.array(array)
            for node, array in zip(special.graph.inputs, arrays, strict=True)
        }
        self._call = replace(call, leaves=())
        self.graph = special.graph
        self.branched_at = special.branched_at

    def run(self, /, *args: Any, **kwargs: Any) -> Record:
        """Forward propagation: every named value, and the function's output, for these arguments.

        Source: the lecture, "Forward propagation".
        """
        special, arrays = self._specialiser.at(args, kwargs)
        nodes = (*special.graph.names.values(), *special.graph.outputs)
        values = evaluate(nodes, dict(zip(special.graph.inputs, arrays, strict=True)))
        count = len(special.graph.names)
        named = {name: np.array(value) for name, value in zip(special.graph.names, values, strict=False)}
        return Record(named, tree.unflatten(special.output, [np.array(value) for value in values[count:]]))

    def first_non_finite(self, /, *args: Any, **kwargs: Any) -> NonFinite | None:
        """The first value computed from these arguments that is NaN or infinite, or None."""
        special, arrays = self._specialiser.at(args, kwargs)
        known: dict[Node, Any] = dict(zip(special.graph.inputs, arrays, strict=True))
        labels = special.graph.labels()
        for node in special.graph.nodes:
            (value,) = evaluate([node], known)
            if not np.all(np.isfinite(value)):
                return _non_finite(node, labels, known)
        return None

    def local_jacobians(self, wrt: Wrt = 0) -> list[LocalJacobian]:
        """The factors of the Jacobian by an argument, outermost first: their product is the Jacobian.

        They lie between the values that everything passes on its way from the argument to the output.

        Args:
            wrt: an argument's name or position, the path of a part of it, or a tuple of these.

        Returns:
            The factors; ``.matrix()`` gives each at the point that was traced.

        Raises:
            ArgumentError: there is no such argument, or the output does not depend on it.

        Source: the lecture, "Chain rule of multivariate calculus".

        >>> import numpy as np, chainrule as cr
        >>> def layer(x, W):
        ...     z = W @ x
        ...     return np.tanh(z)
        >>> for factor in cr.trace(layer, np.ones(3), np.ones((2, 3))).local_jacobians("x"):
        ...     print(factor)
        ∂v2/∂z = diag(1 - v2 ** 2)
        ∂z/∂x = W
        """
        items = wrt if isinstance(wrt, (tuple, list)) else (wrt,)
        inputs = dict(zip(self._special.places, self.graph.inputs, strict=False))
        leaves = [leaf for item in items for leaf in select(self._call, item).leaves]
        if not all(leaf in inputs and inputs[leaf].type.is_float for leaf in leaves):
            raise ArgumentError(f"wrt={wrt!r}, which is not of real numbers", expected="an array of floats")
        return factors(self.graph, [inputs[leaf] for leaf in leaves], self._names(), self._point)

    def local_jacobian(self, of: str, by: str, partial: bool = False) -> LocalJacobian:
        """The Jacobian of one value of the graph by another, along all paths between them.

        Args:
            of: the name of a value: of an argument, by :func:`chainrule.name`, by assignment, or as printed.
            by: the name of a value that it is computed from.
            partial: of the one operation that computes ``of``, by its operand ``by`` alone, all else fixed.

        Raises:
            ArgumentError: there is no such value, or the one does not depend on the other.

        >>> import numpy as np, chainrule as cr
        >>> graph = cr.trace(lambda x, b: cr.name(x @ b, "z") ** 2, np.ones((2, 3)), np.ones(3))
        >>> print(graph.local_jacobian("z", "x"))
        ∂z/∂vec[x] = I ⊗ bᵀ
        """
        names = self._names()
        target, source = self._value(of, names), self._value(by, names)
        if partial:
            return by_operand(target, source, names, self._point)
        return between(self.graph, target, source, names, self._point)

    def _value(self, name: str, names: Mapping[Node, str]) -> Node:
        """The value of a name, as the user gave it or as the graph prints it."""
        nodes = {text: node for known in (self.graph.labels(), names) for node, text in known.items()}
        if name not in nodes:
            raise ArgumentError(f"no value is named {name!r}", expected=f"one of {', '.join(names.values())}")
        return nodes[name]

    def _names(self) -> dict[Node, str]:
        """The values' names: given, as the user's lines assign them, or short ones."""
        return {**self.graph.labels(), **assigned(self.graph)}

    def to_python(self) -> str:
        """NumPy source of a function of the same arguments, which runs by itself.

        Values keep their names, and the user's lines stand as comments above what they ask for. Arguments
        that are not arrays (an integer, a flag) have the values that they had when the function was traced.

        Returns:
            The source: ``import numpy as np``, what NumPy lacks (the logistic function, say), a ``def``.

        Raises:
            ArgumentError: the function uses a constant array too large to be written out.

        >>> import numpy as np, chainrule as cr
        >>> def layer(p, x):
        ...     return {"h": np.maximum(p["W"] @ x + 1, 0)}
        >>> print(cr.trace(layer, {"W": np.ones((3, 2))}, np.ones(2)).to_python())
        import numpy as np
        <BLANKLINE>
        <BLANKLINE>
        def layer(p, x):
            \"\"\"For arrays of these shapes and dtypes.
        <BLANKLINE>
            W: (3, 2) float64
            x: (2,) float64
            \"\"\"
            W = p['W']
            return {'h': np.maximum(W @ x + 1, 0)}
        <BLANKLINE>
        """
        special, graph = self._special, readable(self.graph)
        if special.captured:  # arrays of a trace around this one, which are no arguments
            return program(graph)
        return program(graph, interface(self._call, special.places, special.output))

    def to_svg(self, /, *args: Any, **kwargs: Any) -> str:
        """The graph as a drawing: SVG without script, fonts or network, in light and in dark.

        Values flow from left to right, and each edge tells a shape. A box that is pointed at or clicked tells
        the user's line, the local Jacobian by each operand, and the numbers.

        Args:
            *args: arguments of the function, for the value of every box and, where the function returns one
                real number, its derivative by that value: the adjoint. Without any, only shapes are told.
            **kwargs: arguments by name.

        Returns:
            The text of an SVG file.

        >>> import numpy as np, chainrule as cr
        >>> drawing = cr.trace(lambda x: np.sum(x**2), np.ones(3)).to_svg(np.array([1.0, 2.0, 3.0]))
        >>> "= [1, 4, 9]" in drawing, "adjoint [2, 4, 6]" in drawing
        (True, True)
        """
        if not args and not kwargs:
            return self.graph.to_svg()
        special, arrays = self._specialiser.at(args, kwargs)
        return special.graph.to_svg(*arrays)

    def _repr_html_(self) -> str:
        return self.graph._repr_html_()

    def __str__(self) -> str:
        return str(self.graph)

    def __repr__(self) -> str:
        return repr(self.graph)


def _non_finite(node: Node, labels: Mapping[Node, str], known: Mapping[Node, Any]) -> NonFinite:
    ranges = {operand_text(operand, labels): _range(known[operand]) for operand in node.inputs}
    name = "a constant" if is_literal(node) else labels[node]
    return NonFinite(name, node.op, text_of(node, labels), node.shape, node.source, ranges)


def _range(value: Any) -> tuple[float, float]:
    array = np.asarray(value)
    return (float(np.min(array)), float(np.max(array))) if array.size else (np.nan, np.nan)


def trace(f: Callable[..., Any], /, *args: Any, **kwargs: Any) -> FunctionGraph:
    """The computational graph of a plain NumPy function at the shapes of these arguments.

    Args:
        f: a function of arrays (or dicts, lists and tuples of arrays).
        *args: arguments of f; only their shapes and dtypes matter, unless f branches on a value.
        **kwargs: arguments by name.

    Returns:
        A :class:`FunctionGraph`: ``print(graph)``, ``graph.run(*args)``.

    Raises:
        TraceError: f does something that cannot become a graph; the message names the line.

    Source: the lecture, "Forward propagation results in a computational graph".

    >>> import numpy as np, chainrule as cr
    >>> def g(x, W):
    ...     return np.maximum(W @ x, 0)
    >>> x, W = np.array([1.0, -1.0]), np.eye(2)
    >>> graph = cr.trace(g, x, W)
    >>> graph.run(x, W).output
    array([1., 0.])
    """
    specialiser = Specialiser(f, wrt=())
    special, arrays = specialiser.at(args, kwargs)
    return FunctionGraph(specialiser, special, specialiser.signature.bind(args, kwargs), arrays)
