"""The Gauss-Newton matrix: the curvature of a loss, without that of the model below it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from .arguments import Wrt
from .hessian import Hessian, hessian
from .jacobian import Jacobian
from .jacobians import jacobian
from .operators import Operator
from .wrapper import Wrapper

if TYPE_CHECKING:
    from scipy.sparse import csr_array


class GaussNewton(Operator):
    """G = Jᵀ H J at one point, where J = ∂f/∂x and H is the loss's Hessian at f(x); symmetric.

    ``G @ v`` is a product with each of the three and forms no matrix.

    Attributes:
        jacobian: J.
        loss_hessian: H, or None where it is the identity.
    """

    def __init__(self, jacobian: Jacobian, loss_hessian: Hessian | None) -> None:
        self.jacobian, self.loss_hessian = jacobian, loss_hessian
        self.shape = (jacobian.shape[1], jacobian.shape[1])

    @property
    def dtype(self) -> np.dtype:  # type: ignore[override]
        return self.jacobian.dtype

    def times(self, v: Any) -> Any:
        pushed = self.jacobian @ v
        curved = pushed if self.loss_hessian is None else self.loss_hessian @ pushed
        return np.transpose(np.transpose(curved) @ self.jacobian)

    def __rmatmul__(self, p: Any) -> Any:
        return np.transpose(self @ np.transpose(p))

    @property
    def T(self) -> Operator:
        return self

    def matrix(self) -> Any:
        J = self.jacobian.matrix()
        return np.transpose(J) @ (J if self.loss_hessian is None else self.loss_hessian.matrix() @ J)

    def sparse(self) -> csr_array:
        J = self.jacobian.sparse()
        return (J.T @ (J if self.loss_hessian is None else self.loss_hessian.sparse() @ J)).tocsr()

    def __repr__(self) -> str:
        return f"<Gauss-Newton matrix of {self.jacobian!r}>"


class GaussNewtonFunction(Wrapper):
    """The Gauss-Newton matrix of a function at the point it is called with."""

    def __init__(self, function: Callable[..., Any], wrt: Wrt, loss: Callable[..., Any] | None) -> None:
        super().__init__(function)
        self._jacobian = jacobian(function, wrt)
        self._hessian = None if loss is None else hessian(loss)

    def __call__(self, /, *args: Any, **kwargs: Any) -> GaussNewton:
        J = self._jacobian(*args, **kwargs)
        return GaussNewton(J, None if self._hessian is None else self._hessian.at(J.value))


def gauss_newton(
    f: Callable[..., Any], wrt: Wrt = 0, loss: Callable[..., Any] | None = None
) -> GaussNewtonFunction:
    """The Gauss-Newton matrix Jᵀ H J of a loss of a function's outputs.

    It is the Hessian of loss(f(x)) without the term Σ ∂loss/∂fᵢ ∇²fᵢ, so that it is positive semi-definite
    for a convex loss.

    Args:
        f: a function of arrays written in plain NumPy; the residuals, or a model's outputs.
        wrt: an argument's name or position, the path of a part of it, or a tuple of these.
        loss: a function of f's output that returns one real number; by default ½ Σ fᵢ², for which H = I.

    Returns:
        A function of f's arguments that returns a :class:`GaussNewton`: ``G @ v``, ``.matrix()`` and
        ``.sparse()``.

    Raises:
        ShapeError: the loss does not return one real number.
        TraceError, ArgumentError: as :func:`jacobian`.

    Source: Schraudolph, "Fast curvature matrix-vector products for second-order gradient descent" (2002).

    >>> import numpy as np, chainrule as cr
    >>> G = cr.gauss_newton(lambda x: np.stack([x[0] ** 2, x[0] * x[1]]))(np.array([1.0, 2.0]))
    >>> G.matrix(), G @ np.array([1.0, 0.0])
    (array([[8., 2.],
           [2., 1.]]), array([8., 2.]))
    """
    return GaussNewtonFunction(f, wrt, loss)
