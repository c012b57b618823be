"""Quotients by a root in loops over minibatches: near the true ones, and at the ends as IEEE 754 has them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import chainrule as cr
from chainrule.execution.native import repeating
from chainrule.execution.native.step_planning import planned_step
from chainrule.execution.native.target import Target, host
from tests.execution.native import processors

WITHIN = 7  # ulp, by what processors promise; 3.4 on AMD's Zen
DTYPES = pytest.mark.parametrize("dtype", [np.float32, np.float64], ids=["float32", "float64"])


def step(carry: tuple[Any, ...], c: Any, x: Any) -> tuple[Any, tuple[Any, ...]]:
    p, a, v = carry
    return np.sum(x), (p - a / (np.sqrt(v) + c), a, v)


REPEATED = cr.repeat(step)


def quotients(a: np.ndarray, v: np.ndarray, c: Any) -> np.ndarray:
    """a/(√v + c) as a training loop computes it."""
    p = np.zeros_like(a)
    _, (p, _, _) = REPEATED((p, a, v), np.array([c], a.dtype), np.array([[0]]), np.ones(1, a.dtype))
    return -np.asarray(p)


def flushed(x: np.ndarray) -> np.ndarray:
    """Numbers as they are in a training loop, where those that are subnormal are 0 on x86."""
    smallest = np.finfo(x.dtype).tiny
    return np.where(host().is_x86 & (np.abs(x) < smallest), np.copysign(x.dtype.type(0), x), x)


def rounded_each_time(a: np.ndarray, v: np.ndarray, c: Any) -> np.ndarray:
    with np.errstate(all="ignore"):
        below = flushed(np.sqrt(flushed(v)) + flushed(a.dtype.type(c)))
        return -flushed(0 - flushed(flushed(a) / below))


def spread(rng: np.random.Generator, size: int, least: int, most: int, dtype: Any = np.float32) -> np.ndarray:
    """Numbers of every exponent."""
    return np.ldexp(rng.uniform(1, 2, size), rng.integers(least, most, size)).astype(dtype)


def ends_of(dtype: Any) -> np.ndarray:
    """Numbers at the ends of a format's range, and such as are none."""
    format = np.finfo(dtype)
    ordinary = [0, -0.0, 1, -1, 4, 9, format.smallest_subnormal, format.tiny, 2 * format.tiny]
    large = [2.0 ** (format.maxexp - 2), -(2.0 ** (format.maxexp - 1)), format.max]
    return np.array([*ordinary, *large, np.inf, -np.inf, np.nan], dtype)


@DTYPES
@pytest.mark.parametrize("c", [0.0, 1e-30, 1e-8, 0.1, 3.0, 1e19, 4e37])
def test_quotients_of_all_exponents_are_near_those_of_real_numbers(dtype: Any, c: float) -> None:
    rng, format = np.random.default_rng(0), np.finfo(dtype)
    least, most, size = format.minexp, format.maxexp - 1, 20_011
    a, v = (spread(rng, size, least, most, dtype) for _ in range(2))
    a *= rng.choice([-1, 1], size).astype(dtype)
    wide = np.longdouble
    true = a.astype(wide) / (np.sqrt(v.astype(wide)) + wide(dtype(c)))
    found, sizes = quotients(a, v, c), np.abs(true)
    smallest, largest = wide(format.tiny), wide(format.max)
    normal = (sizes > smallest * (1 + 1e-6)) & (sizes < largest * (1 - 1e-6))
    error = np.abs(found[normal] - true[normal]) / np.spacing(sizes[normal].astype(dtype))
    assert normal.sum() > 3000
    assert error.max() <= WITHIN
    above = sizes > largest * (1 + 1e-6)
    np.testing.assert_array_equal(found[above], np.inf * np.sign(a[above]))
    assert (np.abs(found[sizes < smallest * (1 - 1e-6)]) <= smallest).all()


@DTYPES
@pytest.mark.parametrize("known", [True, False])
def test_quotients_of_multiples_are_as_near(dtype: Any, known: bool) -> None:
    """As Adam has them, the number by which all are multiplied being known beforehand, or carried."""

    def moved(carry: Any, c: Any, x: Any) -> Any:
        p, n, a, v = carry
        return np.sum(x), (p - (dtype(0.7) if known else n) * a / (np.sqrt(v) + c), n, a, v)

    rng, n, c = np.random.default_rng(4), dtype(0.7), dtype(1e-3)
    a, v = (spread(rng, 5003, least, 100, dtype) for least in (-20, -100))
    v[::7] = 0
    carry = (np.zeros_like(a), np.array(n), a, v)
    _, (p, *_) = cr.repeat(moved)(carry, np.array([c]), np.array([[0]]), np.ones(1, dtype))
    wide = np.longdouble
    true = (n * a).astype(wide) / (np.sqrt(v.astype(wide)) + wide(c))
    assert (np.abs(-p - true) <= WITHIN * np.spacing(true.astype(dtype))).all()


@DTYPES
def test_quotients_are_as_near_where_roots_are_large_beside_what_is_added(dtype: Any) -> None:
    """On both sides of where one estimate is enough, for whole registers and for single numbers."""
    rng, c, size = np.random.default_rng(6), dtype(1e-8), 20_011
    v = np.sort((c * 2 ** rng.uniform(8, 14, size)) ** 2).astype(dtype)
    v[5000::500] = v[:-5000:500]
    a = spread(rng, size, -30, 1, dtype)
    wide = np.longdouble
    true = a.astype(wide) / (np.sqrt(v.astype(wide)) + wide(c))
    assert (np.abs(quotients(a, v, c) - true) <= WITHIN * np.spacing(true.astype(dtype))).all()


@DTYPES
@pytest.mark.parametrize("v", [0.0, -1.0, np.inf, np.nan, 1e-37, 1e-16])
@pytest.mark.parametrize("a", [0.0, 2.0, np.inf, np.nan])
def test_one_number_among_many_is_as_rounded_each_time(dtype: Any, v: float, a: float) -> None:
    rng, c = np.random.default_rng(7), dtype(1e-8)
    above, squares = rng.uniform(-1, 1, 501).astype(dtype), rng.uniform(1, 2, 501).astype(dtype)
    above[77], squares[77] = a, v
    found, wanted = quotients(above, squares, c), rounded_each_time(above, squares, c)
    np.testing.assert_allclose(found, wanted, rtol=WITHIN * np.finfo(dtype).eps)


@DTYPES
@pytest.mark.parametrize("c", [*range(len(ends_of(float))), 2.0**-3, 2.0**-4, 1e-8])
def test_zeros_infinities_and_nan_are_as_rounded_each_time(dtype: Any, c: float) -> None:
    """A whole number c is the place of an end, the others below 1/4 times the largest power of 2."""
    ends, format = ends_of(dtype), np.finfo(dtype)
    added = ends[c] if isinstance(c, int) else c if c < 2.0**-4 else c * 2.0 ** (format.maxexp - 1)
    a, v = (x.ravel() for x in np.meshgrid(ends, ends))
    found, wanted = quotients(a, v, added), rounded_each_time(a, v, added)
    with np.errstate(all="ignore"):
        sizes = np.abs(a.astype(np.longdouble)) / (np.sqrt(flushed(v).astype(np.longdouble)) + added)
    largest = np.longdouble(format.max)
    nearly = np.abs(sizes - largest) < 1e-6 * largest  # which rounding decides whether there is such a number
    assert (np.abs(found[nearly]) > largest * (1 - 1e-6)).all()
    special = (~np.isfinite(wanted) | (wanted == 0)) & ~nearly
    np.testing.assert_array_equal(found[special], wanted[special])
    near = {"rtol": WITHIN * format.eps, "atol": format.tiny}
    others = ~(special | nearly)
    np.testing.assert_allclose(found[others], wanted[others], **near)


floats = st.floats(width=32, allow_nan=False)


@DTYPES
@settings(max_examples=20)
@given(st.lists(st.tuples(floats, floats), min_size=11, max_size=11), floats)
def test_any_numbers_at_all(dtype: Any, pairs: list[tuple[float, float]], c: float) -> None:
    a, v = np.array(pairs, dtype).T.copy()
    found, wanted = quotients(a, v, c), rounded_each_time(a, v, c)
    format = np.finfo(dtype)
    np.testing.assert_allclose(found, wanted, rtol=WITHIN * format.eps, atol=format.tiny)


def kernels_of(step: Any, carry: tuple[np.ndarray, ...], target: Target = processors.AVX2) -> str:
    graph = cr.trace(step, carry, np.float32(0.5), np.ones((1, 3), np.float32)).graph
    return planned_step(graph, len(carry), target).text("loops")


def in_dtype(dtype: str) -> tuple[np.ndarray, ...]:
    return (np.ones(40, dtype),) * 3


def test_only_quotients_by_a_root_and_one_number_are_estimated() -> None:
    """Of float64 only where roots are estimated as well."""
    assert "over_root(" in kernels_of(step, in_dtype("float32"))
    assert "over_root(" not in kernels_of(step, in_dtype("float64"))
    assert "over_root(" in kernels_of(step, in_dtype("float64"), processors.AVX512)

    def by_many(carry: tuple[Any, ...], c: Any, x: Any) -> tuple[Any, tuple[Any, ...]]:
        p, a, v = carry
        return np.sum(x), (p - a / (np.sqrt(v) + p), a / v, v / (np.sqrt(a) + 1e38))

    assert "over_root(" not in kernels_of(by_many, in_dtype("float32"))
    compiled = cr.compile(lambda a, v: a / (np.sqrt(v) + np.float32(1e-8)))
    a, v = (spread(np.random.default_rng(1), 99, -20, 20) for _ in range(2))
    np.testing.assert_array_equal(compiled(a, v), a / (np.sqrt(v) + np.float32(1e-8)))


@processors.for_each("instruction", "rcpps\t%xmm", "vrcpps\t%ymm", "vrcp14ps\t%zmm", "fdiv\t")
def test_each_processor_estimates_as_it_can(target: Target, instruction: str) -> None:
    assert instruction in assembly_of(in_dtype("float32"), target)


@processors.for_each("root", "sqrtps\t%xmm", "vsqrtps\t", "vrsqrt14ps\t%zmm", "fsqrt\t")
def test_each_processor_takes_roots_as_it_can(target: Target, root: str) -> None:
    assert root in assembly_of(in_dtype("float32"), target)


@processors.for_each("root", "sqrtpd\t%xmm", "vsqrtpd\t", "vrsqrt14pd\t%zmm", "fsqrt\t")
def test_each_processor_takes_roots_of_float64_as_it_can(target: Target, root: str) -> None:
    assert root in assembly_of(in_dtype("float64"), target)


def assembly_of(carry: tuple[np.ndarray, ...], target: Target) -> str:
    number = carry[0].dtype.type(0.5)
    graph = cr.trace(step, carry, number, np.ones((1, 3), carry[0].dtype)).graph
    return planned_step(graph, 3, target).text("assembly")


def test_the_first_matrix_that_is_updated_by_rows_is_asked_for() -> None:
    """By the tiles whose rows it follows: one line for each register of a tile, of 6 and of 4 rows."""

    def train(carry: Any, rate: Any, x: Any) -> Any:
        W, m, v = carry
        loss, g = cr.value_and_grad(lambda W: np.mean((x @ W) ** 2))(W)
        m, v = 0.9 * m + g, 0.99 * v + g * g
        return loss, (W - rate * m / (np.sqrt(v) + 1e-3), m, v)

    start = (np.ones((64, 128), np.float32),) * 3
    graph = cr.trace(train, start, np.float32(0.1), np.ones((32, 64), np.float32)).graph
    plan = planned_step(graph, 3, processors.AVX512)
    assert "rows at a time" in plan.text("loops")
    assert plan.text("assembly").count("prefetcht0") == (6 + 4) * 4


@DTYPES
def test_narrow_registers_give_the_same(monkeypatch: pytest.MonkeyPatch, dtype: Any) -> None:
    """Without fused multiply-adds Newton's step is rounded once more."""
    here = host()
    rng = np.random.default_rng(2)
    a, v = spread(rng, 1001, -30, 30, dtype), spread(rng, 1001, -60, 60, dtype)
    expected = quotients(a, v, 1e-3)
    narrow = Target(here.triple, here.cpu, f"{here.features},-avx,-fma" * here.is_x86, 16)
    monkeypatch.setattr(repeating, "host", lambda: narrow)
    monkeypatch.setattr(f"{__name__}.REPEATED", cr.repeat(step))
    np.testing.assert_allclose(quotients(a, v, 1e-3), expected, rtol=WITHIN * np.finfo(dtype).eps)


def test_adam_in_float32_stays_near_numpy() -> None:
    """Also where some gradients are always 0, as those of dead units are, and where one is infinite once."""
    rng, adam = np.random.default_rng(3), cr.train.Adam(0.01)
    X = rng.normal(size=(60, 9)).astype(np.float32)
    X[:, 2] = 0
    W = rng.normal(size=(9, 21)).astype(np.float32)

    def train(carry: Any, rate: Any, x: Any) -> tuple[Any, Any]:
        loss, g = cr.value_and_grad(lambda W: np.mean((x @ W) ** 2))(carry["W"])
        p, state = adam.update({"W": carry["W"]}, {"W": g}, carry["state"], rate)
        return loss, {"W": p["W"], "state": state}

    carry = {"W": W, "state": adam.init({"W": W})}
    orders, rates = np.arange(60).reshape(6, 10), np.full(6, 0.01, np.float32)
    _, found = cr.repeat(train)(carry, rates, orders, X)
    for order, rate in zip(orders, rates, strict=True):
        _, carry = train(carry, rate, X[order])
    np.testing.assert_allclose(found["W"], carry["W"], rtol=1e-5, atol=1e-6)
    np.testing.assert_array_equal(found["W"][2], W[2])


@DTYPES
@pytest.mark.parametrize(
    "columns", [80, 96, 112, 128]
)  # the last panel of one, two, three and four registers
def test_updates_of_a_near_matrix_follow_from_a_few_rows(dtype: Any, columns: int) -> None:
    """Where roots are estimated; in loops that run where rows do, as all else does."""
    rng, m = np.random.default_rng(5), 61

    def train(carry: Any, rate: Any, x: Any) -> Any:
        W, m, v = carry
        loss, g = cr.value_and_grad(lambda W: np.mean((x @ W) ** 2))(W)
        m, v = 0.9 * m + 0.1 * g, 0.99 * v + 0.01 * g * g
        return loss, (W - rate * m / (np.sqrt(v) + 1e-3), m, v)

    start = tuple(rng.normal(size=(m, columns)).astype(dtype) ** power for power in (1, 3, 2))
    X, rates = rng.normal(size=(60, m)).astype(dtype), np.full(6, 0.01, dtype)
    graph = cr.trace(train, start, rates[0], X[:10]).graph
    for target, by_rows in ((processors.AVX512, True), (processors.AVX2, False)):
        assert ("rows at a time" in planned_step(graph, 3, target).text("loops")) == by_rows
    orders = np.arange(60).reshape(6, 10)
    _, found = cr.repeat(train)(start, rates, orders, X)
    expected = start
    for order, rate in zip(orders, rates, strict=True):
        _, expected = train(expected, rate, X[order])
    near = {"rtol": 100 * np.finfo(dtype).eps, "atol": 20 * np.finfo(dtype).eps}
    for one, other in zip(found, expected, strict=True):
        np.testing.assert_allclose(one, other, **near)
