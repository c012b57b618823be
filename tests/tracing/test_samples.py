"""Functions of samples (signals, differences, interpolation, covariances): NumPy's values and derivatives."""

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import chainrule as cr
from chainrule.errors import ArgumentError, ShapeError, TraceError

from ..numerics import numerical_jacobian

RNG = np.random.default_rng(11)
V = RNG.normal(size=6)
W = RNG.normal(size=4)
M = RNG.normal(size=(3, 5))
KNOTS = np.array([-1.5, -0.4, 0.3, 0.9, 2.0])
GRID = np.linspace(-1.3, 1.4, 15).reshape(3, 5)
UNEVEN = np.array([0.0, 0.3, 1.1, 1.2, 2.0])
PHASES = np.array([[0.1, 2.9, -2.9, 0.4, 4.1], [0.0, -6.5, -1.0, 9.0, 2.2]])
MODES = ["full", "same", "valid"]

CALLS: dict[str, tuple[Callable[[Any], Any], np.ndarray]] = {
    **{f"convolve {m}": (lambda x, m=m: np.convolve(x, W, m), V) for m in MODES},
    **{f"convolve, longer second, {m}": (lambda x, m=m: np.convolve(x[:3], x, m), V) for m in MODES},
    **{f"correlate {m}": (lambda x, m=m: np.correlate(x, W, m), V) for m in MODES},
    **{f"correlate, longer second, {m}": (lambda x, m=m: np.correlate(x[:2], x, m), V) for m in MODES},
    **{f"correlate, odd and longer second, {m}": (lambda x, m=m: np.correlate(W[:3], x, m), V)
       for m in MODES},
    "convolve with one": (lambda x: np.convolve(x, x[:1]), V),
    "diff with ends": (lambda x: np.diff(x, prepend=0.5, append=x[:, :2], axis=1), M),
    "diff twice with ends": (lambda x: np.diff(x, 2, axis=0, append=x[0, 0]), M),
    "trapezoid": (np.trapezoid, M),
    "trapezoid, step": (lambda x: np.trapezoid(x, dx=0.3, axis=0), M),
    "trapezoid, steps": (lambda x: np.trapezoid(x, dx=np.array([1, 2.0, 0.5, 3])), M),
    "trapezoid, places": (lambda x: np.trapezoid(x, UNEVEN) + np.trapezoid(x.T, UNEVEN, axis=0), M),
    "trapezoid, places of all": (lambda x: np.trapezoid(np.sin(x), x), M),
    "trapezoid, one element": (lambda x: np.trapezoid(x[:, :1]), M),
    "gradient": (np.gradient, V),
    "gradient, two elements": (lambda x: np.gradient(x[:2], 0.5), V),
    "gradient of axes": (lambda x: np.stack(np.gradient(x)) * 2, M),
    "gradient of axes with steps": (lambda x: np.stack(np.gradient(x, 0.5, UNEVEN, axis=(0, 1))), M),
    "gradient of axes in turn": (lambda x: np.stack(np.gradient(x, UNEVEN, 2.0, axis=(1, 0))), M),
    "gradient at uneven places": (lambda x: np.gradient(x, UNEVEN, axis=-1), M),
    "gradient at whole places": (lambda x: np.gradient(x, np.array([0, 1, 3, 4, 9]), axis=1), M),
    "gradient, second order": (lambda x: np.gradient(x, 0.3, edge_order=2), V),
    "gradient, uneven, second order": (lambda x: np.gradient(x, UNEVEN, axis=1, edge_order=2), M),
    "gradient by places": (lambda x: np.gradient(np.sin(3 * UNEVEN), x, edge_order=2), UNEVEN + 0.1),
    "interp": (lambda x: np.interp(x, KNOTS, W[[0, 1, 2, 3, 0]]), M),
    "interp of values": (lambda x: np.interp([-2.0, -0.4, 0.0, 0.5, 2.0, 5.0], KNOTS, x), M[0]),
    "interp of places": (lambda x: np.interp([-2.0, 0.02, 0.5, 5.0], x, W[[0, 1, 2, 3, 0]]), KNOTS),
    "interp outside": (lambda x: np.interp(2 * x, KNOTS, M[0], left=x[0, 0], right=7.0), GRID),
    "interp periodic": (lambda x: np.interp(x, 3 * KNOTS[::-1], M[0], period=-2.5), V),
    "interp of one": (lambda x: np.interp(x, [0.1], [3.0], left=1), V),
    "cov": (np.cov, M),
    "cov of columns": (lambda x: np.cov(x, rowvar=False, bias=True), M),
    "cov of two": (lambda x: np.cov(x[0], x[1], ddof=2), M),
    "cov of two tables": (lambda x: np.cov(x, x[1:] ** 2, rowvar=True) * 2, M),
    "cov of a row and columns": (lambda x: np.cov(x.T, x[0], rowvar=False), M[:, :3]),
    "variance": (np.cov, V),
    "variance of a row": (lambda x: np.cov(x[:1]), M),
    "corrcoef": (lambda x: np.corrcoef(x) + np.corrcoef(x[0], x[1])[0, 1], M),
    "corrcoef of columns": (lambda x: np.corrcoef(x, rowvar=False), M.T),
    "polyval": (lambda x: np.polyval([1.0, -2, 0, 3], x), M),
    "polyval of coefficients": (lambda x: np.polyval(x, W), V),
    "polyval of both": (lambda x: np.polyval([x[0], 2.0, x[1]], x), V),
    "polyval of none": (lambda x: x * np.polyval([], x), V),
    "linspace": (lambda x: np.linspace(x[0], x, 4) + np.linspace(x[1], 2.0, 4)[:, None], V),
    "linspace, open, along": (lambda x: np.linspace(x, x[:, :1] ** 2, 3, endpoint=False, axis=-1), M),
    "linspace and its step": (lambda x: np.multiply(*np.linspace(x[0], 1, 7, retstep=True)), V),
    "linspace of one and of none": (lambda x: np.linspace(x, 9, 1) + np.linspace(x, 9, 0).sum(), V),
    "meshgrid": (lambda x: np.stack(np.meshgrid(x, x[:2] ** 2)), V),
    "meshgrid of rows": (lambda x: np.stack(np.meshgrid(x, x[:2], x[2:4], indexing="ij")), V),
    "meshgrid, sparse": (lambda x: np.subtract(*np.meshgrid(x, x[:2], sparse=True)), V),
    "vander": (np.vander, W),
    "vander, rising": (lambda x: np.vander(x, 3, increasing=True), V),
    "vander of one column": (lambda x: np.vander(x, 1) * x[:, None], V),
    "vander of no column": (lambda x: np.vander(x, 0), V),
    "unwrap": (np.unwrap, PHASES),
    "unwrap along": (lambda x: np.unwrap(x, discont=3.9, axis=0, period=3.0), PHASES),
}  # fmt: skip


@pytest.mark.parametrize("name", CALLS)
@pytest.mark.parametrize("dtype", ["float64", "float32", "int32"])
def test_values_are_numpys(name: str, dtype: str) -> None:
    function, x = CALLS[name]
    x = (3 * x).astype(dtype) if dtype == "int32" else x.astype(dtype)
    with np.errstate(all="ignore"):  # rounded places may coincide
        expected = np.asarray(function(x))
    result = cr.trace(function, x).run(x).output
    assert (result.shape, result.dtype) == (expected.shape, expected.dtype)
    if not (dtype == "int32" and name in ("interp of places", "gradient by places")):
        tolerance = 2e-5 if dtype == "float32" else 1e-13
        np.testing.assert_allclose(result, expected, tolerance, tolerance)


@pytest.mark.parametrize("name", CALLS)
def test_derivatives_are_those_of_differences(name: str) -> None:
    function, x = CALLS[name]
    matrix = cr.jacobian(function)(x).matrix()
    np.testing.assert_allclose(matrix, numerical_jacobian(function, x), 1e-7, 1e-8)


def test_differences_of_truth_values_are_where_they_change() -> None:
    x = np.array([[True, True, False], [False, True, True]])
    for options in ({}, {"axis": 0}, {"n": 2}, {"prepend": True}):
        result = cr.trace(lambda x, o=options: np.diff(x, **o), x).run(x).output
        np.testing.assert_array_equal(result, np.diff(x, **options))
        assert result.dtype == bool


def test_phases_that_turn_by_just_half_a_period() -> None:
    for x in (np.array([0, 2, 4, 2, 0, -2]), np.array([0.0, np.pi, 0.0, -np.pi, 5.0])):
        for period in (4, 3, 2 * np.pi):
            result = cr.trace(lambda x, p=period: np.unwrap(x, period=p), x).run(x).output
            np.testing.assert_array_equal(result, np.unwrap(x, period=period))


def test_interpolation_where_something_is_no_number() -> None:
    x = np.array([-5.0, np.nan, -1.5, -0.4, 0.0, 0.3, 0.5, 0.9, 1.0, 2.0, 3.0])
    for values in (M[0], np.where(KNOTS == 0.3, np.nan, M[0]), np.full(5, np.inf)):
        result = cr.trace(lambda x, v=values: np.interp(x, KNOTS, v), x).run(x).output
        finite = np.isfinite(values).all() or np.isnan(values).any()
        where = slice(None) if finite else [0, 1, 2, 3, 5, 7, 9, 10]  # on the points, and outside
        np.testing.assert_allclose(result[where], np.interp(x, KNOTS, values)[where], 1e-14)


@pytest.mark.parametrize("points", [1, 2, 3, 7, 8, 9, 33])
def test_interpolation_finds_every_interval(points: int) -> None:
    xp = np.cumsum(RNG.uniform(0.1, 1, points))
    fp = RNG.normal(size=points)
    x = np.concatenate([xp, (xp[1:] + xp[:-1]) / 2, [xp[0] - 1, xp[-1] + 1]])
    result = cr.compile(lambda x: np.interp(x, xp, fp))(x)
    np.testing.assert_allclose(result, np.interp(x, xp, fp), 1e-12, 1e-13)


def test_the_derivative_at_a_point_of_an_interpolation_is_that_to_its_right() -> None:
    slopes = cr.jacobian(lambda x: np.interp(x, [0.0, 1.0, 3.0], [0.0, 5.0, 7.0]))(np.array([0.0, 1.0, 2.0]))
    np.testing.assert_array_equal(np.diagonal(slopes.matrix()), [5, 1, 1])


def test_covariances_without_degrees_of_freedom() -> None:
    for x in (M[:, :1], np.empty((2, 0)), np.empty((0, 3)), np.zeros((2, 4))):
        for function in (np.cov, np.corrcoef):
            result = cr.trace(function, x).run(x).output
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", RuntimeWarning)
                np.testing.assert_array_equal(result, function(x))


def test_compiled_they_are_the_same() -> None:
    def loss(x: Any) -> Any:
        y = np.convolve(x, W, "same")
        return (
            np.sum(np.gradient(y) ** 2) + np.trapezoid(y) + np.cov(x[:3], y[:3])[0, 1] + np.polyval(W, x[0])
        )

    np.testing.assert_allclose(cr.compile(loss)(V), loss(V), 1e-12)
    np.testing.assert_allclose(cr.compile(cr.grad(loss))(V), numerical_jacobian(loss, V)[0], 1e-8)


@pytest.mark.parametrize(
    ("function", "kind", "given"),
    [
        (lambda x: np.convolve(x, x[:0]), ShapeError, "empty"),
        (lambda x: np.correlate(x[:, None], x), ShapeError, "two vectors"),
        (lambda x: np.convolve(x, x, mode="circular"), ArgumentError, "mode='circular'"),
        (lambda x: np.diff(x, -1), ArgumentError, "order -1"),
        (lambda x: np.gradient(x, edge_order=3), ArgumentError, "edge_order=3"),
        (lambda x: np.gradient(x[:1]), ShapeError, "at least 2 elements"),
        (lambda x: np.gradient(x, np.arange(3.0)), ShapeError, "6 coordinates"),
        (lambda x: np.gradient(x, 1.0, 2.0), ArgumentError, "with 2 spacings"),
        (lambda x: np.interp(x, [0, 1], [1, 2, 3]), ShapeError, "one length"),
        (lambda x: np.interp(x, [0, 1], [1, 2], period=0), ArgumentError, "period=0"),
        (lambda x: np.interp(x, [0, 1], [1, 2], period=x[0]), TraceError, "traced period"),
        (lambda x: np.unwrap(x, period=x[0]), TraceError, "traced period"),
        (lambda x: np.cov(x[None, None]), ShapeError, "1 or 2 axes"),
        (lambda x: np.cov(x, ddof=0.5), ArgumentError, "ddof=0.5"),
        (lambda x: np.cov(x, aweights=np.ones(9)), ShapeError, "weights of shape .9"),
        (lambda x: np.quantile(x, 0.5, weights=V, method="inverted_cdf"), TraceError, "weights="),
        (lambda x: np.linspace(x, 1, -2), ArgumentError, "num=-2"),
        (lambda x: np.meshgrid(x, indexing="yx"), ArgumentError, "indexing='yx'"),
        (lambda x: np.meshgrid(x[None]), ShapeError, "vectors"),
        (lambda x: np.vander(x[None]), ShapeError, "a vector"),
    ],
)
def test_what_is_refused_is_named(function: Callable[[Any], Any], kind: type[Exception], given: str) -> None:
    with pytest.raises(kind, match=given):
        cr.trace(function, V)
