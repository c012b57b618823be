"""Jacobians of functions: as matrices, as products with vectors, and of gradients (Hessians)."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from .. import tree
from ..calculus import gradient_graph, jacobian_graph, pull_graph, push_graph
from ..errors import ShapeError
from ..graph import Graph, Node, Shape
from ..tracing import Traced
from .arguments import Wrt
from .specialise import Specialisation, Specialiser


class Jacobian:
    """∂f/∂x at one point: rows are outputs, columns inputs. Products with vectors do not form the matrix.

    >>> import numpy as np, chainrule as cr
    >>> J = cr.jacobian(lambda x: np.stack([x[0] * x[1], x[0]]))(np.array([3.0, 4.0]))
    >>> J.shape, J @ np.array([1.0, 10.0]), np.array([1.0, 1.0]) @ J
    ((2, 2), array([34.,  1.]), array([5., 3.]))
    """

    def __init__(self, special: Specialisation, arrays: Sequence[Any]) -> None:
        self._special = special
        self._arrays = [array if isinstance(array, Traced) else np.array(array) for array in arrays]
        self._outputs = special.graph.outputs
        self._inputs = special.wrt()

    @property
    def shape(self) -> tuple[int, int]:
        """(outputs, inputs)."""
        return _total(self._outputs), _total(self._inputs)

    def matrix(self) -> Any:
        """The Jacobian as a matrix of shape (outputs, inputs), each side in C order."""
        (matrix,) = self._special.executable("jacobian", jacobian_graph)(self._arrays)
        return matrix

    def push(self, v: Any) -> Any:
        """J·v, forward mode: v has the shape of the argument (a tuple for several), the result that of f."""
        leaves, batch = _leaves(v, self._inputs)
        return tree.unflatten(self._special.output, self._pushed(leaves, batch))

    def pull(self, p: Any) -> Any:
        """pᵀ·J, reverse mode: p has the shape of f's output, the result that of the argument."""
        leaves, batch = _leaves(p, self._outputs)
        return self._special.assembled(self._pulled(leaves, batch))

    def __matmul__(self, v: Any) -> Any:
        """J @ v for a vector of all inputs one after the other, or a matrix of such columns."""
        pieces = _split(v, self._inputs)
        batch = () if np.ndim(v) == 1 else (np.shape(v)[1],)
        return _join(self._pushed(pieces, batch), bool(batch)).T

    def __rmatmul__(self, p: Any) -> Any:
        """p @ J for a vector of all outputs one after the other, or a matrix of such rows."""
        pieces = _split(np.transpose(p), self._outputs)
        batch = () if np.ndim(p) == 1 else (np.shape(p)[0],)
        return _join(self._pulled(pieces, batch), bool(batch))

    __array_ufunc__ = None  # so that an array on the left of @ asks this class

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray:
        return np.array(self.matrix(), dtype=dtype)

    def __repr__(self) -> str:
        return f"<Jacobian of {self._special.graph.title}: {self.shape[0]} outputs × {self.shape[1]} inputs>"

    def _pushed(self, leaves: Sequence[Any], batch: Shape) -> list[Any]:
        run = self._special.executable(("push", batch), lambda graph, wrt: push_graph(graph, wrt, batch))
        return run([*self._arrays, *leaves])

    def _pulled(self, leaves: Sequence[Any], batch: Shape) -> list[Any]:
        run = self._special.executable(("pull", batch), lambda graph, wrt: pull_graph(graph, wrt, batch))
        return run([*self._arrays, *leaves])


def _leaves(vector: Any, nodes: Sequence[Node]) -> tuple[list[Any], Shape]:
    """The arrays of a vector, one for each node, and the batch axes that lead in all of them."""
    leaves, _ = tree.flatten(vector)
    expected = ", ".join(str(node.shape) for node in nodes)
    if len(leaves) != len(nodes):
        raise ShapeError(f"{len(leaves)} arrays", expected=f"{len(nodes)}, one for each of {expected}")
    arrays = [
        leaf if isinstance(leaf, Traced) else np.asarray(leaf, node.dtype)
        for leaf, node in zip(leaves, nodes, strict=True)
    ]
    batches = {
        array.shape[: max(array.ndim - node.ndim, 0)] for array, node in zip(arrays, nodes, strict=True)
    }
    for array, node in zip(arrays, nodes, strict=True):
        if array.shape[max(array.ndim - node.ndim, 0) :] != node.shape or len(batches) > 1:
            given = ", ".join(str(array.shape) for array in arrays)
            raise ShapeError(f"a vector of shape {given}", expected=f"{expected}, or one batch of such")
    return arrays, batches.pop() if batches else ()


def _total(nodes: Sequence[Node]) -> int:
    return sum(node.type.size for node in nodes)


def _split(stacked: Any, nodes: Sequence[Node]) -> list[Any]:
    """The pieces of stacked columns that belong to each node, one row a column."""
    total = _total(nodes)
    if np.ndim(stacked) not in (1, 2) or np.shape(stacked)[0] != total:
        raise ShapeError(f"a vector of shape {np.shape(stacked)}", expected=f"length {total}")
    columns = np.transpose(stacked if isinstance(stacked, Traced) else np.asarray(stacked))
    pieces, at = [], 0
    for node in nodes:
        piece = columns[..., at : at + node.type.size]
        pieces.append(np.reshape(piece, (*columns.shape[:-1], *node.shape)))
        at += node.type.size
    return pieces


def _join(arrays: Sequence[Any], batched: bool) -> Any:
    """Arrays flattened and put one after the other; along the second axis where there is a batch."""
    flat = [np.reshape(a, (np.shape(a)[0], -1)) if batched else np.reshape(a, (-1,)) for a in arrays]
    return flat[0] if len(flat) == 1 else np.concatenate(flat, axis=-1)


class JacobianFunction:
    """The Jacobian of a function at the point it is called with."""

    def __init__(self, function: Callable[..., Any], wrt: Wrt, make: Callable[[Jacobian], Any]) -> None:
        self._specialiser = Specialiser(function, wrt)
        self._make = make
        functools.update_wrapper(self, function, updated=())

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return self._make(Jacobian(*self._specialiser.at(args, kwargs)))


def jacobian(f: Callable[..., Any], wrt: Wrt = 0) -> JacobianFunction:
    """The Jacobian matrix of a function: all its partial derivatives, rows = outputs, columns = inputs.

    ∂f/∂x[i, j] = ∂fᵢ/∂xⱼ, of shape (n, m) for f: ℝᵐ → ℝⁿ; arrays count as vectors in C order.

    Args:
        f: a function of arrays written in plain NumPy.
        wrt: an argument's name or position, the path of a part of it, or a tuple of these, whose columns then
            stand side by side.

    Returns:
        A function of the same arguments that returns a :class:`Jacobian`, which has ``.matrix()``, ``J @ v``
        and ``p @ J``.

    Raises:
        TraceError: f does something that cannot become a graph.
        ArgumentError: f has no such argument.

    Source: the lecture, "Jacobian matrices".

    >>> import numpy as np, chainrule as cr
    >>> def f(x):
    ...     return np.stack([2 * x[0] + x[1], np.pi * x[1], -x[0] / x[1]])
    >>> cr.jacobian(f)(np.array([1.0, 2.0])).matrix().round(4)
    array([[ 2.    ,  1.    ],
           [ 0.    ,  3.1416],
           [-0.5   ,  0.25  ]])
    """
    return JacobianFunction(f, wrt, lambda at_point: at_point)


def push(f: Callable[..., Any], wrt: Wrt = 0) -> JacobianFunction:
    """Forward mode: the product J·v of a function's Jacobian with a vector.

    Args:
        f: a function of arrays written in plain NumPy.
        wrt: an argument's name or position, the path of a part of it, or a tuple of these.

    Returns:
        ``push(f)(*args)`` is the linear function v ↦ J·v at that point: v has the shape of the argument, and
        the result has the shape of f's output.

    Raises:
        TraceError, ArgumentError: as :func:`jacobian`.

    Source: the lecture, "Chain rule of multivariate calculus".

    >>> import numpy as np, chainrule as cr
    >>> cr.push(lambda x: x**2)(np.array([1.0, 3.0]))(np.array([1.0, 10.0]))
    array([ 2., 60.])
    """
    return JacobianFunction(f, wrt, lambda at_point: at_point.push)


def pull(f: Callable[..., Any], wrt: Wrt = 0) -> JacobianFunction:
    """Reverse mode: the product pᵀ·J of a vector with a function's Jacobian.

    Args:
        f: a function of arrays written in plain NumPy.
        wrt: an argument's name or position, the path of a part of it, or a tuple of these.

    Returns:
        ``pull(f)(*args)`` is the linear function p ↦ pᵀ·J at that point: p has the shape of f's output, and
        the result has the shape of the argument.

    Raises:
        TraceError, ArgumentError: as :func:`jacobian`.

    Source: the lecture, "Vectorizing a matrix": pᵀ = ∂J/∂z.

    >>> import numpy as np, chainrule as cr
    >>> cr.pull(lambda W, x: W @ x)(np.eye(2), np.array([3.0, 4.0]))(np.array([1.0, 10.0]))
    array([[ 3.,  4.],
           [30., 40.]])
    """
    return JacobianFunction(f, wrt, lambda at_point: at_point.pull)


class Hessian:
    """The Hessian of a scalar function at the point it is called with."""

    def __init__(self, function: Callable[..., Any], wrt: Wrt) -> None:
        self._specialiser = Specialiser(function, wrt)
        functools.update_wrapper(self, function, updated=())

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        special, arrays = self._specialiser.at(args, kwargs)
        (matrix,) = special.executable("hessian", _hessian_graph)(arrays)
        return matrix


def _hessian_graph(graph: Graph, wrt: list[Node]) -> Graph:
    return jacobian_graph(gradient_graph(graph, wrt), wrt)


def hessian(f: Callable[..., Any], wrt: Wrt = 0) -> Hessian:
    """The matrix of second derivatives of a scalar function, forward over reverse.

    H[i, j] = ∂²f/∂xᵢ∂xⱼ: the Jacobian of the gradient, of shape (m, m), symmetric.

    Args:
        f: a function of arrays written in plain NumPy that returns one real number.
        wrt: an argument's name or position, the path of a part of it, or a tuple of these, whose rows and
            columns then stand one after the other.

    Returns:
        A function of the same arguments that returns the matrix.

    Raises:
        ShapeError: f does not return one real number.
        TraceError, ArgumentError: as :func:`jacobian`.

    Source: the lecture, "Chain rule of multivariate calculus", applied to the gradient.

    >>> import numpy as np, chainrule as cr
    >>> cr.hessian(lambda x: x[0] ** 2 * x[1])(np.array([1.0, 2.0]))
    array([[4., 2.],
           [2., 0.]])
    """
    return Hessian(f, wrt)
