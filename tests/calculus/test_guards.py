"""Zeros that must stay zero, and derivatives that need no such care."""

from typing import Any

import numpy as np
import pytest

import chainrule as cr

X = np.array([[0.5, -1.0], [2.0, 0.0]])
W = np.array([[1.0, 2.0], [3.0, -4.0]])


def operations(f: Any, *args: Any) -> set[str]:
    return {node.op for node in cr.grad(f).graph(*args).nodes}


def test_a_choice_of_two_branches_masks_nothing_behind_it() -> None:
    def leaky(W: Any) -> Any:
        z = X @ W.T
        h = np.where(z > 0, z, 0.1 * z)
        return np.sum(np.tanh(h @ W) ** 2)

    assert not {"absorb", "absorbing_einsum"} & operations(leaky, W)


def test_what_mixes_all_masked_zeros_hands_on_none() -> None:
    """Behind a softmax no derivative is a masked zero, so nothing has to absorb."""

    def masked(W: Any, activation: Any) -> Any:
        return np.sum(np.where(X > 0, activation(X @ W.T), 0.0))

    assert "absorbing_einsum" in operations(lambda W: masked(W, np.tanh), W)
    assert "absorbing_einsum" not in operations(lambda W: masked(W, cr.special.softmax), W)


def test_what_is_masked_out_stays_zero_beside_nan() -> None:
    data = np.array([1.0, np.nan, 3.0])

    def squares(w: Any) -> Any:
        return np.sum(np.where(np.isfinite(data), (w * data - 1.0) ** 2, 0.0))

    assert cr.grad(squares)(2.0) == pytest.approx(2 * (2 - 1) * 1 + 2 * (6 - 1) * 3)


def test_overflow_in_the_branch_not_taken() -> None:
    def f(x: Any) -> Any:
        return np.sum(np.where(x < 10, np.exp(x), x))

    np.testing.assert_allclose(cr.grad(f)(np.array([1.0, 2000.0])), [np.e, 1.0])


def test_two_choices_one_inside_the_other() -> None:
    def f(x: Any) -> Any:
        inner = np.where(x > 1, np.log(x), 0.0)
        return np.sum(np.where(x > 0, np.sqrt(x) * inner, x))

    x = np.array([-1.0, 0.0, 0.5, 4.0])
    expected = [1.0, 1.0, 0.0, np.log(4) / 4 + 2 / 4]
    np.testing.assert_allclose(cr.grad(f)(x), expected)


def test_a_root_of_what_is_positive_needs_no_guard() -> None:
    def normalised(x: Any) -> Any:
        centred = x - np.mean(x, axis=1, keepdims=True)
        return np.sum(np.tanh((centred / np.sqrt(np.var(x, axis=1, keepdims=True) + 1e-5)) @ W))

    assert not {"absorb", "absorbing_einsum"} & operations(normalised, X)
    assert "absorb" in operations(lambda x: np.sqrt(np.sum(x**2)), X)


@pytest.mark.parametrize("mode", [cr.push, cr.pull])
def test_forward_and_reverse_guard_alike(mode: Any) -> None:
    def f(x: Any) -> Any:
        return np.where(x > 0, np.sqrt(x), 0.0)

    x = np.array([0.0, 4.0])
    np.testing.assert_allclose(mode(f)(x)(np.ones(2)), [0.0, 0.25])
