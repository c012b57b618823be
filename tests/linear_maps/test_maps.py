"""Each structured map against the matrix that it stands for, written down with NumPy."""

from __future__ import annotations

import numpy as np
import pytest

import chainrule.primitives  # noqa: F401 - which have to be registered, to build nodes by name
from chainrule.execution import evaluate
from chainrule.graph import Node, constant, op, reshape
from chainrule.linear_maps import (
    Add,
    Broadcast,
    Cast,
    Compose,
    Contract,
    Gather,
    General,
    Identity,
    LinearMap,
    Mask,
    Reshape,
    Scale,
    Sum,
    Transpose,
    Zero,
)

RNG = np.random.default_rng(5)
D, C = RNG.normal(size=(2, 3)), np.array([[True, False, True], [False, False, True]])
A, X = RNG.normal(size=(4, 3)), RNG.normal(size=3)
FLOAT64 = np.dtype("float64")


def rows(n: int) -> np.ndarray:
    return np.eye(n, dtype=int)


def letters(source: tuple[int, ...], target: tuple[int, ...], spec: str, other: np.ndarray) -> Contract:
    """A contraction from an einsum of v and one other array."""
    operands, output = spec.split("->")
    own, others = operands.split(",")
    return Contract(source, target, own, output, constant(other), others)


def reversed_cumsum(p: Node) -> Node:
    total = reshape(op.sum(p, axis=(p.ndim - 1,)), (*p.shape[:-1], 1))
    return total - op.cumsum(p) + p


BLOCK = RNG.normal(size=(5, 6))


def in_blocks(v: Node) -> Node:
    """BLOCK times each matrix, flattened, of the last two axes."""
    flat = reshape(v, (*v.shape[:-2], 6))
    lead = "abcd"[: flat.ndim - 1]
    return op.einsum(flat, BLOCK, spec=f"{lead}x,yx->{lead}y")


def back_in_blocks(p: Node) -> Node:
    lead = "abcd"[: p.ndim - 1]
    return reshape(op.einsum(p, BLOCK, spec=f"{lead}y,yx->{lead}x"), (*p.shape[:-1], 3, 2))


PICKED = (("index", ((2, -2, 2),)),)
MAPS: dict[str, tuple[LinearMap, np.ndarray]] = {
    "identity": (Identity((2, 3)), np.eye(6)),
    "scale": (Scale(constant(D)), np.diag(D.ravel())),
    "mask": (Mask(constant(C)), np.diag(C.ravel().astype(float))),
    "cast": (Cast((3,), FLOAT64, FLOAT64), np.eye(3)),
    "zero": (Zero((3,), (2, 2)), np.zeros((4, 3))),
    "sum of all": (Sum((2, 3), (0, 1)), np.ones((1, 6))),
    "sum over rows": (Sum((2, 3), (0,)), np.kron(np.ones((1, 2)), np.eye(3))),
    "sum over columns": (Sum((2, 3), (1,)), np.kron(np.eye(2), np.ones((1, 3)))),
    "sum over nothing": (Sum((2, 3), ()), np.eye(6)),
    "repeat a number": (Broadcast((2, 3), (0, 1)), np.ones((6, 1))),
    "repeat rows": (Broadcast((2, 3), (0,)), np.kron(np.ones((2, 1)), np.eye(3))),
    "repeat columns": (Broadcast((2, 3), (1,)), np.kron(np.eye(2), np.ones((3, 1)))),
    "repeat to nothing": (Broadcast((0, 3), (0,)), np.zeros((0, 3))),
    "reshape": (Reshape((2, 3), (3, 2)), np.eye(6)),
    "transpose": (Transpose((2, 3), (1, 0)), rows(6)[np.arange(6).reshape(2, 3).T.ravel()]),
    "gather": (Gather((3,), (2,), "slice", "place", PICKED), rows(3)[[2, 0]]),
    "scatter": (Gather((3,), (2,), "slice", "place", PICKED).T, rows(3)[[2, 0]].T),
    "gather at places": (
        Gather((3,), (4,), "gather", "scatter_add", (), 0, (constant(np.array([0, 2, 2, 1])),)),
        rows(3)[[0, 2, 2, 1]],
    ),
    "A v": (letters((3,), (4,), "j,ij->i", A), A),
    "v A": (letters((4,), (3,), "i,ij->j", A), A.T),
    "v . x": (letters((3,), (), "i,i->", X), X[None]),
    "v x": (letters((), (3,), ",i->i", X), X[:, None]),
    "W x": (letters((4, 3), (4,), "ij,j->i", X), np.kron(np.eye(4), X)),
    "x W": (letters((3, 4), (4,), "ij,i->j", X), np.kron(X, np.eye(4))),
    "A V": (letters((3, 2), (4, 2), "jk,ij->ik", A), np.kron(A, np.eye(2))),
    "V A": (letters((2, 4), (2, 3), "ij,jk->ik", A), np.kron(np.eye(2), A.T)),
    "outer v x": (letters((4,), (4, 3), "i,j->ij", X), np.kron(np.eye(4), X[:, None])),
    "outer x v": (letters((4,), (3, 4), "j,i->ij", X), np.kron(X[:, None], np.eye(4))),
    "product": (
        Compose((letters((3,), (4,), "j,ij->i", A), Scale(constant(X)))),
        A @ np.diag(X),
    ),
    "sum": (Add((Scale(constant(X)), Identity((3,)))), np.diag(X + 1)),
    "given by two functions": (
        General((3,), (3,), op.cumsum, reversed_cumsum, "lower triangle of ones", 1),
        np.tril(np.ones((3, 3))),
    ),
    "a triangle given by two functions": (
        General((2, 3), (2, 3), op.cumsum, reversed_cumsum, "triangles", 1, block=lambda: np.tri(3)),
        np.kron(np.eye(2), np.tri(3)),
    ),
    "given in blocks": (
        General((2, 3, 2), (2, 5), in_blocks, back_in_blocks, "blocks", 2),
        np.kron(np.eye(2), BLOCK),
    ),
}  # fmt: skip

every_map = pytest.mark.parametrize(("jacobian", "expected"), MAPS.values(), ids=MAPS)


def value(node: Node) -> np.ndarray:
    return np.asarray(evaluate([node], {})[0])


@every_map
def test_the_matrix_has_outputs_as_rows_and_inputs_as_columns(
    jacobian: LinearMap, expected: np.ndarray
) -> None:
    np.testing.assert_allclose(value(jacobian.matrix()), expected, 1e-14, 1e-15)
    np.testing.assert_allclose(value(jacobian.T.matrix()), expected.T, 1e-14, 1e-15)


@every_map
def test_pushing_and_pulling_multiply_by_the_matrix(jacobian: LinearMap, expected: np.ndarray) -> None:
    v, p = RNG.normal(size=(2, *jacobian.source)), RNG.normal(size=(2, *jacobian.target))
    pushed, pulled = value(jacobian.push(constant(v))), value(jacobian.pull(constant(p)))
    assert pushed.shape == (2, *jacobian.target)
    assert pulled.shape == (2, *jacobian.source)
    columns, row_vectors = v.reshape(2, expected.shape[1]), p.reshape(2, expected.shape[0])
    np.testing.assert_allclose(pushed, (columns @ expected.T).reshape(pushed.shape), 1e-14, 1e-14)
    np.testing.assert_allclose(pulled, (row_vectors @ expected).reshape(pulled.shape), 1e-14, 1e-14)


@every_map
def test_the_pattern_is_where_the_matrix_is_not_zero(jacobian: LinearMap, expected: np.ndarray) -> None:
    pattern = jacobian.pattern().toarray()
    assert pattern.shape == expected.shape
    assert not np.any(expected[~pattern])
    if not isinstance(jacobian, (Mask, General)):  # whose pattern does not look at values
        np.testing.assert_array_equal(pattern, expected != 0)
    np.testing.assert_array_equal(jacobian.T.pattern().toarray(), pattern.T)
    some = np.arange(expected.shape[1]) % 3 == 1
    np.testing.assert_array_equal(jacobian.reached(some), pattern[:, some].any(axis=1))


@every_map
def test_transposing_twice_changes_nothing(jacobian: LinearMap, expected: np.ndarray) -> None:
    twice = jacobian.T.T
    assert (twice.source, twice.target) == (jacobian.source, jacobian.target)
    np.testing.assert_allclose(value(twice.matrix()), expected, 1e-14, 1e-15)


@pytest.mark.parametrize(
    ("name", "text"),
    {
        "identity": "I",
        "scale": "diag(x)",
        "zero": "0",
        "sum of all": "1ᵀ",
        "sum over rows": "sum over axis 0",
        "repeat a number": "1",
        "repeat columns": "repeat along axis 1",
        "reshape": "I",
        "transpose": "K",
        "gather": "S",
        "scatter": "Sᵀ",
        "A v": "x",
        "v A": "xᵀ",
        "v . x": "xᵀ",
        "v x": "x",
        "W x": "I ⊗ xᵀ",
        "x W": "xᵀ ⊗ I",
        "A V": "x ⊗ I",
        "V A": "I ⊗ xᵀ",
        "outer v x": "I ⊗ x",
        "outer x v": "x ⊗ I",
        "product": "x · diag(x)",
        "sum": "diag(x) + I",
        "given by two functions": "lower triangle of ones",
    }.items(),
)
def test_the_printed_form_is_the_usual_one(name: str, text: str) -> None:
    assert MAPS[name][0].show(lambda node: "x") == text


@pytest.mark.parametrize(
    "spec",
    ["j,ij->i", "i,ij->j", "i,i->", "jk,ij->ik", "jk,ji->ik", "ij,jk->ik", "ij,kj->ik", "ij,j->i", "ij,i->j",
     "i,j->ij", "j,i->ij", "ij,ij->ij", "ij,ji->ij", "ij,jk->ki"],
)  # fmt: skip
def test_a_printed_kronecker_product_is_the_matrix(spec: str) -> None:
    """What is printed as x, xᵀ, I ⊗ x or x ⊗ I, worked out by NumPy, is the matrix; else it is an einsum."""
    sizes = {"i": 2, "j": 3, "k": 4}
    shapes = [tuple(sizes[letter] for letter in part) for part in spec.replace("->", ",").split(",")]
    other = RNG.normal(size=shapes[1])
    jacobian = letters(shapes[0], shapes[2], spec, other)
    factors = jacobian.show(lambda node: "x").split(" ⊗ ")
    if factors[0].startswith("einsum"):
        assert len(shapes[0]) == len(shapes[2]) == 2
        return
    x = other if other.ndim == 2 else other[:, None]
    known = {"x": x, "xᵀ": x.T}
    whole = value(jacobian.matrix())
    if len(factors) == 2:
        product = known[factors["I" in factors[:1]]]
        known["I"] = np.eye(whole.shape[0] // product.shape[0])
        np.testing.assert_array_equal(whole, np.kron(known[factors[0]], known[factors[1]]))
    else:
        np.testing.assert_array_equal(whole, known[factors[0]])


def test_the_jacobian_of_wx_by_vec_w_is_the_lectures_block_matrix() -> None:
    """∂z/∂vec[W] for z = Wx is the block matrix of xᵀ, and pᵀ(I ⊗ xᵀ) un-vectorises to p xᵀ."""
    jacobian = letters((2, 3), (2,), "ij,j->i", X)
    block = np.zeros((2, 6))
    block[0, :3] = block[1, 3:] = X
    np.testing.assert_array_equal(value(jacobian.matrix()), block)
    p = RNG.normal(size=2)
    np.testing.assert_allclose(value(jacobian.pull(constant(p))), np.outer(p, X), 1e-15)


def test_order_matters_in_a_product() -> None:
    first, second = letters((3,), (4,), "j,ij->i", A), Scale(constant(np.arange(4.0)))
    product = Compose((second, first))
    np.testing.assert_allclose(value(product.matrix()), np.diag(np.arange(4.0)) @ A, 1e-15)
    assert product.show(lambda node: "x") == "diag(x) · x"


@pytest.mark.parametrize("infinite", [np.inf, -np.inf, np.nan])
def test_absorbing_maps_leave_zeros_zero(infinite: float) -> None:
    bad = A.copy()
    bad[0, 0] = infinite
    v = np.zeros(3)
    v[1:] = [2.0, 3.0]
    contraction = letters((3,), (4,), "j,ij->i", bad)
    assert not np.isfinite(value(contraction.push(constant(v)))[0])
    np.testing.assert_allclose(value(contraction.absorbing().push(constant(v))), A[:, 1:] @ v[1:], 1e-15)
    scale = Scale(constant(bad)).absorbing()
    assert value(scale.push(constant(np.zeros(A.shape)))).any() == 0
    rowwise = General((4, 3), (4, 3), lambda v: v * bad, lambda p: p * bad, "·", 1).absorbing()
    kept = np.ones((4, 3))
    kept[0] = 0
    np.testing.assert_allclose(value(rowwise.push(constant(kept))), np.where(kept, A, 0), 1e-15)
    assert all(jacobian.guards for jacobian in (contraction.absorbing(), scale, rowwise))


@pytest.mark.parametrize("infinite", [np.inf, -np.inf, np.nan])
def test_absorbing_keeps_what_is_truly_infinite(infinite: float) -> None:
    bad = np.array([[infinite, 1.0], [2.0, 3.0]])
    product = letters((2,), (2,), "j,ij->i", bad).absorbing().push(constant(np.array([1.0, 0.0])))
    np.testing.assert_array_equal(value(product), [infinite, 2.0])


def test_sums_and_products_guard_if_one_of_their_parts_does() -> None:
    plain, guard = Scale(constant(X)), Mask(constant(X > 0), guard=True)
    assert Compose((plain, guard)).guards
    assert Add((plain, guard)).guards
    assert not Compose((plain, plain)).guards
    assert not Add((plain, plain)).guards
    infinite = Scale(constant(np.array([np.inf, 1.0, 1.0])))
    zeros = constant(np.zeros(3))
    for absorbed in (Compose((plain, infinite)), Add((plain, infinite))):
        assert np.isnan(value(absorbed.push(zeros))[0])
        assert not value(absorbed.absorbing().push(zeros)).any()


def test_a_map_must_say_what_it_does() -> None:
    for use in (lambda m: m.push(constant(X)), lambda m: m.T, lambda m: m.pattern(), str):
        with pytest.raises(NotImplementedError, match="LinearMap"):
            use(LinearMap())


def test_a_triangle_given_by_two_functions_has_its_pattern() -> None:
    jacobian, expected = MAPS["a triangle given by two functions"]
    np.testing.assert_array_equal(jacobian.pattern().toarray(), expected.astype(bool))
