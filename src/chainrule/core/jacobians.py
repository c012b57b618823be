"""Functions that give Jacobians, and their products, at the point they are called with."""

from __future__ import annotations

from collections.abc import Callable
from operator import attrgetter
from typing import Any

from .arguments import Wrt
from .compiling import compiler
from .jacobian import Jacobian, copies
from .specialise import PLANNED, Specialiser
from .wrapper import Wrapper


class JacobianFunction(Wrapper):
    """The Jacobian of a function at the point it is called with."""

    def __init__(
        self,
        function: Callable[..., Any],
        wrt: Wrt,
        make: Callable[[Jacobian], Any],
        compile: str = "reference",
    ) -> None:
        super().__init__(function)
        self._specialiser = Specialiser(function, wrt, worth=PLANNED)
        self._make = make
        self._compile = compiler(compile)

    def __call__(self, /, *args: Any, **kwargs: Any) -> Any:
        special, arrays = self._specialiser.at(args, kwargs)
        return self._make(Jacobian(special, copies(arrays), self._compile))

    def matrix(self, /, *args: Any, **kwargs: Any) -> Any:
        """The matrix at a point, as ``jacobian(f)(…).matrix()`` gives it, without copies of the arguments."""
        special, arrays = self._specialiser.at(args, kwargs)
        return Jacobian(special, arrays, self._compile).matrix()


def _itself(jacobian: Jacobian) -> Jacobian:
    return jacobian


def jacobian(f: Callable[..., Any], wrt: Wrt = 0, compile: str = "reference") -> JacobianFunction:
    """The Jacobian matrix of a function: all its partial derivatives, rows = outputs, columns = inputs.

    ∂f/∂x[i, j] = ∂fᵢ/∂xⱼ, of shape (n, m) for f: ℝᵐ → ℝⁿ; arrays count as vectors in C order.

    The cheapest way to the matrix is found once for each shape and dtype: a bracketing of the chain rule's
    product, or, where most entries are zero, few passes that each find many columns or rows.

    Args:
        f: a function of arrays (or dicts, lists and tuples of arrays) written in plain NumPy.
        wrt: an argument's name or position, the path of a part of it, or a tuple of these, whose columns then
            stand side by side.
        compile: "reference" computes with NumPy, "native" with machine code for this processor, "auto" with
            NumPy until the calls' work outweighs compiling.

    Returns:
        A function of the same arguments that returns a :class:`Jacobian`: ``.matrix()``, ``.sparse()``,
        ``.blocks()``, ``J @ v``, ``p @ J``, ``.pattern()`` and ``.plan``. It keeps copies of the arguments;
        the function's own ``.matrix(…)`` returns the matrix at once, without.

    Raises:
        TraceError: f does something that cannot become a graph.
        ArgumentError: f has no such argument, or there is no such way to compile.

    Source: the lecture, "Jacobian matrices".

    >>> import numpy as np, chainrule as cr
    >>> def f(x):
    ...     return np.stack([2 * x[0] + x[1], np.pi * x[1], -x[0] / x[1]])
    >>> cr.jacobian(f)(np.array([1.0, 2.0])).matrix().round(4)
    array([[ 2.    ,  1.    ],
           [ 0.    ,  3.1416],
           [-0.5   ,  0.25  ]])
    >>> J = cr.jacobian(lambda x: x[1:] * x[:-1])(np.arange(1000.0))
    >>> J.sparse().nnz, J.plan.passes
    (1998, (2, 0))
    """
    return JacobianFunction(f, wrt, _itself, compile)


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
    return JacobianFunction(f, wrt, attrgetter("push"))


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
    return JacobianFunction(f, wrt, attrgetter("pull"))
