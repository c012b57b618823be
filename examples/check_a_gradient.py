"""A gradient derived by hand, checked: right, wrong as everybody gets it wrong once, and wrong in one entry.

Run it from anywhere: python examples/check_a_gradient.py
"""

import numpy as np

import chainrule as cr
from chainrule.verification import Verdict

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


def network(params: dict[str, np.ndarray], x: np.ndarray) -> np.ndarray:
    return np.tanh(params["W"] @ x + params["b"]).sum()


def one_entry_off(params: dict[str, np.ndarray], x: np.ndarray) -> dict[str, np.ndarray]:
    slope = 1 - np.tanh(params["W"] @ x + params["b"]) ** 2
    W = np.outer(slope, x)
    W[123, 45] += 1e-4
    return {"W": W, "b": slope}


def main() -> None:
    right = cr.check(loss, by_hand, at=w)
    print(right, end="\n\n")
    assert right
    assert right.detectable < 1e-10  # so small an error would have been seen

    wrong = cr.check(loss, without_the_mean, at=w)
    print(wrong, end="\n\n")
    assert wrong.verdict is Verdict.FAIL
    assert wrong.diagnoses["w"][0].kind == "factor"

    params = {"W": rng.normal(size=(350, 280)) / 17, "b": rng.normal(size=350)}
    located = cr.check(network, one_entry_off, at=(params, rng.normal(size=280)), wrt="params")
    print(located, end="\n\n")
    assert [row.index for row in located.rows if row.verdict is Verdict.FAIL] == [(123, 45)]

    kink = cr.check(lambda x: np.maximum(x, 0).sum(), lambda x: (x > 0) * 1.0, at=np.array([0.0, 2.0]))
    print(kink)
    assert [row.verdict for row in kink.rows] == [Verdict.UNDECIDED, Verdict.PASS]


if __name__ == "__main__":
    main()
