"""The graph of a user's function, and the record of a run: every intermediate value by name."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from .. import tree
from ..errors import SourceLine
from ..execution import evaluate
from ..graph import Node, Shape, is_literal
from ..graph.printing import operand_text, text_of
from ..graph.source import program
from .arguments import Call
from .interface import interface
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

    def __init__(self, specialiser: Specialiser, special: Specialisation, call: Call) -> None:
        self._specialiser = specialiser
        self._special = special
        self._call = replace(call, leaves=())
        self.graph = special.graph
        self.branched_at = special.branched_at

    def run(self, *args: Any, **kwargs: Any) -> Record:
        """Forward propagation: every named value, and the function's output, for these arguments.

        Source: the lecture, "Forward propagation".
        """
        special, arrays = self._specialiser.at(args, kwargs)
        nodes = (*special.graph.names.values(), *special.graph.outputs)
        values = evaluate(nodes, dict(zip(special.graph.inputs, arrays, strict=True)))
        count = len(special.graph.names)
        named = {name: np.array(value) for name, value in zip(special.graph.names, values, strict=False)}
        return Record(named, tree.unflatten(special.output, [np.array(value) for value in values[count:]]))

    def first_non_finite(self, *args: Any, **kwargs: Any) -> NonFinite | None:
        """The first value computed from these arguments that is NaN or infinite, or None."""
        special, arrays = self._specialiser.at(args, kwargs)
        known: dict[Node, Any] = dict(zip(special.graph.inputs, arrays, strict=True))
        labels = special.graph.labels()
        for node in special.graph.nodes:
            (value,) = evaluate([node], known)
            if not np.all(np.isfinite(value)):
                return _non_finite(node, labels, known)
        return None

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
        special = self._special
        if special.captured:  # arrays of a trace around this one, which are no arguments
            return program(self.graph)
        return program(self.graph, interface(self._call, special.places, special.output))

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


def trace(f: Callable[..., Any], *args: Any, **kwargs: Any) -> FunctionGraph:
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
    special, _ = specialiser.at(args, kwargs)
    return FunctionGraph(specialiser, special, specialiser.signature.bind(args, kwargs))
