"""The losses: plain NumPy functions ``loss(output, y)``, the mean over rows, and one record each in a table.

Outputs have shape (n, k), or (n,) for n rows of one output; ``y`` has the same shape, where one column may be
written (n,) or (n, 1), and class labels (n,). Both are arrays: a single example is a row, ``output[None]``.
With ``sample_weight`` w of shape (n,) every loss is Σ wᵢ lᵢ / Σ wᵢ, where lᵢ is the loss of row i alone.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import numpy as np

from .. import special
from ..arguments import Array, Value, find, is_number
from ..errors import ArgumentError, ShapeError
from .activations import softplus
from .targets import class_targets, probability_targets, real_targets


def mse(output: Value, y: Value, sample_weight: Value = None) -> Value:
    """The lecture's mean squared error, f = 1/(2n) Σ (ŷ - y)².

    Args:
        output: ŷ, shape (n, k) or (n,).
        y: the targets, the same shape.
        sample_weight: w, shape (n,); every row counts alike without.

    Returns:
        f, a scalar.

    Raises:
        ShapeError: the shapes differ.

    Source: the lecture, "Training neural networks".

    >>> float(mse(np.array([1.0, 4.0]), np.array([1.0, 2.0])))
    1.0
    >>> float(mse(np.array([1.0, 4.0]), np.array([1.0, 2.0]), np.array([3.0, 1.0])))
    0.5
    """
    squares = (output - _like(output, y)) ** 2
    return _total(squares, sample_weight) / (2 * _rows(output, sample_weight))


def mae(output: Value, y: Value, sample_weight: Value = None) -> Value:
    """The mean absolute error, f = 1/n Σ |ŷ - y|; arguments, result and errors as for :func:`mse`.

    >>> float(mae(np.array([1.0, 4.0]), np.array([1.0, 2.0])))
    1.0
    """
    return _total(np.abs(output - _like(output, y)), sample_weight) / _rows(output, sample_weight)


def binary_cross_entropy(output: Value, y: Value, sample_weight: Value = None) -> Value:
    """The negative log-likelihood of yes-or-no targets, f = -1/n Σ [y log p + (1 - y) log(1 - p)], p = σ(z).

    Args:
        output: the pre-activations z, shape (n, k) or (n,); the sigmoid is part of the loss.
        y: 0 and 1, or probabilities, the same shape.
        sample_weight: w, shape (n,); every row counts alike without.

    Returns:
        f, a scalar.

    Raises:
        ShapeError: the shapes differ.

    >>> binary_cross_entropy(np.array([0.0, 1000.0]), np.array([1, 1])).round(4)
    np.float64(0.3466)
    """
    y = _like(output, y)
    # Both terms are positive, so nothing cancels, however sure the network is.
    terms = y * softplus(-output) + (1 - y) * softplus(output)
    return _total(terms, sample_weight) / _rows(output, sample_weight)


def cross_entropy(output: Value, y: Value, sample_weight: Value = None) -> Value:
    """The negative log-likelihood of classes, f = -1/n Σᵢ log p(yᵢ), p = softmax(z); logistic for one column.

    Args:
        output: the pre-activations z, shape (n, k); the softmax is part of the loss. One column, or shape
            (n,), is the logit of class 1 against class 0: :func:`binary_cross_entropy`.
        y: integer labels 0 … k-1 of shape (n,), or one-hot rows (or probabilities) of shape (n, k).
        sample_weight: w, shape (n,); every row counts alike without.

    Returns:
        f, a scalar.

    Raises:
        ShapeError: the shapes do not fit.

    >>> z = np.array([[0.0, 0.0], [0.0, 1000.0]])
    >>> cross_entropy(z, np.array([0, 1])).round(4), cross_entropy(z, np.eye(2)).round(4)
    (np.float64(0.3466), np.float64(0.3466))
    """
    if len(output.shape) == 1 or output.shape[1] == 1:
        return binary_cross_entropy(output, y, sample_weight)
    log_p, rows = special.log_softmax(output, axis=1), _rows(output, sample_weight)
    if y.shape == output.shape:
        return -_total(y * log_p, sample_weight) / rows
    if y.shape != output.shape[:1]:
        raise _mismatch(output, y)
    own_class = y.reshape(-1, 1) == np.arange(output.shape[1])
    return -_total(np.where(own_class, log_p, 0), sample_weight) / rows


@dataclass(frozen=True, slots=True)
class Loss:
    """A loss as training needs it.

    Args:
        name: what it is called.
        function: from the outputs and y to the mean over the rows, in plain NumPy; to weigh the rows it takes
            ``sample_weight`` as a third argument.
        targets: checks y against the number of outputs and puts it in the form that the function takes.
        absorbs: the output activation, for that many outputs, that is part of the loss: the function is then
            given the pre-activations. ``None``: the loss takes the outputs as they are.

    >>> exponential = Loss("exponential", lambda output, y: np.mean(np.exp(-y * output)))
    >>> float(exponential(np.zeros((3, 1)), np.ones((3, 1))))
    1.0
    """

    name: str
    function: Callable[..., Value]
    targets: Callable[[Array, int], Array] = real_targets
    absorbs: Callable[[int], str] | None = None

    def __call__(self, output: Value, y: Value, sample_weight: Value = None) -> Value:
        weights = () if sample_weight is None else (sample_weight,)
        return self.function(output, y, *weights)


def huber(delta: float = 1.0) -> Loss:
    """Squared near 0 and absolute beyond δ: f = 1/n Σ c (|r| - c/2) with r = ŷ - y, c = min(|r|, δ).

    Args:
        delta: δ > 0, in the units of y.

    Returns:
        The record of that loss, itself a function of (output, y).

    Raises:
        ArgumentError: ``delta`` is not a positive number.

    Source: Huber 1964, "Robust estimation of a location parameter".

    >>> float(huber(1.0)(np.array([0.5, 3.0]), np.array([0.0, 0.0])))
    1.3125
    """
    if not (is_number(delta) and 0 < delta < np.inf):
        raise ArgumentError(f"delta={delta!r}", expected="a positive finite number")

    def function(output: Value, y: Value, sample_weight: Value = None) -> Value:
        r = np.abs(output - _like(output, y))
        c = np.minimum(r, delta)
        return _total(c * (r - 0.5 * c), sample_weight) / _rows(output, sample_weight)

    return Loss("huber" if delta == 1 else f"huber({delta:g})", function)


def smoothed_cross_entropy(label_smoothing: float = 0.1) -> Loss:
    """Cross-entropy with smoothed labels: class k of K has the target (1 - α) [y = k] + α / K.

    f = (1 - α) · cross_entropy(z, y) - α / (nK) Σᵢ Σₖ log pₖ; it is least where the true class has the
    probability 1 - α + α / K, so no pre-activation grows without bound. One output has K = 2 classes.

    Args:
        label_smoothing: α, from 0 to below 1.

    Returns:
        The record of that loss, itself a function of (output, y).

    Raises:
        ArgumentError: α is out of range.

    Source: Szegedy, Vanhoucke, Ioffe, Shlens and Wojna 2016, "Rethinking the Inception architecture".

    >>> float(smoothed_cross_entropy(0.1)(np.array([[3.0, 0.0]]), np.array([0])).round(4))
    0.1986
    """
    α = label_smoothing
    if not (is_number(α) and 0 <= α < 1):
        raise ArgumentError(f"label_smoothing={α!r}", expected="a number from 0 to below 1")

    def function(output: Value, y: Value, sample_weight: Value = None) -> Value:
        if len(output.shape) == 1 or output.shape[1] == 1:
            return binary_cross_entropy(output, (1 - α) * y + 0.5 * α, sample_weight)
        log_p = special.log_softmax(output, axis=1)
        classes = output.shape[1] * _rows(output, sample_weight)
        return (1 - α) * cross_entropy(output, y, sample_weight) - α * _total(log_p, sample_weight) / classes

    plain = LOSSES["cross_entropy"]
    return Loss(f"cross_entropy(label_smoothing={α:g})", function, plain.targets, plain.absorbs)


#: Every loss by name.
LOSSES: Mapping[str, Loss] = MappingProxyType(
    {
        loss.name: loss
        for loss in (
            Loss("mse", mse),
            Loss("mae", mae),
            huber(),
            Loss("cross_entropy", cross_entropy, class_targets, lambda k: "sigmoid" if k == 1 else "softmax"),
            Loss("binary_cross_entropy", binary_cross_entropy, probability_targets, lambda k: "sigmoid"),
        )
    }
)


def as_loss(given: Any) -> Loss:
    """A loss by name, a :class:`Loss`, or any function of (output, y).

    Raises:
        ArgumentError: no loss has that name.
    """
    if isinstance(given, Loss):
        return given
    if given is huber:
        return LOSSES["huber"]
    if callable(given):
        known = [loss for loss in LOSSES.values() if loss.function is given]
        return known[0] if known else Loss(getattr(given, "__name__", type(given).__name__), given)
    return find(LOSSES, given, "loss")


def _total(terms: Value, sample_weight: Value) -> Value:
    """Σ of all terms, those of row i times wᵢ."""
    if sample_weight is None:
        return np.sum(terms)
    columns = (1,) * (len(terms.shape) - 1)
    return np.sum(terms * sample_weight.reshape(-1, *columns))


def _rows(output: Value, sample_weight: Value) -> Value:
    """What the total is divided by: the number of rows, or Σ w."""
    return output.shape[0] if sample_weight is None else np.sum(sample_weight)


def _like(output: Value, y: Value) -> Value:
    """y in the shape of the outputs; one column may be written (n,) or (n, 1)."""
    if y.shape == output.shape:
        return y
    # NumPy would broadcast (n, 1) against (n,) to a table of all pairs.
    if (*y.shape, 1) == output.shape or y.shape == (*output.shape, 1):
        return y.reshape(output.shape)
    raise _mismatch(output, y)


def _mismatch(output: Value, y: Value) -> ShapeError:
    return ShapeError(
        f"outputs of shape {output.shape} and y of shape {y.shape}", expected="one target for each output"
    )
