"""Gradients, and values with gradients, of plain NumPy functions."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from ..calculus import gradient_graph
from ..errors import ArgumentError
from ..graph import Graph
from .arguments import Wrt
from .specialise import Executable, Specialisation, Specialiser


class Derivative:
    """A derivative of a function: callable as the function is; ``graph(*args)`` is what it runs."""

    def __init__(self, function: Callable[..., Any], wrt: Wrt) -> None:
        if not callable(function):
            raise ArgumentError(f"{function!r} cannot be differentiated", expected="a function")
        self._specialiser = Specialiser(function, wrt)
        functools.update_wrapper(self, function, updated=())

    def _executable(self, special: Specialisation) -> Executable:
        return special.executable("gradient", gradient_graph)

    def _result(self, special: Specialisation, outputs: list[Any]) -> Any:
        return special.assembled(outputs[1:])

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        special, arrays = self._specialiser.at(args, kwargs)
        return self._result(special, self._executable(special)(arrays))

    def graph(self, *args: Any, **kwargs: Any) -> Graph:
        """The graph that a call with these arguments runs."""
        return self._executable(self._specialiser.at(args, kwargs)[0]).graph


class Gradient(Derivative):
    """∇f alone: the graph has no more than the gradient needs."""

    def _executable(self, special: Specialisation) -> Executable:
        return special.executable(
            "gradient alone", lambda graph, wrt: _without_value(gradient_graph(graph, wrt))
        )

    def _result(self, special: Specialisation, outputs: list[Any]) -> Any:
        return special.assembled(outputs)


class ValueAndGradient(Derivative):
    """f and ∇f from one graph."""

    def _result(self, special: Specialisation, outputs: list[Any]) -> Any:
        return outputs[0], special.assembled(outputs[1:])


def _without_value(graph: Graph) -> Graph:
    from ..graph import pruned

    return pruned(Graph(graph.inputs, graph.outputs[1:], graph.names, graph.title))


def grad(f: Callable[..., Any], wrt: Wrt = 0) -> Gradient:
    """The gradient of a scalar function by one argument, or by several.

    ∇f has the shape of the argument itself: the transpose of the Jacobian ∂f/∂vec[argument], un-vectorised.

    Args:
        f: a function of arrays (or dicts, lists and tuples of arrays), written in plain NumPy, that returns
            one real number.
        wrt: an argument's name or position, the path of a part of it ("params/W1"), or a tuple of these.

    Returns:
        A function of the same arguments that returns the gradient; a tuple of gradients if ``wrt`` is one.
        Graphs are kept for each shape and dtype.

    Raises:
        ShapeError: f does not return one real number.
        TraceError: f does something that cannot become a graph.
        ArgumentError: f has no such argument.

    Source: lecture, "f: Rᵐ → R: Jacobian versus gradient".

    >>> import numpy as np, chainrule as cr
    >>> def f(W, x):
    ...     return np.sum(np.tanh(W @ x))
    >>> cr.grad(f, wrt="W")(np.zeros((2, 3)), np.array([1.0, 2.0, 3.0]))
    array([[1., 2., 3.],
           [1., 2., 3.]])
    """
    return Gradient(f, wrt)


def value_and_grad(f: Callable[..., Any], wrt: Wrt = 0) -> ValueAndGradient:
    """The value of a scalar function together with its gradient, for the price of one forward propagation.

    Args:
        f: as for :func:`grad`.
        wrt: as for :func:`grad`.

    Returns:
        A function of the same arguments that returns ``(value, gradient)``.

    Raises:
        ShapeError, TraceError, ArgumentError: as :func:`grad`.

    Source: lecture, "Training neural networks".

    >>> import numpy as np, chainrule as cr
    >>> value, gradient = cr.value_and_grad(lambda x: x @ x)(np.array([1.0, 2.0]))
    >>> float(value), gradient.tolist()
    (5.0, [2.0, 4.0])
    """
    return ValueAndGradient(f, wrt)
