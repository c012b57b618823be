"""Derivations as someone reads them who marks homework: nothing twice, nothing left to take out."""

import numpy as np

from chainrule import derive
from chainrule.derivation.algebra import simplified
from chainrule.derivation.arithmetic import add, product
from chainrule.derivation.evaluation import evaluate
from chainrule.derivation.formula import Formula, number, symbol

from .test_exercises import n


def lines(f, wrt, at, level="result"):
    return {str(step).partition(" = ")[0]: step for step in derive(f, wrt, at, level=level).steps}


def right(step):
    return str(step).partition(" = ")[2]


def logistic_map(x, r):
    for _ in range(3):
        x = r * x * (1 - x)
    return x


def kl(mu, logvar):
    """Of N(μ, σ²) from N(0, 1)."""
    return 0.5 * np.sum(np.exp(logvar) + mu**2 - 1 - logvar)


def test_what_all_terms_of_a_sum_have_in_common_stands_in_front_of_it():
    """d/dx r x (1 − x) = r (1 − 2 x), and ∇ of the divergence is ½ (σ² − 1)."""
    found = lines(logistic_map, "x", {"x": 0.3, "r": 3.1}, "steps")
    assert right(found["∂logistic_map/∂x₂"]) == "r (1 − 2 x₂)"
    assert right(lines(kl, "logvar", {"mu": n(3), "logvar": n(3)})["∇_logvar kl"]) == "½ (exp(logvar) − 1)"


def runge_kutta(x, A, h, y):
    k1 = np.tanh(A @ x)
    k2 = np.tanh(A @ (x + h / 2 * k1))
    k3 = np.tanh(A @ (x + h / 2 * k2))
    k4 = np.tanh(A @ (x + h * k3))
    end = x + h / 6 * (k1 + 2 * k2 + 2 * k3 + k4)
    return 0.5 * np.sum((end - y) ** 2)


def test_factors_stand_in_one_order_whatever_the_path():
    """Adjoints of Runge and Kutta's stages: λ + Aᵀ (…), and inner products λᵀ A k for the step's length."""
    found = lines(runge_kutta, ("x", "h"), {"x": n(2), "A": n(2, 2), "h": 0.1, "y": n(2)})
    J = "runge_kutta"
    by_x = right(found[f"∇_x {J}"])
    assert by_x.startswith("end − y + Aᵀ (")
    assert by_x.count("Aᵀ") == 1
    by_h = right(found[f"∂{J}/∂h"])
    assert f"(∇_z⁽⁴⁾ {J})ᵀ A k⁽³⁾" in by_h
    assert f"(∇_z⁽³⁾ {J})ᵀ A k⁽²⁾" in by_h
    assert "∘" not in by_h


def test_what_is_left_of_one_stands_last():
    found = lines(logistic_map, "r", {"x": 0.3, "r": 3.1}, "steps")
    assert right(found["∂x₂/∂r"]) == "x₁ (1 − x₁)"


def test_a_value_stands_before_what_a_matrix_makes_of_it():
    def f(x, A, h):
        return 0.5 * np.sum((x + h * A @ x) ** 2)

    assert right(lines(f, "x", {"x": n(2), "A": n(2, 2), "h": 0.1})["∇_x f"]).startswith("v⁽¹⁾ + h Aᵀ v⁽¹⁾")


def test_a_gradient_that_would_stand_twice_keeps_its_name():
    """Of attention ∇_A = G Vᵀ, which the softmax's derivative uses twice."""

    def attention(Q, K, V, T):
        S = Q @ K.T
        E = np.exp(S)
        A = E / np.sum(E, axis=1, keepdims=True)
        O = A @ V  # noqa: E741
        return 0.5 * np.sum((O - T) ** 2)

    found = lines(attention, ("Q", "K"), {"Q": n(3, 2), "K": n(3, 2), "V": n(3, 2), "T": n(3, 2)})
    assert right(found["∇_A attention"]) == "(O − T) Vᵀ"
    assert right(found["∇_S attention"]) == "A ∘ (∇_A attention − (A ∘ (∇_A attention)) 𝟏 𝟏ᵀ)"


def test_a_masked_softmax_needs_its_mask_once():
    """softmax(S) is 0 where S is −∞, so A ∘ (…) needs no mask."""

    def attention(Q, K, T, mask):
        S = np.where(mask, Q @ K.T, -np.inf)
        E = np.exp(S - S.max(axis=1, keepdims=True))
        A = E / np.sum(E, axis=1, keepdims=True)
        return 0.5 * np.sum((A - T) ** 2)

    at = {"Q": n(3, 2), "K": n(3, 2), "T": n(3, 3), "mask": np.array([[1, 0, 1], [1, 1, 0], [0, 0, 1]], bool)}
    by_q = right(lines(attention, "Q", at)["∇_Q attention"])
    assert "mask" not in by_q
    assert by_q.startswith("(A ∘ (A − T − ")


def test_what_is_divided_into_heads_has_a_name_before():
    def multihead(X, Wq, Wv, T):
        def heads(Z):
            return Z.reshape(4, 2, 3).transpose(1, 0, 2)

        Q, V = heads(X @ Wq), heads(X @ Wv)
        E = np.exp(Q @ np.swapaxes(Q, -1, -2))
        A = E / np.sum(E, axis=-1, keepdims=True)
        O = (A @ V).transpose(1, 0, 2).reshape(4, 6)  # noqa: E741
        return 0.5 * np.sum((O - T) ** 2)

    at = {"X": n(4, 6), "Wq": n(6, 6), "Wv": n(6, 6), "T": n(4, 6)}
    found = lines(multihead, ("X", "Wq", "Wv"), at)
    assert sum("reshape[4×2×3](O − T)" in str(step) for step in found.values()) == 1
    assert right(found["∇_Wq multihead"]) == "Xᵀ (∇_v⁽¹⁾ multihead)"
    assert right(found["∇_X multihead"]) == "(∇_v⁽²⁾ multihead) Wvᵀ + (∇_v⁽¹⁾ multihead) Wqᵀ"


def max_pooling(X, T):
    P = X.reshape(2, 2, 2, 2).max(axis=(1, 3))
    return 0.5 * np.sum((P - T) ** 2)


def test_the_greatest_entry_has_the_derivative_and_ties_are_said_once():
    steps = derive(max_pooling, "X", {"X": n(4, 4), "T": n(2, 2)}).steps
    places = "𝟙[reshape[2×2×2×2](X) = P[:, None, :, None]]"
    assert right(steps[-1]) == f"reshape[4×4]((P − T)[:, None, :, None] ∘ {places})"
    assert [step.remark for step in steps if "tie" in step.rule + step.remark] == ["where no two entries tie"]


def test_where_entries_tie_at_the_point_their_number_is_written():
    step = derive(lambda x: 2 * np.max(x), "x", {"x": np.array([1.0, 3.0, 3.0])}, level="result").steps[-1]
    assert right(step) == "(2 / (Σᵢ 𝟙[x = max(x)]ᵢ)) 𝟙[x = max(x)]"
    assert step.remark == "shared where several entries tie"
    assert step.value.tolist() == [0, 1, 1]


def huber(r, delta):
    size = np.abs(r)
    return np.sum(np.where(size <= delta, 0.5 * r**2, delta * (size - 0.5 * delta)))


def test_rules_say_what_happens():
    """A condition is no path; what is put in is named, and so is what becomes of it."""
    found = lines(huber, ("r", "delta"), {"r": n(5), "delta": 0.4}, "steps")
    assert found["∇_size huber"].rule == "multiply by the diagonal Jacobian: element by element"

    def likelihood(X, mu, C):
        D = X - mu
        S = D.T @ D
        return -0.5 * np.trace(np.linalg.solve(C @ C.T, S))

    rules = [step.rule for step in derive(likelihood, "mu", {"X": n(5, 3), "mu": n(3), "C": n(3, 3)}).steps]
    assert "∇_S likelihood put in: like terms are one" in rules


def test_an_inverse_and_its_transpose_are_not_named_and_written_out_in_one_line():
    """Of the square of Mahalanobis's distance: (S⁻¹ + S⁻ᵀ) d and −S⁻ᵀ d dᵀ S⁻ᵀ."""

    def squared(x, mu, S):
        d = x - mu
        return d @ np.linalg.solve(S, d)

    found = lines(squared, ("x", "S"), {"x": n(3), "mu": n(3), "S": n(3, 3) + 3 * np.eye(3)})
    assert right(found["∇_x squared"]) == "(S⁻¹ + S⁻ᵀ) d"
    assert right(found["∇_S squared"]) == "−S⁻ᵀ d dᵀ S⁻ᵀ"


def test_entries_of_windows_that_overlap_are_sums_of_cases():
    def pooled(x, w):
        return w @ np.max(np.stack([x[i : i + 3] for i in range(4)]), axis=1)

    found = lines(pooled, "x", {"x": n(6), "w": n(4)}, "scalar")
    assert right(found["∂pooled/∂x₂"]) == (
        "{0 where v⁽¹⁾₁₂ ≠ v⁽²⁾₁, else w₁} + {0 where v⁽¹⁾₂₁ ≠ v⁽²⁾₂, else w₂}"
    )


def test_long_conditions_are_written_in_named_values_at_once():
    """A convolution, a rectifier and a pool: no condition on sums of nine products is looked at."""

    def network(X, K, w):
        Z = sum(K[i, j] * X[i : i + 4, j : j + 4] for i in range(3) for j in range(3))
        P = np.maximum(Z, 0).reshape(2, 2, 2, 2).max(axis=(1, 3))
        return w @ P.reshape(4)

    found = lines(network, "K", {"X": abs(n(6, 6)), "K": abs(n(3, 3)), "w": n(4)}, "scalar")
    assert right(found["∂network/∂Z⁽⁹⁾₁₁"]).startswith("{w₁ where ")


def layer_norm(x, g, b, t):
    mu = x.mean()
    var = x.var()
    xhat = (x - mu) / np.sqrt(var + 1e-5)
    y = g * xhat + b
    return 0.5 * np.sum((y - t) ** 2)


def test_layer_normalisation_has_the_form_of_its_paper():
    """Ba, Kiros and Hinton (2016): (G − mean(G) − x̂ mean(G ∘ x̂)) / √(σ² + ε), with G = ∇_x̂ = (y − t) ∘ g."""
    at = {"x": n(4), "g": n(4), "b": n(4), "t": n(4)}
    found = lines(layer_norm, "x", at)
    G = "∇_x̂ layer_norm"
    assert right(found[G]) == "(y − t) ∘ g"
    assert right(found["∇_x layer_norm"]) == f"({G} − ¼ (({G})ᵀ x̂) x̂ − ¼ Σᵢ ({G})ᵢ) / √(var + 10⁻⁵)"
    assert right(lines(layer_norm, "x", at, "steps")["∂var/∂μ"]) == "0"


def test_an_inverse_has_the_name_that_the_user_gave_it():
    def likelihood(x, S):
        P = np.linalg.inv(S)
        return -0.5 * np.linalg.slogdet(S)[1] - 0.5 * x @ P @ x

    steps = derive(likelihood, "S", {"x": n(3), "S": n(3, 3) + 4 * np.eye(3)}).steps
    assert not any("S⁻" in str(step) for step in steps if not str(step).startswith("P = "))


def test_the_identity_is_a_diagonal_matrix():
    def f(v, w):
        total = np.sum(np.exp(v) - v)
        return total**2 + w @ v

    assert right(lines(f, "v", {"v": n(3), "w": n(3)}, "steps")["∂total/∂v"]) == "(exp(v) − 1)ᵀ"


def test_entries_of_attention_name_what_stands_in_a_row_of_them():
    """∂J/∂S_ij = A_ij (∂J/∂A_ij − Σ_k A_ik ∂J/∂A_ik); what the mask leaves out is 0 and is not written."""

    def attention(Q, K, V, T):
        S = Q @ K.T
        M = np.where(np.tri(3, dtype=bool), S, -np.inf)
        E = np.exp(M - M.max(axis=1, keepdims=True))
        A = E / np.sum(E, axis=1, keepdims=True)
        O = A @ V  # noqa: E741
        return 0.5 * np.sum((O - T) ** 2)

    at = {"Q": n(3, 2), "K": n(3, 2), "V": n(3, 2), "T": n(3, 2)}
    found = lines(attention, ("Q", "V"), at, "scalar")
    entries = {name.removeprefix("∂attention/∂"): right(step) for name, step in found.items()}
    assert entries["A₂₁"] == "V₁₁ (O₂₁ − T₂₁) + V₁₂ (O₂₂ − T₂₂)"
    assert entries["S₂₁"] == "A₂₁ (∂attention/∂A₂₁ − A₂₁ (∂attention/∂A₂₁) − A₂₂ (∂attention/∂A₂₂))"
    assert entries["Q₁₁"] == "K₁₁ (∂attention/∂S₁₁)"
    assert entries["V₃₁"] == "(O₃₁ − T₃₁) A₃₃"
    assert "A₁₂" not in entries


def test_an_entry_has_no_term_by_what_a_value_does_not_depend_on():
    """Σ (xₖ − μ) = 0: the variance moves with its mean no more."""
    at = {"x": n(4), "g": n(4), "b": n(4), "t": n(4)}
    by_mean = right(lines(layer_norm, "x", at, "scalar")["∂layer_norm/∂μ"])
    assert "var" not in by_mean.partition("/")[0]


def test_terms_that_stand_twice_are_added_twice():
    """Σ v − Σ v − Σ v is −Σ v: what is taken together with one of two equal terms leaves the other."""
    v = symbol("v", (3,))
    total = Formula("sum", (v,), (), (0,))
    minus = product(number(-1), total)
    values = {"v": np.array([1.0, 2.0, 4.0])}
    for terms in ((total, minus, minus), (minus, total, minus), (total, total, minus)):
        added = add(*terms)
        assert evaluate(simplified(added), values) == evaluate(added, values)
