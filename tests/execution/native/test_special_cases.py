"""Places, quotients, zeros with a sign, and arrays from foreign files: as NumPy has them."""

from typing import Any

import numpy as np
import pytest
import scipy.special

import chainrule as cr
from chainrule.execution.native import compile_native
from chainrule.execution.native.planning import planned
from chainrule.execution.native.target import Target
from chainrule.graph import Graph, build, input_node, type_of
from tests.execution.native import processors

RNG = np.random.default_rng(9)
NUMBERS = np.array([0.0, -0.0, 1.0, -1.0, 2.5, -3.0, 7.0, 0.1, np.inf, -np.inf, np.nan, 1e300, 5e-324])
PAIRS = [np.ascontiguousarray(a.ravel()) for a in np.meshgrid(NUMBERS, NUMBERS)]


@pytest.mark.parametrize("dtype", ["float64", "float32", "int64"])
@pytest.mark.parametrize("find", [np.argmax, np.argmin])
def test_the_first_of_the_greatest(find: Any, dtype: str) -> None:
    x = np.round(RNG.normal(size=(5, 17)) * 2).astype(dtype)
    holes = np.where(RNG.random(x.shape) < 0.1, np.nan, x).astype(dtype) if dtype != "int64" else x
    for axis in (0, 1, None):
        compiled = cr.compile(lambda x, axis=axis: find(x, axis=axis))
        for array in (x, holes, np.zeros_like(x)):
            np.testing.assert_array_equal(compiled(array), find(array, axis=axis))
        assert "code: nothing" in compiled.explain(x)


@pytest.mark.parametrize("f", [np.floor_divide, np.remainder])
def test_quotients_of_special_numbers(f: Any) -> None:
    with np.errstate(all="ignore"):
        expected = f(*PAIRS)
    found = cr.compile(f)(*PAIRS)
    np.testing.assert_allclose(found, expected, rtol=1e-15)
    number = ~np.isnan(expected)
    np.testing.assert_array_equal(np.signbit(found)[number], np.signbit(expected)[number])


@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_the_gamma_function_of_special_numbers(dtype: str) -> None:
    with np.errstate(over="ignore"):
        x = NUMBERS[:-1].astype(dtype)  # of subnormal numbers SciPy gives infinity
    for array in (x, *x):  # in vectors and alone
        expected = scipy.special.gammaln(array)
        rtol = 1e-12 if dtype == "float64" else 1e-6
        np.testing.assert_allclose(cr.compile(cr.special.gammaln)(array), expected, rtol)


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("f", [np.maximum, np.minimum])
def test_the_greater_and_the_less_of_special_numbers(f: Any, dtype: str) -> None:
    with np.errstate(over="ignore"):
        a, b = (part.astype(dtype) for part in PAIRS)
    found = cr.compile(f)(a, b)
    np.testing.assert_array_equal(found, f(a, b))
    np.testing.assert_array_equal(np.signbit(found)[a == b], np.signbit(b)[a == b])  # of 0 and -0 the second


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("limit", [0.0, -0.0, 1.0])
@pytest.mark.parametrize("columns", [1, 3, 8, 21])
def test_the_greater_of_special_numbers_and_one_that_is_known(columns: int, limit: float, dtype: str) -> None:
    """In registers of every width; a product's results, which lie there already, too."""
    with np.errstate(over="ignore"):
        numbers = np.unique(PAIRS[0].astype(dtype))
    signed = np.concatenate([numbers, [-0.0, np.finfo(dtype).smallest_subnormal]])
    x = np.repeat(signed, columns).reshape(-1, columns).astype(dtype)
    one, zero = np.ones((1, columns), dtype), np.zeros((len(x), 1), dtype)

    def above(x: Any, zero: Any, one: Any) -> Any:
        return np.maximum(x, limit), np.maximum(x + zero @ one, limit), np.maximum(limit, x)

    places = ((x, limit), (x + 0.0, limit), (limit, x))
    for found, (a, b) in zip(cr.compile(above)(x, zero, one), places, strict=True):
        np.testing.assert_array_equal(found, np.maximum(a, b))
        expected = np.where(np.equal(a, b), b, np.maximum(a, b))  # of 0 and -0 the second
        known = ~np.isnan(expected)
        np.testing.assert_array_equal(np.signbit(found)[known], np.signbit(expected)[known])


@processors.for_each("instruction", "cmp", "vcmp", "vfixupimmps", "fcm")
def test_each_processor_finds_the_greater_of_numbers_and_0_as_it_can(
    target: Target, instruction: str
) -> None:
    graph = cr.trace(lambda x: np.maximum(x, 0), np.ones(40, "float32")).graph
    assert instruction in planned(graph, target).text("assembly")


@pytest.mark.parametrize("f", [np.fmax, np.fmin])
def test_any_number_comes_before_none(f: Any) -> None:
    np.testing.assert_array_equal(cr.compile(f)(*PAIRS), f(*PAIRS))


@pytest.mark.parametrize("terms", [1, 2, 7, 8, 17])
def test_a_product_begins_with_zero_to_which_its_terms_are_added(terms: int) -> None:
    a, b = np.full((3, terms), -1.0), np.zeros((terms, 4))
    for A, B in ((a, b), (a, b[:, 0]), (a[0], b[:, 0]), (np.stack([a, a]), b)):
        np.testing.assert_array_equal(np.signbit(cr.compile(np.matmul)(A, B)), False)
    with np.errstate(divide="ignore"):
        np.testing.assert_array_equal(cr.compile(lambda a, b: 1 / (a @ b))(a, b), np.inf)


@pytest.mark.parametrize("axis", [None, 0, 1])
def test_a_running_sum_begins_with_its_first_term(axis: int | None) -> None:
    x = np.array([[-0.0, -0.0, 1.0], [0.0, -0.0, -0.0], [-0.0, -1.0, 1.0]])
    found, expected = cr.compile(lambda x: np.cumsum(x, axis=axis))(x), np.cumsum(x, axis=axis)
    np.testing.assert_array_equal(found, expected)
    np.testing.assert_array_equal(np.signbit(found), np.signbit(expected))


@pytest.mark.parametrize(
    "shapes", [((3, 4), (4, 0)), ((0, 4), (4, 5)), ((3, 0), (0, 5)), ((2, 0, 4), (2, 4, 5)), ((0,), (0,))]
)
def test_products_of_empty_matrices(shapes: tuple[tuple[int, ...], tuple[int, ...]]) -> None:
    def f(a: Any, b: Any) -> Any:
        return np.maximum(np.where(a > 0, a, 0) @ b + 1, 0)

    arrays = [np.ones(shape) for shape in shapes]
    np.testing.assert_array_equal(cr.compile(f)(*arrays), f(*arrays))
    gradient = cr.grad(lambda a, b: np.sum(f(a, b)), wrt=(0, 1))
    for found, expected in zip(cr.compile(gradient)(*arrays), gradient(*arrays), strict=True):
        np.testing.assert_array_equal(found, expected)


def test_a_gradient_of_no_rows_is_zero_in_an_update_that_follows_it() -> None:
    """A product of (128, 0) and (0, 64), and what is far from the near cache computed from it."""

    def step(carry, rate, x):  # type: ignore[no-untyped-def]
        W, m, v = carry
        loss, g = cr.value_and_grad(lambda W: np.sum((x @ W.T) ** 2))(W)
        m, v = 0.5 * m + g, 0.25 * v + g * g
        return loss, (W - rate * m / (np.sqrt(v) + 1), m, v)

    W = RNG.normal(size=(128, 64)).astype("float32")
    given = (W, np.ones_like(W), np.full_like(W, 4)), np.ones(1, "float32"), np.zeros((1, 0), int)
    losses, found = cr.repeat(step)(*given, np.ones((5, 64), "float32"), batch_size=32)
    assert losses.tolist() == [[0.0]]
    for one, expected in zip(found, (W - 0.25, 0.5, 1.0), strict=True):
        np.testing.assert_array_equal(one, np.broadcast_to(expected, W.shape))


def test_a_product_that_absorbs_keeps_the_sign_of_zero() -> None:
    a, b = np.array([0.0, 0.0, -0.0, 0.0, 3.0]), np.array([-2.0, 2.0, 2.0, np.inf, np.nan])
    inputs = tuple(input_node(type_of(x), name) for x, name in ((a, "a"), (b, "b")))
    (found,) = compile_native(Graph(inputs, (build("absorb", *inputs),)))(a, b)
    np.testing.assert_array_equal(found, [0, 0, 0, 0, np.nan])
    assert np.signbit(found).tolist()[:4] == [True, False, True, False]


@pytest.mark.parametrize("dtype", ["f8", "f4", "i4", "i2"])
def test_arrays_and_constants_in_the_other_byte_order(dtype: str) -> None:
    x = np.arange(6).reshape(2, 3).astype(dtype)
    foreign = x.astype(x.dtype.newbyteorder("S"))
    compiled = cr.compile(lambda a: a * 2 + foreign)
    np.testing.assert_array_equal(compiled(foreign), 3 * x)
    assert "code: nothing" in compiled.explain(foreign)


def test_numbers_too_wide_for_a_register_run_in_numpy_with_one_warning() -> None:
    if np.dtype(np.longdouble).itemsize == 8:
        return
    x = np.ones(3, np.longdouble)
    with pytest.warns(RuntimeWarning, match="fits no register"):
        found = cr.compile(lambda x: x * 2)(x)
    np.testing.assert_array_equal(found, 2 * x)


@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_the_gradient_of_a_log_softmax_takes_the_exponentials_of_its_value(dtype: str) -> None:
    rows = [[1.0, 2.0, 3.0], [1e4, 1e4 + 1, 0], [-np.inf, 0, 1], [-700, 0, 5], [np.inf, 0, 1], [np.nan, 0, 1]]
    x, p = np.array([*rows, [-np.inf] * 3], dtype), RNG.normal(size=(7, 3)).astype(dtype)
    gradient = cr.value_and_grad(lambda x: np.sum(p * cr.special.log_softmax(x, axis=1)))
    compiled = cr.compile(gradient)
    assert compiled.ir(x, stage="kernels").count("exp(") == 1
    with np.errstate(all="ignore"):
        below = np.exp(x - np.max(x, axis=1, keepdims=True))
        expected = p - below / below.sum(axis=1, keepdims=True) * p.sum(axis=1, keepdims=True)
    tolerance = 1e-12 if dtype == "float64" else 1e-6
    np.testing.assert_allclose(compiled(x)[1][:4], expected[:4], rtol=tolerance, atol=tolerance)
    assert np.isnan(compiled(x)[1][4:]).any(axis=1).all()


def test_a_number_of_truths_above_0() -> None:
    x = np.where(RNG.random((6, 19)) < 0.1, 1.0, 0.0)
    compiled = cr.compile(lambda x, limit: (np.sum(x != 0, axis=1) > 0, np.sum(x != 0, axis=0) > limit))
    some, more = compiled(x, 1)
    np.testing.assert_array_equal(some, x.any(axis=1), strict=True)
    np.testing.assert_array_equal(more, x.sum(axis=0) > 1, strict=True)
    empty = np.zeros((3, 0))
    np.testing.assert_array_equal(cr.compile(lambda x: np.sum(x != 0, axis=1) > 0)(empty), [False] * 3)


@pytest.mark.parametrize("name", ["logsumexp", "softmax", "log_softmax"])
def test_sums_of_exponentials_of_infinities(name: str) -> None:
    f = getattr(cr.special, name)
    x = np.array([[-np.inf, -np.inf], [np.inf, 1.0], [-np.inf, 2.0], [-np.inf, np.inf]])
    with np.errstate(all="ignore"):
        e = np.exp(x)
        total = np.sum(e, axis=1, keepdims=True)
        expected = {"logsumexp": np.log(total)[:, 0], "softmax": e / total, "log_softmax": x - np.log(total)}
        found = cr.compile(lambda x: f(x, axis=1))(x)
    np.testing.assert_allclose(found, expected[name], rtol=1e-15, atol=1e-15)


@pytest.mark.parametrize("shape", [(), (50,)])
@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_of_very_many_sines_most_are_calls_of_one_function(dtype: str, shape: tuple[int, ...]) -> None:
    def chain(count: int) -> Any:
        def f(x: Any) -> Any:
            for _ in range(count):
                x = np.sin(x) + 0.5
            return x

        return f

    x = RNG.normal(size=shape).astype(dtype)
    for count, called in ((150, True), (20, False)):
        compiled = cr.compile(chain(count))
        expected = chain(count)(x.astype("float64"))  # the chain forgets what it began with, and errors
        np.testing.assert_allclose(compiled(x), expected, 1e-14 if dtype == "float64" else 1e-6)
        assert ("sin_formula" in compiled.ir(x)) == called
