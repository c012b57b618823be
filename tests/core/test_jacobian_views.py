"""What a Jacobian gives beside its products: sparse, in blocks, transposed, compiled, to SciPy's solvers."""

from __future__ import annotations

import sys
from importlib import import_module
from typing import Any

import numpy as np
import pytest
import scipy.optimize
import scipy.sparse.linalg

import chainrule as cr
from chainrule.errors import ArgumentError, ShapeError

RNG = np.random.default_rng(21)
X = RNG.normal(size=30)
PARAMETERS: dict[str, Any] = {
    "layer1": {"W": RNG.normal(size=(4, 3)), "b": RNG.normal(size=4)},
    "layer2": RNG.normal(size=(2, 4)),
}


def net(p: Any, x: Any) -> Any:
    h = np.tanh(p["layer1"]["W"] @ x + p["layer1"]["b"])
    return {"out": p["layer2"] @ h, "hidden": h}


def chained(x: Any) -> Any:
    return x[1:] * np.sin(x[:-1]) + x[1:] ** 2


def expected(x: np.ndarray) -> np.ndarray:
    n = len(x) - 1
    matrix = np.zeros((n, n + 1))
    i = np.arange(n)
    matrix[i, i] = x[1:] * np.cos(x[:-1])
    matrix[i, i + 1] = np.sin(x[:-1]) + 2 * x[1:]
    return matrix


@pytest.mark.parametrize("compile", ["reference", "native"])
def test_sparse_and_dense_are_the_same_matrix(compile: str) -> None:
    J = cr.jacobian(chained, compile=compile)(X)
    np.testing.assert_allclose(J.sparse().toarray(), expected(X), 1e-13)
    np.testing.assert_allclose(J.matrix(), expected(X), 1e-13)
    np.testing.assert_allclose(J @ X, expected(X) @ X, 1e-13)
    np.testing.assert_array_equal(J.value, chained(X))
    assert J.sparse().nnz == 58
    assert J.sparse().indices.dtype == J.sparse().indptr.dtype == np.int32  # as SciPy's own
    np.testing.assert_array_equal(J.pattern().toarray(), expected(X) != 0)


def test_a_second_point_uses_the_plan_of_the_first(monkeypatch: pytest.MonkeyPatch) -> None:
    jacobian = cr.jacobian(chained)
    jacobian(X).sparse()
    monkeypatch.setattr(sys.modules["chainrule.core.jacobian"], "plan_jacobian", None)  # no second call
    np.testing.assert_allclose(jacobian(2 * X).sparse().toarray(), expected(2 * X), 1e-13)
    np.testing.assert_allclose(jacobian(2 * X).matrix(), expected(2 * X), 1e-13)


def test_a_sparse_matrix_belongs_to_its_user() -> None:
    jacobian = cr.jacobian(chained)
    first = jacobian(X).sparse()
    first.data[:] = 0
    first.eliminate_zeros()
    first.indices[:] = 0
    jacobian(X).pattern().data[:] = False
    np.testing.assert_allclose(jacobian(X).sparse().toarray(), expected(X), 1e-13)


def test_blocks_have_the_names_of_outputs_and_parameters() -> None:
    x = RNG.normal(size=3)
    J = cr.jacobian(net, wrt=("p", "x"))(PARAMETERS, x)
    assert list(J.rows) == ["out", "hidden"]
    assert list(J.columns) == ["W", "b", "layer2", "x"]
    blocks = J.blocks()
    h = np.tanh(PARAMETERS["layer1"]["W"] @ x + PARAMETERS["layer1"]["b"])
    slope = np.diag(1 - h**2)
    np.testing.assert_allclose(blocks["hidden"]["b"], slope, 1e-12)
    np.testing.assert_allclose(blocks["hidden"]["W"], np.kron(slope, x), 1e-12)
    np.testing.assert_allclose(blocks["out"]["b"], PARAMETERS["layer2"] @ slope, 1e-12)
    np.testing.assert_allclose(blocks["out"]["layer2"], np.kron(np.eye(2), h), 1e-12)
    assert not blocks["hidden"]["layer2"].any()
    whole = np.block([[blocks[row][column] for column in J.columns] for row in J.rows])
    np.testing.assert_array_equal(whole, J.matrix())


@pytest.mark.parametrize(
    ("p", "expected"),
    [
        ({"l": {"W": X, "b": X}, "m": {"W": X}}, ["p/l/W", "p/l/b", "p/m/W", "x"]),
        ({"l": {"W": X, "b": X}, "V": X}, ["W", "b", "V", "x"]),
        ([X, X], ["p/0", "p/1", "x"]),
        ({"x": X}, ["p/x", "x"]),
    ],
    ids=str,
)
def test_the_names_of_an_arguments_parts_are_of_one_kind(p: Any, expected: list[str]) -> None:
    J = cr.jacobian(lambda p, x: x, wrt=("p", "x"))(p, X)
    assert list(J.columns) == expected


def test_an_argument_given_twice_has_two_blocks() -> None:
    J = cr.jacobian(lambda x: x**2, wrt=("x", "x"))(X)
    assert list(J.columns) == ["x", "x (2)"]
    np.testing.assert_allclose(J.sparse().toarray(), np.hstack([np.diag(2 * X)] * 2), 1e-15)


def test_the_transpose() -> None:
    J = cr.jacobian(chained)(X)
    p, P = RNG.normal(size=29), RNG.normal(size=(29, 4))
    assert J.T.shape == (30, 29)
    assert J.T.T is J
    np.testing.assert_allclose(J.T @ p, expected(X).T @ p, 1e-12)
    np.testing.assert_allclose(J.T @ P, expected(X).T @ P, 1e-12)
    np.testing.assert_allclose(X @ J.T, X @ expected(X).T, 1e-12)
    np.testing.assert_allclose(np.asarray(J.T), expected(X).T, 1e-12)
    np.testing.assert_allclose(J.T.sparse().toarray(), expected(X).T, 1e-12)
    assert J.T.sparse().format == "csr"


def test_scipys_solvers_take_it_as_it_is() -> None:
    J = cr.jacobian(chained)(X)
    b = RNG.normal(size=29)
    solution = scipy.sparse.linalg.lsmr(J, b, atol=1e-14, btol=1e-14, maxiter=1000)[0]
    np.testing.assert_allclose(expected(X) @ solution, b, atol=1e-8)
    G = cr.gauss_newton(chained)(X)
    damped = scipy.sparse.linalg.aslinearoperator(G) + scipy.sparse.linalg.aslinearoperator(np.eye(30))
    step, status = scipy.sparse.linalg.cg(damped, X, rtol=1e-12)
    assert status == 0
    np.testing.assert_allclose(step, np.linalg.solve(expected(X).T @ expected(X) + np.eye(30), X), 1e-8)


def test_least_squares_finds_a_curve_through_its_sparse_jacobian() -> None:
    """Rosenbrock's valley in its chained form has its minimum, 0, at ones."""

    def residuals(x: Any) -> Any:
        return np.concatenate([10 * (x[1:] - x[:-1] ** 2), 1 - x[:-1]])

    jacobian = cr.jacobian(residuals)
    found = scipy.optimize.least_squares(
        residuals, np.full(200, 1.5), jac=lambda x: jacobian(x).sparse(), method="trf", tr_solver="lsmr"
    )
    np.testing.assert_allclose(found.x, 1.0, rtol=1e-6)
    assert jacobian(found.x).plan.passes == (2, 0)


def test_inside_another_function_it_is_part_of_the_graph() -> None:
    def determinant(x: Any) -> Any:
        return np.linalg.det(cr.jacobian(chained)(x).matrix()[:, 1:])

    numerical = [(determinant(X + h) - determinant(X - h)) / 2e-6 for h in 1e-6 * np.eye(30)]
    np.testing.assert_allclose(cr.grad(determinant)(X), numerical, 1e-5, 1e-6)
    np.testing.assert_allclose(cr.compile(lambda x: cr.jacobian(chained)(x).matrix())(X), expected(X), 1e-12)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_the_dtype_is_that_of_the_function(dtype: str) -> None:
    x, W = X[:3].astype(dtype), RNG.normal(size=(2, 3)).astype(dtype)
    for function in (chained, lambda x: W @ x, lambda x: x + 1, lambda x: x[:0], lambda x: np.ones(2, dtype)):
        J = cr.jacobian(function)(x)
        assert J.matrix().dtype == J.sparse().dtype == J.dtype == dtype


@pytest.mark.parametrize("compile", ["reference", "native"])
def test_the_dtype_is_the_wider_one_of_inputs_and_outputs(compile: str) -> None:
    x, A = X[:3].astype(np.float32), np.arange(6.0).reshape(2, 3)
    for function in (lambda x: A @ x, lambda x: np.sin(x * np.ones(3)), lambda x: np.sign(x) * np.ones(3)):
        J = cr.jacobian(function, compile=compile)(x)
        views = (J.matrix(), J.sparse(), J.diagonal_blocks(), *J.blocks()["<lambda>"].values())
        assert {view.dtype for view in views} == {J.dtype} == {np.dtype(float)}
        np.testing.assert_allclose(J.matrix(), J @ np.eye(3), 1e-6)


@pytest.mark.parametrize(
    ("inputs", "outputs"), [((0,), (2,)), ((2,), (0,)), ((0,), (0,)), ((), ()), ((), (3,))]
)
def test_empty_and_zero_dimensional_arrays(inputs: tuple[int, ...], outputs: tuple[int, ...]) -> None:
    J = cr.jacobian(lambda x: np.ones(outputs) * np.sum(x**2))(np.ones(inputs))
    assert J.matrix().shape == J.sparse().shape == J.pattern().shape == J.shape
    assert "Jacobian of" in str(J.plan)
    np.testing.assert_array_equal(J.matrix(), J.sparse().toarray())


def test_the_plan_explains_itself() -> None:
    J = cr.jacobian(net, wrt="x")(PARAMETERS, RNG.normal(size=3))
    text = str(J.plan)
    for part in ("→ h (4) →", "pure forward mode", "pure reverse mode"):
        assert part in text
    facts = J.plan.facts()
    assert facts["chosen"]["counted"] <= min(facts["forward"]["counted"], facts["reverse"]["counted"])
    assert J.plan.bracketing in text


def test_an_index_that_is_an_argument_may_be_any_place() -> None:
    J = cr.jacobian(lambda x, places: x[places] ** 2)(X[:5], np.array([3, 0]))
    assert J.pattern().toarray().all()
    np.testing.assert_allclose(J.matrix(), 2 * np.diag(X[:5])[[3, 0]], 1e-15)


def test_much_work_goes_on_in_machine_code(monkeypatch: pytest.MonkeyPatch) -> None:
    compiled: list[Any] = []
    native = import_module("chainrule.execution.native")
    compile_native = native.compile_native

    def counted(graph: Any) -> Any:
        compiled.append(graph)
        return compile_native(graph)

    monkeypatch.setattr(native, "compile_native", counted)
    A = np.random.default_rng(0).normal(size=(300, 300)) / 20
    J = cr.jacobian(lambda x, A, B: A @ np.tanh(B @ x), compile="auto")
    calls = [J(np.arange(300.0), A, A).matrix() for _ in range(9)]
    assert len(compiled) == 1  # 2.7e7 multiplications a call: before the ninth
    np.testing.assert_array_equal(calls[0], calls[6])
    np.testing.assert_allclose(calls[8], calls[0], 1e-9, 1e-12)
    J(X, np.ones((2, 30)), np.ones((30, 30))).matrix()
    assert len(compiled) == 1


def test_another_way_to_compile_is_refused() -> None:
    with pytest.raises(ArgumentError, match="one of reference, native, auto"):
        cr.jacobian(chained, compile="fast")


@pytest.mark.parametrize("vector", [np.ones(3) * 1j, np.array([None, 1.0, 2.0]), np.array(["1", "2", "3"])])
def test_vectors_of_other_things_than_real_numbers_are_refused(vector: Any) -> None:
    """Not turned into NaN, nor robbed of their imaginary parts."""
    J = cr.jacobian(np.sin)(np.ones(3))
    for product in (lambda: J @ vector, lambda: vector @ J, lambda: J.push(vector)):
        with pytest.raises(cr.errors.DtypeError, match="expected: real numbers"):
            product()


def test_products_with_sparse_matrices_are_sparse() -> None:
    """And equal those of the dense ones; from the left SciPy makes them, dense."""
    J = cr.jacobian(lambda x: x[1:] * x[:-1] ** 2)(np.arange(1.0, 6))
    G = cr.gauss_newton(lambda x: x[1:] * x[:-1])(np.arange(1.0, 6))
    right = scipy.sparse.random_array((5, 3), density=0.4, random_state=0)
    left = scipy.sparse.random_array((2, 4), density=0.5, random_state=1)
    for kind in (scipy.sparse.csr_matrix, scipy.sparse.coo_array, scipy.sparse.csc_array):
        for operator in (J, G):
            product = operator @ kind(right)
            assert scipy.sparse.issparse(product)
            np.testing.assert_allclose(product.toarray(), operator.matrix() @ right.toarray(), 1e-13)
        np.testing.assert_allclose((J.T @ kind(left.T)).toarray(), (left @ J.matrix()).T, 1e-13)
        np.testing.assert_allclose(kind(left) @ J, left @ J.matrix(), 1e-13)
    with pytest.raises(ShapeError, match=r"sparse matrix of shape \(2, 4\)"):
        J @ left
