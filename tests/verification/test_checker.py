"""What `check` accepts, and what it says of gradients that are right."""

import numpy as np
import pytest
import scipy.special

import chainrule as cr
from chainrule.errors import ArgumentError, DtypeError, ShapeError

X = np.array([0.3, -1.2, 2.0])
W = np.array([[1.0, 2.0, -1.0], [0.5, -0.3, 0.7]])

# f, f', and the range of points at which both are finite and f is smooth
ELEMENTWISE = {
    "exp": (np.exp, np.exp, (-20, 20)),
    "log": (np.log, lambda x: 1 / x, (1e-8, 1e8)),
    "sqrt": (np.sqrt, lambda x: 0.5 / np.sqrt(x), (1e-8, 1e8)),
    "1/x": (lambda x: 1 / x, lambda x: -1 / x**2, (1e-6, 1e6)),
    "x¹⁰": (lambda x: x**10, lambda x: 10 * x**9, (-10, 10)),
    "sin 50x": (lambda x: np.sin(50 * x), lambda x: 50 * np.cos(50 * x), (-3, 3)),
    "tanh": (np.tanh, lambda x: 1 / np.cosh(x) ** 2, (-5, 5)),
    "sigmoid": (scipy.special.expit, lambda x: scipy.special.expit(x) * scipy.special.expit(-x), (-10, 10)),
    "gammaln": (scipy.special.gammaln, scipy.special.digamma, (1e-3, 1e3)),
    "runge": (lambda x: 1 / (1 + 25 * x * x), lambda x: -50 * x / (1 + 25 * x * x) ** 2, (-2, 2)),
    "erf": (scipy.special.erf, lambda x: 2 / np.sqrt(np.pi) * np.exp(-x * x), (-3, 3)),
    "x log x": (lambda x: x * np.log(x), lambda x: np.log(x) + 1, (1e-6, 1e6)),
    "sin + 10⁶": (lambda x: np.sin(x) + 1e6, np.cos, (-3, 3)),
    "|x|": (np.abs, np.sign, (1e-3, 1e3)),
}


def points(low, high, count, rng):
    """Points over a range, evenly over its magnitudes where it spans them."""
    if low > 0:
        return np.exp(rng.uniform(np.log(low), np.log(high), count))
    return rng.uniform(low, high, count)


@pytest.mark.parametrize("scale", [1e-8, 1.0, 1e8])
@pytest.mark.parametrize("name", ELEMENTWISE)
def test_a_right_gradient_passes_at_every_scale(name, scale):
    f, df, span = ELEMENTWISE[name]
    for x in points(*span, 12, np.random.default_rng(5)):
        report = cr.check(lambda x: scale * f(x), lambda x: scale * df(x), at=float(x))
        assert report, f"at {x!r}: {report}"


@pytest.mark.parametrize("name", ELEMENTWISE)
def test_an_error_of_one_in_a_million_is_seen(name):
    f, df, span = ELEMENTWISE[name]
    for x in points(*span, 12, np.random.default_rng(6)):
        report = cr.check(f, lambda x: df(x) * (1 + 1e-6), at=float(x))
        narrow = report.rows[0].bound < 1e-7 * abs(df(x))
        assert str(report.verdict) == "FAIL" or not narrow


def loss(W, x):
    return np.sum(np.tanh(W @ x) ** 2)


def loss_gradients(W, x):
    h = np.tanh(W @ x)
    p = 2 * h * (1 - h**2)
    return np.outer(p, x), W.T @ p


@pytest.mark.parametrize(
    "given",
    [
        None,
        loss_gradients,
        loss_gradients(W, X),
        list(loss_gradients(W, X)),
        lambda W, x: dict(zip("Wx", loss_gradients(W, x), strict=True)),
    ],
)
def test_the_derivative_may_be_a_function_a_value_or_this_library_s_own(given):
    report = cr.check(loss, given, at=(W, X))
    assert report, report
    assert len(report.rows) == W.size + X.size


def test_arguments_may_be_given_by_name():
    assert cr.check(loss, lambda W, x: loss_gradients(W, x), at={"x": X, "W": W}, wrt=("W", "x"))
    assert cr.check(loss, at={"W": W, "x": X})


def test_one_of_several_arguments():
    assert cr.check(loss, loss_gradients(W, X)[1], at=(W, X), wrt="x")
    assert cr.check(loss, cr.grad(loss), at=(W, X), wrt=0)


def test_a_tree_of_parameters_has_a_tree_of_gradients():
    def f(params, x):
        return loss(params["layer"]["W"], x) + params["b"] ** 2

    params = {"layer": {"W": W}, "b": 3.0}

    def gradient(params, x):
        return {"b": 2 * params["b"], "layer": {"W": loss_gradients(params["layer"]["W"], x)[0]}}

    report = cr.check(f, gradient, at=(params, X), wrt="params")
    assert report, report
    assert [row.name for row in report.rows][-2:] == ["params/layer/W[1, 2]", "params/b"]
    assert cr.check(f, at=(params, X))
    assert cr.check(f, 6.0, at=(params, X), wrt="params/b")


def vector(x):
    return np.stack([2 * x[0] + x[1], np.pi * x[1], -x[0] / x[1]])


JACOBIAN = np.array([[2, 1], [0, np.pi], [-0.5, 0.75]])


@pytest.mark.parametrize(
    "given", [None, JACOBIAN, cr.jacobian(vector), lambda x: cr.jacobian(vector)(x).matrix()]
)
def test_a_vector_valued_function_has_its_jacobian_checked(given):
    report = cr.check(vector, given, at=np.array([3.0, 2.0]))
    assert report, report
    assert [(row.index, row.output) for row in report.rows[:3]] == [((0,), 0), ((0,), 1), ((0,), 2)]


def test_a_jacobian_may_have_the_shapes_of_output_and_argument():
    J = np.einsum("ik,j->ijk", np.eye(2), X).transpose(0, 2, 1)
    assert cr.check(lambda W, x: W @ x, J, at=(W, X), wrt="W")
    assert cr.check(lambda W, x: W @ x, J.reshape(2, 6), at=(W, X), wrt="W")
    assert cr.check(lambda W, x: W @ x, at=(W, X))


def test_a_tree_of_outputs_is_one_vector():
    report = cr.check(
        lambda x: {"double": 2 * x, "sum": x.sum()}, np.vstack([2 * np.eye(3), np.ones(3)]), at=X
    )
    assert report, report


@pytest.mark.parametrize("f", [np.sin, lambda x: [x.sum()], lambda *xs: xs[0].sum()])
def test_functions_of_every_kind(f):
    assert cr.check(f, at=X) if f is not np.sin else cr.check(f, np.diag(np.cos(X)), at=X)


def test_the_point_is_not_written_to():
    def f(x):
        x *= 2
        return np.sum(x**2)

    def gradient(x):
        x *= 4
        return 2 * x

    x = X.copy()
    assert cr.check(f, gradient, at=x)
    np.testing.assert_array_equal(x, X)


def test_the_same_seed_gives_the_same_report():
    rng = np.random.default_rng(0)
    weights, x = rng.normal(size=(50, 40)), rng.normal(size=40)
    reports = [cr.check(loss, loss_gradients, at=(weights, x), seed=seed) for seed in (1, 1, 2)]
    assert reports[0] == reports[1] != reports[2]


def test_a_seed_may_be_a_generator_and_is_checked():
    rng = np.random.default_rng(0)
    weights, x = rng.normal(size=(50, 40)), rng.normal(size=40)
    seeds = (1, np.random.default_rng(1))
    reports = [cr.check(loss, loss_gradients, at=(weights, x), seed=seed) for seed in seeds]
    assert reports[0] == reports[1]
    for seed in (-1, 0.5, "a"):
        with pytest.raises(cr.errors.ArgumentError, match="seed="):
            cr.check(lambda x: np.sum(np.sin(x)), np.cos, at=X, seed=seed)


@pytest.mark.parametrize("dtype", [np.float32, np.float16])
def test_narrow_floats_are_judged_by_their_own_precision(dtype):
    x = X.astype(dtype)
    report = cr.check(lambda x: np.sum(np.sin(x)), np.cos(x), at=x)
    assert str(report.verdict) != "FAIL", report
    assert str(cr.check(lambda x: np.sum(np.sin(x)), 2 * np.cos(x), at=x).verdict) == "FAIL"
    assert dtype is np.float16 or report


@pytest.mark.parametrize("x", np.random.default_rng(9).normal(size=10))
def test_float32_inside_a_float64_function_is_judged_by_float32(x):
    report = cr.check(lambda x: np.float64(np.float32(np.sin(x))), np.cos, at=x)
    assert report, report
    assert report.rows[0].bound > 1e-8


def test_forward_differences():
    report = cr.check(loss, loss_gradients, at=(W, X), method="forward")
    assert report, report
    assert 1e-9 < max(row.bound for row in report.rows) < 1e-6
    assert report.evaluations < cr.check(loss, loss_gradients, at=(W, X)).evaluations


@pytest.mark.parametrize("method", ["central", "forward"])
def test_a_step_may_be_given(method):
    row = cr.check(lambda x: np.exp(x), np.exp, at=1.0, method=method, step=1e-3).rows[0]
    assert abs(row.numeric - np.e) <= row.bound


def test_a_function_that_gives_different_values_cannot_be_checked():
    rng = np.random.default_rng(0)
    report = cr.check(lambda x: np.sum(x) + rng.normal(), np.ones(3), at=X)
    assert str(report.verdict) == "UNDECIDED"
    assert "different values for the same arguments" in str(report)


@pytest.mark.parametrize("at", [np.empty(0), np.empty((3, 0))])
def test_nothing_to_check_is_no_pass(at):
    report = cr.check(lambda x: x.sum(), np.ones_like(at), at=at)
    assert str(report.verdict) == "UNDECIDED"
    assert "no entry" in str(report)


def test_zero_dimensional_arrays_and_integers():
    assert cr.check(lambda x: x**3, lambda x: 3 * x**2, at=np.array(2.0))
    assert cr.check(lambda n: n**3, 12, at=2)
    assert cr.check(lambda n: np.sum(n**2), lambda n: 2 * n, at=np.array([1, 2]))


@pytest.mark.parametrize(
    ("arguments", "error", "match"),
    [
        ({"grad": np.ones(2)}, ShapeError, r"shape \(2,\)"),
        ({"grad": np.ones((4, 2))}, ShapeError, r"\(4, 2\)"),
        ({"mode": "slow"}, ArgumentError, "'auto' or 'fast' or 'full'"),
        ({"grad": ["a", "b", "c"]}, DtypeError, "<U1"),
        ({"method": "backward"}, ArgumentError, "'central' or 'forward'"),
        ({"step": 0.0}, ArgumentError, "step=0.0"),
        ({"step": float("nan")}, ArgumentError, "step=nan"),
        ({"wrt": "y"}, ArgumentError, "wrt='y'"),
        ({"f": 3}, ArgumentError, "f is 3"),
    ],
)
def test_arguments_that_make_no_sense(arguments, error, match):
    with pytest.raises(error, match=match):
        cr.check(**{"f": lambda x: np.sum(x**2), "grad": 2 * X, "at": X} | arguments)


@pytest.mark.parametrize("error", [0.0, 1e-3])
def test_a_gradient_with_the_transposed_shape_fails_as_such(error):
    report = cr.check(loss, (loss_gradients(W, X)[0] + error).T, at=(W, X), wrt="W")
    assert str(report.verdict) == "FAIL"
    told = report.tensors[0].diagnoses[0]
    assert told.kind == "transposed"
    assert ("put right, it agrees" in told.text) == (error == 0)


def test_one_gradient_for_two_arguments_is_refused():
    with pytest.raises(ArgumentError, match="instead: wrt='W'"):
        cr.check(loss, cr.grad(loss), at=(W, X))


def test_a_gradient_tree_that_lacks_a_leaf_is_refused():
    with pytest.raises(ArgumentError, match="nothing for params/b"):
        cr.check(
            lambda params: params["a"] * params["b"],
            lambda params: {"a": params["b"]},
            at=({"a": 1.0, "b": 2.0},),
        )
