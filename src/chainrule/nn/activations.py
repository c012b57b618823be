"""The activation functions σ: plain NumPy on arrays of any shape, and one record each in a table."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np

from .. import special
from ..arguments import Value


def identity(z: Value) -> Value:
    """σ(z) = z: a linear layer; σ′ = 1.

    >>> identity(np.array([-1.0, 2.0]))
    array([-1.,  2.])
    """
    return z


def heaviside(z: Value) -> Value:
    """0 for z ≤ 0 and 1 above; σ′ = 0 everywhere, so gradient descent learns nothing through it.

    Source: Rosenblatt 1957; the lecture, "≥3-layer NNs".

    >>> heaviside(np.array([-1.0, 0.0, 2.0]))
    array([0., 0., 1.])
    """
    return np.heaviside(z, 0)


def sigmoid(z: Value) -> Value:
    """σ(z) = 1 / (1 + exp(-z)); σ′ = σ(1 - σ) ≤ ¼.

    >>> sigmoid(np.array([-1000.0, 0.0, 1000.0]))
    array([0. , 0.5, 1. ])
    """
    return special.expit(z)


def tanh(z: Value) -> Value:
    """The hyperbolic tangent; σ′ = 1 - σ².

    >>> tanh(np.array([-1000.0, 0.0, 1000.0]))
    array([-1.,  0.,  1.])
    """
    return np.tanh(z)


def relu(z: Value) -> Value:
    """The rectified linear unit max{0, z}; σ′ is 0 for z ≤ 0 and 1 above.

    >>> relu(np.array([-1.0, 0.0, 2.0]))
    array([0., 0., 2.])
    """
    return np.maximum(z, 0)


def leaky_relu(z: Value) -> Value:
    """z above 0, z/100 below; σ′(0) = 1/100.

    Source: Maas, Hannun and Ng 2013, "Rectifier nonlinearities improve neural network acoustic models".

    >>> leaky_relu(np.array([-1.0, 0.0, 2.0]))
    array([-0.01,  0.  ,  2.  ])
    """
    return np.where(z > 0, z, 0.01 * z)


def elu(z: Value) -> Value:
    """z above 0, exp(z) - 1 below; σ′ is continuous.

    Source: Clevert, Unterthiner and Hochreiter 2016, "Fast and accurate deep network learning by exponential
    linear units".

    >>> elu(np.array([-1000.0, 0.0, 1000.0]))
    array([  -1.,    0., 1000.])
    """
    above = z > 0
    # The exponential never sees a large z: there it would overflow, and its derivative times 0 be NaN.
    return np.where(above, z, np.expm1(np.where(above, 0, z)))


def gelu(z: Value) -> Value:
    """z Φ(z), with Φ the standard normal distribution function; σ′ = Φ(z) + z φ(z).

    Source: Hendrycks and Gimpel 2016, "Gaussian error linear units".

    >>> gelu(np.array([-10.0, 0.0, 10.0]))
    array([-0.,  0., 10.])
    """
    return 0.5 * z * (1 + special.erf(z * math.sqrt(0.5)))


def softplus(z: Value) -> Value:
    """log(1 + exp z), a smooth ReLU; σ′ is the sigmoid.

    >>> softplus(np.array([-1000.0, 0.0, 10.0])).round(3)
    array([ 0.   ,  0.693, 10.   ])
    """
    return np.logaddexp(0, z)


def softmax(z: Value) -> Value:
    """exp(zᵢ) / Σⱼ exp(zⱼ) along the last axis: a row of probabilities.

    >>> softmax(np.array([0.0, 0.0, 1000.0, 1000.0]))
    array([0. , 0. , 0.5, 0.5])
    """
    return special.softmax(z, axis=-1)


@dataclass(frozen=True, slots=True)
class Activation:
    """An activation function: its name, the function, its formula, and the initialiser that suits it.

    >>> square = Activation("square", lambda z: z**2, "z²")
    >>> square.function(np.array([-3.0]))
    array([9.])
    """

    name: str
    function: Callable[[Value], Value]
    formula: str
    initializer: str = "glorot"


#: Every activation by name.
ACTIVATIONS: Mapping[str, Activation] = MappingProxyType(
    {
        record.name: record
        for record in (
            Activation("identity", identity, "z"),
            Activation("heaviside", heaviside, "1 if z > 0 else 0"),
            Activation("sigmoid", sigmoid, "1 / (1 + exp(-z))"),
            Activation("tanh", tanh, "tanh(z)"),
            Activation("relu", relu, "max(0, z)", "he"),
            Activation("leaky_relu", leaky_relu, "z if z > 0 else z/100", "he"),
            Activation("elu", elu, "z if z > 0 else exp(z) - 1", "he"),
            Activation("gelu", gelu, "z Φ(z)", "he"),
            Activation("softplus", softplus, "log(1 + exp z)", "he"),
            Activation("softmax", softmax, "exp(z) / Σ exp(z)"),
        )
    }
)
