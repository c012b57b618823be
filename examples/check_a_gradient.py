"""A gradient derived by hand, checked: right, then with the mistake that everybody makes once.

Run it from anywhere: python examples/check_a_gradient.py
"""

import numpy as np

import chainrule as cr

rng = np.random.default_rng(0)
X, y = rng.normal(size=(20, 3)), rng.integers(0, 2, 20).astype(float)
w = rng.normal(size=3)


def loss(w: np.ndarray) -> np.ndarray:
    """The mean negative log-likelihood of logistic regression."""
    z = X @ w
    return np.mean(np.logaddexp(0, z) - y * z)


def by_hand(w: np.ndarray) -> np.ndarray:
    return X.T @ (cr.special.expit(X @ w) - y) / len(y)


def without_the_mean(w: np.ndarray) -> np.ndarray:
    return X.T @ (cr.special.expit(X @ w) - y)


def main() -> None:
    right = cr.check(loss, grad=by_hand, at=w)
    print(right)
    assert right

    wrong = cr.check(loss, grad=without_the_mean, at=w)
    print(wrong)
    assert not wrong

    assert np.allclose(cr.grad(loss)(w), by_hand(w), rtol=1e-12)
    print("the gradient that was derived mechanically:")
    print(cr.grad(loss).graph(w))


if __name__ == "__main__":
    main()
