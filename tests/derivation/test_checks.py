"""A line that is not true is never shown."""

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

import chainrule as cr
from chainrule.derivation import DerivationError, chain, comparing, equations
from chainrule.derivation.arithmetic import add, cases, negative, product
from chainrule.derivation.checks import Check, compared, measured, probes_along
from chainrule.derivation.evaluation import applied, evaluate
from chainrule.derivation.facts import Facts
from chainrule.derivation.formula import number, symbol
from chainrule.derivation.magnitude import magnitude
from chainrule.derivation.matrices import identity, matmul, transpose


def test_every_line_is_checked(net):
    f, at = net
    for level in ("result", "steps", "scalar"):
        for step in cr.derive(f, ("W1", "b1"), at, level=level).steps:
            assert step.checks
            assert all(check.error <= check.bound for check in step.checks)


@pytest.mark.parametrize("place", ["local_jacobian", "pulled"])
def test_a_wrong_sign_is_raised(place, net, monkeypatch):
    right = getattr(chain, place)

    def wrong(*arguments):
        return negative(right(*arguments))

    monkeypatch.setattr(chain, place, wrong)
    f, at = net
    with pytest.raises(DerivationError, match="off by"):
        cr.derive(f, "W1", at)


def without(deep, layers):
    f, at = deep
    return f, at | {"layers": at["layers"][:layers]}


def test_differences_are_taken_of_the_lines_that_are_written(deep, monkeypatch):
    """Twice of a line for k, of its ends: no more of eight layers than of six."""
    taken = []
    right = comparing.measured
    monkeypatch.setattr(comparing, "measured", lambda what, probes: taken.append(what) or right(what, probes))
    counts = []
    for layers in (6, 8):
        f, at = without(deep, layers)
        derivation = cr.derive(f, "layers/0/0", at)
        derivatives = [step for step in derivation.steps if step.section != "forward propagation"]
        for step in derivatives:
            assert {check.against for check in step.checks} & {"differences", "differences nearby"}
        counts.append((len(taken), len(derivatives), sum(step.remark != "" for step in derivatives)))
        taken.clear()
    assert counts[0] == counts[1]
    measured_lines, lines, for_k = counts[0]
    assert measured_lines == lines + for_k


def test_a_wrong_layer_in_the_middle_is_raised(deep, monkeypatch):
    """By its exact check, whether or not differences of it are taken."""
    right = chain.pulled

    def wrong(source, users):
        formula = right(source, users)
        return negative(formula) if source.name.label == "h4" else formula

    monkeypatch.setattr(chain, "pulled", wrong)
    f, at = deep
    with pytest.raises(DerivationError, match=r"⁽⁴⁾.* is off by .* of its size"):
        cr.derive(f, "layers/0/0", at)


def test_differences_alone_find_a_wrong_layer(deep, monkeypatch):
    right, nothing = chain.pulled, Check("reverse mode", 0.0, 0.0)
    monkeypatch.setattr(chain, "pulled", lambda source, users: negative(right(source, users)))
    for place in (comparing, equations):
        monkeypatch.setattr(place, "compared", lambda *arguments: nothing)
    f, at = deep
    with pytest.raises(DerivationError, match="off by"):
        cr.derive(f, "layers/0/0", at)


def test_a_line_without_a_check_is_raised(monkeypatch):
    monkeypatch.setattr(comparing, "measured", lambda what, probes: None)
    with pytest.raises(DerivationError, match="∂y/∂x = 0 could not be checked"):
        cr.derive(lambda x, y: y, "x", {"x": 1.0, "y": 2.0})


def test_a_wrong_factor_in_a_definition_is_raised(net, monkeypatch):
    right = equations.styled
    monkeypatch.setattr(equations, "styled", lambda formula: product(number(1.0001), right(formula)))
    f, at = net
    with pytest.raises(DerivationError, match="z1 ="):
        cr.derive(f, "W1", at)


def test_a_wrong_closed_form_is_raised(net, monkeypatch):
    right = Facts.written
    monkeypatch.setattr(Facts, "written", lambda facts, formula: product(number(2.0), right(facts, formula)))
    f, at = net
    with pytest.raises(DerivationError, match="off by"):
        cr.derive(f, "W1", at, level="result")


def test_a_missing_transpose_is_a_wrong_value(rng):
    A, x = symbol("A", (3, 3)), symbol("x", (3,))
    values = {"A": rng.normal(size=(3, 3)), "x": rng.normal(size=3)}

    ours = evaluate(matmul(A, x), values)
    np.testing.assert_allclose(evaluate(matmul(transpose(A), x), values), values["A"].T @ values["x"])
    with pytest.raises(DerivationError):
        compared("Ax", "the function", ours, values["A"].T @ values["x"])


def test_differences_decide_nothing_at_a_kink():
    at = np.zeros(1)
    assert measured("|x|", list(probes_along(at, np.abs, lambda v: v))) is None
    assert measured("x²", list(probes_along(at + 1, np.square, lambda v: 2 * v))) is not None
    with pytest.raises(DerivationError):
        measured("x²", list(probes_along(at + 1, np.square, lambda v: 2.001 * v)))


OPERATIONS = (
    lambda a, b, M: np.tanh(M @ a) + b,
    lambda a, b, M: a * b - M.T @ b,
    lambda a, b, M: np.where(a > b, a, b**2),
    lambda a, b, M: cr.special.softmax(a) * np.exp(0.1 * b),
    lambda a, b, M: np.concatenate([a[1:], b[:1]]),
    lambda a, b, M: (a - np.mean(a)) / np.sqrt(np.mean((a - np.mean(a)) ** 2) + 1.0),
    lambda a, b, M: np.outer(a, b) @ M @ a,
    lambda a, b, M: np.maximum(a, 0.1) * np.sum(b**2) + np.cumsum(a),
)


@settings(max_examples=8, deadline=None)
@given(st.lists(st.integers(0, len(OPERATIONS) - 1), min_size=1, max_size=4), st.integers(0, 100))
@example(program=[5, 5, 7], seed=0)  # a number among the terms of a vector that is summed
def test_random_programs(program, seed):
    rng = np.random.default_rng(seed)
    at = {"a": rng.normal(size=3), "b": rng.normal(size=3), "M": rng.normal(size=(3, 3))}

    def f(a, b, M):
        for k in program:
            a, b = OPERATIONS[k](a, b, M), a
        return np.sum(a * b)

    derivation = cr.derive(f, ("a", "M"), at)
    final = {step.left.data.label: step.value for step in derivation.steps if step.section == "result"}
    for name, expected in zip(("a", "M"), cr.grad(f, ("a", "M"))(**at), strict=True):
        if f"df/d{name}" in final:
            np.testing.assert_allclose(final[f"df/d{name}"], expected, rtol=1e-9, atol=1e-9)
    assert {"df/da", "df/dM"} <= set(final)


def test_products_with_a_kronecker_product_need_no_matrix(rng):
    from chainrule.derivation.jacobians import kron

    A, B = symbol("A", (2, 3)), symbol("B", (4, 5))
    values = {"A": rng.normal(size=(2, 3)), "B": rng.normal(size=(4, 5))}
    for formula in (kron(A, B), kron(identity(3), B), kron(A, identity(2)), kron(B, transpose(A))):
        v = rng.normal(size=formula.shape[1])
        np.testing.assert_allclose(applied(formula, v, values), evaluate(formula, values) @ v)


def test_a_number_added_to_a_jacobian_is_added_to_each_entry():
    """d(δ (r − δ/2)) = (r − δ) dδ: a column minus a number."""

    def huber(r, delta):
        return np.sum(np.where(np.abs(r) <= delta, 0.5 * r**2, delta * (np.abs(r) - 0.5 * delta)))

    r, delta = np.array([0.2, -2.0, 3.0]), 0.7
    last = cr.derive(huber, "delta", {"r": r, "delta": delta}).steps[-1]
    np.testing.assert_allclose(last.value, np.sum(np.abs(r[1:]) - delta))


def test_a_derivative_that_cancels_is_no_error():
    """A shift leaves the softmax as it is: the derivative by it is the rounding of terms that cancel."""

    def attention(Q, K, V, T):
        S = Q @ K.T
        m = cr.name(S.max(axis=1, keepdims=True), "m")
        P = np.exp(S - (m + np.log(np.exp(S - m).sum(axis=1, keepdims=True))))
        return np.sum((P @ V - T) ** 2)

    rng = np.random.default_rng(0)
    shapes = {"Q": (3, 2), "K": (3, 2), "V": (3, 2), "T": (3, 2)}
    at = {name: rng.normal(size=shape) for name, shape in shapes.items()}
    derivation = cr.derive(attention, "Q", at)
    np.testing.assert_allclose(derivation.steps[-1].value, cr.grad(attention, "Q")(**at))


def test_a_matrix_and_its_inverse_that_go_away_leave_rounding():
    """A A⁻¹ x is x, which does not depend on A; what reverse mode gives is rounding."""

    def f(x, A):
        return 0.5 * np.sum((A @ (np.linalg.inv(A) @ x)) ** 2)

    at = {
        "x": np.array([0.3, -1.2, 0.7]),
        "A": np.array([[2.1, 0.4, -0.3], [0.2, 1.7, 0.6], [-0.5, 0.1, 2.4]]),
    }
    steps = cr.derive(f, ("x", "A"), at).steps
    assert "∇_A f = 𝟎" in map(str, steps)


def test_a_term_lost_among_terms_that_cancel_is_an_error():
    ours, theirs, terms = np.array([0.0]), np.array([1e-6]), np.array([2.0])
    with pytest.raises(DerivationError, match="off by"):
        compared("a − b + c", "the function", ours, theirs, terms)
    assert compared("a − b", "the function", ours, np.array([1e-16]), terms).error < 1e-15


def test_magnitudes_of_terms():
    """|a| + |b|, through sums, products and branches; of other functions, of their values."""
    a, b, values = symbol("a", ()), symbol("b", ()), {"a": np.float64(3.0), "b": np.float64(-2.0)}
    difference = add(a, b)
    assert evaluate(difference, values) == 1
    assert evaluate(magnitude(difference), values) == 5
    assert evaluate(magnitude(product(number(-2), difference, b)), values) == 20
    assert evaluate(magnitude(cases(number(1), difference, b)), values) == 5
