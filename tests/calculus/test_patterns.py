"""Patterns miss no entry that may be non-zero; what is computed by them is the Jacobian."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from scipy.sparse import csr_array

import chainrule as cr
from chainrule.calculus import chain_of
from chainrule.calculus.patterns import pattern_of
from chainrule.calculus.plans import _mirrored

from .random_programs import random_program

RNG = np.random.default_rng(3)
X = RNG.normal(size=6)
ROWS = RNG.normal(size=(3, 4))
ONES, EYE, TRI = np.ones, np.eye, np.tri


@pytest.mark.parametrize("chunk", range(10))
def test_no_pattern_of_a_random_program_misses_a_non_zero(chunk: int) -> None:
    """A thousand programs; the Jacobian by products with unit vectors is the oracle, at two points."""
    for seed in range(100 * chunk, 100 * (chunk + 1)):
        program = random_program(np.random.default_rng(seed))
        function = cr.jacobian(program, wrt=tuple(range(len(program.arguments))))
        for scale in (1.0, -0.7):
            J = function(*[scale * array for array in program.arguments])
            by_columns = J @ np.eye(J.shape[1])
            assert not np.any(by_columns[~J.pattern().toarray()]), seed
            np.testing.assert_allclose(J.matrix(), by_columns, 1e-12, 1e-12, err_msg=str(seed))
            np.testing.assert_allclose(J.sparse().toarray(), by_columns, 1e-12, 1e-12, err_msg=str(seed))


@pytest.mark.parametrize(
    ("function", "x", "expected"),
    [
        (lambda x: np.cumsum(x), X, TRI(6)),
        (lambda x: np.cumprod(x), X, TRI(6)),
        (lambda x: np.cumprod(x[::-1])[::-1], X, TRI(6).T),
        (lambda x: np.cumsum(x, axis=0), ROWS, np.kron(TRI(3), EYE(4))),
        (lambda x: np.sort(x, axis=1), ROWS, np.kron(EYE(3), ONES((4, 4)))),
        (lambda x: np.sort(x, axis=0), ROWS, np.kron(ONES((3, 3)), EYE(4))),
        (lambda x: np.median(x, axis=1), ROWS, np.kron(EYE(3), ONES(4))),
        (lambda x: x[np.argmin(x[:, 0])], ROWS, np.kron(ONES(3), EYE(4))),
        (lambda x: x[np.argmin(x[:, 0]), [[2], [0]]], ROWS, np.kron(ONES(3), EYE(4)[[2, 0]])),
        (lambda x: x[[0, 2], np.argmax(x, axis=1)[:2]], ROWS, np.kron(EYE(3)[[0, 2]], ONES(4))),
        (lambda x: np.gradient(x, 0.5)[1:-1], X, EYE(4, 6) + EYE(4, 6, k=2)),
        (lambda x: cr.special.softmax(x, axis=0), ROWS, np.kron(ONES((3, 3)), EYE(4))),
        (lambda x: cr.special.log_softmax(x, axis=0), ROWS, np.kron(ONES((3, 3)), EYE(4))),
        (lambda x: cr.special.softmax(x, axis=(0, 2)), ROWS[:, :, None], np.kron(ONES((3, 3)), EYE(4))),
    ],
)
def test_patterns_have_no_more_entries_than_the_operation_needs(
    function: Callable[[Any], Any], x: np.ndarray, expected: np.ndarray
) -> None:
    """Those of running results are triangles; a place that is a value may be any of its own axis alone."""
    J = cr.jacobian(function)(x)
    np.testing.assert_array_equal(J.pattern().toarray(), expected.astype(bool))
    np.testing.assert_array_equal(J.sparse().toarray(), J.matrix())


SQUARE = RNG.normal(size=(6, 6))
BLOCKS = np.kron(EYE(2), ONES((3, 3)))
BAND = EYE(6) + EYE(6, k=1) + EYE(6, k=-1)


@pytest.mark.parametrize(
    ("function", "expected"),
    [
        (lambda x, W: (W * TRI(6)) @ x, TRI(6)),
        (lambda x, W: x @ np.tril(W), TRI(6).T),
        (lambda x, W: np.where(TRI(6) > 0, W, 0.0) @ x, TRI(6)),
        (lambda x, W: np.where(W > 0, W, 0.0) @ x, ONES((6, 6))),
        (lambda x, W: np.where(TRI(6) > 0, 0.0, 1.0) * W @ x, 1 - TRI(6)),
        (lambda x, W: np.where(W > 0, np.tril(W), np.triu(W)) @ x, ONES((6, 6))),
        (lambda x, W: (np.tril(W) - np.tril(W.T)) @ x, TRI(6)),
        (lambda x, W: np.diag(np.sin(W[0])) @ x, EYE(6)),
        (lambda x, W: (np.diag(W[0]) + np.diag(W[1, 1:], 1) - np.diag(W[2, 1:], -1)) @ x, BAND),
        (lambda x, W: np.kron(EYE(2), np.exp(W[:3, :3])) @ x, BLOCKS),
        (lambda x, W: np.pad(W[1:4, 1:4], ((0, 3), (3, 0))) @ x, np.kron(EYE(2, k=1), ONES((3, 3)))),
        (lambda x, W: (np.tril(W) @ np.tril(W)) @ x, TRI(6)),
        (
            lambda x, W: np.convolve(W[0], x[:3]),
            np.hstack([sum(EYE(8, 3, k=-i) for i in range(6)), np.zeros((8, 3))]),
        ),
        (lambda x, W: np.correlate(x, W[0, :4], "valid"), sum(EYE(3, 6, k=i) for i in range(4))),
        (lambda x, W: np.linalg.solve(np.tril(W) + 9 * EYE(6), x), TRI(6)),
        (lambda x, W: np.linalg.solve(TRI(6).T + 9 * EYE(6), x), TRI(6).T),
        (lambda x, W: np.linalg.solve(W, x.reshape(6, 1)), ONES((6, 6))),
        (lambda x, W: np.linalg.solve(np.kron(EYE(2), W[:3, :3]), x), BLOCKS),
        (lambda x, W: np.linalg.solve(W[:2, :2], x.reshape(2, 3)), np.kron(ONES((2, 2)), EYE(3))),
        (lambda x, W: np.linalg.solve(BAND + 2 * EYE(6), x), ONES((6, 6))),
    ],
)
def test_zeros_that_are_put_into_a_matrix_stay_zero_in_products_with_it(
    function: Callable[[Any, Any], Any], expected: np.ndarray
) -> None:
    """Of masks, triangles, diagonals, bands, blocks and padding."""
    J = cr.jacobian(function)(X, SQUARE)
    np.testing.assert_array_equal(J.pattern().toarray(), expected.astype(bool))
    np.testing.assert_allclose(J.matrix(), J @ EYE(6), 1e-12, 1e-13)
    np.testing.assert_allclose(J.sparse().toarray(), J @ EYE(6), 1e-12, 1e-13)


ATTENDED = TRI(6) > 0
LEFT_OUT = np.where(ATTENDED, 0.0, -np.inf)
LOWER = RNG.normal(size=(6, 6))
OWN_ROWS = np.concatenate([np.kron(EYE(6)[k], ATTENDED[k]) * ATTENDED[k][:, None] for k in range(6)])
ALL_ROWS = np.kron(EYE(6), ONES((6, 6)))
OF_COLUMNS = OWN_ROWS.reshape(36, 6, 6).transpose(0, 2, 1).reshape(36, 36)


@pytest.mark.parametrize(
    ("function", "expected"),
    [
        (lambda x: cr.special.softmax(np.where(ATTENDED, x, -np.inf), axis=1), OWN_ROWS),
        (lambda x: cr.special.softmax(x + LEFT_OUT, axis=-1), OWN_ROWS),
        (lambda x: cr.special.softmax((LEFT_OUT + x) / np.sqrt(3), axis=-1), OWN_ROWS),
        (lambda x: cr.special.softmax(x + LEFT_OUT.T, axis=0).T, OF_COLUMNS),
        (lambda x: cr.special.logsumexp(x + LEFT_OUT, axis=1), np.kron(EYE(6), ONES(6)) * ATTENDED.ravel()),
        (lambda x: np.exp(x + LEFT_OUT), np.diag(ATTENDED.ravel())),
        (lambda x: cr.special.softmax(LOWER + LEFT_OUT, axis=1) @ x, np.kron(TRI(6), EYE(6))),
        (lambda x: cr.special.softmax(x - np.inf, axis=1), np.kron(EYE(6), ONES((6, 6)))),
        (lambda x: cr.special.softmax(x + np.full(6, -np.inf), axis=1), ALL_ROWS),
        (lambda x: cr.special.softmax(np.maximum(x + LEFT_OUT, x / 2), axis=1), ALL_ROWS),
        (lambda x: cr.special.softmax(np.minimum(x + LEFT_OUT, x / 2), axis=1), OWN_ROWS),
        (
            lambda x: cr.special.softmax(x + np.where(x > 0, -np.inf, 0), axis=1),
            np.kron(EYE(6), ONES((6, 6))),
        ),
    ],
)
def test_a_softmax_has_no_entries_where_its_mask_puts_minus_infinity(
    function: Callable[[Any], Any], expected: np.ndarray
) -> None:
    """But for rows that are left out altogether, which are NaN, and for masks that depend on the argument."""
    np.testing.assert_array_equal(cr.jacobian(function)(LOWER).pattern().toarray(), expected.astype(bool))


def test_causal_attention_depends_on_earlier_rows_alone() -> None:
    Q, K, V = RNG.normal(size=(3, 6, 2))

    def attention(Q: Any, K: Any, V: Any) -> Any:
        scores = Q @ K.T / np.sqrt(2) + LEFT_OUT
        weights = np.exp(scores - np.max(scores, axis=1, keepdims=True))
        own = weights / np.sum(weights, axis=1, keepdims=True)
        return own @ V, cr.special.softmax(scores, axis=1) @ V

    J = cr.jacobian(attention, wrt="V")(Q, K, V)
    np.testing.assert_array_equal(J.pattern().toarray(), np.vstack([np.kron(TRI(6), EYE(2))] * 2) > 0)
    for k in range(2):
        J = cr.jacobian(lambda Q, K, V, k=k: attention(Q, K, V)[k], wrt=("K", "Q"))(Q, K, V)
        by_K, by_Q = (J.pattern().toarray()[:, J.columns[name]] for name in ("K", "Q"))
        np.testing.assert_array_equal(by_K, np.kron(TRI(6), ONES((2, 2))) > 0)
        np.testing.assert_array_equal(by_Q, np.kron(EYE(6), ONES((2, 2))) > 0)
        np.testing.assert_allclose(J.sparse().toarray(), J @ EYE(24), 1e-12, 1e-13)


def test_the_first_rows_of_a_cholesky_factor_depend_on_the_first_rows_and_columns_alone() -> None:
    J = cr.jacobian(np.linalg.cholesky)(SQUARE @ SQUARE.T + EYE(6))
    depends = J.pattern().toarray().reshape(6, 6, 6, 6)
    assert not np.any((J @ EYE(36)).reshape(depends.shape)[~depends])
    for k in range(6):
        assert not np.any(depends[k, k + 1 :])
        np.testing.assert_array_equal(depends[k, k], np.outer(np.arange(6) <= k, np.arange(6) <= k))
        first = (np.arange(6) == 0) & (np.arange(6)[:, None] <= k)
        np.testing.assert_array_equal(depends[k, 0], first | first.T)
    batch = cr.jacobian(np.linalg.cholesky)(np.stack([EYE(6), 2 * EYE(6)]))
    assert batch.pattern().nnz == 2 * depends.sum()


def test_the_rows_of_a_batch_that_are_sorted_are_blocks() -> None:
    for function in (lambda x: np.sort(x, axis=-1) ** 2, lambda x: np.median(x, axis=-1)):
        assert cr.jacobian(function)(ROWS).plan.blocks == 3
    largest = lambda x: np.take_along_axis(x, np.argmax(x, axis=1)[:, None], axis=1)  # noqa: E731
    J = cr.jacobian(largest)(ROWS)
    assert J.plan.blocks == 3
    np.testing.assert_array_equal(J.diagonal_blocks()[:, 0], ROWS.max(axis=1, keepdims=True) == ROWS)


def test_a_pattern_that_takes_more_entries_than_allowed_is_not_written_down() -> None:
    graph = cr.trace(lambda x: x[1:] * x[:-1], X).graph
    chain = chain_of(graph, graph.inputs)
    assert pattern_of(graph, graph.inputs, chain, 10) is None
    found = pattern_of(graph, graph.inputs, chain, 100)
    assert found is not None
    assert found.nnz == 10


def test_the_pattern_of_a_symmetric_matrix_has_the_mirror_image_of_every_entry() -> None:
    upper = csr_array(np.array([[True, True, False], [False, False, True], [False, False, False]]))
    np.testing.assert_array_equal(_mirrored(upper).toarray(), (upper + upper.T).toarray())
    assert _mirrored(upper).nnz == 5
