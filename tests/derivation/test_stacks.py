"""Arrays joined and taken apart, as block vectors and block matrices."""

import numpy as np

import chainrule as cr

from .conftest import closed

RNG = np.random.default_rng(4)


def n(*shape):
    return RNG.normal(size=shape)


def written(f, wrt, at):
    return {str(step) for step in cr.derive(f, wrt, at).steps}


def test_joined_arrays_are_blocks():
    def below(a, b, W):
        v = np.concatenate([a, b])
        return np.sum(np.tanh(W @ v))

    def beside(A, B, W):
        V = np.concatenate([A, B], axis=1)
        return np.sum(np.tanh(V @ W))

    at = {"a": n(2), "b": n(3), "W": n(4, 5)}
    assert "v = [a; b]" in written(below, "a", at)
    assert closed(below, "b", **at) == ["(Wᵀ (1 − tanh(z⁽¹⁾)∘²))[2:]"]
    derivation = cr.derive(beside, "B", {"A": n(4, 2), "B": n(4, 3), "W": n(5, 2)})
    assert "V = [A, B]" in {str(step) for step in derivation.steps}
    assert "[A, B] is A beside B." in derivation.notation()
    assert r"\begin{pmatrix} \mathbf{A} & \mathbf{B} \end{pmatrix}" in derivation.latex()


def test_a_one_for_the_bias_is_a_number():
    def f(w, x):
        return np.tanh(w @ np.concatenate([x, np.ones(1)])) ** 2

    assert any("[x; 1]" in line for line in written(f, "w", {"w": n(4), "x": n(3)}))


def lstm(x, h, c, W, target):
    """Hochreiter and Schmidhuber (1997), with the forget gate of Gers et al. (2000)."""
    g = W @ np.concatenate([x, h])
    i = cr.special.expit(g[:2])
    f = cr.special.expit(g[2:4])
    o = cr.special.expit(g[4:6])
    u = np.tanh(g[6:])
    cell = f * c + i * u
    out = o * np.tanh(cell)
    return 0.5 * np.sum((out - target) ** 2)


def test_the_gates_of_a_cell_are_one_stacked_vector():
    """δ of the gates as in Graves (2012), "Supervised sequence labelling", (4.14)–(4.18)."""
    at = {"x": n(3), "h": n(2), "c": n(2), "W": n(8, 5), "target": n(2)}
    steps = cr.derive(lstm, "W", at).steps
    (line,) = [
        str(step) for step in steps if str(step).startswith("∇_g lstm = ") and step.section == "chain rule"
    ]
    assert line == (
        "∇_g lstm = [(∇_i lstm) ∘ i ∘ (1 − i); (∇_f lstm) ∘ f ∘ (1 − f); "
        "(∇_o lstm) ∘ o ∘ (1 − o); (∇_u lstm) ∘ (1 − u∘²)]"
    )
    assert closed(lstm, "W", **at)[-1].endswith("; (∇_u lstm) ∘ (1 − u∘²)] v⁽¹⁾ᵀ")


def test_what_no_slice_reaches_is_zero():
    def f(x):
        return np.sum(x[:2] ** 2) / 2 + np.sum(np.exp(x[3:]))

    assert closed(f, "x", x=n(5)) == ["[x[:2]; 𝟎; exp(x[3:])]"]


def test_slices_that_overlap_are_added():
    def f(x):
        return np.sum(x[:3] ** 2) / 2 + np.sum(np.exp(x[2:]))

    (line,) = closed(f, "x", x=n(5))
    assert line.count("put") == 2


def test_slices_that_move_with_a_loop_are_one_line():
    """A convolution written out: ∇_x J puts the kernel where each window stood."""

    def windows(x, w):
        out = [np.sum(w * x[i : i + 3]) for i in range(len(x) - 2)]
        return sum(np.tanh(value) ** 2 for value in out)

    at = {"x": n(7), "w": n(3)}
    assert "outₖ = wᵀ x[k−1:k+2]" in written(windows, "x", at)
    assert closed(windows, "w", **at)[-1] == "Σₖ₌₁⁵ (∂windows/∂outₖ) x[k−1:k+2]"
    assert closed(windows, "x", **at)[-1] == "Σₖ₌₁⁵ (∂windows/∂outₖ) put[k−1:k+2](w)"
    assert cr.derive(windows, "x", at, level="result").latex().isascii()


def test_places_that_go_on_are_one_sum():
    """Of a product with itself, of places within places, and where only some of the places move."""

    def correlated(x, w):
        out = np.stack([w @ x[i : i + 3] for i in range(6)])
        return np.sum(out**2)

    def chained(x, w):
        return sum(x[i] * w[i + 1] for i in range(5)) + x[6] * w[0]

    def beside(x):
        return sum(x[0] * np.tanh(x[i]) for i in range(5))

    def not_alike(x, w):
        return x[0] * w[0] + x[0] * w[1] + x[2] * w[2] + x[0] * w[3] + x[4] * w[4]

    at = {"x": n(8), "w": n(3)}
    assert closed(correlated, "x", **at) == ["2 Σₖ₌₀⁵ out[k] put[k:k+3](w)"]
    assert closed(correlated, "w", **at) == ["2 Σₖ₌₀⁵ out[k] x[k:k+3]"]
    at = {"x": n(7), "w": n(6)}
    assert closed(chained, "x", **at) == ["put[6](w[0]) + Σₖ₌₀⁴ put[k](w[k+1])"]
    assert "beside = Σₖ₌₀⁴ x[0] tanh(x[k])" in written(beside, "x", {"x": n(5)})
    assert not any("Σₖ" in line for line in written(not_alike, "x", at))


def test_slices_may_move_by_two_places():
    """A convolution with stride 2; where a slice moves unevenly, every turn is written."""

    def strided(x, w, starts=(0, 2, 4, 6, 8)):
        out = [w @ x[i : i + 3] for i in starts]
        return np.sum(np.stack(out) ** 2)

    at = {"x": n(13), "w": n(3)}
    derivation = cr.derive(strided, "x", at)
    assert "vec " not in derivation.notation()
    found = set(map(str, derivation.steps))
    assert "outₖ = wᵀ x[2k−2:2k+1]" in found
    assert "∇_x strided = Σₖ₌₁⁵ (∂strided/∂outₖ) put[2k−2:2k+1](w)" in found

    def stacked(x, w):
        out = np.stack([w @ x[2 * i : 2 * i + 3] for i in range(5)])
        return np.sum(out**2)

    assert closed(stacked, "w", **at) == ["2 Σₖ₌₀⁴ out[k] x[2k:2k+3]"]

    def uneven(x, w):
        return strided(x, w, (0, 1, 4, 9, 10))

    assert not any("k" in line for line in written(uneven, "w", at) if "x[" in line)


def test_a_line_for_k_is_that_of_every_turn(monkeypatch):
    """Also where turns have been taken for alike that are not."""

    def uneven(x, w):
        return np.sum(np.stack([w @ x[i : i + 3] for i in (0, 1, 4, 9, 10)]) ** 2)

    def summed(x, w):
        return sum(x[i] * w[j] for i, j in enumerate((1, 0, 2, 3, 4)))

    at = {"x": n(13), "w": n(3)}
    monkeypatch.setattr("chainrule.derivation.recursion._PlacePattern.__eq__", lambda self, other: True)
    assert not any("k" in line for line in written(uneven, "w", at) if "x[" in line)
    assert not any("Σₖ" in line for line in written(summed, "x", {"x": n(5), "w": n(5)}))
