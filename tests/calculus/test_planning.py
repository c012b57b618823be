"""Plans: what is chosen for which function, and that every plan computes the Jacobian."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import reduce
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import chainrule as cr
from chainrule.calculus import Bracketed, Compressed, Plan, jacobian_graph, plan_jacobian, planning
from chainrule.calculus.blocks import BlockMatrix
from chainrule.calculus.bracketing import Bracket, Formed, Structure, cheapest
from chainrule.calculus.chains import Segment
from chainrule.calculus.colouring import fewest_passes
from chainrule.calculus.costs import costs_of
from chainrule.calculus.counting import NOTHING
from chainrule.execution import compile_reference, evaluate
from chainrule.graph import Graph, constant, reshape

from .random_programs import random_program

RNG = np.random.default_rng(8)
Arrays = tuple[np.ndarray, ...]


def planned(
    function: Callable[..., Any], *arrays: np.ndarray, wrt: tuple[int, ...] = (0,)
) -> tuple[Graph, Plan]:
    graph = cr.trace(function, *arrays).graph
    return graph, plan_jacobian(graph, [graph.inputs[i] for i in wrt])


def matrix_of(graph: Graph, plan: Plan, arrays: Arrays) -> np.ndarray:
    (matrix,) = compile_reference(jacobian_graph(graph, plan.blocks(1).matrix()))(*arrays)
    return np.asarray(matrix)


def oracle(function: Callable[..., Any], *arrays: np.ndarray) -> np.ndarray:
    """The Jacobian by all arguments, a product with a unit vector at a time."""
    J = cr.jacobian(function, wrt=tuple(range(len(arrays))))(*arrays)
    return np.stack([J @ unit for unit in np.eye(J.shape[1])], axis=1)


@pytest.mark.parametrize("chunk", range(4))
def test_compressed_plans_of_random_programs_give_their_jacobians(chunk: int) -> None:
    """Colours are taken even where they are not the cheapest."""
    for seed in range(60 * chunk, 60 * (chunk + 1)):
        program = random_program(np.random.default_rng(seed))
        arrays = program.arguments
        graph, plan = planned(program, *arrays, wrt=tuple(range(len(arrays))))
        pattern = plan.task.whole_pattern()
        colouring = fewest_passes(pattern)
        if pattern.nnz and colouring is not None:
            compressed = Compressed(plan.task, NOTHING, colouring, pattern)
            found = matrix_of(graph, compressed, arrays)
            np.testing.assert_allclose(found, oracle(program, *arrays), 1e-12, 1e-12, err_msg=str(seed))


@pytest.mark.parametrize("seed", [581, 1511, 2035, 2092, 2154, 2796, *range(30)])
def test_no_pure_mode_takes_fewer_multiplications(seed: int) -> None:
    program = random_program(np.random.default_rng(seed))
    J = cr.jacobian(program, wrt=tuple(range(len(program.arguments))))(*program.arguments)
    assert J.plan.chosen.counted <= min(J.plan.forward.counted, J.plan.reverse.counted)
    np.testing.assert_allclose(J.matrix(), oracle(program, *program.arguments), 1e-12, 1e-12)


@pytest.mark.parametrize("seed", [3, 28, 41, 59, 135, 169, 203, 207, 208, 241, *range(500, 515)])
def test_neither_colours_nor_a_bracketing_would_take_fewer_multiplications(seed: int) -> None:
    """The chain's cheapest bracketing and the fewest passes are built whatever the plan, and counted."""
    program = random_program(np.random.default_rng(seed))
    arrays = program.arguments
    graph, plan = planned(program, *arrays, wrt=tuple(range(len(arrays))))
    task, pattern = plan.task, plan.task.whole_pattern()
    if not pattern.nnz:
        return
    costs = costs_of(graph, task.chain)
    factors = [cost.factor(part) for cost, part in zip(costs, task.chain.segments, strict=True)]
    colouring = fewest_passes(pattern)
    assert colouring is not None
    others = (Bracketed(task, NOTHING, cheapest(factors)), Compressed(task, NOTHING, colouring, pattern))
    least = min(as_it_runs(graph, other) for other in others)
    assert as_it_runs(graph, plan) <= least


def as_it_runs(graph: Graph, plan: Plan) -> int:
    return planning.counted(graph, jacobian_graph(graph, plan.entries())).multiplications


def test_a_few_multiplications_are_not_saved_by_writing_many_elements() -> None:
    """All columns of a permuted diagonal take no multiplication beside the slopes, but a matrix each."""
    plan = cr.jacobian(lambda x: (x**2)[::-1] + np.roll(x, 1))(RNG.normal(size=400)).plan
    assert plan.passes == (2, 0)
    assert plan.chosen.counted <= 3 * 400


def running_products_twice(x: Any, y: Any) -> Any:
    products = np.cumprod(x)
    return products @ x, np.stack([np.sum(products), y])


def running_products_and_quotients(x: Any, y: Any) -> Any:
    return np.cumprod(np.ravel(np.outer(x, y))), y / (2 + x[:2] ** 2)


def running_products_of_running_products(x: Any, y: Any) -> Any:
    products = np.cumprod(np.concatenate([x, y[None] * x[:2]]))
    return np.sum(products), np.cumprod(products)[-2:], products[:2] * y


@pytest.mark.parametrize(
    ("function", "second"),
    [
        (running_products_twice, np.array(0.7)),
        (running_products_and_quotients, np.array([0.7, -1.2])),
        (running_products_of_running_products, np.array(-0.4)),
    ],
)
def test_arrays_that_local_derivatives_hold_are_computed_once(
    function: Callable[[Any, Any], Any], second: np.ndarray
) -> None:
    """The Jacobian of a running product is a matrix, in which constant matrices take part."""
    x = np.array([1.5, -0.5, 2.0, 0.8])
    J = cr.jacobian(function, wrt=(0, 1))(x, second)
    assert J.plan.chosen.counted <= min(J.plan.forward.counted, J.plan.reverse.counted)
    np.testing.assert_allclose(J.matrix(), oracle(function, x, second), 1e-12, 1e-12)


def test_a_product_foretells_what_its_batch_counts() -> None:
    """The constant ½ multiplies the sums of k once, and not every vector."""

    def flow(T: Any) -> Any:
        T = np.concatenate([np.ones(1), T, np.ones(1)])
        k = 15 + 0.01 * T
        right = 0.5 * (k[1:] + k[:-1]) * (T[1:] - T[:-1]) * 0.3
        return right[1:] - right[:-1] + 2 * T[1:-1] ** 4

    plan = cr.jacobian(flow)(RNG.normal(size=30)).plan
    assert plan.passes == (3, 0)
    for cost in (plan.chosen, plan.forward, plan.reverse):
        assert cost.predicted == cost.counted


def test_a_plan_counts_nothing_that_the_function_computes_anyway() -> None:
    """The Gaussian log-density solves with a constant vector, a reshaped copy of which is made beforehand."""
    y, L = np.arange(4.0), RNG.normal(size=(4, 4))

    def log_density(L: Any) -> Any:
        S = L @ L.T + 3 * np.eye(4)
        return -0.5 * (y @ np.linalg.solve(S, y) + np.linalg.slogdet(S)[1])

    plan = cr.jacobian(log_density)(L).plan
    assert plan.chosen.counted <= plan.reverse.counted < plan.forward.counted


def test_a_plan_that_counts_more_than_a_pure_mode_gives_way() -> None:
    """The first factor by rows and the second by columns: fewer elements, but more multiplications."""

    def f(x: Any) -> tuple[Any, Any]:
        v = np.concatenate([np.cumsum(x), np.max(x)[None]])
        return v, np.sqrt(np.abs(v) + 1)

    x = np.array([0.5, -1.0, 2.0, 0.1, -0.2])
    J = cr.jacobian(f)(x)
    assert J.plan.passes == (5, 0)
    assert J.plan.chosen.counted == J.plan.forward.counted < J.plan.reverse.counted
    first = np.vstack([np.tri(5), np.eye(5)[2]])
    v = first @ x
    slopes = np.sign(v) / (2 * np.sqrt(np.abs(v) + 1))
    np.testing.assert_allclose(J.matrix(), np.vstack([first, slopes[:, None] * first]), 1e-14, 1e-15)


@pytest.mark.parametrize("counted", [True, False])
def test_columns_give_way_to_a_row(counted: bool) -> None:
    """Of a number by nine others forward mode has nine columns, reverse mode one row."""
    _, plan = planned(lambda x: np.sum(np.sin(x) * np.cos(x)), RNG.normal(size=9))
    task, structure = plan.task, plan.task.structure
    whole, taken = replace(task, chain=task.chain.uncut()), planning._Multiplications(counted)
    modes: tuple[Formed, ...] = ("columns", "rows")
    forward, reverse = (
        Bracketed(whole, work, Bracket(0, 0, structure, formed, (), work))
        for formed, work in zip(modes, planning.pure_modes(task), strict=True)
    )
    costs = costs_of(task.graph, task.chain)
    assert taken(planning._no_worse(forward, costs, taken)) == taken(reverse) < taken(forward)
    assert planning._no_worse(reverse, costs, taken) is reverse


def test_large_plans_give_way_too() -> None:
    """The first factor by rows would take one pass, and one multiplication for each unit vector, more."""

    def f(x: Any) -> tuple[Any, Any]:
        v = np.concatenate([np.cumsum(x), np.max(x)[None]])
        return v, np.sqrt(np.abs(v) + 1)

    plan = cr.jacobian(f)(RNG.normal(size=710)).plan
    assert planning.COUNTED < 710 * 1422
    assert plan.chosen == plan.forward
    assert plan.forward.counted < plan.reverse.counted


@pytest.mark.parametrize("seed", range(17))
def test_predictions_are_the_counts_but_for_what_constants_determine(seed: int) -> None:
    program = random_program(np.random.default_rng(seed))
    plan = cr.jacobian(program, wrt=tuple(range(len(program.arguments))))(*program.arguments).plan
    assert plan.chosen.predicted == plan.chosen.counted + plan.beforehand


def test_a_linear_function_is_multiplied_out_beforehand() -> None:
    plan = cr.jacobian(lambda x: (3.0 * x[::-1]) @ np.ones((5, 2)))(RNG.normal(size=5)).plan
    assert plan.chosen.counted == 0
    assert plan.beforehand == plan.chosen.predicted > 0
    assert f"  {plan.beforehand} multiplications of this plan are of constants alone" in str(plan)


def test_a_pass_of_all_unit_vectors_at_once_multiplies_by_no_ones() -> None:
    """The derivatives 1 − tanh² are the entries, wherever a permutation puts them."""
    places = RNG.permutation(10)
    plan = cr.jacobian(lambda x: np.tanh(x)[places])(RNG.normal(size=10)).plan
    assert plan.passes == (1, 0)
    assert plan.chosen.counted == 10
    assert plan.chosen.predicted == plan.chosen.counted + plan.beforehand


def network(x: Any, *weights: Any) -> Any:
    for W in weights:
        x = np.tanh(W @ x)
    return x


@settings(max_examples=40)
@given(st.lists(st.integers(1, 7), min_size=2, max_size=7), st.integers(0, 1000))
def test_every_bracketing_of_a_network_gives_its_jacobian(sizes: list[int], seed: int) -> None:
    rng = np.random.default_rng(seed)
    weights = [rng.normal(size=(n, m)) for m, n in pairwise(sizes)]
    arrays = (rng.normal(size=sizes[0]), *weights)
    graph, plan = planned(network, *arrays)
    assert isinstance(plan, Bracketed)
    product = np.eye(sizes[0])
    value = arrays[0]
    for W in weights:
        value = np.tanh(W @ value)
        product = np.diag(1 - value**2) @ W @ product
    np.testing.assert_allclose(matrix_of(graph, plan, arrays), product, 1e-11, 1e-12)


BATCH, W1, W2 = RNG.normal(size=(8, 4)), RNG.normal(size=(9, 4)), RNG.normal(size=(3, 9))


def rows_of_a_batch(X: Any, W1: Any, W2: Any) -> Any:
    return np.tanh(X @ W1.T) @ W2.T


def test_a_batch_is_found_to_be_block_diagonal() -> None:
    _, plan = planned(rows_of_a_batch, BATCH, W1, W2)
    assert plan.task.structure == Structure(24, 32, 8)
    assert sum(plan.passes) <= 4
    one = lambda x: W2 @ np.tanh(W1 @ x)  # noqa: E731
    blocks = np.stack([oracle(one, x) for x in BATCH])
    J = cr.jacobian(rows_of_a_batch)(BATCH, W1, W2)
    np.testing.assert_allclose(J.diagonal_blocks(), blocks, 1e-12, 1e-13)
    np.testing.assert_allclose(J.matrix()[3:6, 4:8], blocks[1], 1e-12, 1e-13)
    assert J.matrix()[3:6, :4].any() == 0
    assert J.sparse().nnz == blocks.size


def arrow(x: Any) -> Any:
    return np.concatenate([np.sum(x**2)[None], x[1:] * x[0] + np.sin(x[1:])])


def test_an_arrow_takes_three_passes_and_a_band_as_many_as_it_is_wide() -> None:
    assert sum(planned(arrow, RNG.normal(size=200))[1].passes) == 3
    for width in (2, 3, 5):
        band = lambda x, w=width: sum(x[i : len(x) - w + i] ** (i + 1) for i in range(w))  # noqa: E731
        _, plan = planned(band, RNG.normal(size=300))
        assert plan.passes == (width, 0)


def test_a_narrow_waist_costs_the_product_of_its_halves() -> None:
    A, B, x = RNG.normal(size=(2, 50)), RNG.normal(size=(40, 2)), RNG.normal(size=50)
    J = cr.jacobian(lambda x, A, B: B @ np.tanh(A @ x))(x, A, B)
    product, slopes = 40 * 2 * 50 + min(40, 50) * 2, 2
    assert J.plan.chosen.predicted == J.plan.chosen.counted == product + slopes
    assert J.plan.forward.counted > 1.9 * J.plan.chosen.counted
    np.testing.assert_allclose(J.matrix(), B @ np.diag(1 - np.tanh(A @ x) ** 2) @ A, 1e-12)


@pytest.mark.parametrize(
    ("function", "passes"),
    [
        (lambda x: np.sum(np.sin(x) ** 2), (0, 1)),
        (lambda x: np.exp(x) * np.sin(x), (1, 0)),
        (lambda x: np.ones(3), (0, 0)),
        (lambda x: np.sign(x), (0, 0)),
        (lambda x: x[::-1], (1, 0)),
    ],
    ids=["scalar", "element-wise", "constant", "steps", "turned round"],
)
def test_simple_functions_take_one_pass_or_none(
    function: Callable[[Any], Any], passes: tuple[int, int]
) -> None:
    x = RNG.normal(size=40)
    graph, plan = planned(function, x)
    assert plan.passes == passes
    np.testing.assert_allclose(matrix_of(graph, plan, (x,)), oracle(function, x), 1e-12, 1e-13)


@pytest.mark.parametrize("x0", [0.0, -1.0, 4.0])
def test_masked_infinities_stay_masked_where_factors_are_multiplied(x0: float) -> None:
    """√ has an infinite derivative at 0; np.where does not take that branch there."""
    A = RNG.normal(size=(5, 3))

    def f(x: Any, A: Any) -> Any:
        return A @ np.where(x > 0, np.sqrt(np.abs(x)), 2 * x) ** 2

    x = np.array([x0, 1.0, 2.0])
    expected = A * np.where(x > 0, 1.0, 8 * x)
    graph, plan = planned(f, x, A)
    np.testing.assert_allclose(matrix_of(graph, plan, (x, A)), expected, 1e-13, 1e-13)


@pytest.mark.parametrize("sizes", [(2, 6, 5), (6, 5, 2), (6, 2, 6), (3, 3, 3)])
def test_masked_infinities_stay_masked_between_dense_factors(sizes: tuple[int, int, int]) -> None:
    """∂√u/∂u is infinite at u = 0, where the mask leaves it out; in any order of multiplication."""
    inputs, hidden, outputs = sizes
    A, B = RNG.uniform(0.5, 1, (hidden, inputs)), RNG.normal(size=(outputs, hidden))
    A[0] = 0.0

    def f(x: Any, A: Any, B: Any) -> Any:
        u = A @ x
        return B @ np.where(u > 0, np.sqrt(u), 0.0)

    x = np.ones(inputs)
    slopes = np.concatenate([[0.0], 0.5 / np.sqrt((A @ x)[1:])])
    graph, plan = planned(f, x, A, B)
    np.testing.assert_allclose(matrix_of(graph, plan, (x, A, B)), B @ np.diag(slopes) @ A, 1e-13, 1e-14)
    assert isinstance(plan, Bracketed)
    for bracket in every_bracket(plan.task.chain.segments, lambda _: ("columns", "rows")):
        same = Bracketed(plan.task, NOTHING, bracket)
        np.testing.assert_allclose(matrix_of(graph, same, (x, A, B)), B @ np.diag(slopes) @ A, 1e-13, 1e-14)


Ways = Callable[[Segment], tuple[Formed, ...]]


def as_planned(segment: Segment) -> tuple[Formed, ...]:
    return ("columns", "rows") if segment.explicit is None else ("given",)


def every_bracket(chain: Sequence[Segment], ways: Ways, first: int = 0) -> Iterator[Bracket]:
    """Every way to multiply a chain of factors, each formed in every one of its ways."""
    last = first + len(chain) - 1
    whole = reduce(lambda right, left: left @ right, [segment.structure for segment in chain])
    if len(chain) == 1:
        yield from (Bracket(first, last, whole, how, (), NOTHING) for how in ways(chain[0]))
    for count in range(1, len(chain)):
        for right in every_bracket(chain[:count], ways, first):
            yield Bracket(first, last, whole, "push", (right,), NOTHING)
            for left in every_bracket(chain[count:], ways, first + count):
                yield Bracket(first, last, whole, "product", (left, right), NOTHING)
        for left in every_bracket(chain[count:], ways, first + count):
            yield Bracket(first, last, whole, "pull", (left,), NOTHING)


def products_of_neighbours(x: Any, A: Any, B: Any) -> Any:
    return B @ (A @ (x[1:] * x[:-1]))


def selected_sums(x: Any, A: Any, B: Any) -> Any:
    return A @ np.cumsum(B @ x)[np.array([0, 0, 1, 2, 2])]


def batch_after_batch(x: Any, A: Any, B: Any) -> Any:
    """Two blocks of 3 × 3, then three of 1 × 2."""
    return (np.tanh(x.reshape(2, 3) @ A).reshape(3, 2) @ B).reshape(-1)


def batches_in_pairs(x: Any, A: Any, B: Any) -> Any:
    """Four blocks of 3 × 3, then six of 1 × 2: two blocks of 3 × 6."""
    return (np.tanh(x.reshape(4, 3) @ A).reshape(6, 2) @ B).reshape(-1)


@pytest.mark.parametrize(
    ("function", "shapes"),
    [
        (products_of_neighbours, [(3,), (6, 2), (6, 6)]),
        (selected_sums, [(4,), (3, 5), (3, 4)]),
        (batch_after_batch, [(6,), (3, 3), (2, 1)]),
        (batches_in_pairs, [(12,), (3, 3), (2, 1)]),
    ],
)
def test_no_order_of_a_functions_factors_counts_fewer_multiplications(
    function: Callable[..., Any], shapes: list[tuple[int, ...]]
) -> None:
    """Every order is built, and its multiplications are counted."""
    arrays = tuple(RNG.normal(size=shape) for shape in shapes)
    graph, plan = planned(function, *arrays)
    ways = every_bracket(plan.task.chain.segments, as_planned)
    counts = [without_constants(graph, Bracketed(plan.task, NOTHING, way)) for way in ways]
    assert isinstance(plan, Bracketed)
    assert without_constants(graph, plan) == min(counts) < np.median(counts)
    expected = oracle(lambda x: function(x, *arrays[1:]), arrays[0])
    np.testing.assert_allclose(matrix_of(graph, plan, arrays), expected, 1e-12, 1e-13)


def without_constants(graph: Graph, plan: Plan) -> int:
    """The multiplications of a plan's graph, those of constants alone among them."""
    derivative = jacobian_graph(graph, plan.entries(), work_out=False)
    return planning.counted(graph, derivative).multiplications


SHAPES = st.tuples(
    st.integers(1, 3), st.integers(1, 3), st.integers(1, 3), st.integers(1, 3), st.integers(1, 3)
)


@settings(max_examples=80)
@given(SHAPES, st.booleans(), st.booleans())
def test_products_of_block_matrices(sizes: tuple[int, ...], left_finer: bool, absorbing: bool) -> None:
    """Blocks inside blocks: the product of the matrices written out."""
    blocks, parts, rows, inner, columns = sizes
    fine, coarse = (blocks * parts, 1), (blocks, parts)
    (left, spread), (right, spread_right) = (fine, coarse) if left_finer else (coarse, fine)
    a = RNG.normal(size=(left, rows, inner * spread))
    b = RNG.normal(size=(right, inner * spread_right, columns))
    matrices = [
        BlockMatrix(Structure(x.shape[0] * x.shape[1], x.shape[0] * x.shape[2], x.shape[0]), constant(x))
        for x in (a, b)
    ]
    product = matrices[0].times(matrices[1], absorbing=absorbing)
    whole = [value(m.matrix()) for m in (*matrices, product)]
    np.testing.assert_allclose(whole[0] @ whole[1], whole[2], 1e-12, 1e-13)


def test_blocks_of_which_neither_divides_the_other() -> None:
    a, b = RNG.normal(size=(3, 1, 4)), RNG.normal(size=(2, 6, 1))
    left = BlockMatrix(Structure(3, 12, 3), constant(a))
    right = BlockMatrix(Structure(12, 2, 2), constant(b))
    whole = value(left.matrix()) @ value(right.matrix())
    for absorbing in (False, True):
        product = left.times(right, absorbing=absorbing)
        np.testing.assert_allclose(value(product.matrix()), whole, 1e-13)


def test_columns_and_rows_of_blocks() -> None:
    structure = Structure(6, 4, 2)
    blocks = BlockMatrix(structure, constant(RNG.normal(size=(2, 3, 2))))
    matrix = value(blocks.matrix())
    np.testing.assert_array_equal(value(blocks.columns()), (matrix @ np.tile(np.eye(2), 2).T).T)
    np.testing.assert_array_equal(value(blocks.rows()), np.tile(np.eye(3), 2) @ matrix)
    by_columns = BlockMatrix.of_columns(blocks.columns(), structure)
    by_rows = BlockMatrix.of_rows(blocks.rows(), structure)
    for again in (by_columns, by_rows):
        np.testing.assert_array_equal(value(again.blocks), value(blocks.blocks))


def value(node: Any) -> np.ndarray:
    return np.asarray(evaluate([reshape(node, node.shape)], {})[0])


def test_long_chains_are_planned_at_their_narrowest_places() -> None:
    def deep(x: Any, W: Any, narrow: Any) -> Any:
        for _ in range(30):
            x = np.tanh(W @ x)
        x = narrow.T @ (narrow @ x)
        for _ in range(30):
            x = np.tanh(W @ x)
        return x

    W, narrow, x = RNG.normal(size=(9, 9)) / 3, RNG.normal(size=(2, 9)), RNG.normal(size=9)
    graph, plan = planned(deep, x, W, narrow)
    assert any(segment.structure.rows == 2 for segment in plan.task.chain.segments)
    expected = oracle(lambda x: deep(x, W, narrow), x)
    np.testing.assert_allclose(matrix_of(graph, plan, (x, W, narrow)), expected, 1e-9, 1e-15)
