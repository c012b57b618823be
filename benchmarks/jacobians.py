"""Whole Jacobians: a narrow waist, sparse ones, the rows of a batch, dense square networks."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from .contestants import Contestant, taking_part
from .measurement import Measurement
from .sampling import interleaved

Call = Callable[[], Any]
TOLERANCE = 1e-9


@dataclass(frozen=True, slots=True)
class Case:
    """A Jacobian to compute, by the first argument.

    Attributes:
        name: what it is called in the table.
        function: makes the function from a library that offers NumPy's functions.
        arguments: its arguments.
        result: "matrix", the whole; "rows", the Jacobian of each row of a batch; or "sparse".
        by_hand: the result as one writes it with NumPy, where one does.
    """

    name: str
    function: Callable[[Any], Callable[..., Any]]
    arguments: tuple[Any, ...]
    result: str = "matrix"
    by_hand: Callable[..., Any] | None = None


Differentiator = Callable[[Case], Call | None]
"""Makes a call that computes a case's Jacobian; None where a library cannot."""


def measure(contestants: list[Contestant], rounds: int, case: str) -> list[Measurement]:
    """Every case whose text contains ``case``; before it is timed, all results are compared.

    Raises:
        ArithmeticError: two Jacobians differ.
    """
    makers: dict[str, Differentiator] = {
        who.name: who.prepare("jacobians") for who in taking_part(contestants, "jacobians")
    }
    measurements = []
    for each in cases():
        if case in each.name:
            print(f"  {each.name}", file=sys.stderr, flush=True)
            made = {who: make(each) for who, make in makers.items()}
            calls = {who: call for who, call in made.items() if call is not None}
            check_agreement(each, calls)
            for who, times in interleaved(calls, rounds).items():
                measurements.append(Measurement(each.name, who, "seconds", times))
    return measurements


def check_agreement(case: Case, calls: dict[str, Call]) -> None:
    """Compare every result with the first one.

    Raises:
        ArithmeticError: one differs by more than ``TOLERANCE``, relative to the largest entry.
    """
    expected: Any = None
    for who, call in calls.items():
        found = call()
        found = np.asarray(found.data if case.result == "sparse" else found)
        expected = found if expected is None else expected
        error = np.max(np.abs(found.reshape(expected.shape) - expected)) / np.max(np.abs(expected))
        if not error <= TOLERANCE:  # also where it is NaN
            raise ArithmeticError(f"{case.name}: {who} differs by {error:.3g}")


def cases() -> list[Case]:
    """All of them."""
    rng = np.random.default_rng(0)
    wide, narrow = 2000, 5
    W1, W2 = rng.normal(size=(narrow, wide)) / 50, rng.normal(size=(wide, narrow))
    found = [
        Case("waist: 2000-5-2000", _waist, (rng.normal(size=wide), W1, W2), by_hand=_waist_by_hand),
        Case("arrow: n = 200", _arrow, (rng.normal(size=200),)),
        Case("tridiagonal: n = 2000, dense", _tridiagonal, (rng.normal(size=2000),)),
    ]
    found += [
        Case(f"tridiagonal: n = {n:,}, sparse", _tridiagonal, (rng.normal(size=n),), "sparse")
        for n in (10_000, 100_000, 1_000_000)
    ]
    sizes = ((256, 64), (128, 64), (128,), (10, 128), (10,))
    batch = tuple(rng.normal(size=shape) / np.sqrt(shape[-1]) for shape in sizes)
    found.append(Case("rows of a batch: 64-128-10, 256 rows", _network, batch, "rows", _rows_by_hand))
    for n in (32, 64, 128, 256, 512):
        weights = (rng.normal(size=(n, n)) / np.sqrt(n) for _ in range(3))
        found.append(Case(f"square: {n}-{n}-{n}-{n}", _square, (rng.normal(size=n), *weights)))
    return found


def _waist(xp: Any) -> Callable[..., Any]:
    return lambda x, W1, W2: W2 @ xp.tanh(W1 @ x)


def _waist_by_hand(x: Any, W1: Any, W2: Any) -> Any:
    return W2 @ ((1 - np.tanh(W1 @ x) ** 2)[:, None] * W1)


def _arrow(xp: Any) -> Callable[..., Any]:
    return lambda x: xp.concatenate([xp.sum(x**2)[None], x[1:] * x[0] + xp.sin(x[1:])])


def _tridiagonal(xp: Any) -> Callable[..., Any]:
    return lambda x: x[2:] * x[:-2] - 2 * xp.sin(x[1:-1])


def _network(xp: Any) -> Callable[..., Any]:
    return lambda X, W1, b1, W2, b2: xp.maximum(X @ W1.T + b1, 0) @ W2.T + b2


def _rows_by_hand(X: Any, W1: Any, b1: Any, W2: Any, b2: Any) -> Any:
    active = X @ W1.T + b1 > 0
    pulled = active[:, None, :] * W2
    return (pulled.reshape(-1, len(b1)) @ W1).reshape(len(X), len(b2), -1)


def _square(xp: Any) -> Callable[..., Any]:
    return lambda x, A, B, C: C @ xp.tanh(B @ xp.tanh(A @ x))
