"""Places and counts, which have no derivative: they are NumPy's, also at NaN, ∞ and where nothing is."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import chainrule as cr
from chainrule.errors import ArgumentError, DtypeError, ShapeError, TraceError

INF, NAN = np.inf, np.nan
RISING = np.array([-INF, -1.0, 0.0, 0.0, 2.5, INF])
VALUES = np.array([[-2.0, -1.0, 0.0], [0.1, 2.5, INF], [-INF, NAN, 7.0]])

CALLS: dict[str, tuple[Callable[..., Any], tuple[np.ndarray, ...]]] = {
    "searchsorted": (lambda a, v: np.searchsorted(a, v), (RISING, VALUES)),
    "searchsorted from the right": (lambda a, v: np.searchsorted(a, v, side="right"), (RISING, VALUES)),
    "searchsorted beside NaN": (
        lambda a, v: np.searchsorted(a, v) + 10 * np.searchsorted(a, v, "right"),
        (np.array([0.0, 1.0, NAN, NAN]), VALUES),
    ),
    "searchsorted of whole numbers": (lambda v: np.searchsorted([1, 3, 3, 5], v), (np.arange(7),)),
    "searchsorted by an order": (
        lambda a, v: np.searchsorted(a, v, sorter=np.argsort(RISING[::-1])),
        (RISING[::-1], VALUES[:2]),
    ),
    "searchsorted in nothing": (lambda v: np.searchsorted([], v), (VALUES,)),
    "digitize": (lambda x: np.digitize(x, [-1, 0, 2.5]), (VALUES[:2],)),
    "digitize to the right": (lambda x: np.digitize(x, [-1, 0, 2.5], right=True), (VALUES[:2],)),
    "digitize falling": (lambda x: np.digitize(x, [2.5, 0, -1]), (VALUES[:2],)),
    "digitize falling to the right": (lambda x: np.digitize(x, [2.5, 0, -1], right=True), (VALUES[:2],)),
    "bincount of labels": (lambda x, w: np.bincount(x, w), (np.array([2, 0, 2, 5]), np.arange(4.0))),
    "bincount of nothing": (lambda w: np.bincount([], w, 3), (np.zeros(0),)),
    "counts": (lambda x: np.bincount(x), (np.array([2, 0, 2, 5]),)),
    "modf": (lambda x: np.stack(np.modf(x)), (np.array([-0.0, -2.0, INF, -INF, NAN, -0.5, 3.25]),)),
    "argsort of a number": (np.argsort, (np.array(3.0),)),
    "unravel_index": (lambda i: np.stack(np.unravel_index(i, (2, 3, 4))), (np.arange(24),)),
    "unravel_index by columns": (lambda i: np.stack(np.unravel_index(i, (2, 3), "F")), (np.arange(6),)),
    "nanargmax": (lambda x: np.nanargmax(x, axis=1) * 10 + np.nanargmin(x), (VALUES,)),
    "infinities": (lambda x: np.isposinf(x) * 2 + np.isneginf(x), (VALUES,)),
    "digitize by truth values": (lambda x: np.digitize(x, np.array([True, False])), (VALUES[:2],)),
    "round whole numbers": (lambda n: np.round(n, -1), (np.array([14, 15, -26]),)),
    "variance of too few": (lambda x: np.var(x, ddof=3), (np.array([1.0, 2.0]),)),
    "condition of zeros": (lambda a: np.linalg.cond(a) + np.linalg.cond(a, -2), (np.zeros((2, 2)),)),
    "trapezoid of curves": (
        lambda y, x: np.trapezoid(y, x) + np.trapezoid(y, x, axis=-1),
        (np.array([1.0, 3.0]), np.array([[0.0, 1.0], [2.0, 5.0]])),
    ),
    "products of a list of rows": (lambda a: np.linalg.multi_dot(a), (np.arange(12.0).reshape(3, 2, 2),)),
    "pad whole numbers": (lambda x: np.pad(x, 2, mode="mean"), (np.array([1, 2, 4, 9]),)),
    "geomspace float32": (lambda x: np.round(np.geomspace(x, 8, 3)), (np.float32(2.0),)),
    "pad float32": (lambda x: np.pad(x, 2, mode="linear_ramp"), (np.array([1, 2, 4, 9], np.float32),)),
}


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize("name", CALLS)
def test_values_are_numpys(name: str) -> None:
    function, arrays = CALLS[name]
    expected = np.asarray(function(*arrays))
    graph = cr.trace(function, *arrays)
    by_machine_code = [] if graph.branched_at else [cr.compile(function)(*arrays)]
    for result in (graph.run(*arrays).output, *by_machine_code):
        assert np.asarray(result).dtype == expected.dtype
        np.testing.assert_array_equal(result, expected)
        np.testing.assert_array_equal(np.signbit(result), np.signbit(expected))


def test_weights_of_labels_that_are_an_argument() -> None:
    """∂ Σₖ bincount(x, w)ₖ²/2 by w picks the sums by label."""
    labels, w = np.array([1, 0, 1, 3]), np.array([1.0, 2.0, 3.0, 4.0])
    slopes = cr.grad(lambda w, x: np.sum(np.bincount(x, weights=w) ** 2) / 2)(w, labels)
    np.testing.assert_array_equal(slopes, np.array([4.0, 2.0, 4.0, 4.0]))
    again = cr.grad(lambda w, x: np.sum(np.bincount(x, weights=w) ** 2) / 2)(w, labels[::-1])
    np.testing.assert_array_equal(again, np.array([1.0, 6.0, 3.0, 6.0]))


@pytest.mark.parametrize(
    ("function", "kind", "given"),
    [
        (lambda x: np.digitize(x, [0, 2, 1]), ArgumentError, "up and down"),
        (lambda x: np.digitize(x, x), TraceError, "traced bins"),
        (lambda x: np.bincount(x), TraceError, "plain NumPy array"),
        (lambda x: np.bincount([0, 1], weights=x), ShapeError, "weights of shape (3,)"),
        (lambda x: np.searchsorted(x[None], 1.0), ShapeError, "shape (1, 3)"),
        (lambda x: np.pad(x, 1, mode="odd"), ArgumentError, "linear_ramp"),
        (lambda x: np.pad(x, 1, mode="reflect", reflect_type="odd"), ArgumentError, "odd"),
        (lambda x: np.polyfit(x, x, 1, full=True), ArgumentError, "full"),
        (lambda x: np.polyfit(x, x[:2], 1), ShapeError, "(3,) and (2,)"),
        (lambda x: np.exp(x, dtype=np.float32), TraceError, "np.exp with dtype="),
        (lambda x: np.matmul(x, x, casting="no"), TraceError, "casting"),
        (lambda x: np.divmod(x, x, order="C"), TraceError, "np.divmod: "),
        (lambda x: x & 1, DtypeError, "whole numbers or truth values"),
        (lambda x: np.unravel_index(x, (2, 2)), DtypeError, "whole numbers"),
        (lambda x: np.tile(x, -1), ArgumentError, "0 or more"),
        (lambda x: np.split(x, x), TraceError, "np.split with a traced value for an option"),
        (lambda x: np.median(x, axis=x), TraceError, "np.median with a traced value for an option"),
        (lambda x: np.linalg.eigvalsh(x * np.eye(3), UPLO=3), TraceError, "np.linalg.eigvalsh: "),
        (lambda x: np.max(x, where=np.array([True, False, True])), ArgumentError, "initial="),
    ],
)
def test_refused(function: Callable[..., Any], kind: type[Exception], given: str) -> None:
    with pytest.raises(kind) as caught:
        cr.trace(function, np.array([1.0, 2.0, 3.0]))
    assert given in str(caught.value)
    assert __file__ in str(caught.value)
