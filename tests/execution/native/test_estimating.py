"""Quotients by a root in loops over minibatches: near the true ones, and at the ends as IEEE 754 has them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import chainrule as cr
from chainrule.execution.native import repeating
from chainrule.execution.native.looping import planned_step
from chainrule.execution.native.target import Target, host
from tests.execution.native import processors

SMALLEST, LARGEST = (float(x) for x in (np.finfo(np.float32).tiny, np.finfo(np.float32).max))
ENDS = np.float32([0, -0.0, 1, -1, 1e-45, SMALLEST, 2.0**126, -(2.0**127), LARGEST, np.inf, -np.inf, np.nan])
WITHIN = 7  # ulp, by what processors promise; 3.4 on AMD's Zen


def step(carry: tuple[Any, ...], c: Any, x: Any) -> tuple[Any, tuple[Any, ...]]:
    p, a, v = carry
    return np.sum(x), (p - a / (np.sqrt(v) + c), a, v)


REPEATED = cr.repeat(step)


def quotients(a: np.ndarray, v: np.ndarray, c: Any) -> np.ndarray:
    """a/(√v + c) as a training loop computes it."""
    p = np.zeros_like(a)
    _, (p, _, _) = REPEATED((p, a, v), np.array([c], np.float32), np.array([[0]]), np.ones(1, np.float32))
    return -np.asarray(p)


def flushed(x: np.ndarray) -> np.ndarray:
    """Numbers as they are in a training loop, where those that are subnormal are 0 on x86."""
    if not host().is_x86:
        return x.astype(np.float32)
    return np.where(np.abs(x) < SMALLEST, np.copysign(np.float32(0), x), x).astype(np.float32)


def rounded_each_time(a: np.ndarray, v: np.ndarray, c: Any) -> np.ndarray:
    with np.errstate(all="ignore"):
        below = flushed(np.sqrt(flushed(v)) + flushed(np.float32(c)))
        return -flushed(0 - flushed(flushed(a) / below))


def spread(rng: np.random.Generator, size: int, least: int, most: int) -> np.ndarray:
    """Numbers of every exponent."""
    return np.ldexp(rng.uniform(1, 2, size), rng.integers(least, most, size)).astype(np.float32)


@pytest.mark.parametrize("c", [0.0, 1e-30, 1e-8, 0.1, 3.0, 1e19, 4e37])
def test_quotients_of_all_exponents_are_near_those_of_real_numbers(c: float) -> None:
    rng = np.random.default_rng(0)
    a, v = spread(rng, 20_011, -126, 127) * rng.choice([-1, 1], 20_011), spread(rng, 20_011, -126, 127)
    a = a.astype(np.float32)
    true = a.astype(float) / (np.sqrt(v.astype(float)) + float(np.float32(c)))
    found, size = quotients(a, v, c), np.abs(true)
    normal = (size > SMALLEST * (1 + 1e-6)) & (size < LARGEST * (1 - 1e-6))
    error = np.abs(found[normal] - true[normal]) / np.spacing(size[normal].astype(np.float32))
    assert normal.sum() > 3000
    assert error.max() <= WITHIN
    np.testing.assert_array_equal(
        found[size > LARGEST * (1 + 1e-6)], np.inf * np.sign(a[size > LARGEST * (1 + 1e-6)])
    )
    assert (np.abs(found[size < SMALLEST * (1 - 1e-6)]) <= SMALLEST).all()


@pytest.mark.parametrize("c", [*ENDS.tolist(), 2.0**124, 2.0**125, 1e-8])
def test_zeros_infinities_and_nan_are_as_rounded_each_time(c: float) -> None:
    a, v = (x.ravel() for x in np.meshgrid(ENDS, ENDS))
    found, wanted = quotients(a, v, c), rounded_each_time(a, v, c)
    ends = ~np.isfinite(wanted) | (wanted == 0)
    np.testing.assert_array_equal(found[ends], wanted[ends])
    np.testing.assert_allclose(found[~ends], wanted[~ends], rtol=WITHIN * 2.0**-23, atol=SMALLEST)


floats = st.floats(width=32, allow_nan=False)


@settings(max_examples=20)
@given(st.lists(st.tuples(floats, floats), min_size=11, max_size=11), floats)
def test_any_numbers_at_all(pairs: list[tuple[float, float]], c: float) -> None:
    a, v = np.float32(pairs).T.copy()
    found, wanted = quotients(a, v, c), rounded_each_time(a, v, c)
    np.testing.assert_allclose(found, wanted, rtol=WITHIN * 2.0**-23, atol=SMALLEST)


def kernels_of(step: Any, carry: tuple[np.ndarray, ...]) -> str:
    graph = cr.trace(step, carry, np.float32(0.5), np.ones((1, 3), np.float32)).graph
    target = processors.AVX2
    return planned_step(graph, len(carry), target).text("loops")


def in_dtype(dtype: str) -> tuple[np.ndarray, ...]:
    return (np.ones(40, dtype),) * 3


def test_only_float32_by_a_root_and_one_number_is_estimated() -> None:
    assert "over_root(" in kernels_of(step, in_dtype("float32"))
    assert "over_root(" not in kernels_of(step, in_dtype("float64"))

    def by_many(carry: tuple[Any, ...], c: Any, x: Any) -> tuple[Any, tuple[Any, ...]]:
        p, a, v = carry
        return np.sum(x), (p - a / (np.sqrt(v) + p), a / v, v / (np.sqrt(a) + 1e38))

    assert "over_root(" not in kernels_of(by_many, in_dtype("float32"))
    compiled = cr.compile(lambda a, v: a / (np.sqrt(v) + np.float32(1e-8)))
    a, v = (spread(np.random.default_rng(1), 99, -20, 20) for _ in range(2))
    np.testing.assert_array_equal(compiled(a, v), a / (np.sqrt(v) + np.float32(1e-8)))


@processors.for_each("instruction", "rcpps\t%xmm", "vrcpps\t%ymm", "vrcp14ps\t%zmm", "fdiv\t")
def test_each_processor_estimates_as_it_can(target: Target, instruction: str) -> None:
    graph = cr.trace(step, in_dtype("float32"), np.float32(0.5), np.ones((1, 3), np.float32)).graph
    plan = planned_step(graph, 3, target)
    assert instruction in plan.text("assembly")


def test_narrow_registers_give_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without fused multiply-adds Newton's step is rounded once more."""
    here = host()
    rng = np.random.default_rng(2)
    a, v = spread(rng, 1001, -30, 30), spread(rng, 1001, -60, 60)
    expected = quotients(a, v, 1e-3)
    narrow = Target(here.triple, here.cpu, f"{here.features},-avx,-fma" * here.is_x86, 16)
    monkeypatch.setattr(repeating, "host", lambda: narrow)
    monkeypatch.setattr(f"{__name__}.REPEATED", cr.repeat(step))
    np.testing.assert_allclose(quotients(a, v, 1e-3), expected, rtol=WITHIN * 2.0**-23)


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
