"""What cannot become a graph is refused while tracing, with the user's own line and what to write instead."""

import inspect
import math
import pickle
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import scipy.interpolate
import scipy.linalg
import scipy.optimize
import scipy.signal
import scipy.sparse
import scipy.special
import scipy.stats

import chainrule as cr
from chainrule.errors import ChainruleError, DtypeError, ShapeError, TraceError

X = np.array([1.0, 2.0])


def assign(x: Any) -> Any:
    a = np.zeros(2)
    a[0] = x[0]  # here
    return a


def assign_to_traced(x: Any) -> Any:
    x[0] = 1.0  # here
    return x


def add_in_place(x: Any) -> Any:
    a = np.zeros(2)
    a += x  # here
    return a


def not_covered(x: Any) -> Any:
    y = x * 2
    return np.histogram(y)  # here


REFUSED: list[tuple[Callable[..., Any], type[ChainruleError], str, str]] = [
    (lambda x: np.array([x[0], x[1]]), TraceError, "np.array", "np.stack"),
    (lambda x: np.asarray(x) * 2, TraceError, "np.asarray", "t itself"),
    (lambda x: float(x[0]) * x, TraceError, "float()", "np.exp"),
    (lambda x: math.exp(x[0]) * x, TraceError, "float()", "np.exp"),
    (lambda x: int(x[0]) * x, TraceError, "int()", "np.floor"),
    (assign, TraceError, "float()", "np.stack"),
    (assign_to_traced, TraceError, "assigning", "np.where"),
    (lambda x: np.arange(5)[x], TraceError, "w[t]", "np.take"),
    (add_in_place, TraceError, "out=", "a = a + t"),
    (lambda x: np.einsum(x, "i", x, [0]), TraceError, "lists of axes", "i"),
    (not_covered, TraceError, "np.histogram", "beforehand"),
    (lambda x: np.fft.fft(x), TraceError, "np.fft.fft", "beforehand"),
    (lambda x: np.fft.ifft2(x), TraceError, "np.fft.ifft2", "cosines"),
    (lambda x: np.frexp(x), TraceError, "np.frexp", "beforehand"),
    (lambda x: np.unique(x), TraceError, "np.unique", "depends on values"),
    (lambda x: np.apply_along_axis(np.sum, 0, x), TraceError, "np.apply_along_axis", "for row in x"),
    (lambda x: np.partition(x, 1), TraceError, "np.partition", "np.sort"),
    (lambda x: np.fill_diagonal(x[None], 0), TraceError, "np.fill_diagonal", "np.where"),
    (lambda x: np.linalg.eigvals(x[None]), TraceError, "np.linalg.eigvals", "eigvalsh"),
    (lambda x: np.polymul(x, x), TraceError, "np.polymul", "np.convolve"),
    (lambda x: x.flat[0], TraceError, ".flat", "reshape"),
    (lambda x: np.var(x, where=np.array([True, False])), TraceError, "where=", "np.where"),
    (lambda x: np.add(x, x, out=np.zeros(2)), TraceError, "out=", "returned"),
    (lambda x: np.where(x > 1), TraceError, "shape that depends on values", "x[condition]"),
    (lambda x: x * 1j, DtypeError, "complex", "imaginary"),
    (lambda x: x if x > 0 and x < 1 else -x, TraceError, "shape (2,)", "np.logical_and"),
    (lambda x: x @ np.ones((3, 2)), ShapeError, "2 columns against 3 rows", "b.T"),
    (lambda x: np.ones((2, 3)) @ x, ShapeError, "3 columns against 2 rows", "a.T"),
    (lambda x: x + np.ones(3), ShapeError, "(2,) and (3,)", "x[:, None]"),
]


@pytest.mark.parametrize(("function", "kind", "given", "instead"), REFUSED)
def test_refused_with_what_to_write_instead(
    function: Callable[..., Any], kind: type[ChainruleError], given: str, instead: str
) -> None:
    with pytest.raises(kind) as caught:
        cr.trace(function, X)
    assert given in caught.value.given
    assert caught.value.instead is not None
    assert instead in caught.value.instead
    lines, first = inspect.getsourcelines(function)
    marked = [first + i for i, line in enumerate(lines) if "# here" in line] or [first]
    assert caught.value.where is not None
    assert (caught.value.where.file, caught.value.where.line) == (__file__, marked[0])


@pytest.mark.parametrize(
    ("function", "given"),
    [
        (lambda x: x[5], "index 5"),
        (lambda x: x[np.array([0, 7])], "0..7"),
        (lambda x: x[0, 0], "2 indices"),
        (lambda x: x[np.array([True, False, True])], "a mask of shape (3,) for an array of shape (2,)"),
        (lambda x: x[x[:1] > 0], "a mask of shape (1,)"),
        (lambda x: x[None][..., [True]], "expected: a mask of shape (2,)"),
        (lambda x: np.take(x, 7), "7..7"),
        (lambda x: np.take_along_axis(x, np.array([0, -3]), 0), "-3..0"),
        (lambda x: np.pad(x, ((1, 1), (0, 0), (2, 2))), "broadcast"),
        (lambda x: cr.special.softmax(x, axis=5), "axis 5"),
        (lambda x: np.sum(x, axis=3), "axis 3"),
        (lambda x: np.reshape(x, (3, 5)), "reshape"),
        (lambda x: np.concatenate([x, np.ones((2, 2))]), "concatenate"),
        (lambda x: np.stack([x, x[:1]]), "stack"),
        (lambda x: np.squeeze(x, axis=0), "squeeze"),
        (lambda x: np.average(x, weights=np.ones(3)), "weights of shape (3,)"),
        (lambda x: np.transpose(x, (1, 0)), "each axis once"),
        (lambda x: np.diag(x[None, None]), "a vector or a matrix"),
        (lambda x: np.einsum("ij->i", x), "einsum"),
        (lambda x: np.einsum("i,i->k", x, x), "einsum"),
    ],
)
def test_shapes_that_do_not_fit(function: Callable[..., Any], given: str) -> None:
    with pytest.raises(ShapeError) as caught:
        cr.trace(function, X)
    assert given in str(caught.value)
    assert caught.value.where is not None
    assert caught.value.where.file == __file__


@pytest.mark.parametrize("other", [None, "a", [None, 1.0]], ids=str)
@pytest.mark.parametrize("combine", [lambda x, other: x + other, lambda x, other: x @ other])
def test_what_is_no_number_is_named(combine: Callable[[Any, Any], Any], other: Any) -> None:
    with pytest.raises(DtypeError) as caught:
        cr.trace(lambda x: combine(x, other), X)
    assert repr(other) in caught.value.given
    assert caught.value.where is not None
    assert caught.value.where.file == __file__


WITHOUT_A_FILE = """
import numpy as np

def helper(W, x):
    return W @ x

def f(W, x):
    a = np.sin(x)
    b = a + 1
    c = np.tanh(b) * 2
    d = helper(W, c)
    return d.sum()

g = lambda W, x: x @ W
"""


@pytest.mark.parametrize("name", ["<string>", "<stdin>", "<ipython-input-3>"])
def test_code_that_stands_in_no_file_is_named_by_function_and_line(name: str) -> None:
    """As of functions that exec makes, or a session of Python."""
    namespace: dict[str, Any] = {}
    exec(compile(WITHOUT_A_FILE, name, "exec"), namespace)
    with pytest.raises(ShapeError) as caught:
        cr.grad(namespace["f"])(np.ones((2, 3)), X)
    assert f"at {name}:5, in helper\n  called at {name}:11, in f" in str(caught.value)
    with pytest.raises(ShapeError) as caught:
        cr.trace(namespace["g"], np.ones((3, 2)), X)
    assert f"at {name}:14, in <lambda>" in str(caught.value)


def test_python_code_may_branch_on_values() -> None:
    def f(x: Any) -> Any:
        return x**2 if x > 0 else -x

    assert [float(cr.grad(f)(value)) for value in (3.0, -2.0, 3.0)] == [6.0, -1.0, 6.0]
    graph = cr.trace(f, 3.0)
    assert graph.branched_at is not None
    assert "if x > 0" in graph.branched_at.text


def test_loops_may_end_on_values() -> None:
    def newton_sqrt(a: Any) -> Any:
        x = a
        while abs(x * x - a) > 1e-12:
            x = (x + a / x) / 2
        return x

    assert cr.grad(newton_sqrt)(9.0) == pytest.approx(1 / 6, rel=1e-9)


def test_branching_inside_a_derivative_of_a_derivative() -> None:
    def f(x: Any) -> Any:
        return x**3 if x > 0 else x**2

    assert cr.grad(cr.grad(f))(2.0) == pytest.approx(12.0)
    assert cr.grad(cr.grad(f))(-2.0) == pytest.approx(2.0)


def test_plain_code_may_look_at_labels_places_and_masks() -> None:
    """What is whole or true has no derivative, so the graph may hold for its value only."""

    def f(x: Any, labels: Any) -> Any:
        one_hot = np.eye(3)[labels]
        places = np.floor(x).astype(int)
        knots = np.arange(5.0) ** 2
        chosen = np.array([labels[0], int(labels[1])]) * float(np.sum(x > 1))
        return np.sum(one_hot @ np.ones(3) * x**2) + np.sum(x * knots[places]) + chosen @ x

    x = np.array([1.5, 2.25])
    for labels in (np.array([1, 2]), np.array([2, 0])):
        expected = 2 * x + np.array([1.0, 4.0]) + 2 * labels
        np.testing.assert_allclose(cr.grad(f)(x, labels), expected, rtol=1e-15)
        np.testing.assert_allclose(cr.hessian(f)(x, labels), 2 * np.eye(2), rtol=1e-15)
    with pytest.raises(TraceError, match="branches"):
        cr.compile(f)(x, labels)


def test_prints_left_in_a_function_do_no_harm(capsys: pytest.CaptureFixture[str]) -> None:
    def f(x: Any) -> Any:
        print(f"x = {x:.3f}", x)  # noqa: T201
        return x**2

    assert cr.grad(f)(3.0) == 6.0
    assert "float64" in capsys.readouterr().out


def test_a_name_given_twice_gets_a_number() -> None:
    def f(x: Any) -> Any:
        h = x
        for _ in range(3):
            h = cr.name(np.tanh(h), "h")
        return h

    record = cr.trace(f, X).run(X)
    np.testing.assert_array_equal(record["h"], np.tanh(X))
    np.testing.assert_array_equal(record["h_3"], np.tanh(np.tanh(np.tanh(X))))


def test_a_gradient_of_whole_numbers_is_refused_by_their_dtype() -> None:
    with pytest.raises(ShapeError, match="int64") as caught:
        cr.grad(lambda x: np.sum(x.astype(int)))(X)
    assert "steps" in str(caught.value.instead)


def test_a_function_without_arguments_has_no_gradient() -> None:
    with pytest.raises(cr.errors.ArgumentError, match="wrt=0"):
        cr.grad(lambda: 1.0)()


def test_long_lines_of_the_user_are_shortened() -> None:
    def long(x: Any) -> Any:
        return x + x * 2 + x * 3 + x * 4 + x * 5 + x * 6 + x * 7 + x * 8 + x * 9 + x * 10

    line = str(cr.trace(long, X)).splitlines()[2]
    assert line.endswith("…")
    assert len(line) < 120


@pytest.mark.parametrize(
    ("shape", "proposed"), [((3, 5), "(3, -1)"), ((5, 3), "(-1, 3)"), ((5, 5), None), ((4, -1), None)]
)
def test_a_shape_is_proposed_where_one_fits(shape: tuple[int, int], proposed: str | None) -> None:
    with pytest.raises(ShapeError, match="6 elements") as raised:
        cr.trace(lambda x: x.reshape(shape), np.ones(6))
    assert (raised.value.instead or "None").startswith(str(proposed))


def test_a_transpose_is_not_proposed_where_it_does_not_fit() -> None:
    with pytest.raises(ShapeError, match="2 columns against 3 rows") as raised:
        cr.trace(lambda x: x @ np.ones((3, 3)), X)
    assert raised.value.instead is None


def test_the_lines_that_called_a_helper_are_named_with_the_line_inside_it() -> None:
    def product(A: Any, v: Any) -> Any:
        return A.T @ v  # here

    def f(x: Any) -> Any:
        for step in range(3):
            x = x * 2 if step < 2 else product(np.ones((3, 2)), x)  # caller
        return x

    with pytest.raises(ShapeError, match="3 columns against 2 rows") as raised:
        cr.jacobian(f)(X)
    *_, where, caller = str(raised.value).splitlines()
    assert (where[:5], where[-6:]) == ("  at ", "# here")
    assert (caller[:12], caller[-8:]) == ("  called at ", "# caller")

    def deeper(x: Any, n: int) -> Any:
        return deeper(x, n - 1) if n else np.split(x[:1], 2)

    with pytest.raises(ShapeError) as raised:
        cr.jacobian(lambda x: deeper(x, 9))(X)
    assert str(raised.value).count("called at") == 2  # a line that calls itself is named once


@pytest.mark.parametrize(
    ("function", "given", "expected"),
    [
        (lambda x: np.split(x, 3), "shape (2,) along axis 0 into 3", "divides 2"),
        (
            lambda x: np.hsplit(np.ones((2, 3)) * x[:, None], 2),
            "shape (2, 3) along axis 1 into 2",
            "divides 3",
        ),
        (lambda x: np.einsum("ij,j->i", np.ones((4, 3)), x), "ij (4, 3), j (2,): 'j'", "one length"),
        (lambda x: np.einsum("ij,j->i", x, x), "'ij' for an array of shape (2,)", "which are 1"),
    ],
)
def test_shapes_that_do_not_fit_are_told(function: Callable[[Any], Any], given: str, expected: str) -> None:
    with pytest.raises(ShapeError) as raised:
        cr.jacobian(function)(X)
    assert given in raised.value.given
    assert expected in str(raised.value.expected)


def test_a_list_of_values_of_several_shapes() -> None:
    with pytest.raises(ShapeError, match=r"a list of arrays of shapes \(\), \(2,\)"):
        cr.trace(lambda x: x * [x[0], x], np.ones(2))


def test_what_is_no_number_is_not_taken_for_a_complex_one() -> None:
    with pytest.raises(DtypeError) as caught:
        cr.trace(lambda x: np.array([object(), None]) @ x, np.ones(2))
    assert "imaginary" not in str(caught.value)


@pytest.mark.parametrize(
    ("function", "named", "instead"),
    [
        (lambda x: scipy.special.logsumexp(x), "scipy.special.logsumexp", "chainrule.special.logsumexp"),
        (lambda x: scipy.special.softmax(2 * x)[0], "scipy.special.softmax", "chainrule.special.softmax"),
        (lambda x: scipy.linalg.norm(x), "scipy.linalg.norm", "np.linalg.norm"),
        (lambda x: scipy.linalg.solve_triangular(np.eye(2), x), "solve_triangular", "np.linalg.solve"),
        (lambda x: scipy.linalg.solve_triangular(x[:, None] * x, x), "scipy", "NumPy functions"),
        (lambda x: scipy.stats.norm.logpdf(x), "a function of scipy.stats", "scipy.special.ndtr"),
        (lambda x: scipy.sparse.csr_array(np.eye(2)) @ x, "a function of scipy.sparse", "S.toarray() @ x"),
        (
            lambda x: scipy.interpolate.interp1d([0, 3], [1, 2])(x),
            "a function of scipy.interpolate",
            "np.interp",
        ),
        (lambda x: scipy.signal.convolve(x, x), "scipy.signal.convolve", "np.convolve"),
        (lambda x: scipy.special.struve(1, x), "scipy.special.struve", "compute it beforehand"),
        (lambda x: np.mean([x[0], x[1]]), "np.mean of a list", "np.stack([t, ...])"),
        (lambda x: np.linalg.inv([[1.0, x[0]], [2.0, x[1]]]), "np.linalg.inv of a list", "np.stack"),
        (lambda x: np.full(3, x[0]), "numpy.full", "np.broadcast_to(t, shape)"),
    ],
)
def test_functions_of_plain_arrays_by_their_own_names(function, named, instead):
    with pytest.raises(TraceError) as caught:
        cr.trace(function, np.ones(2))
    assert named in str(caught.value)
    assert instead in str(caught.value)
    assert caught.value.where is not None
    assert caught.value.where.file == __file__


def test_what_is_the_users_own_fault_is_not_laid_on_a_library():
    with pytest.raises(TraceError, match="making a plain NumPy array"):
        cr.trace(lambda x: np.asarray(x), np.ones(2))


def test_the_digamma_function_of_scipy():
    """ψ(x + 1) = ψ(x) + 1/x, and ψ' is the trigamma function."""
    x = np.array([0.5, 2.0])
    np.testing.assert_allclose(
        cr.grad(lambda x: np.sum(scipy.special.psi(x)))(x), scipy.special.polygamma(1, x)
    )
    step = cr.value_and_grad(lambda x: np.sum(scipy.special.digamma(x + 1) - scipy.special.digamma(x)))(x)
    np.testing.assert_allclose(step[0], np.sum(1 / x))
    np.testing.assert_allclose(step[1], -1 / x**2)


def test_a_traced_value_cannot_be_pickled() -> None:
    with pytest.raises(TraceError, match="another process") as caught:
        cr.trace(lambda x: pickle.dumps(x), X)
    assert __file__ in str(caught.value)


def test_polynomials_of_numpys_classes_say_what_to_write() -> None:
    def curve(c: Any) -> Any:
        return np.polynomial.polynomial.polyval(2.0, c)

    with pytest.raises(TraceError) as caught:
        cr.trace(curve, X)
    assert caught.value.instead == "np.polyval(c[::-1], x)"


def test_a_search_for_a_root_is_refused_where_it_reads_a_traced_value() -> None:
    def root(x: Any) -> Any:
        return scipy.optimize.brentq(lambda t: t - x[0], -5, 5)  # SciPy's C code calls back

    with pytest.raises(TraceError, match=r"float\(\)") as caught:
        cr.trace(root, X)
    assert "C code calls back" in str(caught.value)


def test_a_plain_array_at_a_traced_place_is_compiled_another_way() -> None:
    table = np.array([1.0, 2.0, 4.0])
    with pytest.raises(TraceError) as caught:
        cr.compile(lambda i: table[i])(np.array([2, 0]))
    assert "w as an argument, or np.take_along_axis(w, t, 0)" in str(caught.value.instead)
    places = np.array([2, 0])
    by_function = cr.compile(lambda i: np.take_along_axis(table, i, 0))(places)
    by_argument = cr.compile(lambda w, i: w[i])(table, places)
    np.testing.assert_array_equal([by_function, by_argument], [[4.0, 1.0], [4.0, 1.0]])
