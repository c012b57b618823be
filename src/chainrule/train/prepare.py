"""A network's training data, checked: what a user may get wrong, found before anything runs."""

from __future__ import annotations

from inspect import signature
from numbers import Real
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from ..arguments import Array, as_numbers, require_finite
from ..errors import ArgumentError, ChainruleError, DataError, ShapeError
from ..nn import Loss, Network
from .minibatches import split

#: Inputs and targets, and the weights of the rows where they have some.
Rows = tuple[Array, ...]


def as_rows(
    network: Network,
    X: ArrayLike,
    y: ArrayLike,
    loss: Loss,
    dtype: np.dtype[Any],
    sample_weight: ArrayLike | None = None,
) -> Rows:
    """Inputs (n, inputs) in the training dtype, targets in the form that the loss takes, weights (n,) if any.

    Rows of weight 0 are left out.

    Raises:
        ShapeError: shapes that fit neither each other nor the network.
        DtypeError: values that are not numbers.
        DataError: no rows, NaN or infinity, labels out of range, a negative weight or none above 0.
        ArgumentError: weights for a loss that takes none.
    """
    inputs, targets = as_numbers(X, "X"), as_numbers(y, "y")
    _require_inputs(network, inputs)
    if targets.ndim == 0 or len(targets) != len(inputs):
        raise ShapeError(
            f"X has shape {inputs.shape} and y has shape {targets.shape}", expected="as many rows in both"
        )
    if not len(inputs):
        raise DataError("X and y have no rows", expected="at least one")
    targets = loss.targets(targets, network.sizes[-1])
    rows = _cast(inputs, "X", dtype), targets if targets.dtype == np.int64 else _cast(targets, "y", dtype)
    return rows if sample_weight is None else _weighed(rows, loss, sample_weight)


def weight_of(rows: Rows) -> Array | None:
    """The weights of the rows, if they have any."""
    return rows[2] if len(rows) == 3 else None


def hold_out(
    network: Network, rows: Rows, validation: Any, loss: Loss, rng: np.random.Generator
) -> tuple[Rows, Rows | None]:
    """The rows to train on, and the rows to validate on: none, a random fraction, or others.

    Others are a pair (X, y), or (X, y, sample_weight).

    Raises:
        ArgumentError: ``validation`` is neither.
        DataError: too few rows to hold any out.
    """
    if validation is None:
        return rows, None
    if isinstance(validation, tuple | list) and len(validation) in (2, 3):
        try:
            X, y, *weight = validation
            return rows, as_rows(network, X, y, loss, rows[0].dtype, *weight)
        except ChainruleError as error:
            raise type(error)(
                f"in validation, {error.given}", expected=error.expected, instead=error.instead
            ) from None
    if not isinstance(validation, Real) or not 0 < float(validation) < 1:
        given = f"a {type(validation).__name__}" if np.ndim(validation) else repr(validation)
        raise ArgumentError(
            f"validation={given}",
            expected="None, a fraction between 0 and 1, or rows (X, y) or (X, y, sample_weight)",
            instead="0.2",
        )
    n = len(rows[0])
    train, held = split(n, float(validation), rng)
    if not len(train):
        raise DataError(
            f"{n} rows with validation={validation}", expected="at least one row left to train on"
        )
    return tuple(array[train] for array in rows), tuple(array[held] for array in rows)


def _weighed(rows: Rows, loss: Loss, sample_weight: ArrayLike) -> Rows:
    """The rows whose weight is above 0, with their weights."""
    _require_weighable(loss)
    X, y = rows
    given = as_numbers(sample_weight, "sample_weight")
    if given.shape != (len(X),):
        raise ShapeError(f"sample_weight has shape {given.shape}", expected=f"({len(X)},), one for each row")
    weight = _within(_cast(given, "sample_weight", np.dtype(np.float64)), X.dtype)
    for place in np.flatnonzero(weight < 0)[:1].tolist():
        raise DataError(f"sample_weight[{place}] is {given[place]}", expected="zero or more")
    counted = weight > 0
    if not counted.any():
        raise DataError("sample_weight is 0 in every row", expected="a weight above 0")
    return (X, y, weight) if counted.all() else (X[counted], y[counted], weight[counted])


def _within(weight: Array, dtype: np.dtype[Any]) -> Array:
    """Weights in that dtype; where their sums would be too large or too small for it, by a power of two."""
    greatest, limits = np.abs(weight).max(), np.finfo(dtype)
    if greatest and not np.sqrt(limits.tiny) <= greatest <= np.sqrt(limits.max):
        weight = np.ldexp(weight, -np.frexp(greatest)[1])
    return weight.astype(dtype, copy=False)


def _require_weighable(loss: Loss) -> None:
    try:
        signature(loss.function).bind(None, None, None)
    except TypeError:
        raise ArgumentError(
            f"sample_weight with the loss {loss.name!r}, which takes two arguments",
            expected="a loss that takes the weights of the rows",
            instead="def loss(output, y, sample_weight): …",
        ) from None


def _require_inputs(network: Network, X: Array) -> None:
    first = network.layers[0]
    if X.ndim == 2 and X.shape[1] == first.inputs:
        return
    one_dimensional = (
        "X[:, None] for rows of one number" if first.inputs == 1 else "X[None, :] for a single row"
    )
    raise ShapeError(
        f"X has shape {X.shape}",
        expected=f"(n, {first.inputs}): layer 1 takes {first.inputs} inputs, its {first.W} has shape "
        f"{first.shapes[first.W]}",
        instead=one_dimensional if X.ndim == 1 else None,
    )


def _cast(array: Array, name: str, dtype: np.dtype[Any]) -> Array:
    with np.errstate(over="ignore"):  # what overflows is found below
        result = array.astype(dtype, copy=False)
    require_finite(result, name)
    return result
