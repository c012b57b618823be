"""The compiler's passes, each by itself."""

import math

import numpy as np
import pytest

import chainrule as cr
from chainrule.execution.native.emission.tiles import panel_width, strips
from chainrule.execution.native.kernels import FusedKernel, LoopKernel, PackKernel, ProductKernel
from chainrule.execution.native.passes.fusion import stored_nodes
from chainrule.execution.native.passes.grouping import collapsed, grouped
from chainrule.execution.native.passes.legalise import legalise
from chainrule.execution.native.passes.lower import lower
from chainrule.execution.native.passes.memory import ALIGNMENT, bytes_of, offsets_in_workspace
from chainrule.execution.native.planning import planned
from chainrule.execution.native.target import host

RNG = np.random.default_rng(4)
X = RNG.normal(size=(5, 3))


def kernels(f, *args):  # type: ignore[no-untyped-def]
    return lower(legalise(cr.trace(f, *args).graph), host()).kernels


def planned_kernels(f, *args):  # type: ignore[no-untyped-def]
    return planned(cr.trace(f, *args).graph, host()).kernels


def test_elementwise_chains_are_one_kernel() -> None:
    (kernel,) = kernels(lambda x: np.tanh(x * 2 + 1) ** 2 - x, X)
    assert isinstance(kernel, LoopKernel)
    assert str(kernel).count("t0[") == 2


def test_a_value_used_twice_is_stored_once() -> None:
    graph = cr.trace(lambda x: np.exp(x) * np.sin(np.exp(x)), X).graph
    assert [node.op for node in graph.nodes if node in stored_nodes(graph)] == ["input", "exp", "multiply"]


def test_a_multiple_of_a_stored_value_is_computed_where_it_is_used() -> None:
    def f(x):  # type: ignore[no-untyped-def]
        y = np.sin(x)
        half = 0.5 * y
        return half * np.exp(y) + np.cos(half)

    graph = cr.trace(f, X).graph
    assert [node.op for node in graph.nodes if node in stored_nodes(graph)] == ["input", "sin", "add"]


def test_what_a_costly_function_takes_of_a_product_is_stored() -> None:
    graph = cr.trace(lambda x, W, b: np.tanh(x @ W.T + b), X, np.ones((4, 3)), np.ones(4)).graph
    stored = [node.op for node in graph.nodes if node in stored_nodes(graph)]
    assert stored == ["input", "input", "input", "einsum", "add", "tanh"]
    product, function = planned(legalise(graph), host()).kernels[-2:]
    assert isinstance(product, ProductKernel)
    assert product.start is not None  # the bias
    assert isinstance(function, LoopKernel)
    assert function.lengths == (20,)


def test_views_cost_nothing() -> None:
    (kernel,) = kernels(lambda x: x.T[::-1, 1:] * 2, X)
    assert isinstance(kernel, LoopKernel)
    assert "t0[" in str(kernel)


def test_views_of_views_may_be_many() -> None:
    def later(x):  # type: ignore[no-untyped-def]
        for _ in range(250):
            x = x[::-1][1:]
        return 3 * x

    x = np.arange(256.0)
    np.testing.assert_array_equal(cr.compile(later)(x), 3 * np.arange(125.0, 131.0))
    gradient = cr.compile(cr.grad(lambda x: np.sum(later(x) ** 2)))(x)
    np.testing.assert_array_equal(gradient, np.where(np.abs(x - 127.5) < 3, 18 * x, 0))


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
    assert [type(k) for k in kernels(lambda a, b: a @ b.T, X, X)] == [PackKernel, ProductKernel]


@pytest.mark.parametrize(("terms", "cut_into"), [(767, []), (1000, [(4, 250)]), (1009, [(3, 256), (1, 241)])])
def test_long_sums_of_few_results_are_cut(terms: int, cut_into: list[tuple[int, int]]) -> None:
    a, b = RNG.normal(size=(terms, 5)), RNG.normal(size=(terms, 3))
    found = kernels(lambda a, b: a.T @ b, a, b)
    products = [kernel for kernel in found if isinstance(kernel, ProductKernel)]
    assert [(*kernel.batch, kernel.k) for kernel in products if kernel.batch] == cut_into
    exact = np.array([[math.fsum(a[:, i] * b[:, j]) for j in range(3)] for i in range(5)])
    for f, args, wanted in (
        (lambda a, b: a.T @ b, (a, b), exact),
        (lambda a, b: b.T @ a, (a, b), exact.T),
        (lambda a, b: a @ b, (np.ascontiguousarray(a.T), b), exact),
        (lambda a, b: a @ b.T, (np.ascontiguousarray(a.T), np.ascontiguousarray(b.T)), exact),
    ):
        np.testing.assert_allclose(cr.compile(f)(*args), wanted, rtol=0, atol=1e-12)


def test_a_relu_units_derivative_reads_the_unit() -> None:
    def f(x, w, p):  # type: ignore[no-untyped-def]
        z = x @ w
        return np.maximum(z, 0), np.where(z > 0, p, 0)

    x = np.array([[1.0, np.nan], [1.0, -2.0], [np.inf, 3.0], [1.0, 1.0]])
    w = np.array([[2.0, 0.0, -1.0], [1.0, 0.0, 1.0]])
    p = RNG.normal(size=(4, 3))
    (kernel,) = grouped(kernels(f, x, w, p))
    assert isinstance(kernel, ProductKernel)
    assert kernel.c.buffer in kernel.unstored
    with np.errstate(all="ignore"):
        expected = f(x, w, p)
    for found, wanted in zip(cr.compile(f)(x, w, p), expected, strict=True):
        np.testing.assert_array_equal(found, wanted)


def test_workspace_is_shared_by_values_that_do_not_live_together() -> None:
    def chain(x):  # type: ignore[no-untyped-def]
        for _ in range(6):
            x = np.cumsum(x, axis=1)
        return x

    ordered = kernels(chain, np.ones((8, 8)))
    offsets, size = offsets_in_workspace(ordered)
    assert size == 2 * bytes_of(ordered[0].target)
    assert all(offset % ALIGNMENT == 0 for offset in offsets.values())


def test_workspace_is_no_larger_than_the_values_that_live_together() -> None:
    def between_large_ones(x):  # type: ignore[no-untyped-def]
        small = np.sum(np.cumsum(x, axis=1), axis=1)
        middling = np.cumsum(np.repeat(small, 20))
        large = np.cumsum(x * np.sum(middling), axis=1)
        return np.cumsum(large, axis=1) * middling[0] * small[:, None]

    ordered = kernels(between_large_ones, np.ones((16, 64)))
    touched = [{b for b in (*k.buffers(), *k.written()) if b.kind == "workspace"} for k in ordered]
    together = [set.union(*touched[:k]) & set.union(*touched[k - 1 :]) for k in range(1, len(ordered) + 1)]
    assert offsets_in_workspace(ordered)[1] == max(sum(map(bytes_of, living)) for living in together)


@pytest.mark.parametrize("columns", range(40))
def test_panels_cover_every_column(columns: int) -> None:
    found = strips(columns, lanes=8, fewest=4)
    covered = [strip.start + lane for strip in found for lane in range(strip.active)]
    assert set(covered) == set(range(columns))
    assert max(covered, default=-1) < columns
    if columns == 1:
        assert [strip.lanes for strip in found] == [0]  # a number, no vector
        return
    assert all(strip.active == strip.lanes for strip in found) or columns < 8
    assert all(strip.active <= strip.lanes < 2 * max(strip.active, 4) for strip in found)
    assert panel_width(columns, lanes=8, vectors=2) <= max(columns + 7, 8)


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


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize(("m", "n"), [(1, 5), (5, 16), (7, 33), (20, 8), (49, 3), (70, 21)])
def test_much_computed_from_a_product_is_written_once_for_a_tile(m: int, n: int, dtype: str) -> None:
    a, b, c = (RNG.normal(size=shape).astype(dtype) for shape in [(m, 6), (n, 6), (m, n)])

    def f(a, b, c):  # type: ignore[no-untyped-def]
        g = a @ b.T
        first, second = 0.9 * c + 0.1 * g, 0.99 * c * c + 0.01 * g * g
        return first, second, c - 0.1 * first / (np.sqrt(second) + 1e-3)

    for got, expected in zip(cr.compile(f)(a, b, c), f(a, b, c), strict=True):
        np.testing.assert_allclose(got, expected, rtol=1e-4 if dtype == "float32" else 1e-11, atol=1e-6)


def test_what_has_no_machine_code_runs_in_numpy_within_the_plan() -> None:
    def f(A, x):  # type: ignore[no-untyped-def]
        return np.sum(np.tanh(np.linalg.pinv(A @ A.T + np.eye(3)) @ x) ** 2)

    A, x = RNG.normal(size=(3, 3)), RNG.normal(size=3)
    compiled = cr.compile(f)
    assert compiled(A, x) == pytest.approx(f(A, x))
    assert "having no machine code: pinv" in compiled.explain(A, x)


def test_branches_on_values_are_refused_with_the_line() -> None:
    def f(x):  # type: ignore[no-untyped-def]
        return x if x > 0 else -x

    with pytest.raises(cr.errors.TraceError, match=r"np\.where") as caught:
        cr.compile(f)(2.0)
    assert caught.value.where is not None
    assert "if x > 0" in caught.value.where.text


def test_the_program_can_be_read_after_each_pass() -> None:
    f = cr.compile(lambda x: cr.special.softmax(x, axis=1))
    assert "softmax" in f.ir(X, stage="traced")
    assert "exp" in f.ir(X, stage="graph")
    assert f.ir(X, stage="kernels").count("exp(") == 1
    assert "for i0<" in f.ir(X, stage="loops")
    assert "workspace" in f.ir(X, stage="memory")
    assert "define" in f.ir(X)
    assert "x double>" in f.ir(X)  # vectors
    assert ".text" in f.ir(X, stage="assembly")
    with pytest.raises(cr.errors.ArgumentError, match="unknown stage 'nothing'"):
        f.ir(X, stage="nothing")


def test_what_each_pass_has_made_has_its_name() -> None:
    arrays = X, np.ones((3, 16)), np.ones(16)
    plan = planned(cr.trace(lambda x, W, b: np.maximum(x @ W + b, 0), *arrays).graph, host())
    names = "legalise outer turning lower outputs accumulating streaming grouping storing packing passing"
    assert list(plan.passes) == [*names.split(), "beginning", "zeros"]
    told = [plan.text(name) for name in plan.passes]
    assert [plan.text(stage) for stage in ("graph", "kernels", "loops")] == [told[2], told[6], told[-1]]
    assert len(told[6].splitlines()) > len(told[7].splitlines())  # what is added joins the product


def test_a_layer_is_one_product_whose_results_stay_in_registers() -> None:
    def layer(x, W, b):  # type: ignore[no-untyped-def]
        return np.maximum(x @ W + b, 0)

    x, W, b = RNG.normal(size=(7, 5)), RNG.normal(size=(5, 19)), RNG.normal(size=19)
    (product,) = grouped(kernels(layer, x, W, b))
    assert isinstance(product, ProductKernel)
    assert product.unstored == {product.c.buffer}
    assert [buffer.kind for buffer in product.written()] == ["output"]
    np.testing.assert_allclose(cr.compile(layer)(x, W, b), layer(x, W, b), rtol=1e-13, atol=1e-13)


@pytest.mark.parametrize(("columns", "together"), [(211, True), (15, False)])
def test_what_reads_much_from_afar_follows_rows_at_a_time(columns: int, together: bool) -> None:
    def f(a, b, c, d, e):  # type: ignore[no-untyped-def]
        y = a @ b
        return y * c - d / e, y + c

    rows = 40_000 // columns
    shapes = ((rows, 5), (5, columns), *[(rows, columns)] * 3)
    args = [RNG.uniform(1, 2, size=shape) for shape in shapes]
    found = grouped(kernels(f, *args))
    products = [kernel for kernel in found if isinstance(kernel, ProductKernel)]
    assert [bool(product.following) for product in products] == [together]
    assert not any(product.following and product.c.buffer in product.unstored for product in products)
    for ours, expected in zip(cr.compile(f)(*args), f(*args), strict=True):
        np.testing.assert_allclose(ours, expected, rtol=1e-13)


@pytest.mark.parametrize(("rows", "together"), [(900, False), (200, True)])
def test_no_large_factor_is_read_for_each_few_rows(rows: int, together: bool) -> None:
    def f(x, d, m, v, w):  # type: ignore[no-untyped-def]
        g = x.T @ d
        m, v = 0.9 * m + 0.1 * g, 0.99 * v + 0.01 * g * g
        return w - m / (np.sqrt(v) + 1e-8), m, v

    shapes = ((rows, 90), (rows, 200), *[(90, 200)] * 3)
    args = [RNG.uniform(1, 2, size=shape) for shape in shapes]
    products = [kernel for kernel in grouped(kernels(f, *args)) if isinstance(kernel, ProductKernel)]
    assert [bool(product.following) for product in products] == [together]
    for ours, expected in zip(cr.compile(f)(*args), f(*args), strict=True):
        np.testing.assert_allclose(ours, expected, rtol=1e-12, atol=1e-12)


def updated(x, d, m, v, w):  # type: ignore[no-untyped-def]
    """Adam's update of w by xᵀd, for each of a batch."""
    g = np.swapaxes(x, -1, -2) @ d
    m, v = 0.9 * m + 0.1 * g, 0.99 * v + 0.01 * g * g
    return m, v, w - 0.1 * m / (np.sqrt(v) + 1e-8)


@pytest.mark.parametrize("batch", [(), (3,)])
def test_far_gradients_that_only_their_update_uses_are_kept_by_blocks(batch: tuple[int, ...]) -> None:
    sizes = ((31, 150), (31, 203), *[(150, 203)] * 3)
    args = [RNG.uniform(1, 2, size=(*batch, *size)) for size in sizes]
    products = [k for k in planned_kernels(updated, *args) if isinstance(k, ProductKernel)]
    assert [product.passing for product in products] == [True]
    assert products[0].c.buffer not in products[0].written()
    for ours, expected in zip(cr.compile(updated)(*args), updated(*args), strict=True):
        np.testing.assert_allclose(ours, expected, rtol=1e-13)


def test_results_that_others_use_are_kept() -> None:
    def with_gradient(x, d, *others):  # type: ignore[no-untyped-def]
        return *updated(x, d, *others), np.cumsum(x.T @ d, axis=0)

    sizes = ((31, 150), (31, 203), *[(150, 203)] * 3)
    args = [RNG.uniform(1, 2, size=size) for size in sizes]
    found = planned_kernels(with_gradient, *args)
    assert not any(isinstance(kernel, ProductKernel) and kernel.passing for kernel in found)
    for ours, expected in zip(cr.compile(with_gradient)(*args), with_gradient(*args), strict=True):
        np.testing.assert_allclose(ours, expected, rtol=1e-13)


def test_roots_and_quotients_follow_a_near_product_in_one_nest() -> None:
    def adam(x, d, m, v, w):  # type: ignore[no-untyped-def]
        g = x.T @ d
        m, v = 0.9 * m + 0.1 * g, 0.99 * v + 0.01 * g * g
        return m, v, w - 0.1 * m / (np.sqrt(v) + 1e-8)

    args = [RNG.uniform(1, 2, size=size) for size in ((6, 9), (6, 5), (9, 5), (9, 5), (9, 5))]
    product, update = grouped(kernels(adam, *args))
    assert isinstance(product, ProductKernel)
    assert isinstance(update, FusedKernel)
    assert (product.parts, update.lengths, len(update.parts)) == ((), (45,), 3)
    for ours, expected in zip(cr.compile(adam)(*args), adam(*args), strict=True):
        np.testing.assert_allclose(ours, expected, rtol=1e-13)


def test_what_an_epilogue_must_not_see_half_done_stays_a_loop() -> None:
    def softened(x, W):  # type: ignore[no-untyped-def]
        y = x @ W
        return y / np.sum(y, axis=1, keepdims=True)  # needs whole rows

    def turned(x, W):  # type: ignore[no-untyped-def]
        y = x @ W
        return y + y.T

    x, W = RNG.uniform(1, 2, size=(20, 20)), RNG.uniform(1, 2, size=(20, 20))
    for f in (softened, turned):
        assert all(not k.epilogue for k in grouped(kernels(f, x, W)) if isinstance(k, ProductKernel))
        np.testing.assert_allclose(cr.compile(f)(x, W), f(x, W), rtol=1e-13)


def test_values_used_in_their_own_nest_only_are_not_stored() -> None:
    def f(x):  # type: ignore[no-untyped-def]
        e = np.exp(x)
        return e * np.sin(e), e + 1

    (kernel,) = grouped(kernels(f, X))
    assert isinstance(kernel, FusedKernel)
    assert len(kernel.unstored) == 1
    assert all(buffer.kind == "output" for buffer in kernel.written())


@pytest.mark.parametrize("length", [1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 31, 33, 65, 100])
@pytest.mark.parametrize("dtype", ["float32", "float64", "int64", "bool"])
def test_lengths_that_do_not_fill_registers(length: int, dtype: str) -> None:
    x = RNG.integers(0, 2, size=(3, length)) if dtype == "bool" else RNG.normal(size=(3, length)) * 3
    x = x.astype(dtype)
    tolerance = {"rtol": 1e-5, "atol": 1e-5} if dtype == "float32" else {"rtol": 1e-13, "atol": 1e-13}

    def reductions(x):  # type: ignore[no-untyped-def]
        """Of which each has a loop of its own."""
        return (
            x.max(axis=0), x.max(axis=1), x.T.sum(axis=0), x.sum(), np.sum(x > 0, axis=1),
            np.cumsum(x, axis=1), x.prod(axis=1),
        )  # fmt: skip

    for found, expected in zip(cr.compile(reductions)(x), reductions(x), strict=True):
        np.testing.assert_allclose(found, expected, **tolerance)
    for f in (
        lambda x: np.where(x > 0, x, x * x), lambda x: x[:, ::-1] * x, lambda x: x.T * x.T,
        lambda x: x[:, :, None] * x[:, None, :],
    ):  # fmt: skip
        np.testing.assert_allclose(cr.compile(f)(x), f(x), **tolerance)


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
