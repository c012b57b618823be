"""Functions with bad manners are found out, and named; good ones are not accused."""

from __future__ import annotations

import random
from functools import partial

import numpy as np
import pytest

from chainrule.verification.hygiene import about_arguments, about_derivative, drift, examine
from chainrule.verification.point import bind, select

X = np.array([0.5, 1.0, 2.0])


def examined(f, at=X, grad=None, wrt=None):
    point, groups = select(bind(f, at), wrt)
    tensors = [tensor for group in groups.values() for tensor in group]
    return examine(point, grad, tensors, np.random.default_rng(0))


def findings(f, at=X, grad=None):
    return [(finding.kind, finding.fatal, finding.text) for finding in examined(f, at, grad).findings]


def only(f, at=X, grad=None):
    [finding] = findings(f, at, grad)
    return finding


class Network:
    """A class of the lecture's kind: the backward pass reads what the forward pass kept."""

    def __init__(self):
        self.h = None

    def loss(self, x):
        self.h = np.tanh(x)
        return self.h.sum()

    def gradient(self, x):
        return 1 - self.h**2


@pytest.mark.parametrize(
    ("f", "at", "grad"),
    [
        (lambda x: np.sin(x).sum(), X, np.cos),
        (lambda x: np.abs(x).sum(), np.zeros(3), np.sign),
        (lambda x: x[0] * 0.5, X, None),
        (lambda x: 0.0, X, None),
        (lambda x: float((x > 1).astype(np.float32) @ x), X, None),
        (lambda x: np.round(100 * x).sum(), X, None),
        (lambda x: np.round(1e4 * x).sum(), X, None),
        (lambda x: np.log(x).sum(), np.array([1e-300, 1e300]), None),
        (lambda x: np.nan * x, X, None),
        (lambda x: np.empty(0), X, None),
        (lambda p: (p["W"] @ p["b"]).sum(), ({"W": np.eye(3), "b": X},), None),
        (lambda x: np.sin(x).sum(), np.array([0.5, 1.0], dtype=np.float32), None),
        (np.linalg.det, np.eye(3), None),
        (partial(lambda rng, x: rng.integers(3) * 0 + x.sum(), np.random.default_rng(0)), X, None),
    ],
)
def test_good_manners_are_not_accused(f, at, grad):
    assert findings(f, at, grad) == []


def test_what_is_written_to_is_named_with_the_line_and_the_point_is_unharmed():
    def f(x, y):
        y[1:] *= 2
        return x @ y

    x, y = X.copy(), X.copy()
    kind, fatal, text = only(f, (x, y))
    assert (kind, fatal) == ("mutation", False)
    assert "f writes to its argument y (2 of 3 entries), at " in text
    assert "y[1:] *= 2" in text
    np.testing.assert_array_equal(y, X)
    assert examined(f, (x, y)).values == X @ np.array([0.5, 2.0, 4.0])


def test_a_gradient_that_writes_is_named_too():
    def gradient(x):
        return np.cos(x, out=x)

    texts = [text for kind, _, text in findings(lambda x: np.sin(x).sum(), X, gradient) if kind == "mutation"]
    assert texts[0].startswith("the derivative writes to its argument x (3 of 3 entries)")


def test_entries_added_to_an_argument_are_named():
    def f(params):
        params["h"] = 2 * params["W"]
        return params["h"].sum()

    assert only(f, ({"W": X},))[2] == "f adds or removes entries of its arguments: +params/h"


def test_a_list_that_grows_is_named():
    assert only(lambda xs: xs.append(xs[0]) or xs[0].sum(), ([X],))[0] == "mutation"


def test_one_buffer_for_all_results():
    buffer = np.empty(3)
    kind, fatal, text = only(lambda x: np.multiply(x, x, out=buffer))
    assert (kind, fatal) == ("alias", False)
    assert text.startswith("f returns the same memory from each call")
    assert only(lambda x: np.sin(x).sum(), X, lambda x: np.cos(x, out=buffer))[2].startswith("the derivative")


@pytest.mark.parametrize("f", [lambda x: x, lambda x: x.reshape(3, 1), lambda x: x[::2]])
def test_memory_of_an_argument(f):
    kind, fatal, text = only(f)
    assert (kind, fatal) == ("alias", False)
    assert "f returns memory of its argument x" in text


def test_the_values_kept_are_not_overwritten():
    buffer = np.empty(3)
    seen = examined(lambda x: np.multiply(x, x, out=buffer))
    np.testing.assert_array_equal(seen.output, X**2)
    assert not np.may_share_memory(seen.output, buffer)


def test_a_generator_is_named():
    rng = np.random.default_rng(0)
    kind, fatal, text = only(lambda x: x.sum() + 1e-12 * rng.normal())
    assert (kind, fatal) == ("random", True)
    assert "it draws random numbers from `rng`" in text


def test_a_generator_among_the_arguments_is_named():
    kind, fatal, _ = only(lambda x, rng: x.sum() + rng.normal(), (X, np.random.default_rng(0)))
    assert fatal
    assert kind == "random"


def test_shared_random_states_are_named():
    assert "from NumPy's global random state" in only(lambda x: x.sum() + np.random.normal())[2]  # noqa: NPY002
    assert "from Python's global random state" in only(lambda x: x.sum() + random.random())[2]


def test_a_random_gradient_is_named():
    rng = np.random.default_rng(0)
    kind, fatal, text = only(lambda x: np.sin(x).sum(), X, lambda x: np.cos(x) + rng.normal(size=3))
    assert (kind, fatal) == ("random", True)
    assert text.startswith("the derivative gives different values")


def counting():
    calls = [0]

    def f(x):
        calls[0] += 1
        return x.sum() * calls[0]

    return f


def grown_default(x, seen=[]):  # noqa: B006
    seen.append(1)
    return x.sum() + len(seen)


class Average:
    def __init__(self):
        self.mean = 0.0

    def __call__(self, x):
        self.mean = 0.9 * self.mean + x.sum()
        return self.mean


def attribute(x):
    attribute.calls = getattr(attribute, "calls", 0) + 1
    return x.sum() * attribute.calls


@pytest.mark.parametrize(
    ("f", "name"),
    [
        (counting(), "calls"),
        (grown_default, "seen"),
        (Average(), "Average.mean"),
        (attribute, "attribute.calls"),
    ],
)
def test_what_is_kept_from_call_to_call_is_named(f, name):
    kind, fatal, text = only(f)
    assert (kind, fatal) == ("hidden state", True)
    assert f"it keeps `{name}` from call to call" in text


def test_state_that_another_point_leaves_behind_is_named():
    last = [X]

    def f(x):
        last[0], before = x.copy(), last[0]
        return x.sum() + before.sum()

    assert "it keeps `last` from call to call" in only(f)[2]


def test_a_derivative_that_changes_f_is_found_out():
    weights = X.copy()

    def gradient(x):
        weights[...] -= 0.1 * x
        return np.array(X)

    texts = [text for _, _, text in findings(lambda x: x @ weights, X, gradient)]
    assert any(text.startswith("f gives different values") and "`weights`" in text for text in texts)


def first_value_kept():
    memory = {}
    return lambda x: memory.setdefault("value", float(np.sin(x).sum()))


class Once:
    def __init__(self):
        self.value = None

    def __call__(self, x):
        if self.value is None:
            self.value = np.sin(x)
        return self.value.copy()


def value_rebound():
    value = None

    def f(x):
        nonlocal value
        if value is None:
            value = float(np.sin(x).sum())
        return value

    return f


@pytest.mark.parametrize(
    ("f", "name"), [(first_value_kept(), "memory"), (Once(), "Once.value"), (value_rebound(), "value")]
)
def test_a_value_that_is_kept_for_ever_is_named(f, name):
    kind, fatal, text = only(f, np.array([0.3, 1.7]))
    assert (kind, fatal) == ("hidden state", True)
    assert f"one value wherever it is called, which it keeps in `{name}`" in text


def scaled(f, scale):
    return lambda x: scale * f(x)


@pytest.mark.parametrize(
    "f", [scaled(np.tanh, 2.9), partial(lambda c, x: c * np.tanh(x), 2.9), lambda x, c=2.9: c]
)
def test_a_constant_that_f_saturates_at_is_nothing_that_it_keeps(f):
    assert not findings(f, np.array(25.0))


def test_a_constant_is_no_memory():
    assert findings(lambda x: 3.25) == []
    unrelated = [2.5]
    assert findings(lambda x: 3.25 + 0 * unrelated[0]) == []


def test_a_counter_that_changes_no_value_is_nobodys_business():
    calls = []
    assert findings(lambda x: calls.append(1) or x.sum() * 1.0) == []


def test_a_backward_pass_that_reads_the_forward_pass_is_judged_right_after_it():
    network = Network()
    seen = examined(network.loss, X, network.gradient)
    [finding] = seen.findings
    assert (finding.kind, finding.fatal) == ("hidden state", False)
    assert "depends on the call of f before it" in finding.text
    np.testing.assert_allclose(seen.derivative, 1 - np.tanh(X) ** 2, rtol=1e-15)


def test_rounding_of_another_order_is_told_from_noise():
    turns = iter(range(100))
    kind, fatal, text = only(lambda x: x.sum() * (1 + (next(turns) > 1) * 3e-16))
    assert (kind, fatal) == ("hidden state", True)
    assert "by rounding alone" in text


def test_what_makes_values_differ_may_be_unknown():
    turns = iter(range(100))
    kind, fatal, text = only(lambda x: x.sum() * (1 + (next(turns) > 1)))
    assert (kind, fatal) == ("hidden state", True)
    assert "(3.5, then 7)" in text
    assert "that was not found" in text


def test_a_function_that_changes_later_has_drifted():
    calls = [0]

    def f(x):
        calls[0] += 1
        return x.sum() if calls[0] < 20 else 2 * x.sum()

    point, _ = select(bind(f, X), None)
    values = point.values()
    assert list(drift(point, values)) == []
    for _ in range(20):
        point.values()
    [finding] = drift(point, values)
    assert finding.fatal
    assert "3.5, then 7" in finding.text


@pytest.mark.parametrize(
    ("f", "says"),
    [
        (lambda x: np.sin(x).astype(np.float32), "f returns float32"),
        (lambda x: float(np.sin(x.astype(np.float32)).sum()), "f casts float64 to float32 at "),
        (
            lambda x: float(np.sum(np.sin(x).astype(np.float32).astype(float) ** 2)),
            "f casts float64 to float32 at ",
        ),
        (lambda x: np.sin(np.asarray(x, np.float32).astype(float)).sum(), "f rounds its float64 arguments"),
        (lambda x: float(np.asarray(np.sin(x), np.float32)[0]), "all float32's, rounded inside"),
    ],
)
def test_float32_inside_a_float64_function(f, says):
    seen = examined(f, np.array([0.3, 1.7, 2.2]))
    [finding] = seen.findings
    assert says in finding.text
    assert not finding.fatal
    assert seen.epsilon == np.finfo(np.float32).eps


@pytest.mark.parametrize("dtype", [np.float16, np.float32])
def test_the_rounding_of_a_narrow_function_is_its_own(dtype):
    x = np.array([0.3, 1.7], dtype)
    assert examined(lambda x: np.sin(x).sum(), x).epsilon == np.finfo(dtype).eps
    assert (
        examined(lambda x: float(np.sin(x.astype(np.float32)).sum()), x).epsilon == np.finfo(np.float32).eps
    )
    assert examined(lambda x: np.sin(x).sum(), x.astype(float)).epsilon == np.finfo(float).eps


def test_a_function_that_refuses_other_kinds_of_array_is_given_plain_ones():
    def f(x):
        if type(x) is not np.ndarray:
            raise NotImplementedError
        return np.sin(x).sum()

    assert findings(f) == []


def about(f, at):
    bound = bind(f, at)
    groups = select(bound, None)[1]
    return bound, [tensor for group in groups.values() for tensor in group]


@pytest.mark.parametrize(
    ("at", "kind", "says"),
    [
        (np.arange(3), "dtype", "x holds whole numbers (int64); it is moved as float64"),
        (np.zeros((0, 3)), "empty", "x has no entries (shape (0, 3))"),
    ],
)
def test_odd_arguments_are_named(at, kind, says):
    [finding] = about_arguments(*about(lambda x: x.sum(), at))
    assert finding.kind == kind
    assert says in finding.text
    assert not finding.fatal


def test_entries_that_are_not_finite_forbid_a_pass():
    [finding] = about_arguments(*about(lambda x: x.sum(), np.array([1.0, np.nan, np.inf])))
    assert (finding.kind, finding.fatal) == ("not finite", True)
    assert "x has 2 of 3 entries that are not finite" in finding.text


def test_ordinary_arguments_are_not():
    assert list(about_arguments(*about(lambda x, n: x.sum() * n, (X, 3)))) == []
    assert list(about_arguments(*about(np.sin, 0.5))) == []


def test_a_derivative_of_fewer_digits_than_its_tensor_is_named():
    _, tensors = about(lambda x: x.sum(), X)
    [finding] = about_derivative({"x": np.ones((1, 3), np.float32)}, tensors, 2.2e-16)
    assert "the derivative of x is float32 and the tensor float64" in finding.text
    assert list(about_derivative({"x": np.ones((1, 3))}, tensors, 2.2e-16)) == []
    assert list(about_derivative({"x": np.ones((1, 3), np.float32)}, tensors, 1.2e-7)) == []
