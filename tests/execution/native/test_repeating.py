"""A repeated step: next values overwrite the last ones only when nothing needs those any more."""

import itertools
import platform
from collections import OrderedDict
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import chainrule as cr
from chainrule.errors import ArgumentError, CarryError, DtypeError, ShapeError, TraceError
from chainrule.execution import native
from chainrule.execution.native import compile_repeated
from chainrule.execution.native.passes import carrying, packing
from chainrule.execution.native.target import host

Pair = tuple[Any, Any]

STEPS: dict[str, Callable[[Any, Any], Pair]] = {
    "read at other places later": lambda a, b: (a * 2, b + a[::-1]),
    "summed later": lambda a, b: (a + 1, b + np.sum(a)),
    "swapped": lambda a, b: (b, a),
    "turned": lambda a, b: (a[::-1], b * 0.5),
    "the new one used": lambda a, b: (a * 2, b + a * 2),
    "left as it is": lambda a, b: (a, b - a),
    "run together": lambda a, b: (np.cumsum(a), a * b),
    "placed among zeros": lambda a, b: (np.pad(a[:2], (1, 0)), np.pad(np.reshape(b[1:], (2,)), (0, 1))),
}


@pytest.mark.parametrize("name", STEPS)
def test_steps_see_the_values_of_the_step_before(name: str) -> None:
    update = STEPS[name]

    def step(carry: Pair, rate: Any, x: Any) -> tuple[Any, Pair]:
        return np.sum(x), update(*carry)

    a, b = np.array([1.0, 2.0, 4.0]), np.array([0.5, -1.0, 3.0])
    orders = np.zeros((3, 1), int)
    _, after = cr.repeat(step)((a, b), np.zeros(3), orders, np.ones(1))
    expected: Pair = (a, b)
    for _ in range(3):
        expected = update(*expected)
    np.testing.assert_allclose(after[0], expected[0], rtol=1e-14)
    np.testing.assert_allclose(after[1], expected[1], rtol=1e-14)


def test_a_small_step_may_carry_what_is_larger_than_the_stack() -> None:
    def step(carry: Pair, rate: Any, x: Any) -> tuple[Any, Pair]:
        table, w = carry
        loss = np.sum((x - w) ** 2)
        return loss, (table, w - rate * 2 * np.sum(w - x) + table[-1])

    table, x = np.arange(4e6), np.array([1.0, 3.0])  # 32 MB
    losses, (after, w) = cr.repeat(step)((table, np.array(0.0)), np.array([0.25]), np.array([[0, 1]]), x)
    np.testing.assert_array_equal(losses, [10.0])
    assert w == 2.0 + table[-1]
    np.testing.assert_array_equal(after, table)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("columns", [9, 13, 37])
def test_an_update_within_a_product_moves_each_weight_once(columns: int, dtype: str) -> None:
    """Also where the rows of a product end within a register, which then shares columns with another."""
    rng = np.random.default_rng(0)  # whole numbers and quarters, whose sums are exact in every order
    x, d, w = (rng.integers(-4, 5, size).astype(dtype) for size in ((6, columns), (6, 7), (7, columns)))

    def step(carry: Pair, rate: Any, x: Any, d: Any) -> tuple[Any, Pair]:
        w, u = carry
        u = 0.5 * u + d.T @ x
        return np.sum(x), (w - rate * u, u)

    orders = np.tile(np.arange(6), (3, 1))
    _, (found, _) = cr.repeat(step)((w, w), np.full(3, 0.25, dtype), orders, x, d, batch_size=6)
    u, gradient = w, d.T @ x
    for _ in range(3):
        u = 0.5 * u + gradient
        w = w - 0.25 * u
    np.testing.assert_array_equal(found, w.astype(dtype), strict=True)


def test_multiples_are_added_to_results_of_a_product_with_their_signs() -> None:
    rng = np.random.default_rng(1)
    a, b, x, y = (rng.normal(size=size) for size in ((5, 4), (4, 9), (5, 9), (5, 9)))

    def sums(a: Any, b: Any, x: Any, y: Any) -> list[Any]:
        c = a @ b
        terms = [x + y * c, y * c + x, x - y * c, y * c - x, c + x * y, c - x * y, x * y - c]
        return [*terms, x * y - y * c, c * c - c, np.where(x > y * c - x, 1.0, 0.0)]

    for found, wanted in zip(cr.compile(sums)(a, b, x, y), sums(a, b, x, y), strict=True):
        np.testing.assert_allclose(found, wanted, rtol=1e-13, atol=1e-14)


def follow(w: Any, rate: Any, x: Any) -> tuple[Any, Any]:
    loss, gradient = cr.value_and_grad(lambda w: np.mean((w - x) ** 2))(w)
    return loss, w - rate * gradient


ORDERS = np.array([[0], [1], [0]])


@pytest.mark.parametrize("numbers", [np.ones(1), np.ones(4), np.ones((3, 2)), np.float64(1)])
def test_numbers_are_one_a_step(numbers: np.ndarray) -> None:
    with pytest.raises(ShapeError, match="numbers of shape"):
        cr.repeat(follow)(np.array(0.0), numbers, ORDERS, np.array([1.0, 3.0]))


def test_numbers_that_are_equal_but_for_their_sign_are_not_the_same() -> None:
    def step(w: Any, rate: Any, x: Any) -> tuple[Any, Any]:
        return np.sum(x), 1 / rate

    for last, expected in ((0.0, np.inf), (-0.0, -np.inf)):
        _, w = cr.repeat(step)(np.array(0.0), np.array([0.0, last]), ORDERS[:2], np.ones(2))
        assert w == expected


@pytest.mark.parametrize(
    "after",
    [
        lambda w: np.concatenate([w, w]),
        lambda w: w[:1],
        lambda w: w.astype(np.float32),
        lambda w: (w, w),
    ],
    ids=["larger", "smaller", "narrower", "two"],
)
def test_a_step_returns_values_like_those_it_was_given(after: Callable[[Any], Any]) -> None:
    with pytest.raises(ShapeError, match="the step returned"):
        cr.repeat(lambda w, rate, x: (np.sum(x), after(w)))(np.ones(2), np.ones(3), ORDERS, np.ones(2))


def test_the_keys_of_what_a_step_returns_may_come_in_any_order() -> None:
    def step(carry: dict[str, Any], rate: Any, x: Any) -> tuple[Any, Any]:
        inner = {"v": carry["s"]["v"] + rate, "u": carry["s"]["u"] * 2}
        return np.sum(x), {"s": inner, "w": carry["w"] + carry["s"]["u"]}

    given = {"w": np.zeros(2), "s": {"u": np.ones(2), "v": np.zeros(2)}}
    _, after = cr.repeat(step)(given, np.array([1.0, 2.0, 4.0]), ORDERS, np.ones(2))
    assert list(after) == ["w", "s"]
    np.testing.assert_array_equal([after["w"], after["s"]["u"], after["s"]["v"]], [[7, 7], [8, 8], [7, 7]])


def test_what_a_step_returns_and_does_not_is_named() -> None:
    given = {"w": np.ones(2, "float32"), "v": np.ones(2)}, np.ones(3), ORDERS, np.ones(2)
    for after, said in (
        (lambda c: {"w": c["w"]}, "returned no v$"),
        (lambda c: {"w": c["w"], "u": c["v"], "t": c["v"]}, "returned also t, u and no v$"),
        (lambda c: OrderedDict(c), "returned values in another structure$"),
        (lambda c: {"w": c["w"] * c["v"], "v": c["v"]}, r"float64\(2,\) for w, a carried float32\(2,\)"),
    ):
        with pytest.raises(CarryError, match=f"(?m){said}"):
            cr.repeat(lambda c, rate, x, after=after: (np.sum(x), after(c)))(*given)
    for step in (lambda c, rate, x: c["w"], lambda c, rate, x: (np.sum(x), c, c)):
        with pytest.raises(CarryError, match="returned no pair"):
            cr.repeat(step)(*given)


@pytest.mark.parametrize(
    "draw",
    [
        np.random.default_rng(0).normal,
        lambda: np.random.default_rng().normal(size=2)[0],
        lambda source=itertools.count(): float(next(source)),  # noqa: B008
    ],
    ids=["generator", "an array from a new generator", "iterator"],
)
def test_what_is_drawn_anew_in_every_step_is_refused(draw: Callable[[], float]) -> None:
    def step(w: Any, rate: Any, x: Any) -> tuple[Any, Any]:
        return np.sum(x) + draw() * rate, w

    with pytest.raises(TraceError, match="other numbers each time"):
        cr.repeat(step)(np.array(0.0), np.ones(3), ORDERS, np.ones(2))


def test_what_is_too_much_to_be_looked_at_is_no_randomness() -> None:
    held, rng = np.arange(2.0**18), np.random.default_rng(0)

    def step(w: Any, rate: Any, x: Any) -> tuple[Any, Any]:
        return np.sum(x), w + held[-1] + (rng is None)

    repeated = cr.repeat(step)
    for start in (0.0, 1.0):
        _, w = repeated(np.array(start), np.ones(3), ORDERS, np.ones(2))
        assert float(w) == start + 3 * (2.0**18 - 1)
        held[-1] = 2.0**18 - 1


def test_the_loss_is_one_number() -> None:
    for loss in (lambda x: x, lambda x: np.sum(x).astype(np.int64), lambda x: np.sum(x).astype(np.float16)):
        with pytest.raises(ShapeError, match="loss"):
            cr.repeat(lambda w, rate, x, loss=loss: (loss(x * w), w))(
                np.ones(2), np.ones(3), ORDERS, np.ones(2)
            )


def test_orders_are_whole_numbers() -> None:
    with pytest.raises(DtypeError, match="orders of dtype float64"):
        cr.repeat(follow)(np.array(0.0), np.ones(3), ORDERS * 1.0, np.ones(2))


def test_no_step_leaves_the_carried_values() -> None:
    losses, w = cr.repeat(follow)(np.array(2.5), np.zeros(0), np.zeros((0, 1), int), np.ones(2))
    assert losses.shape == (0,)
    assert float(w) == 2.5


def test_a_carry_that_may_be_written_over_is_and_nothing_read_only() -> None:
    def decay(carry: tuple[Any, Any], rate: Any, x: Any) -> tuple[Any, Any]:
        a, b = carry
        return np.sum(x), (a * rate, b[::-1] + rate)

    numbers, x = np.array([0.5, 0.25, 0.1]), np.ones(2)
    carry = np.arange(3.0), np.arange(4.0)
    expected = cr.repeat(decay)(carry, numbers, ORDERS, x)[1]
    fixed = carry[1].copy()
    fixed.setflags(write=False)
    first, second = cr.repeat(decay)((carry[0], fixed), numbers, ORDERS, x, overwrite=True)[1]
    assert np.shares_memory(first, carry[0])
    np.testing.assert_array_equal(fixed, np.arange(4.0))
    for found, value in zip((first, second), expected, strict=True):
        np.testing.assert_array_equal(found, value)


def test_a_carried_whole_number_is_carried() -> None:
    def step(carry: dict[str, Any], rate: Any, x: Any) -> tuple[Any, Any]:
        return np.sum(x) + carry["w"], {"w": carry["w"] + rate, "k": carry["k"] + 1}

    losses, after = cr.repeat(step)({"w": 0.5, "k": 3}, np.ones(3), ORDERS, np.array([1.0, 3.0]))
    np.testing.assert_array_equal(losses, [1.5, 4.5, 3.5])
    assert (after["w"], after["k"]) == (3.5, 6)


def test_what_calculates_unlike_an_array_is_refused() -> None:
    """As :func:`chainrule.compile` refuses it: what stands behind a mask is no number that anyone means."""
    unlike = np.ma.masked_array([1.0, 3.0], [True, False])
    for carry, x in ((np.array(0.0), unlike), (unlike, np.ones(2))):
        for run in (cr.repeat(follow), cr.repeat(follow).start):
            with pytest.raises(DtypeError, match="calculates unlike an array"):
                run(carry, np.ones(3), ORDERS, x)


def test_data_are_arrays_of_rows() -> None:
    with pytest.raises(ShapeError, match="a single number among the data"):
        cr.repeat(follow)(np.array(0.0), np.ones(3), ORDERS, np.array(2.0))


def test_arrays_of_the_other_byte_order() -> None:
    arguments = np.array(0.5), np.array([0.5, 0.25, 0.1]), ORDERS, np.array([1.0, 3.0])
    swapped = [a.astype(a.dtype.newbyteorder("S")) for a in arguments]
    for a, b in zip(cr.repeat(follow)(*swapped), cr.repeat(follow)(*arguments), strict=True):
        np.testing.assert_array_equal(a, b)


@pytest.mark.parametrize("batch", [1, 3, 7, 9])
@pytest.mark.parametrize("epochs", [0, 1, 4])
def test_lines_of_orders_are_cut_into_minibatches_of_which_the_last_may_be_smaller(
    batch: int, epochs: int
) -> None:
    rng = np.random.default_rng(0)
    x, rates = rng.normal(size=7), rng.uniform(0.1, 0.9, epochs)
    orders = np.stack([rng.permutation(7) for _ in range(epochs)]) if epochs else np.zeros((0, 7), int)
    losses, w = cr.repeat(follow)(np.array(0.5), rates, orders, x, batch_size=batch)
    expected, by_hand = np.array(0.5), np.zeros((epochs, -(-7 // batch)))
    for epoch, (order, rate) in enumerate(zip(orders, rates, strict=True)):
        for k in range(by_hand.shape[1]):
            some = x[order[k * batch : (k + 1) * batch]]
            by_hand[epoch, k] = np.mean((expected - some) ** 2)
            expected = expected - rate * 2 * np.mean(expected - some)
    np.testing.assert_allclose(losses, by_hand, rtol=1e-13)
    np.testing.assert_allclose(w, expected, rtol=1e-13)


@pytest.mark.parametrize("bad", [2, 4, 6])
def test_nothing_runs_after_a_loss_that_is_not_finite(bad: int) -> None:
    x = np.where(np.arange(8) == bad, np.nan, 1.0)
    orders = np.stack([np.full(7, 7), np.arange(7), np.full(7, 7)])

    def count(w: Any, rate: Any, x: Any) -> tuple[Any, Any]:
        return np.sum(x), w + rate

    losses, w = cr.repeat(count)(np.array(0.0), np.ones(3), orders, x, batch_size=3)
    steps = 3 + bad // 3
    assert losses.ravel()[:steps].tolist() == [3, 3, 1, 3, 3, 1][:steps]
    assert np.isnan(losses.ravel()[steps:]).all()
    assert float(w) == steps


@pytest.mark.parametrize("batch_size", [1, 2, 3, 4, 7, 8, 17, 40])
@pytest.mark.parametrize("outside", [40, -1, 2**40])
def test_no_step_reads_a_row_that_is_not_there(batch_size: int, outside: int) -> None:
    x, w = np.ones((40, 3)), np.zeros(3)
    repeated = cr.repeat(lambda w, rate, x: (np.sum(x), w + np.sum(x, axis=0)))
    orders, numbers = np.tile(np.arange(40), (2, 1)), np.ones(2)
    losses, _ = repeated(w, numbers, orders, x, batch_size=batch_size)
    assert losses.sum() == 2 * x.size
    for place in (0, 1, batch_size - 1, 39, 40, 62, 79):
        wrong = orders.copy()
        wrong.flat[place] = outside
        with pytest.raises(ShapeError, match="for 40 rows"):
            repeated(w, numbers, wrong, x, batch_size=batch_size)
    assert not w.any()


def test_rows_of_several_arrays_are_in_all_of_them() -> None:
    repeated = cr.repeat(lambda w, rate, x, y: (np.sum(x * y), w))
    x, y, orders = np.ones(9), np.ones(5), np.arange(8).reshape(2, 4)
    repeated(np.ones(1), np.ones(1), orders[:1], x, y)
    with pytest.raises(ShapeError, match="for 5 rows"):
        repeated(np.ones(1), np.ones(2), orders, x, y)
    with pytest.raises(ShapeError, match="for 0 rows"):
        repeated(np.ones(1), np.ones(1), orders[:1], x, y[:0])


@pytest.mark.parametrize("bad", [*range(8), None])
@pytest.mark.parametrize("batch_size", [2, 3])
def test_losses_that_are_not_known_are_nan_whatever_the_memory_held(
    bad: int | None, batch_size: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    x = np.where(np.arange(8) == bad, np.inf, 1.0)
    repeated = cr.repeat(lambda w, rate, x: (np.sum(x), w + 1))
    orders, numbers = np.tile(np.arange(8), (3, 1)), np.ones(3)
    repeated.start(np.zeros(1), numbers, orders, x, batch_size=batch_size)
    with monkeypatch.context() as patch:
        patch.setattr(np, "empty", lambda shape, dtype=float, order="C": np.full(shape, 7, dtype, order))
        losses, w = repeated(np.zeros(1), numbers, orders, x, batch_size=batch_size)
    whole = [min(batch_size, 8 - first) for _ in range(3) for first in range(0, 8, batch_size)]
    made = len(whole) if bad is None else bad // batch_size
    expected = np.array([*map(float, whole[:made]), np.inf, *[np.nan] * len(whole)][: len(whole)])
    np.testing.assert_array_equal(losses.ravel(), expected)
    assert w == made


def test_a_minibatch_has_a_row_at_least() -> None:
    with pytest.raises(ArgumentError, match="batch_size=0"):
        cr.repeat(follow)(np.array(0.0), np.ones(1), ORDERS.T, np.array([1.0, 3.0]), batch_size=0)


@pytest.mark.parametrize("columns", [(0,), (0, 3)])
def test_rows_of_no_columns(columns: tuple[int, ...]) -> None:
    data = [np.ones((5, n)) for n in columns]
    repeated = cr.repeat(lambda w, rate, *rows: (sum(np.sum(x) for x in rows), w + rate))
    losses, w = repeated(np.array(1.0), np.ones(2), np.arange(4).reshape(2, 2), *data)
    assert (losses.tolist(), float(w)) == ([2.0 * sum(columns)] * 2, 3.0)


def test_rows_of_a_large_table_are_those_that_were_asked_for() -> None:
    rng = np.random.default_rng(0)
    X, w = rng.normal(size=(9_000, 5)), rng.normal(size=(5, 40))  # too much for a program in registers
    orders = rng.integers(0, len(X), size=(30, 7))

    def step(w: Any, rate: Any, x: Any) -> tuple[Any, Any]:
        return np.sum(np.tanh(x @ w)), w - rate * x.T @ (1 - np.tanh(x @ w) ** 2)

    losses, _ = cr.repeat(step)(w, np.full(30, 0.01), orders, X)
    expected = []
    for rows in orders:
        loss, w = step(w, 0.01, X[rows])
        expected.append(loss)
    np.testing.assert_allclose(losses, expected, rtol=1e-10)


def test_a_step_without_rows() -> None:
    losses, w = cr.repeat(lambda w, rate: (w, w + rate))(np.array(1.0), np.ones(3), np.zeros((3, 0), int))
    assert (losses.tolist(), float(w)) == ([1.0, 2.0, 3.0], 4.0)


def test_subnormal_numbers_count_as_zero_in_a_loop_and_only_there() -> None:
    def step(w, rate, x):  # type: ignore[no-untyped-def]
        return np.sum(x), w * np.array([0.5, 1e10])  # gives one, takes one

    tiny = np.finfo(float).tiny
    _, after = cr.repeat(step)(np.array([tiny, 1e-310]), np.ones(1), np.zeros((1, 1), int), np.ones(1))
    expected = ["0.0", "0.0"] if platform.machine() in ("x86_64", "AMD64") else [repr(tiny / 2), "1e-300"]
    assert list(map(repr, after.tolist())) == expected
    assert repr(float(tiny) / 2) == "1.1125369292536007e-308"


def test_lines_of_one_minibatch_and_a_rest() -> None:
    def step(w, rate, x):  # type: ignore[no-untyped-def]
        return np.sum(x) + w, w + rate * np.sum(x)

    orders = np.array([[0, 1, 2], [2, 1, 0], [1, 2, 0]])
    x, rates = np.array([1.0, 10.0, 100.0]), np.array([1.0, 2.0, 4.0])
    losses, w = cr.repeat(step)(0.0, rates, orders, x, batch_size=2)
    assert losses.tolist() == [[11.0, 111.0], [221.0, 332.0], [443.0, 774.0]]
    assert float(w) == 111.0 + 222.0 + 444.0


def test_pieces_of_a_line_are_not_compiled_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    """Training compiles for whole epochs, of many minibatches and a rest, and runs some at a time."""
    made: list[object] = []

    def recorded(*arguments: Any) -> native.RepeatedStep:
        made.append(arguments)
        return compile_repeated(*arguments)

    monkeypatch.setattr(native, "compile_repeated", recorded)
    steps, x, rate, w = cr.repeat(follow), np.arange(100.0), np.array([0.5]), np.array(0.0)
    steps.start(w, rate[:0], np.zeros((0, 100), int), x, batch_size=3)
    assert len(made) == 2
    for rows in (3, 24, 100, 4, 1):  # one, some and all of the minibatches, one and the rest, the rest
        losses, _ = steps(w, rate, np.arange(rows)[None], x, batch_size=3)
        assert losses.shape == (1, -(-rows // 3))
    assert len(made) == 2


def momentum_steps(
    carry: Pair, numbers: np.ndarray, orders: np.ndarray, x: np.ndarray, y: np.ndarray
) -> tuple[list[float], np.ndarray, np.ndarray]:
    """Steps of a ReLU layer with momentum in NumPy: ∇ = (σ'(Z) ⊙ (H − Y))ᵀ X."""
    w, v = carry
    losses: list[float] = []
    for rate, rows in zip(numbers, orders, strict=True):
        z = x[rows] @ w.T
        losses.append(float(np.sum((np.maximum(z, 0) - y[rows]) ** 2) / 2))
        if not np.isfinite(losses[-1]):
            break
        v = 0.9 * v + ((np.maximum(z, 0) - y[rows]) * (z > 0)).T @ x[rows]
        w = w - rate * v
    return losses, w, v


def with_momentum(carry: Pair, rate: Any, x: Any, y: Any) -> tuple[Any, Pair]:
    """A step of the same, differentiated."""
    w, v = carry

    def loss(w: Any) -> Any:
        return np.sum((np.maximum(x @ w.T, 0) - y) ** 2) / 2

    value, gradient = cr.value_and_grad(loss)(w)
    v = 0.9 * v + gradient
    return value, (w - rate * v, v)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize(("inputs", "outputs", "batch"), [(300, 128, 9), (509, 256, 67)])
@pytest.mark.parametrize("overwrite", [False, True])
def test_weights_that_a_product_reads_in_panels_are_carried_in_panels(
    inputs: int, outputs: int, batch: int, dtype: str, overwrite: bool
) -> None:
    rng = np.random.default_rng(inputs)
    x, y = (rng.normal(size=(3 * batch, n)).astype(dtype) for n in (inputs, outputs))
    w, v = (rng.normal(size=(outputs, inputs)).astype(dtype) / inputs for _ in range(2))
    x[-1] = np.nan
    steps = cr.repeat(with_momentum)
    for count in (0, 1, 5):
        orders = rng.integers(0, len(x) - 1, size=(count, batch))
        orders[3:, 0] = len(x) - 1  # in the fourth step the loss is no number: the values before remain
        numbers = np.linspace(1e-4, 1e-5, count).astype(dtype)
        expected, *after = momentum_steps((w, v), numbers, orders, x, y)
        carry = w.copy(), v.copy()
        losses, found = steps(carry, numbers, orders, x, y, overwrite=overwrite)
        rtol = 1e-4 if dtype == "float32" else 1e-12
        atol = batch * float(np.finfo(dtype).eps)  # of a sum of so many terms of about 1, rounded each time
        np.testing.assert_allclose(losses[: len(expected)], expected, rtol, atol)
        for value, reference in zip(found, after, strict=True):
            np.testing.assert_allclose(value, reference, rtol, atol)
        assert np.shares_memory(found[0], carry[0]) == overwrite
    explanation = steps.explain((w, v), np.zeros(0, dtype), np.zeros((0, batch), int), x, y)
    assert explanation.count("before the first step: q") == explanation.count("after the last step: t") == 2
    assert ("with a minibatch's rows: q" in explanation) == (batch > 9)  # few of them are read as they lie


@pytest.mark.parametrize("also", [False, True])
@pytest.mark.parametrize(
    ("batch", "inputs", "outputs"),
    [(67, 263, 256), (40, 614, 128), (128, 150, 64), (131, 150, 48), (128, 150, 100)],
)
def test_rows_that_products_read_in_blocks(batch: int, inputs: int, outputs: int, also: bool) -> None:
    """They are copied nowhere else, unless something ``also`` reads them as they are."""

    def loss(w: Any, x: Any) -> Any:
        return np.sum(np.tanh(x @ w.T) ** 2) / batch + (np.sum(x * x) if also else 0)

    def step(w: Any, rate: Any, x: Any) -> tuple[Any, Any]:
        value, gradient = cr.value_and_grad(loss)(w, x)
        return value, w - rate * gradient

    rng = np.random.default_rng(batch)
    w, x = rng.normal(size=(outputs, inputs)) / inputs, rng.normal(size=(3 * batch, inputs))
    orders = rng.integers(0, len(x), size=(3, batch))
    steps = cr.repeat(step)
    losses, after = steps(w, np.full(3, 0.1), orders, x)
    explanation = steps.explain(w, np.full(3, 0.1), orders, x)
    assert host().steps_together == 1 or f"in blocks of 6]({batch}x{inputs})" in explanation
    for order, value in zip(orders, losses, strict=True):
        np.testing.assert_allclose(value, loss(w, x[order]), rtol=1e-12)
        h = np.tanh(x[order] @ w.T)
        w = w - 0.1 * (2 * h * (1 - h * h) / batch).T @ x[order]
    np.testing.assert_allclose(after, w, rtol=1e-11, atol=1e-14)


@pytest.mark.parametrize("rows", [48, 61])
def test_weights_of_long_steps_are_copied_panel_by_panel_where_a_product_reads_them(
    rows: int, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("CHAINRULE_CACHE_DIR", str(tmp_path))
    monkeypatch.setattr(packing, "LARGE", 1)
    monkeypatch.setattr(carrying, "LONGEST_STEP", 0)
    rng = np.random.default_rng(rows)
    x, y, w, v = (rng.normal(size=shape) / 131 for shape in [(rows, 131), (rows, 250), *[(250, 131)] * 2])
    orders, numbers = rng.integers(0, rows, size=(3, rows)), np.full(3, 0.1)
    steps = cr.repeat(with_momentum)
    expected, *after = momentum_steps((w, v), numbers, orders, x, y)
    losses, found = steps((w, v), numbers, orders, x, y)
    np.testing.assert_allclose(losses, expected, 1e-12)
    for value, reference in zip(found, after, strict=True):
        np.testing.assert_allclose(value, reference, 1e-12, 1e-13)
    explanation = steps.explain((w, v), numbers, orders, x, y)
    assert "panel by panel, p1 = panels of" in explanation
    assert "before the first step" not in explanation


@pytest.mark.parametrize(
    "matrix", [lambda x: x[40], lambda x: np.reshape(x, (-1, 420))[-48:]], ids=["of one row", "of last parts"]
)
def test_matrices_of_other_rows_than_a_minibatch_are_copied_when_it_is_there(
    matrix: Callable[[Any], Any],
) -> None:
    def loss(w: Any, x: Any) -> Any:
        return np.mean((matrix(x) @ w.T) ** 2)

    def step(w: Any, rate: Any, x: Any) -> tuple[Any, Any]:
        value, gradient = cr.value_and_grad(loss)(w, x)
        return value, w - rate * gradient

    rng = np.random.default_rng(4)
    w, x = rng.normal(size=(96, 420)) / 9, rng.normal(size=(60, 48, 420))
    orders = np.stack([rng.permutation(60)[:48] for _ in range(3)])
    losses, after = cr.repeat(step)(w, np.full(3, 0.1), orders, x)
    for order, value in zip(orders, losses, strict=True):
        np.testing.assert_allclose(value, loss(w, x[order]), rtol=1e-12)
        w = step(w, 0.1, x[order])[1]
    np.testing.assert_allclose(after, w, rtol=1e-11)


def test_weights_of_which_a_step_reads_more_stay_in_their_order() -> None:
    def step(w, rate, x):  # type: ignore[no-untyped-def]
        value, gradient = cr.value_and_grad(lambda w: np.sum((x @ w.T) ** 2) + np.sum(w**2))(w)
        return value, w - rate * gradient

    rng = np.random.default_rng(2)
    w, x = rng.normal(size=(128, 140)), rng.normal(size=(20, 140))
    steps, orders = cr.repeat(step), np.arange(20)[None]
    _, after = steps(w, np.array([1e-3]), orders, x)
    np.testing.assert_allclose(after, w - 1e-3 * (2 * (x @ w.T).T @ x + 2 * w), rtol=1e-12, atol=1e-14)
    assert "before the first step" not in steps.explain(w, np.ones(1), orders, x)


def test_weights_of_more_than_two_mebibytes_stay_in_their_order() -> None:
    """There is a copy of those that are carried in panels: of large ones it would be felt in the memory."""

    def step(w, rate, x):  # type: ignore[no-untyped-def]
        value, gradient = cr.value_and_grad(lambda w: np.sum((x @ w.T) ** 2))(w)
        return value, w - rate * gradient

    steps, orders = cr.repeat(step), np.zeros((0, 32), int)
    for outputs, panels in ((528, False), (512, True)):  # rows of 504 numbers, of 8 bytes each
        explanation = steps.explain(np.ones((outputs, 504)), np.zeros(0), orders, np.ones((32, 504)))
        assert ("before the first step" in explanation) == panels


NEXT_WEIGHTS: dict[str, Callable[[Any, Any, Any], Pair]] = {
    "another product": lambda w, v, x: (np.tanh(x @ w.T).T @ x, v),
    "exchanged": lambda w, v, x: (v, w),
    "kept for the next step": lambda w, v, x: (w / 2, w + 1),
    "moved on": lambda w, v, x: (v * 1, w / 2),
    "less one of them": lambda w, v, x: (w - w[0, 0], v),
    "less a later one": lambda w, v, x: (w - w[3, 7], v),
}


@pytest.mark.parametrize("name", NEXT_WEIGHTS)
def test_weights_whose_next_values_are_of_other_places_stay_in_their_order(name: str) -> None:
    def step(carry: Pair, rate: Any, x: Any) -> tuple[Any, Pair]:
        return np.sum(np.tanh(x @ carry[0].T)), NEXT_WEIGHTS[name](*carry, x)

    rng = np.random.default_rng(3)
    x = rng.normal(size=(64, 131)) / 64
    expected: Pair = (rng.normal(size=(256, 131)), rng.normal(size=(256, 131)))
    losses, found = cr.repeat(step)(expected, np.zeros(3), np.tile(np.arange(64), (3, 1)), x)
    for value in losses:
        loss, expected = step(expected, 0.0, x)
        np.testing.assert_allclose(value, loss, rtol=1e-10)
    for after, reference in zip(found, expected, strict=True):
        np.testing.assert_allclose(after, reference, rtol=1e-10, atol=1e-12)
