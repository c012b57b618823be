"""Cross-entropy of a softmax that is written by hand: by what it is taken of, it is ŷ − y."""

import numpy as np
import pytest

from chainrule import derive, name

from .test_exercises import answers

RNG = np.random.default_rng(8)
n = RNG.normal


def softmax_of(z):
    e = np.exp(z)
    return e / e.sum(axis=-1, keepdims=True)


def picked_from_rows(W, X, y):
    Z = X @ W.T
    e = np.exp(Z - Z.max(axis=1, keepdims=True))
    p = e / e.sum(axis=1, keepdims=True)
    return np.mean(-np.log(p[np.arange(len(y)), y]))


def sum_over_rows(Z, y):
    p = softmax_of(Z)
    return -np.log(p[np.arange(len(y)), y]).sum()


def labels_from_a_table(Z, y):
    p = softmax_of(Z)
    k = y.astype(int)
    return -np.log(p[np.arange(len(k)), k]).sum()


def of_named(Z, y):
    P = name(softmax_of(Z), "P")
    picked = name(P[np.arange(len(y)), y], "q")
    return -np.log(picked).mean()


def weighted(Z, y, w):
    p = softmax_of(Z)
    return -np.sum(w * np.log(p[range(len(y)), y])) / len(y)


def of_one(W, b, x, k):
    p = softmax_of(W @ x + b)
    return -np.log(p[k])


def of_one_named(z, k):
    p = softmax_of(z)
    pk = name(p[k], "pk")
    return -np.log(pk)


def with_temperature(z, k, T):
    p = softmax_of(z / T)
    return -np.log(p[k])


def by_eye(Z, y):
    p = softmax_of(Z)
    Y = np.eye(3)[y]
    return -np.sum(Y * np.log(p)) / len(y)


def smoothed(z, k, eps):
    p = softmax_of(z)
    t = (1 - eps) * np.eye(3)[k] + eps / 3
    return -np.sum(t * np.log(p))


LABELS = np.array([0, 2, 1, 1])
CASES = [
    (picked_from_rows, "W", {"W": n(size=(3, 2)), "X": n(size=(4, 2)), "y": LABELS},
     {"W": "¼ (p − onehot(y))ᵀ X"}),
    (sum_over_rows, "Z", {"Z": n(size=(4, 3)), "y": LABELS}, {"Z": "p − onehot(y)"}),
    (labels_from_a_table, "Z", {"Z": n(size=(4, 3)), "y": LABELS * 1.0}, {"Z": "p − onehot(k)"}),
    (of_named, "Z", {"Z": n(size=(4, 3)), "y": LABELS}, {"Z": "¼ (P − onehot(y))"}),
    (weighted, "Z", {"Z": n(size=(4, 3)), "y": LABELS, "w": n(size=4)},
     {"Z": "¼ (diag(w) p − put[[0, 1, 2, 3], y](w))"}),
    (of_one, "W b", {"W": n(size=(3, 2)), "b": n(size=3), "x": n(size=2), "k": 2},
     {"b": "p − onehot(2)", "W": "(p − onehot(2)) xᵀ"}),
    (of_one_named, "z", {"z": n(size=3), "k": 0}, {"z": "p − onehot(0)"}),
    (with_temperature, "z T", {"z": n(size=3), "k": 1, "T": 0.7},
     {"z": "(p − onehot(1)) / T", "T": "−((p − onehot(1))ᵀ v⁽¹⁾) / T"}),
    (by_eye, "Z", {"Z": n(size=(4, 3)), "y": LABELS}, {"Z": "¼ (p − Y)"}),
    (smoothed, "z", {"z": n(size=3), "k": 1, "eps": 0.1}, {"z": "p − t"}),
]  # fmt: skip


@pytest.mark.parametrize(("f", "wrt", "at", "expected"), CASES, ids=[case[0].__name__ for case in CASES])
def test_gradient_is_prediction_minus_target(f, wrt, at, expected):
    assert answers(f, wrt, at) == expected


def test_onehot_is_explained():
    rows = derive(sum_over_rows, "Z", {"Z": n(size=(4, 3)), "y": LABELS})
    assert "Row i of onehot(k) is 1 at [kᵢ] and zero elsewhere." in rows.notation()
    one = derive(of_one_named, "z", {"z": n(size=3), "k": 0}, level="result")
    assert "onehot(k) is 1 at [k] and zero elsewhere." in one.notation()
    assert "put" not in one.notation()
