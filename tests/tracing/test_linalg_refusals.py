"""What numpy.linalg can do and a derivative can't is refused while tracing, with what to write instead."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import chainrule as cr
from chainrule.errors import ArgumentError, ChainruleError, DtypeError, ShapeError, TraceError

L = np.linalg
A = np.eye(3)
TALL = np.ones((4, 3))

REFUSED: dict[str, tuple[Callable[..., Any], np.ndarray, type[ChainruleError], str]] = {
    "svd of full size": (L.svd, TALL, TraceError, r"full_matrices=False"),
    "svd, hermitian": (lambda a: L.svd(a, hermitian=True), A, TraceError, "np.linalg.eigh"),
    "pinv, hermitian": (lambda a: L.pinv(a, hermitian=True), A, TraceError, "hermitian=True"),
    "pinv, a tolerance for each matrix": (lambda a: L.pinv(a, [0.1]), A[None], TraceError, "a number"),
    "pinv, a traced tolerance": (lambda a: L.pinv(a, a[0, 0]), A, TraceError, "a number"),
    "qr complete": (lambda a: L.qr(a, "complete"), TALL, TraceError, r"np.linalg.qr\(a\)"),
    "qr raw": (lambda a: L.qr(a, "raw"), A, TraceError, "mode='raw'"),
    "lstsq": (lambda a: L.lstsq(a, np.ones(4)), TALL, TraceError, r"np.linalg.pinv\(a\) @ b"),
    "matrix_rank": (L.matrix_rank, A, TraceError, "steps"),
    "eig": (L.eig, A, TraceError, r"np.linalg.eig cannot be traced"),
    "triangle": (lambda a: L.eigh(a, "X"), A, ArgumentError, "'L' or 'U'"),
    "triangle of values": (lambda a: L.eigvalsh(a, "X"), A, ArgumentError, "'L' or 'U'"),
    "half precision": (L.inv, A.astype(np.float16), DtypeError, "float32 or float64"),
    "inv of a vector": (L.inv, A[0], ShapeError, r"shape \(3,\)"),
    "svdvals of a vector": (L.svdvals, A[0], ShapeError, "two axes"),
    "inv": (L.inv, TALL, ShapeError, r"inv of shape \(4, 3\)"),
    "det": (L.det, TALL, ShapeError, r"det of shape \(4, 3\)"),
    "slogdet": (L.slogdet, TALL, ShapeError, r"slogdet of shape \(4, 3\)"),
    "cholesky": (L.cholesky, TALL, ShapeError, "square"),
    "eigh": (L.eigh, TALL, ShapeError, "square"),
    "eigvalsh": (L.eigvalsh, TALL, ShapeError, "square"),
    "solve": (lambda a: L.solve(a, np.ones(4)), TALL, ShapeError, "square"),
    "solve, rows": (lambda a: L.solve(a, np.ones(4)), A, ShapeError, r"\(3, 3\) and \(4,\)\n.*as many rows"),
    "solve, batches": (lambda a: L.solve(a, np.ones((3, 3, 1))), np.ones((2, 3, 3)), ShapeError, "broadcast"),
    "solve, a number": (lambda a: L.solve(a, 1.0), A, ShapeError, "two axes"),
    "matrix_power": (lambda a: L.matrix_power(a, 2), TALL, ShapeError, "square"),
    "outer": (lambda a: L.outer(a, a), A, ShapeError, "two vectors"),
    "vecdot": (lambda a: L.vecdot(a, np.ones(2)), A, ShapeError, "lengths 3 and 2"),
    "cross": (lambda a: np.cross(a, np.ones(2)), A, ShapeError, "3 components"),
}


@pytest.mark.parametrize(("function", "array", "error", "message"), REFUSED.values(), ids=REFUSED.keys())
def test_what_cannot_be_differentiated_is_refused(
    function: Callable[..., Any], array: np.ndarray, error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        cr.trace(function, array)


def test_results_have_numpys_names() -> None:
    graph = cr.trace(L.eigh, A)
    assert graph.run(A).output._fields == L.eigh(A)._fields
    assert cr.trace(L.slogdet, A).run(A).output._fields == L.slogdet(A)._fields
    assert cr.trace(L.qr, A).run(A).output._fields == L.qr(A)._fields
    assert cr.trace(L.svd, A).run(A).output._fields == L.svd(A)._fields


def test_a_power_that_is_no_integer_is_pythons_own_error() -> None:
    with pytest.raises(TypeError, match="integer"):
        cr.trace(lambda a: L.matrix_power(a, 0.5), A)
