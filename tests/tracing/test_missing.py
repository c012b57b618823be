"""What leaves out NaN, and quantiles: NumPy's values and dtypes; derivatives are those of what is left."""

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import chainrule as cr
from chainrule.errors import ArgumentError, ShapeError, TraceError

from ..numerics import numerical_jacobian

X = np.random.default_rng(5).permutation(np.linspace(-2.0, 2.3, 24)).reshape(2, 3, 4)
HOLES = np.where(np.arange(24).reshape(2, 3, 4) % 5 == 2, np.nan, X)
HOLES[1, 2] = np.nan

REDUCTIONS = [
    np.nansum, np.nanprod, np.nanmean, np.nanvar, np.nanstd, np.nanmax, np.nanmin, np.nanmedian,
    np.count_nonzero,
]  # fmt: skip
METHODS = [
    "linear", "lower", "higher", "midpoint", "nearest", "inverted_cdf", "averaged_inverted_cdf",
    "closest_observation", "interpolated_inverted_cdf", "hazen", "weibull", "median_unbiased",
    "normal_unbiased",
]  # fmt: skip
QUANTILES: dict[str, Callable[[Any], Any]] = {
    **{f"method {m}": (lambda x, m=m: np.quantile(x, [0.0, 0.3, 1.0], method=m)) for m in METHODS},
    "a number": lambda x: np.quantile(x, 0.7),
    "along an axis": lambda x: np.quantile(x, 0.3, axis=1),
    "along axes, kept": lambda x: np.quantile(x, [[0.1, 0.4], [0.5, 0.9]], axis=(0, -1), keepdims=True),
    "all axes, kept": lambda x: np.quantile(x, 0.25, keepdims=True),
    "median along axes": lambda x: np.median(x, axis=(0, 2)) + np.median(x, (1, 0), keepdims=True)[0, 0, 1],
    "percentile": lambda x: np.percentile(x, 30, 2) + np.percentile(x, [5, 95.0], axis=2)[1],
    "the median": lambda x: np.percentile(x, 50, axis=0),
}


def same(function: Callable[[Any], Any], x: np.ndarray) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # NumPy warns of axes of NaN alone
        expected = np.asarray(function(x))
    result = cr.trace(function, x).run(x).output
    assert (result.shape, result.dtype) == (expected.shape, expected.dtype)
    np.testing.assert_allclose(result, expected, 1e-5 if x.dtype == np.float32 else 1e-14, 1e-14)


@pytest.mark.parametrize("reduce", REDUCTIONS)
@pytest.mark.parametrize(
    "options", [{}, {"axis": 1}, {"axis": (0, 2)}, {"axis": -1, "keepdims": True}], ids=str
)
def test_reductions_without_nan(reduce: Callable[..., Any], options: dict[str, Any]) -> None:
    for x in (HOLES, X, HOLES.astype(np.float32), (X * 3).astype(np.int32), X > 0):
        if x.dtype != bool or reduce not in (np.nanmax, np.nanmin, np.nanmedian):
            same(lambda x: reduce(x, **options), x)


@pytest.mark.parametrize("options", [{}, {"axis": 0, "ddof": 1}, {"axis": 2, "ddof": 3}], ids=str)
def test_degrees_of_freedom(options: dict[str, Any]) -> None:
    same(lambda x: np.nanvar(x, **options), HOLES)
    same(lambda x: np.nanstd(x, **options), HOLES)


@pytest.mark.parametrize("reduce", [np.nanvar, np.nanstd])
def test_infinity_has_no_variance(reduce: Callable[..., Any]) -> None:
    same(
        lambda x: reduce(x, axis=1),
        np.array([[1.0, np.inf, 2.0], [-np.inf, np.nan, 3.0], [1.0, np.nan, 3.0]]),
    )


def test_running_sums_and_products_without_nan() -> None:
    for function in (np.nancumsum, np.nancumprod):
        same(function, HOLES)
        same(lambda x, f=function: f(x, axis=1), HOLES)


@pytest.mark.parametrize("reduce", [np.nansum, np.nanprod, np.nanmean])
def test_nothing_to_reduce(reduce: Callable[..., Any]) -> None:
    same(reduce, np.empty(0))
    same(lambda x: reduce(x, axis=0), np.empty((0, 3)))


@pytest.mark.parametrize("reduce", REDUCTIONS[:-1])
def test_the_derivative_by_what_is_known_is_that_of_the_rest_alone(reduce: Callable[..., Any]) -> None:
    row = np.array([1.5, np.nan, -0.7, 2.0, np.nan])
    known = ~np.isnan(row)
    gradient = cr.grad(reduce)(row)
    np.testing.assert_array_equal(gradient[~known], 0)
    plain = getattr(np, reduce.__name__.removeprefix("nan"))
    np.testing.assert_allclose(gradient[known], numerical_jacobian(plain, row[known])[0], 1e-8, 1e-9)


@pytest.mark.parametrize("reduce", [np.nanmax, np.nanmin])
def test_extrema_of_nothing_are_refused(reduce: Callable[..., Any]) -> None:
    with pytest.raises(TraceError, match="empty axis"):
        cr.trace(reduce, np.empty((0, 3)))


@pytest.mark.parametrize("name", QUANTILES)
def test_quantiles(name: str) -> None:
    function = QUANTILES[name]
    for x in (X, X.astype(np.float32), (X * 3).astype(np.int64), np.where(X > 2.2, np.nan, X)):
        same(function, x)
    np.testing.assert_allclose(cr.jacobian(function)(X).matrix(), numerical_jacobian(function, X), 1e-8, 1e-9)


@pytest.mark.parametrize(
    "function",
    [
        lambda x: np.nanquantile(x, [0.1, 0.5, 0.0, 1.0], axis=(0, 2)),
        lambda x: np.nanquantile(x, 0.3, axis=-1, keepdims=True),
        lambda x: np.nanpercentile(x, [5, 70.0]) + np.nanpercentile(x, 50),
    ],
)
def test_quantiles_without_nan(function: Callable[[Any], Any]) -> None:
    for x in (HOLES, HOLES.astype(np.float32), (X * 3).astype(np.int64)):
        same(function, x)


def test_a_quantile_without_nan_is_that_of_the_rest() -> None:
    row = np.array([1.5, np.nan, -0.7, 2.0, np.nan, 0.1])
    known = ~np.isnan(row)
    gradient = cr.grad(lambda x: np.nanquantile(x, 0.4))(row)
    np.testing.assert_array_equal(gradient[~known], 0)
    np.testing.assert_allclose(gradient[known], cr.grad(lambda x: np.quantile(x, 0.4))(row[known]), 1e-14)


def test_a_quantile_that_is_an_element_may_be_infinite() -> None:
    x = np.array([np.inf, 3.0, -np.inf, 4.0, 5.0])
    result = cr.trace(lambda x: np.quantile(x, [0, 0.25, 0.5, 0.6, 1]), x).run(x).output
    np.testing.assert_allclose(result, [-np.inf, 3, 4, 4.4, np.inf])


@pytest.mark.parametrize(
    ("function", "kind", "given"),
    [
        (lambda x: np.quantile(x, 1.5), ArgumentError, "q=1.5"),
        (lambda x: np.percentile(x, -1), ArgumentError, "range"),
        (lambda x: np.quantile(x, 0.5, method="cubic"), ArgumentError, "cubic"),
        (lambda x: np.quantile(x, x), TraceError, "traced q"),
        (lambda x: np.quantile(x, 0.5, weights=np.ones(24)), TraceError, "weights"),
        (lambda x: np.quantile(x[:0], 0.5), TraceError, "empty axis"),
        (lambda x: np.nanquantile(x, [[0.5]]), ShapeError, "q of shape"),
        (lambda x: np.nanquantile(x, 0.5, method="lower"), TraceError, "method='lower'"),
        (lambda x: np.nansum(x, where=X > 0), TraceError, "where="),
    ],
)
def test_what_is_refused_is_named(function: Callable[..., Any], kind: type[Exception], given: str) -> None:
    with pytest.raises(kind, match=given):
        cr.trace(function, X)
