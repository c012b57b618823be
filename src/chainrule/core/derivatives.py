"""Gradients, and values with gradients, of plain NumPy functions."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from .. import tree
from ..calculus import gradient_graph, value_and_gradient_graph, value_aux_and_gradient_graph
from ..errors import ShapeError
from ..graph import Graph, Node
from .arguments import Wrt
from .specialise import Executable, Specialisation, Specialiser
from .wrapper import Wrapper


class Derivative(Wrapper):
    """A derivative of a function: callable as the function is; ``graph(*args)`` is what it runs."""

    def __init__(
        self,
        function: Callable[..., Any],
        wrt: Wrt,
        derive: Callable[[Graph, Sequence[Node]], Graph],
        assemble: Callable[[Specialisation, list[Any]], Any],
    ) -> None:
        super().__init__(function)
        self._specialiser = Specialiser(function, wrt)
        self._derive = derive
        self._assemble = assemble

    def __call__(self, /, *args: Any, **kwargs: Any) -> Any:
        special, arrays = self._specialiser.at(args, kwargs)
        return self._assemble(special, self._executable(special)(arrays))

    def graph(self, /, *args: Any, **kwargs: Any) -> Graph:
        """The graph that a call with these arguments runs."""
        return self._executable(self._specialiser.at(args, kwargs)[0]).graph

    def _executable(self, special: Specialisation) -> Executable:
        return special.executable(self._derive, self._derive)


def _value_and_gradient(special: Specialisation, outputs: list[Any]) -> tuple[Any, Any]:
    values = special.output.leaf_count
    return tree.unflatten(special.output, outputs[:values]), special.assembled(outputs[values:])


def _value_aux_and_gradient(special: Specialisation, outputs: list[Any]) -> tuple[Any, Any]:
    returned = special.output
    if returned.kind is not tuple or len(returned.children) != 2 or returned.children[0] != tree.LEAF:
        raise ShapeError(
            f"{special.traced.title} returns no pair of a number and what comes along",
            expected="(value, aux), where has_aux=True",
            instead="return value, aux",
        )
    return _value_and_gradient(special, outputs)


def grad(f: Callable[..., Any], wrt: Wrt = 0) -> Derivative:
    """The gradient of a scalar function by one argument, or by several.

    ∇f has the shape of the argument itself: the transpose of the Jacobian ∂f/∂vec[argument], un-vectorised.

    Args:
        f: a function of arrays (or dicts, lists and tuples of arrays), written in plain NumPy, that returns
            one real number.
        wrt: an argument's name or position, the path of a part of it ("params/W1"), or a tuple of these.

    Returns:
        A function of the same arguments that returns the gradient; a tuple of gradients if ``wrt`` is one.
        Graphs are kept for each shape and dtype, while what f reads beside its arguments stays the same.
        Arrays among that are compared in each call with a copy of what they held (a millisecond for 8 MB), or
        f is traced anew where that takes less time; as arguments they cost neither.

    Raises:
        ShapeError: f does not return one real number.
        TraceError: f does something that cannot become a graph.
        ArgumentError: f has no such argument.

    Source: the lecture, "f: Rᵐ → R: Jacobian versus gradient".

    >>> import numpy as np, chainrule as cr
    >>> def f(W, x):
    ...     return np.sum(np.tanh(W @ x))
    >>> cr.grad(f, wrt="W")(np.zeros((2, 3)), np.array([1.0, 2.0, 3.0]))
    array([[1., 2., 3.],
           [1., 2., 3.]])
    """
    return Derivative(f, wrt, gradient_graph, Specialisation.assembled)


def value_and_grad(f: Callable[..., Any], wrt: Wrt = 0, *, has_aux: bool = False) -> Derivative:
    """The value of a scalar function together with its gradient, for the price of one forward propagation.

    Args:
        f: as for :func:`grad`.
        wrt: as for :func:`grad`.
        has_aux: f returns ``(value, aux)``: the gradient is that of the value, and aux, any tree of arrays,
            comes along.

    Returns:
        A function of the same arguments that returns ``(value, gradient)``, or
        ``((value, aux), gradient)``.

    Raises:
        ShapeError, TraceError, ArgumentError: as :func:`grad`.

    Source: the lecture, "Training neural networks".

    >>> import numpy as np, chainrule as cr
    >>> value, gradient = cr.value_and_grad(lambda x: x @ x)(np.array([1.0, 2.0]))
    >>> float(value), gradient.tolist()
    (5.0, [2.0, 4.0])
    >>> cr.value_and_grad(lambda x: (x * x, {"root": np.sqrt(x)}), has_aux=True)(4.0)
    ((np.float64(16.0), {'root': np.float64(2.0)}), np.float64(8.0))
    """
    if has_aux:
        return Derivative(f, wrt, value_aux_and_gradient_graph, _value_aux_and_gradient)
    return Derivative(f, wrt, value_and_gradient_graph, _value_and_gradient)
