"""What has no machine code is computed by NumPy within the program, also within a repeated step."""

import os
import signal
import threading
from typing import Any

import numpy as np
import pytest

import chainrule as cr
from chainrule.execution.native.runtime import numpy_steps

RNG = np.random.default_rng(12)
X = RNG.normal(size=(30, 4))
ORDERS = RNG.integers(0, 30, size=(6, 8))
RATES = np.full(6, 0.05)


def gaussian(L: Any, rate: Any, x: Any) -> tuple[Any, Any]:
    """A step of a Gaussian's maximum likelihood, by the factor L of its covariance LLᵀ + I."""

    def loss(L: Any) -> Any:
        R = np.linalg.qr(np.vstack([L.T, np.eye(4)]))[1]  # RᵀR is the covariance
        z = np.linalg.pinv(R.T) @ x.T
        return 0.5 * np.mean(np.sum(z**2, axis=0)) + np.sum(np.log(np.abs(np.diag(R))))

    value, gradient = cr.value_and_grad(loss)(L)
    return value, L - rate * gradient


def in_numpy(step: Any, carry: Any) -> tuple[list[Any], Any]:
    losses = []
    for rate, order in zip(RATES, ORDERS, strict=True):
        loss, carry = step(carry, rate, X[order])
        losses.append(loss)
    return losses, carry


def test_steps_of_numpy_are_found_beside_products_that_were_turned() -> None:
    def places(x: Any, y: Any, W: Any) -> Any:
        z = np.transpose(np.einsum("bij,jk->bik", x * y, W), (1, 0, 2))
        return np.argsort(np.sum(z, axis=(0, 2)))

    x, y, W = RNG.normal(size=(5, 3, 4)), RNG.normal(size=(5, 3, 4)), RNG.normal(size=(4, 2))
    compiled = cr.compile(places)
    assert "having no machine code: argsort" in compiled.explain(x, y, W)
    np.testing.assert_array_equal(compiled(x, y, W), places(x, y, W))


def test_a_repeated_step_has_steps_of_numpy() -> None:
    L = np.eye(4) + 0.1 * RNG.normal(size=(4, 4))
    repeated = cr.repeat(gaussian)
    losses, after = repeated(L, RATES, ORDERS, X)
    expected, last = in_numpy(gaussian, L)
    np.testing.assert_allclose(losses, expected, rtol=1e-13)
    np.testing.assert_allclose(after, last, rtol=1e-13)
    said = repeated.explain(L, RATES, ORDERS, X)
    assert "qr (NumPy's own algorithm)" in said
    assert "pinv (NumPy's own algorithm)" in said
    assert "call i64" in repeated.ir(L, RATES, ORDERS, X)


def test_numpy_writes_over_the_carried_values() -> None:
    def step(carry: Any, rate: Any, x: Any) -> tuple[Any, Any]:
        A, k = carry
        return np.sum(x), (np.linalg.pinv(A), k + np.argsort(x[:4, 0]))

    A, k = np.array([[2.0, 1.0], [0.0, 4.0]]), np.zeros(4, int)
    losses, (inverse, places) = cr.repeat(step)((A, k), RATES, ORDERS, X)
    expected, (last, counted) = in_numpy(step, (A, k))
    np.testing.assert_allclose(losses, expected, rtol=1e-13)
    np.testing.assert_allclose(inverse, last, rtol=1e-13)
    np.testing.assert_array_equal(places, counted)


def test_an_error_of_numpy_ends_the_loop_and_is_raised() -> None:
    def step(w: Any, rate: Any, x: Any) -> tuple[Any, Any]:
        return np.linalg.cholesky(w)[0, 0], w - np.eye(2)

    repeated = cr.repeat(step)
    with pytest.raises(np.linalg.LinAlgError, match="positive definite"):
        repeated(2.5 * np.eye(2), RATES, ORDERS, X)
    losses, _ = repeated(7.5 * np.eye(2), RATES, ORDERS, X)  # and the next call is none the worse
    np.testing.assert_allclose(losses, np.sqrt(7.5 - np.arange(6)))
    with pytest.raises(np.linalg.LinAlgError):
        cr.compile(np.linalg.cholesky)(-np.eye(2))


def test_an_interruption_ends_the_loop(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*args: Any) -> Any:
        raise KeyboardInterrupt

    monkeypatch.setattr(numpy_steps, "_compute", interrupted)
    with pytest.raises(KeyboardInterrupt):
        cr.compile(np.linalg.pinv)(np.eye(3))


def test_after_an_error_the_machine_code_is_told_to_stop() -> None:
    """One of a step, or of a signal's handler before the next one."""
    made: list[int] = []
    errors: list[BaseException] = []
    answers = numpy_steps._answers([lambda: made.append(0), lambda: made.remove(1)], errors)
    next(answers)
    assert answers.send(0)
    assert not answers.send(1)
    assert answers.send(0)
    assert not answers.throw(KeyboardInterrupt())
    assert list(map(type, errors)) == [ValueError, KeyboardInterrupt]
    assert made == [0, 0]


@pytest.mark.parametrize("after", [0.001, 0.004])
def test_an_interruption_while_machine_code_runs_is_heard_at_the_next_step(after: float) -> None:
    a = RNG.normal(size=(900, 900))
    compiled = cr.compile(lambda a: np.linalg.pinv((a @ a)[:2, :2]))
    compiled(a)
    timer = threading.Timer(after, os.kill, (os.getpid(), signal.SIGINT))

    def call_until_interrupted() -> None:
        timer.start()
        for _ in range(50):
            compiled(a)

    with pytest.raises(KeyboardInterrupt):
        call_until_interrupted()
    timer.join()


def test_numpy_does_not_see_that_subnormal_numbers_count_as_zero(monkeypatch: pytest.MonkeyPatch) -> None:
    seen, original = [], numpy_steps._compute

    def spied(*args: Any) -> None:
        seen.append(repr(float(np.float64(1e-310) * 0.5)))  # where it counts as zero, it also equals zero
        original(*args)

    def step(w: Any, rate: Any, x: Any) -> tuple[Any, Any]:
        return np.linalg.pinv(w)[0, 0], w

    monkeypatch.setattr(numpy_steps, "_compute", spied)
    losses, _ = cr.repeat(step)(4 * np.eye(2), RATES[:2], ORDERS[:2], X)
    assert seen == ["5e-311", "5e-311"]
    np.testing.assert_allclose(losses, [0.25, 0.25], rtol=1e-14)


def test_steps_of_several_calls_do_not_meet() -> None:
    f = cr.compile(lambda A: np.linalg.pinv(A) @ A)
    results = [f(RNG.normal(size=(3, 3)) + 3 * np.eye(3)) for _ in range(5)]
    for result in results:
        np.testing.assert_allclose(result, np.eye(3), atol=1e-13)
