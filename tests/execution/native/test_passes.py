"""The compiler's passes, each by itself."""

import numpy as np
import pytest

import chainrule as cr
from chainrule.execution.native.fusion import stored_nodes
from chainrule.execution.native.grouping import collapsed, grouped
from chainrule.execution.native.kernels import FusedKernel, LoopKernel, ProductKernel, TransposeKernel
from chainrule.execution.native.legalise import legalise
from chainrule.execution.native.lower import lower
from chainrule.execution.native.memory import ALIGNMENT, bytes_of, plan
from chainrule.execution.native.products import remaining_panels

RNG = np.random.default_rng(4)
X = RNG.normal(size=(5, 3))


def kernels(f, *args):  # type: ignore[no-untyped-def]
    return lower(legalise(cr.trace(f, *args).graph)).kernels


def test_elementwise_chains_are_one_kernel() -> None:
    (kernel,) = kernels(lambda x: np.tanh(x * 2 + 1) ** 2 - x, X)
    assert isinstance(kernel, LoopKernel)
    assert str(kernel).count("t0[") == 2


def test_a_value_used_twice_is_stored_once() -> None:
    graph = cr.trace(lambda x: np.exp(x) * np.sin(np.exp(x)), X).graph
    assert [node.op for node in graph.nodes if node in stored_nodes(graph)] == ["input", "exp", "multiply"]


def test_views_cost_nothing() -> None:
    (kernel,) = kernels(lambda x: x.T[::-1, 1:] * 2, X)
    assert isinstance(kernel, LoopKernel)
    assert "t0[" in str(kernel)


def test_contiguous_nests_become_one_loop() -> None:
    (kernel,) = kernels(lambda x: x * 2, np.ones((4, 1, 5)))
    assert collapsed(kernel).lengths == (20,)
    (kernel,) = kernels(lambda x: x.T * 2, X)
    assert collapsed(kernel).lengths == (3, 5)
    (kernel,) = kernels(lambda x: np.sum(x), np.ones((4, 1, 5)))
    assert (collapsed(kernel).lengths, collapsed(kernel).reduced) == ((20,), 1)


def test_loops_of_one_shape_share_a_nest_where_nothing_stands_between() -> None:
    def updates(p, g, m):  # type: ignore[no-untyped-def]
        m = 0.9 * m + g
        return m, p - 0.1 * m

    (kernel,) = grouped(kernels(updates, X, X, X))
    assert isinstance(kernel, FusedKernel)
    assert len(kernel.parts) == 2

    def turned(x):  # type: ignore[no-untyped-def]
        y = np.exp(x)
        return y, y.T * 2  # reads other places of y than those just written

    assert len(grouped(kernels(turned, np.ones((3, 3))))) == 2


def test_products_read_transposes_through_strides_and_pack_what_runs_across() -> None:
    assert [type(k) for k in kernels(lambda a, b: a.T @ b, X, X)] == [ProductKernel]
    assert [type(k) for k in kernels(lambda a, b: a @ b.T, X, X)] == [TransposeKernel, ProductKernel]


def test_workspace_is_shared_by_values_that_do_not_live_together() -> None:
    def chain(x):  # type: ignore[no-untyped-def]
        for _ in range(6):
            x = np.cumsum(x, axis=1)
        return x

    ordered = kernels(chain, np.ones((8, 8)))
    offsets, size = plan(ordered)
    assert size == 2 * bytes_of(ordered[0].target)
    assert all(offset % ALIGNMENT == 0 for offset in offsets.values())


@pytest.mark.parametrize("columns", range(40))
def test_panels_cover_every_column(columns: int) -> None:
    assert sum(panel.width for panel in remaining_panels(columns, lanes=8, vectors=2)) == columns


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize(("m", "n"), [(1, 1), (1, 21), (5, 3), (6, 8), (7, 16), (13, 1)])
def test_products_of_odd_sizes(m: int, n: int, dtype: str) -> None:
    for k in (0, 9):
        a, b = (RNG.normal(size=shape).astype(dtype) for shape in ((m, k), (k, n)))
        rtol = 1e-12 if dtype == "float64" else 1e-5
        for f, args in (
            (lambda a, b: a @ b, (a, b)),
            (lambda a, b: a @ b.T, (a, np.ascontiguousarray(b.T))),
            (lambda a, b: a.T @ b, (np.ascontiguousarray(a.T), b)),
            (lambda a, b: (a @ b).T, (a, b)),
        ):
            np.testing.assert_allclose(cr.compile(f)(*args), f(*args), rtol=rtol, atol=rtol)


def test_what_has_no_machine_code_runs_in_numpy_within_the_plan() -> None:
    def f(A, x):  # type: ignore[no-untyped-def]
        return np.sum(np.tanh(np.linalg.inv(A @ A.T + np.eye(3)) @ x) ** 2)

    A, x = RNG.normal(size=(3, 3)), RNG.normal(size=3)
    compiled = cr.compile(f)
    assert compiled(A, x) == pytest.approx(f(A, x))
    assert "having no machine code: inv" in compiled.explain(A, x)


def test_branches_on_values_are_refused_with_the_line() -> None:
    def f(x):  # type: ignore[no-untyped-def]
        return x if x > 0 else -x

    with pytest.raises(cr.errors.TraceError, match=r"np\.where") as caught:
        cr.compile(f)(2.0)
    assert caught.value.where is not None
    assert "if x > 0" in caught.value.where.text


def test_the_ir_can_be_read_before_and_after_llvm() -> None:
    f = cr.compile(lambda x: np.exp(x))
    assert "define" in f.ir(X)
    assert "x double>" in f.ir(X, optimise=True)  # vectorised


def test_functions_that_are_no_network() -> None:
    def runge_kutta(y, h):  # type: ignore[no-untyped-def]
        def slope(y):  # type: ignore[no-untyped-def]
            return np.stack([y[1], (1 - y[0] ** 2) * y[1] - y[0]])

        a = slope(y)
        b = slope(y + h / 2 * a)
        c = slope(y + h / 2 * b)
        return y + h / 6 * (a + 2 * b + 2 * c + slope(y + h * c))

    def stencil(u):  # type: ignore[no-untyped-def]
        return u[1:-1, 1:-1] + 0.1 * (
            u[2:, 1:-1] + u[:-2, 1:-1] + u[1:-1, 2:] + u[1:-1, :-2] - 4 * u[1:-1, 1:-1]
        )

    y, u = np.array([1.0, 0.5]), RNG.normal(size=(9, 7))
    np.testing.assert_allclose(cr.compile(runge_kutta)(y, 0.1), runge_kutta(y, 0.1), rtol=1e-13)
    np.testing.assert_allclose(cr.compile(stencil)(u), stencil(u), rtol=1e-13, atol=1e-13)
    loss = cr.grad(lambda u: np.sum(stencil(u) ** 2))
    np.testing.assert_allclose(cr.compile(loss)(u), loss(u), rtol=1e-12, atol=1e-12)
