"""A repeated step that goes on from call to call makes the steps of one call."""

import gc
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import chainrule as cr
from chainrule.arguments import read_only
from chainrule.errors import ArgumentError, ShapeError
from chainrule.execution.native import ready
from chainrule.execution.native.repeating import RepeatedStep

RNG = np.random.default_rng(5)


def step(carry: Any, rate: Any, x: Any, y: Any) -> tuple[Any, Any]:
    """Momentum on a layer whose weights are carried in panels where many minibatches follow each other."""
    w = carry["w"]
    loss, gradient = cr.value_and_grad(lambda w: np.mean((np.tanh(x @ w.T) - y) ** 2))(w)
    v = 0.9 * carry["v"] + gradient
    return loss, {"w": w - rate * v, "v": v, "done": carry["done"] + 1}


def start(outputs: int = 128, inputs: int = 300) -> dict[str, Any]:
    w, v = (RNG.normal(size=(outputs, inputs)) / inputs for _ in range(2))
    return {"w": w, "v": v, "done": np.zeros(())}


def data(rows: int, outputs: int = 128, inputs: int = 300) -> tuple[np.ndarray, np.ndarray]:
    return RNG.normal(size=(rows, inputs)), RNG.normal(size=(rows, outputs))


def none(rows: int) -> tuple[np.ndarray, np.ndarray]:
    return np.zeros(0), np.zeros((0, rows), int)


@pytest.mark.parametrize("keep", [False, True])
@pytest.mark.parametrize("look", [False, True])
@pytest.mark.parametrize(("batch", "rows"), [(9, 9 * 20), (9, 9 * 17 + 4), (67, 67 * 2)])
def test_runs_are_pieces_of_one_call(batch: int, rows: int, look: bool, keep: bool) -> None:
    carry, arrays = start(), data(rows)
    orders, rates = np.stack([RNG.permutation(rows) for _ in range(4)]), np.full(4, 1e-3)
    repeated = cr.repeat(step)
    losses, after = repeated(carry, rates, orders, *arrays, batch_size=batch)
    running = repeated.start(carry, *none(rows), *arrays, batch_size=batch, keep=keep)
    running.enter()
    found = []
    for k in range(4):
        found.append(running.run(rates[k : k + 1], orders[k : k + 1]))
        if look:
            np.testing.assert_array_equal(running.seen("done"), (k + 1) * -(-rows // batch))
    np.testing.assert_array_equal(np.concatenate(found), losses)
    for name, value in running.carried().items():
        np.testing.assert_array_equal(value, after[name])


def test_minibatches_of_other_sizes_go_on_with_the_same_values() -> None:
    """Each size has its own loop, with memory of its own."""
    carry, (x, y) = start(), data(80)
    repeated = cr.repeat(step)
    running, rate = repeated.start(carry, *none(40), x, y), np.array([1e-3])
    for batch in (40, 17, 40, 40, 17):
        order = RNG.permutation(80)[None, :batch]
        losses, carry = repeated(carry, rate, order, x, y)
        np.testing.assert_array_equal(running.run(rate, order)[:, 0], losses)
        for name in carry:
            np.testing.assert_array_equal(running.seen(name), carry[name])


@pytest.mark.parametrize("keep", [False, True])
def test_what_was_given_out_is_left_as_it_is(keep: bool) -> None:
    carry, (x, y) = start(), data(60)
    first = {name: value.copy() for name, value in carry.items()}
    running = cr.repeat(step).start(carry, *none(60), x, y, batch_size=20, keep=keep)
    held: list[tuple[Any, np.ndarray]] = []
    for k in range(5):
        running.run(np.array([1e-3]), RNG.permutation(60)[None])
        for name in ("w", "v", "done")[: k % 4]:
            found = running.carried(name)
            with pytest.raises(ValueError, match="read-only"):
                found[...] = 0
            assert read_only(found, found.dtype) is found
            held.append((found, found.copy()))
    for found, then in held:
        np.testing.assert_array_equal(found, then)
    for name, value in first.items():
        np.testing.assert_array_equal(carry[name], value)


def test_arrays_that_may_be_written_over_are_but_not_what_they_are_views_of() -> None:
    carry, (x, y) = start(), data(60)
    whole = np.stack([carry["v"], carry["v"]])
    carry["v"] = whole[0]
    running = cr.repeat(step).start(carry, *none(60), x, y, batch_size=20, overwrite=True)
    running.run(np.array([1e-3]), np.arange(60)[None])
    found = running.carried()
    assert found["w"] is carry["w"]
    assert not carry["w"].flags.writeable
    np.testing.assert_array_equal(whole[0], whole[1])
    assert whole.flags.writeable


def test_the_values_before_a_run_are_kept() -> None:
    carry, (x, y) = start(), data(60)
    running = cr.repeat(step).start(carry, *none(60), x, y, batch_size=20, keep=True)
    for _ in range(3):
        then = {name: value.copy() for name, value in running.seen().items()}
        running.run(np.array([1e-3]), RNG.permutation(60)[None])
        for name, value in running.before.items():
            np.testing.assert_array_equal(value, then[name])


def test_without_being_asked_for_nothing_is_kept() -> None:
    running = cr.repeat(step).start(start(), *none(60), *data(60))
    running.run(np.array([1e-3]), np.arange(60)[None])
    assert running.before is None


@pytest.mark.parametrize("turn", [np.asfortranarray, lambda x: x.astype(">f8"), lambda x: x])
def test_rows_that_change_between_runs_are_read_anew(turn: Callable[[np.ndarray], np.ndarray]) -> None:
    x = turn(np.arange(6.0).reshape(3, 2))
    running = cr.repeat(lambda w, rate, x: (np.sum(x), w + rate)).start(np.zeros(()), *none(3), x)
    order, rate = np.arange(3)[None], np.ones(1)
    assert running.run(rate, order).item() == 15
    x *= 2
    assert running.run(rate, order).item() == 30
    assert running.carried() == 2


@pytest.mark.parametrize("keep", [False, True])
def test_each_notices_what_the_step_reads_beside_its_arguments(keep: bool) -> None:
    """Also where another one of the same step, or a call of that, was made first; the values go on."""
    strength = [1.0]

    def decaying(carry: Any, rate: Any, x: Any, y: Any) -> tuple[Any, Any]:
        loss, after = step(carry, rate, x, y)
        return strength[0] * loss, {**after, "w": after["w"] - rate * strength[0] * carry["w"]}

    carry, arrays = start(), data(180)
    repeated, order, rate = cr.repeat(decaying), np.arange(180)[None], np.array([1e-3])
    runs = [repeated.start(carry, *none(180), *arrays, batch_size=9, keep=keep) for _ in range(2)]
    for strength[0] in (1.0, 3.0, 2.0, 2.0):
        losses, carry = cr.repeat(decaying)(carry, rate, order, *arrays, batch_size=9)
        for running in runs:
            np.testing.assert_array_equal(running.run(rate, order), losses)
            for name, value in running.seen().items():
                np.testing.assert_array_equal(value, carry[name])


def test_loops_that_are_no_longer_needed_go() -> None:
    strength = [1.0]

    def scaled(w: Any, rate: Any, x: Any) -> tuple[Any, Any]:
        return np.mean(x * w) * strength[0], w + rate

    def loops() -> int:
        gc.collect()
        return sum(isinstance(thing, RepeatedStep) for thing in gc.get_objects())

    others = loops()
    running = cr.repeat(scaled).start(np.zeros(5), *none(3), np.ones((3, 5)))
    for strength[0] in (2.0, 3.0, 4.0):
        running.run(np.ones(1), np.arange(3)[None])
        assert loops() == others + 1
    np.testing.assert_array_equal(running.carried(), 3.0)


@pytest.mark.parametrize("fails", range(1, 7))
def test_after_an_interrupt_they_are_those_after_a_whole_step(
    fails: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between calls of machine code, of which each run makes two."""
    carry, (x, y) = start(), data(24)
    repeated, order, rate = cr.repeat(step), np.arange(24)[None], np.array([1e-3])
    running = repeated.start(carry, *none(24), x, y, batch_size=20)
    call, calls = ready.call, iter(range(1, 100))

    def interrupted(*arguments: Any) -> None:
        call(*arguments)
        if next(calls) == fails:
            raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(ready, "call", interrupted)
        for _ in range((fails - 1) // 2):
            running.run(rate, order)
        with pytest.raises(KeyboardInterrupt):
            running.run(rate, order)
    assert running.seen("done") == fails
    for k in range(fails):
        carry = repeated(carry, rate, order[:, 20:] if k % 2 else order[:, :20], x, y)[1]
    for name, value in running.carried().items():
        np.testing.assert_array_equal(value, carry[name])


@pytest.mark.parametrize("again", [False, True])
def test_arrays_that_may_be_written_over_have_the_last_whole_step(
    again: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also where Ctrl-C is pressed ``again``, just as they are copied from where the loop has them."""
    carry, (x, y) = start(), data(20)
    repeated, order, rate = cr.repeat(step), np.arange(20)[None], np.array([1e-3])
    _, expected = repeated(carry, rate, order, x, y)
    call, leave, pressed = ready.call, ready.Ready.leave, iter([again, False])

    def interrupted(*arguments: Any) -> None:
        call(*arguments)
        raise KeyboardInterrupt

    def interrupted_too(self: ready.Ready, control: int) -> None:
        if next(pressed):
            raise KeyboardInterrupt
        leave(self, control)

    with monkeypatch.context() as patch:
        patch.setattr(ready, "call", interrupted)
        patch.setattr(ready.Ready, "leave", interrupted_too)
        with pytest.raises(KeyboardInterrupt):
            repeated(carry, rate, order, x, y, overwrite=True)
    for name, value in carry.items():
        np.testing.assert_array_equal(value, expected[name])


@pytest.mark.parametrize("keys", [("u",), ("w", 0), (0,)])
def test_keys_that_lead_nowhere_are_named(keys: tuple[Any, ...]) -> None:
    running = cr.repeat(step).start(start(), *none(60), *data(60))
    with pytest.raises(ArgumentError, match="keys to w, v, done"):
        running.carried(*keys)


def test_a_single_carried_value_has_no_keys() -> None:
    running = cr.repeat(lambda w, rate, x: (np.sum(x), w)).start(np.zeros(()), *none(2), np.ones(4))
    with pytest.raises(ArgumentError, match="no keys: the carry is a single value"):
        running.carried("p")


def test_a_row_that_is_not_there_is_named() -> None:
    running = cr.repeat(lambda w, rate, x: (np.sum(x), w)).start(np.zeros(()), *none(2), np.ones(4))
    for row in (4, -1):
        with pytest.raises(ShapeError, match=f"(?s)row {row}, for 4 rows.*from 0 to 3"):
            running.run(np.ones(1), np.array([[0, row]]))


def test_the_loop_of_whole_minibatches_is_explained() -> None:
    repeated, carry, (x, y) = cr.repeat(step), start(), data(190)
    arguments = carry, np.ones(1), np.arange(190)[None], x, y
    explanation = repeated.explain(*arguments, batch_size=9)
    assert "(9x300)" in explanation
    assert "before the first step: q" in explanation
    assert "define" in repeated.ir(*arguments, batch_size=9)


def test_what_a_step_reads_beside_its_arguments_may_change_between_runs() -> None:
    by = {"scale": 1.0}

    def scaled(w: Any, rate: Any, x: Any) -> tuple[Any, Any]:
        return by["scale"] * np.sum(x), w

    running = cr.repeat(scaled).start(np.zeros(()), *none(2), np.ones(2))
    for by["scale"] in (2.0, 3.0, 3.0, 1.0):
        assert running.run(np.ones(1), np.arange(2)[None]).item() == 2 * by["scale"]


def test_after_an_error_within_a_step_they_are_those_before_the_run() -> None:
    """What NumPy computes within a step can fail, here where a matrix has no inverse."""

    def solve(carry: Any, rate: Any, x: Any) -> tuple[Any, Any]:
        w, done = carry
        return np.sum(w), (w + rate * np.linalg.pinv(w * x[0]), done + 1)

    w, x = np.eye(3), np.array([1.0, 1.0, np.nan])
    running = cr.repeat(solve).start((w, np.zeros(())), *none(3), x, batch_size=1, keep=True)
    running.run(np.ones(1), np.array([[0, 1]]))
    before = [value.copy() for value in running.seen()]
    with pytest.raises(np.linalg.LinAlgError):
        running.run(np.ones(1), np.array([[0, 2]]))
    for value, then in zip(running.seen(), before, strict=True):
        np.testing.assert_array_equal(value, then)
    running.run(np.ones(1), np.array([[1]]))
    assert running.seen()[1] == 3
