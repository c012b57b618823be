"""What a flow is made of: invertible maps of rows whose Jacobian determinants are known."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Protocol, runtime_checkable

import numpy as np

from ...arguments import Array, Parameters, Value
from ...errors import ArgumentError

Shapes = dict[str, tuple[int, ...]]


@runtime_checkable
class FlowLayer(Protocol):
    """An invertible map of rows x, shape (n, d), onto rows z of the same shape.

    A layer is a frozen record of settings; its parameters are kept apart, so that both directions are plain
    NumPy functions of parameters and rows, to be traced, differentiated and compiled. ``context``, shape
    (n, c), is what the density is conditional on, or ``None``.
    """

    def shapes(self, d: int, c: int) -> Shapes:
        """The shape of each parameter, for d features and c columns of context."""

    def initial(self, x: Array, context: Array | None, rng: np.random.Generator) -> Parameters:
        """Parameters to start from, for rows such as these."""

    def forward(self, parameters: Parameters, x: Value, context: Value | None) -> tuple[Value, Value]:
        """z, shape (n, d), and log|det ∂z/∂x|, shape (n,), or a scalar where it is the same for all rows."""

    def inverse(self, parameters: Parameters, z: Value, context: Value | None) -> Value:
        """The rows x that :meth:`forward` takes to z."""


def as_layers(layers: Iterable[Any]) -> tuple[FlowLayer, ...]:
    """The layers of a stack.

    Raises:
        ArgumentError: one is no layer.
    """
    found = tuple(layers)
    for layer in found:
        if isinstance(layer, type) or not isinstance(layer, FlowLayer):
            raise ArgumentError(
                f"layers holds {layer!r}", expected="layers, such as cr.latent.flows.ActNorm()"
            )
    return found


def forward(
    layers: Sequence[FlowLayer], parameters: Sequence[Parameters], x: Value, context: Value | None = None
) -> tuple[Value, Value]:
    """z and log|det ∂z/∂x| of each row, through layer after layer.

    The chain rule: the Jacobian of the whole is the product of the layers' Jacobians, so its log-determinant
    is the sum of theirs.

    Source: the lecture, "Chain rule of multivariate calculus".

    >>> from chainrule.latent.flows import LULinear
    >>> x = np.array([[1.0, 2.0]])
    >>> parameters = {"L": np.zeros((2, 2)), "U": np.zeros((2, 2)), "s": np.log([2.0, 3.0])}
    >>> z, log_det = forward([LULinear()], [parameters], x)
    >>> z.round(12).tolist(), log_det.round(6).tolist()  # log 6
    ([[2.0, 6.0]], [1.791759])
    """
    total: Value = np.zeros(x.shape[0], x.dtype)
    for layer, own in zip(layers, parameters, strict=True):
        x, log_det = layer.forward(own, x, context)
        total = total + log_det
    return x, total


def inverse(
    layers: Sequence[FlowLayer], parameters: Sequence[Parameters], z: Value, context: Value | None = None
) -> Value:
    """The rows x that :func:`forward` takes to z."""
    for layer, own in zip(reversed(layers), reversed(parameters), strict=True):
        z = layer.inverse(own, z, context)
    return z


def initial(
    layers: Sequence[FlowLayer], x: Array, context: Array | None, rng: np.random.Generator
) -> list[Parameters]:
    """Every layer's first parameters, each seeing the rows as the layers before it leave them."""
    found: list[Parameters] = []
    for layer in layers:
        found.append(layer.initial(x, context, rng))
        x = layer.forward(found[-1], x, context)[0]
    return found
