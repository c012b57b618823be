"""Products of few numbers, of which what counts is how many instructions wait for each other."""

import numpy as np
import pytest

import chainrule as cr
from chainrule.execution.native.kernels import ProductKernel
from chainrule.execution.native.planning import Plan, planned
from chainrule.execution.native.target import Target, host
from tests.execution.native import processors

RNG = np.random.default_rng(17)
LAYERS = [(1, 5, 40), (1, 3, 7), (16, 3, 1), (4, 2, 1), (1, 2, 1), (3, 2, 2), (5, 4, 17), (33, 1, 3)]
LAYERS += [(3, 4, 6), (1, 4, 5), (4, 4, 1)]  # whose terms take turns


def layer(x, W, b, y):  # type: ignore[no-untyped-def]
    return np.maximum(x @ W + b - y, 0.0) * 1.5


def numbers(m: int, k: int, n: int, dtype: str = "float64") -> list[np.ndarray]:
    """The layer's arguments, with some numbers that are not finite."""
    arrays = [RNG.normal(size=shape).astype(dtype) for shape in ((m, k), (k, n), (n,), (m, n))]
    if m > 3:
        arrays[0][1, 0], arrays[0][2, 0] = np.nan, np.inf
    return arrays


def plan(args: list[np.ndarray], target: Target | None = None) -> Plan:
    return planned(cr.trace(layer, *args).graph, target or host())


@pytest.mark.parametrize("shape", LAYERS)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_what_follows_from_a_small_product_stays_in_registers(
    shape: tuple[int, int, int], dtype: str
) -> None:
    args = numbers(*shape, dtype)
    (product,) = plan(args).kernels
    assert isinstance(product, ProductKernel)
    assert len(product.epilogue) == 1
    epsilon = np.finfo(dtype).eps
    with np.errstate(invalid="ignore"):
        expected = layer(*args)
    np.testing.assert_allclose(cr.compile(layer)(*args), expected, rtol=20 * epsilon, atol=20 * epsilon)


@pytest.mark.parametrize("shape", [(40, 3, 1), (1, 5, 5000), (1, 700, 600)])
def test_what_follows_from_a_long_vector_is_a_loop(shape: tuple[int, int, int]) -> None:
    args = numbers(*shape)
    product, *loops = plan(args).kernels
    assert isinstance(product, ProductKernel)
    assert not product.parts
    assert len(loops) == 1
    with np.errstate(invalid="ignore"):
        expected = layer(*args)
    np.testing.assert_allclose(cr.compile(layer)(*args), expected, rtol=1e-12, atol=1e-12)


@processors.for_each("one", "mulsd", "fmadd213sd", "fmadd213sd", "fmul\td")
def test_a_single_column_is_computed_number_by_number(target: Target, one: str) -> None:
    code = plan(numbers(3, 2, 1), target).text("assembly")
    assert one in code or one.replace("213", "231") in code


@pytest.mark.parametrize("rows", [1, 4, 16])
def test_steps_with_single_rows_and_columns_are_those_of_numpy(rows: int) -> None:
    def mean(p, x, y):  # type: ignore[no-untyped-def]
        return np.mean((np.maximum(x @ p["W"] + p["b"], 0.0) @ p["V"] + p["c"] - y) ** 2)

    def step(p, rate, x, y):  # type: ignore[no-untyped-def]
        loss, gradient = cr.value_and_grad(mean)(p, x, y)
        return loss, {name: p[name] - rate * gradient[name] for name in p}

    parameters = {"W": RNG.normal(size=(2, 2)), "b": RNG.normal(size=2)}
    parameters |= {"V": RNG.normal(size=(2, 1)), "c": RNG.normal(size=1)}
    x, y = RNG.normal(size=(rows, 2)), RNG.normal(size=(rows, 1))
    orders = np.array([RNG.permutation(rows) for _ in range(30)])
    losses, after = cr.repeat(step)(parameters, np.full(30, 0.05), orders, x, y)
    expected, p = [], parameters
    for order in orders:
        loss, p = step(p, 0.05, x[order], y[order])
        expected.append(loss)
    np.testing.assert_allclose(losses, expected, rtol=1e-10, atol=1e-18)
    for name in parameters:
        np.testing.assert_allclose(after[name], p[name], rtol=1e-10)


def begun(f, *args):  # type: ignore[no-untyped-def]
    """What the only product of a function begins with, in words."""
    kernels = planned(cr.trace(f, *args).graph, host()).kernels
    (product,) = [kernel for kernel in kernels if isinstance(kernel, ProductKernel)]
    return str(product.start)


X, W, B, Y = numbers(3, 4, 6)


def test_short_sums_begin_with_what_is_added_to_them() -> None:
    assert begun(lambda x, W, b: x @ W + b, X, W, B) == "add(0.0, t2[i1])"
    assert begun(lambda x, W, b: np.tanh(b + x @ W), X, W, B) == "add(0.0, t2[i1])"
    assert begun(layer, X, W, B, Y) == "subtract(add(0.0, t2[i1]), t3[6*i0 + i1])"
    assert begun(lambda x, W, y: 2.0 * (x @ W - y), X, W, Y) == "subtract(0.0, t2[6*i0 + i1])"
    (kernel,) = planned(cr.trace(lambda x, W, b: x @ W + b, X, W, B).graph, host()).kernels
    assert isinstance(kernel, ProductKernel)
    assert (kernel.epilogue, kernel.c.buffer.kind) == ((), "output")


def test_other_sums_begin_with_zero() -> None:
    long = [array.astype("float64") for array in numbers(3, 5, 6)[:3]]
    cases = [
        (lambda x, W, b: x @ W + b, long),  # of five terms
        (lambda x, W, b: (x @ W, x @ W + b), (X, W, B)),  # seen by the caller
        (lambda x, W, b: (x @ W + b) * (x @ W), (X, W, B)),  # used twice
        (lambda x, W, b: b - x @ W, (X, W, B)),  # taken from something
        (lambda x, W, b: x @ W + np.abs(b), (X, W, B)),  # to which something computed is added
        (lambda x, W, b: (x @ W) * b, (X, W, B)),  # to which nothing is added
    ]
    for f, args in cases:
        assert begun(f, *args) == "None"
        for ours, expected in zip(cr.compile(f)(*args), f(*args), strict=True):
            np.testing.assert_allclose(ours, expected, rtol=1e-12, atol=1e-14)


def test_sums_that_begin_with_a_bias_are_stored_where_they_belong() -> None:
    def f(x, W, b, y):  # type: ignore[no-untyped-def]
        return np.concatenate([x @ W + b, y], axis=1)

    assert begun(f, X, W, B, Y) != "None"
    np.testing.assert_allclose(cr.compile(f)(X, W, B, Y), f(X, W, B, Y), rtol=1e-13)


@pytest.mark.parametrize("sign", [1.0, -1.0])
@pytest.mark.parametrize("columns", [1, 5])
def test_sums_that_begin_with_zeros_have_the_sign_of_numpys(sign: float, columns: int) -> None:
    x, W, b = np.zeros((4, 2)), np.full((2, columns), sign), np.full(columns, -0.0)
    for f in (
        lambda x, W, b: x @ W + b,
        lambda x, W, b: x @ W - b,
        lambda x, W, b: np.maximum(x @ W + b + b, -1.0),
    ):
        ours, expected = cr.compile(f)(x, W, b), f(x, W, b)
        assert begun(f, x, W, b) != "None"
        np.testing.assert_array_equal(np.signbit(ours), np.signbit(expected))


def test_a_sum_that_is_written_over_begins_with_what_was_there() -> None:
    def step(A, rate, x, y):  # type: ignore[no-untyped-def]
        return np.sum(rate * x), A + x.T @ y

    A, x, y = RNG.normal(size=(5, 20)), RNG.normal(size=(12, 5)), RNG.normal(size=(12, 20))
    orders = np.arange(12).reshape(4, 3)
    _, after = cr.repeat(step)(A, np.zeros(4), orders, x, y)
    np.testing.assert_allclose(after, A + x.T @ y, rtol=1e-13, atol=1e-13)
