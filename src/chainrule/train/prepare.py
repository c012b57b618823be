"""A network's training data, checked: what a user may get wrong, found before anything runs."""

from __future__ import annotations

from numbers import Real
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from ..arguments import Array, as_numbers, require_finite
from ..errors import ArgumentError, ChainruleError, DataError, ShapeError
from ..nn import Loss, Network
from .minibatches import split

Rows = tuple[Array, Array]


def as_rows(network: Network, X: ArrayLike, y: ArrayLike, loss: Loss, dtype: np.dtype[Any]) -> Rows:
    """Inputs (n, inputs) in the training dtype, and targets in the form that the loss takes.

    Raises:
        ShapeError: shapes that fit neither each other nor the network.
        DtypeError: values that are not numbers.
        DataError: no rows, NaN or infinity, labels out of range.
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
    return _cast(inputs, "X", dtype), targets if targets.dtype == np.int64 else _cast(targets, "y", dtype)


def hold_out(
    network: Network, rows: Rows, validation: Any, loss: Loss, rng: np.random.Generator
) -> tuple[Rows, Rows | None]:
    """The rows to train on, and the rows to validate on: none, a random fraction, or a pair (X, y) apart.

    Raises:
        ArgumentError: ``validation`` is neither.
        DataError: too few rows to hold any out.
    """
    if validation is None:
        return rows, None
    if isinstance(validation, tuple | list) and len(validation) == 2:
        try:
            X, y = validation
            return rows, as_rows(network, X, y, loss, rows[0].dtype)
        except ChainruleError as error:
            raise type(error)(
                f"in validation, {error.given}", expected=error.expected, instead=error.instead
            ) from None
    if not isinstance(validation, Real) or not 0 < float(validation) < 1:
        given = f"a {type(validation).__name__}" if np.ndim(validation) else repr(validation)
        raise ArgumentError(
            f"validation={given}",
            expected="None, a fraction between 0 and 1, or a pair (X, y)",
            instead="0.2",
        )
    X, y = rows
    train, held = split(len(X), float(validation), rng)
    if not len(train):
        raise DataError(
            f"{len(X)} rows with validation={validation}", expected="at least one row left to train on"
        )
    return (X[train], y[train]), (X[held], y[held])


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
