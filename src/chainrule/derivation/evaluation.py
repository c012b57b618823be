"""The value of a formula, by the rules of matrix algebra and from the formula alone."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import reduce
from typing import Any

import numpy as np

from .formula import Formula
from .matrices import is_row
from .places import put_value

Values = Mapping[Any, np.ndarray]


def evaluate(formula: Formula, values: Values) -> np.ndarray:
    """The array that a formula stands for.

    Args:
        formula: what is written.
        values: the array of each name in it.
    """
    with np.errstate(all="ignore"):
        return np.asarray(_value(formula, values, {}))


def _value(formula: Formula, values: Values, known: dict[Formula, Any]) -> Any:
    if formula not in known:
        if formula.kind == "symbol":
            known[formula] = values[formula.data]
        else:
            parts = [_value(part, values, known) for part in formula.parts]
            known[formula] = RULES[formula.kind](formula, *parts)
    return known[formula]


def applied(formula: Formula, v: np.ndarray, values: Values) -> np.ndarray:
    """The product of a matrix that is written as a formula with a vector, without forming the matrix."""
    with np.errstate(all="ignore"):
        return _applied(formula, v, values)


def _applied(formula: Formula, v: np.ndarray, values: Values) -> np.ndarray:
    if formula.kind == "matmul":
        for factor in reversed(formula.parts):
            v = _applied(factor, v, values)
        return v
    if formula.kind == "add" and all(part.shape == formula.shape for part in formula.parts):
        return np.asarray(np.sum([_applied(part, v, values) for part in formula.parts], axis=0))
    if formula.kind == "product" and len([part for part in formula.parts if part.shape]) == 1:
        *scalars, matrix = formula.parts
        factor = np.prod([evaluate(part, values) for part in scalars])
        return np.asarray(factor * _applied(matrix, v, values))
    if formula.kind == "diag":
        return np.asarray(evaluate(formula.parts[0], values).ravel() * v)
    if formula.kind == "kron":
        return _kronecker_applied(formula, v, values)
    if formula.kind == "commutation":
        m, n = formula.data
        return v.reshape(m, n).T.ravel()
    if formula.kind == "identity":
        return v
    matrix_value = evaluate(formula, values)
    if matrix_value.ndim == 1:
        return matrix_value * v if formula.shape else matrix_value
    return np.asarray(matrix_value @ v if matrix_value.ndim else matrix_value * v)


def _kronecker_applied(formula: Formula, v: np.ndarray, values: Values) -> np.ndarray:
    """(A ⊗ B) vec[V] = vec[A V Bᵀ]."""
    a, b = (None if part.kind == "identity" else _as_matrix(evaluate(part, values)) for part in formula.parts)
    rows = formula.parts[0].shape[0] if a is None else a.shape[1]
    V = v.reshape(rows, -1)
    right = V if b is None else V @ b.T
    return np.asarray(right if a is None else a @ right).ravel()


def _as_matrix(x: np.ndarray) -> np.ndarray:
    return x[:, None] if x.ndim == 1 else x


def _added(formula: Formula, *terms: Any) -> Any:
    return reduce(np.add, terms)


def _multiplied(formula: Formula, *factors: Any) -> Any:
    return reduce(np.multiply, factors)


def _matrix_product(formula: Formula, *factors: Any) -> Any:
    """Columns as matrices of one column; from the right where that is a vector, else from the left."""
    matrices = list(map(_as_matrix, factors))
    vector = formula.parts[-1].ndim == 1
    if vector:
        result = reduce(lambda right, left: left @ right, reversed(matrices))
        column = result[..., 0]
        return column[0] if is_row(formula.parts[0]) else column
    return reduce(np.matmul, matrices)


def _transposed(formula: Formula, x: Any) -> Any:
    return x[None, :] if x.ndim == 1 else np.swapaxes(x, -1, -2)


def _spread(formula: Formula, x: Any) -> Any:
    return np.broadcast_to(np.expand_dims(x, formula.data), formula.shape)


def _called(formula: Formula, *parts: Any) -> Any:
    _, call = formula.data
    return call(*parts)


def _compared(formula: Formula, a: Any, b: Any) -> Any:
    return formula.data[1](a, b)


def _kronecker(formula: Formula, a: Any, b: Any) -> Any:
    return np.kron(_as_matrix(a), _as_matrix(b))


def _commutation(formula: Formula) -> Any:
    """K, with K·vec[X] = vec[Xᵀ] for X of m rows and n columns, rows first."""
    m, n = formula.data
    return np.eye(m * n)[np.arange(m * n).reshape(m, n).T.ravel()]


RULES: dict[str, Callable[..., Any]] = {
    "number": lambda formula: np.float64(formula.data),
    "ones": lambda formula: np.ones(formula.shape),
    "zeros": lambda formula: np.zeros(formula.shape),
    "identity": lambda formula: np.eye(formula.shape[0]),
    "add": _added,
    "product": _multiplied,
    "quotient": lambda formula, a, b: np.true_divide(a, b),
    "power": lambda formula, a, b: np.power(a, b),
    "matmul": _matrix_product,
    "transpose": _transposed,
    "sum": lambda formula, x: np.sum(x, axis=formula.data),
    "norm": lambda formula, x: np.sum(np.square(x)),
    "convolution": lambda formula, a, b: np.convolve(a, b),
    "correlation": lambda formula, a, b: np.correlate(a, b),
    "cross": lambda formula, a, b: np.cross(a, b),
    "length": lambda formula, x: np.sqrt(np.sum(np.square(x))),
    "spread": _spread,
    "diag": lambda formula, x: np.diag(x.ravel()),
    "inverse": lambda formula, x: np.linalg.inv(x),
    "apply": _called,
    "compare": _compared,
    "indicator": lambda formula, condition: np.asarray(condition, np.float64),
    "cases": lambda formula, condition, a, b: np.where(condition, a, b),
    "kron": _kronecker,
    "commutation": _commutation,
    "vec": lambda formula, x: x.ravel(),
    "literal": lambda formula: np.asarray(formula.data.value),
    "index": lambda formula, *parts: formula.data.pick(*parts),
    "put": put_value,
    "diagonal of": lambda formula, x: np.diagonal(x),
    "trace": lambda formula, x: np.trace(x),
    "vector": lambda formula, *parts: np.array(parts),
    "rows": lambda formula, *parts: np.stack(parts),
    "stack": lambda formula, *parts: np.concatenate(parts, axis=formula.data),
    "column": lambda formula, x: x.reshape(formula.shape),
    "reshape": lambda formula, x: x.reshape(formula.shape),
    "series": _added,
    "contract": lambda formula, *parts: np.einsum(formula.data, *parts),
}
