"""Vectorizing a matrix."""

import numpy as np
import pytest

import chainrule as cr

SHAPES = [(2, 2), (3, 2), (2, 4), (1, 3), (3, 1)]


def f(x, W):
    return W @ x


def whole_numbers(n, m):
    rng = np.random.default_rng(10 * n + m)
    return (rng.integers(-9, 10, size).astype(float) for size in [(n, m), m, n])


def test_a_vector_valued_function_of_a_matrix_of_parameters():
    """[[w₁ w₂], [w₃ w₄]] x = [w₁x₁ + w₂x₂, w₃x₁ + w₄x₂]; by vec[W] its Jacobian is 2 × 4."""
    W, x = np.array([[1.0, 2.0], [3.0, 4.0]]), np.array([5.0, 7.0])
    np.testing.assert_array_equal(f(x, W), [19, 43])
    J = cr.jacobian(f, wrt="W")(x, W)
    np.testing.assert_array_equal(J.matrix(), [[5, 7, 0, 0], [0, 0, 5, 7]])


def test_we_could_treat_this_as_a_3d_tensor():
    """∂zᵢ/∂Wⱼₖ = xₖ where i = j and 0 elsewhere: the 2-D Jacobian holds the same numbers."""
    W, x, _ = whole_numbers(3, 2)
    tensor = cr.jacobian(f, wrt="W")(x, W).matrix().reshape(3, 3, 2)
    np.testing.assert_array_equal(tensor, np.einsum("ij,k->ijk", np.eye(3), x))


def test_we_can_vectorize_w_by_concatenating_all_its_elements_into_one_long_vector():
    """vec[W] = [W₁₁ … W₁ₘ … Wₙ₁ … Wₙₘ], rows after each other, and back; order="F" stacks columns."""
    W = np.array([[1, 2, 3], [4, 5, 6]])
    np.testing.assert_array_equal(cr.vec(W), [1, 2, 3, 4, 5, 6])
    np.testing.assert_array_equal(cr.unvec(cr.vec(W), (2, 3)), W)
    np.testing.assert_array_equal(cr.vec(W, order="F"), [1, 4, 2, 5, 3, 6])
    np.testing.assert_array_equal(cr.unvec(cr.vec(W, order="F"), (2, 3), order="F"), W)


@pytest.mark.parametrize(
    ("element", "row"), [("first", "first"), ("first", "last"), ("last", "first"), ("last", "last")]
)
def test_how_does_an_element_of_z_depend_on_a_row_of_w(element, row):
    """zᵢ depends on row i of W alone, by xᵀ; on every other row by 0ᵀ."""
    n, m = 3, 2
    W, x, _ = whole_numbers(n, m)
    i, k = (0 if which == "first" else n - 1 for which in (element, row))
    block = cr.jacobian(f, wrt="W")(x, W).matrix()[i, k * m : (k + 1) * m]
    np.testing.assert_array_equal(block, x if i == k else np.zeros(m))


@pytest.mark.parametrize(("n", "m"), SHAPES)
def test_the_derivative_of_z_by_vec_w_is_a_block_matrix_of_x_transposed(n, m):
    """∂z/∂vec[W] has xᵀ in each diagonal block and 0ᵀ elsewhere: I ⊗ xᵀ."""
    W, x, _ = whole_numbers(n, m)
    J = cr.jacobian(f, wrt="W")(x, W).matrix()
    blocks = np.zeros((n, n * m))
    for i in range(n):
        blocks[i, i * m : (i + 1) * m] = x
    np.testing.assert_array_equal(J, blocks)
    np.testing.assert_array_equal(J, np.kron(np.eye(n), x[None, :]))


@pytest.mark.parametrize(("n", "m"), SHAPES)
def test_p_transposed_times_the_block_matrix(n, m):
    """pᵀ(I ⊗ xᵀ) = [p₁xᵀ … pₙxᵀ]."""
    W, x, p = whole_numbers(n, m)
    product = p @ cr.jacobian(f, wrt="W")(x, W)
    np.testing.assert_array_equal(product, np.concatenate([p_i * x for p_i in p]))


@pytest.mark.parametrize(("n", "m"), SHAPES)
def test_now_we_unvectorize_the_result(n, m):
    """∇_W J has the rows pᵢxᵀ: it is p xᵀ, in the shape of W."""
    W, x, p = whole_numbers(n, m)
    product = p @ cr.jacobian(f, wrt="W")(x, W)
    np.testing.assert_array_equal(cr.unvec(product, (n, m)), np.outer(p, x))
    np.testing.assert_array_equal(cr.pull(f, wrt="W")(x, W)(p), np.outer(p, x))


@pytest.mark.parametrize(("n", "m"), SHAPES)
def test_suppose_a_function_j_depends_on_z(n, m):
    """By the chain rule, ∂J/∂vec[W] = ∂J/∂z · ∂z/∂vec[W] with ∂J/∂z = pᵀ; here J = ½ zᵀz, so p = z."""
    W, x, _ = whole_numbers(n, m)

    def J(z):
        return z @ z / 2

    p = cr.grad(J)(f(x, W))
    np.testing.assert_array_equal(p, W @ x)
    np.testing.assert_array_equal(cr.grad(lambda W: J(f(x, W)))(W), np.outer(p, x))
    by_vec = cr.jacobian(J)(f(x, W)).matrix() @ cr.jacobian(f, wrt="W")(x, W).matrix()
    np.testing.assert_array_equal(cr.unvec(by_vec[0], W.shape), np.outer(p, x))


def test_stacking_columns_instead_gives_the_other_kronecker_product():
    """With order="F", as many books have it, ∂z/∂vec[W] is xᵀ ⊗ I."""
    W, x, _ = whole_numbers(3, 2)
    J = cr.jacobian(lambda v: f(x, cr.unvec(v, (3, 2), order="F")))(cr.vec(W, order="F")).matrix()
    np.testing.assert_array_equal(J, np.kron(x[None, :], np.eye(3)))
