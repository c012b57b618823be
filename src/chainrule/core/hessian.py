"""Second derivatives: Hessians as matrices, dense and sparse, and as products with vectors."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from ..calculus import gradient_graph
from .arguments import Wrt
from .compiling import compiler
from .jacobian import Jacobian, copies
from .specialise import PLANNED, Specialisation, Specialiser
from .wrapper import Wrapper


class Hessian(Jacobian):
    """The Hessian of a scalar function at one point: the Jacobian of its gradient, which is symmetric.

    It has all that a :class:`Jacobian` has; ``H @ v`` is forward mode over reverse mode and forms no matrix.

    >>> import numpy as np, chainrule as cr
    >>> H = cr.hessian(lambda x: np.sum(x[1:] ** 2 * x[:-1])).at(np.ones(1000))
    >>> H.sparse().nnz, H.plan.passes, (H @ np.ones(1000))[:3]
    (2997, (3, 0), array([2., 6., 6.]))
    """

    symmetric = True


class HessianFunction(Wrapper):
    """The Hessian of a scalar function: its matrix at the point it is called with; :meth:`at` gives more."""

    def __init__(self, function: Callable[..., Any], wrt: Wrt, compile: str) -> None:
        super().__init__(function)
        self._specialiser = Specialiser(function, wrt, worth=PLANNED)
        self._compile = compiler(compile)

    def __call__(self, /, *args: Any, **kwargs: Any) -> Any:
        special, arrays = self._specialiser.at(args, kwargs)
        return Hessian(_gradient(special), arrays, self._compile).matrix()

    def at(self, /, *args: Any, **kwargs: Any) -> Hessian:
        """The Hessian at a point, of which products need no matrix: ``H @ v``, ``H.sparse()``, ``H.plan``."""
        special, arrays = self._specialiser.at(args, kwargs)
        return Hessian(_gradient(special), copies(arrays), self._compile)


def _gradient(special: Specialisation) -> Specialisation:
    """The gradient as a function of the same arguments, made on first use."""
    known = special.executables
    if "gradient" not in known:
        graph = gradient_graph(special.graph, special.wrt())
        graph = replace(graph, title=f"∇{special.graph.title}")
        known["gradient"] = replace(special, traced=graph, output=special.structure, executables={})
    gradient: Specialisation = known["gradient"]
    return gradient


def hessian(f: Callable[..., Any], wrt: Wrt = 0, compile: str = "reference") -> HessianFunction:
    """The matrix of second derivatives of a scalar function, forward over reverse.

    H[i, j] = ∂²f/∂xᵢ∂xⱼ: the Jacobian of the gradient, of shape (m, m), symmetric.

    Args:
        f: a function of arrays written in plain NumPy that returns one real number.
        wrt: an argument's name or position, the path of a part of it, or a tuple of these, whose rows and
            columns then stand one after the other.
        compile: "reference" computes with NumPy, "native" with machine code for this processor, "auto" with
            NumPy until the calls' work outweighs compiling.

    Returns:
        A function of the same arguments that returns the matrix; its method ``at`` returns a :class:`Hessian`
        instead, whose ``H @ v`` and ``H.sparse()`` do not form it.

    Raises:
        ShapeError: f does not return one real number.
        TraceError, ArgumentError: as :func:`jacobian`.

    Source: the lecture, "Chain rule of multivariate calculus", applied to the gradient.

    >>> import numpy as np, chainrule as cr
    >>> cr.hessian(lambda x: x[0] ** 2 * x[1])(np.array([1.0, 2.0]))
    array([[4., 2.],
           [2., 0.]])
    """
    return HessianFunction(f, wrt, compile)
