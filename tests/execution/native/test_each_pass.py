"""Every pass of a plan: what it makes computes the same as what it was given, and is not always that.

On what each of them does by itself there is a file of its own, such as ``test_pass_carrying``.
"""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import chainrule as cr
from chainrule.core.specialise import Specialiser
from chainrule.execution import compile_reference
from chainrule.execution.native.emission import dividing
from chainrule.execution.native.kernels import RoutineKernel
from chainrule.execution.native.looping import StepPlan
from chainrule.execution.native.passes import (
    accumulating,
    anew,
    arranging,
    carrying,
    grouping,
    layouts,
    outer,
    packing,
    streaming,
)
from chainrule.execution.native.planning import GRAPH_PASSES, Plan, planned
from chainrule.execution.native.step_planning import planned_step
from chainrule.execution.native.target import Target
from chainrule.graph import Graph
from chainrule.tree import flatten
from tests.calculus.random_programs import random_program
from tests.execution.native.interpreting import Interpreter
from tests.execution.native.processors import ALL, AVX512


def network(x: Any, W1: Any, b1: Any, W2: Any, y: Any) -> Any:
    """The loss of a layer of hidden units, and one of softmax units."""
    h = np.tanh(x @ W1.T + b1)
    return -np.mean(y * cr.special.log_softmax((W2 @ h.T).T, axis=1))


def graphs(seed: int) -> list[tuple[Graph, list[Any]]]:
    """A random program, the gradient of a number that follows from it, and that of a network of random
    sizes."""
    rng = np.random.default_rng(seed)
    program = random_program(rng)
    arrays = [np.asarray(array) for array in program.arguments]
    m, n, hidden, k = rng.integers(1, 7, size=4)
    given = [rng.normal(size=shape) for shape in ((m, n), (hidden, n), (hidden,), (k, hidden), (m, k))]

    def total(*args: Any) -> Any:
        result = program(*args)
        return sum(np.sum(np.tanh(part)) for part in (result if isinstance(result, tuple) else (result,)))

    gradients = cr.value_and_grad(network, wrt=("W1", "b1", "W2"))
    return [
        (cr.trace(program, *arrays).graph, arrays),
        (cr.grad(total).graph(*arrays), arrays),
        (gradients.graph(*given), given),
    ]


def assert_same(found: Any, expected: Any) -> None:
    for one, other in zip(found, expected, strict=True):
        assert (np.shape(one), one.dtype) == (np.shape(other), other.dtype)
        size = np.max(np.abs(other), initial=1.0)
        np.testing.assert_allclose(one, other, rtol=1e-11, atol=1e-11 * size)


def computed(plan: Plan, name: str, arrays: list[Any]) -> list[np.ndarray]:
    """What the kernels that a pass has made compute."""
    constants = {buffer: node.params["value"].value for buffer, node in plan.lowered.constants}
    zeros = {buffer: np.zeros(buffer.shape) for buffer in plan.zeroed}
    run = Interpreter({**dict(zip(plan.lowered.inputs, arrays, strict=True)), **constants, **zeros})
    run.run(plan.passes[name])  # type: ignore[arg-type]
    labelled = {buffer.label: buffer for buffer in run.memory}  # a pass can change how an output is written
    return [run.array(labelled[buffer.label]) for buffer in plan.lowered.outputs]


@pytest.mark.parametrize("name", GRAPH_PASSES)
@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 2**32 - 1))
def test_a_graph_computes_the_same_after_a_pass(name: str, seed: int) -> None:
    for graph, arrays in graphs(seed):
        assert_same(compile_reference(GRAPH_PASSES[name](graph))(*arrays), compile_reference(graph)(*arrays))


PASSES = (
    *("lower", "outputs", "accumulating", "streaming"),
    *("grouping", "storing", "packing", "passing", "beginning", "zeros"),
)


@contextmanager
def as_if_large(large: bool = True, wide: bool = False) -> Iterator[None]:
    """Passes treat small arrays as they do those that are in no near cache; and ``wide`` ones as if their
    rows were far apart."""
    with pytest.MonkeyPatch.context() as patch:
        if large:
            for module, name in (
                *((anew, "FAR"), (outer, "FAR"), (layouts, "FAR_AWAY"), (grouping, "FAR_AWAY")),
                *((accumulating, "LARGE"), (packing, "LARGE"), (streaming, "BEYOND_CACHES")),
                *((dividing, "LEAST_WORK"), (dividing, "LEAST_STEP")),
            ):
                patch.setattr(module, name, 0)
        if wide:
            for module in (arranging, carrying):
                patch.setattr(module, "far_apart", lambda *_: True)
        yield


@pytest.mark.parametrize("large", [False, True])
@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), target=st.sampled_from([*ALL.values()]))
def test_kernels_compute_the_same_after_each_pass(large: bool, seed: int, target: Target) -> None:
    for graph, arrays in graphs(seed):
        with as_if_large(large):
            plan = planned(graph, target)
        assert [*GRAPH_PASSES, *PASSES] == list(plan.passes)
        if any(isinstance(kernel, RoutineKernel) for kernel in plan.kernels):
            continue
        expected = compile_reference(graph)(*arrays)
        for name in PASSES:
            assert_same(computed(plan, name, arrays), expected)


def step(carry: Any, rate: Any, x: Any, y: Any) -> Any:
    """Adam's step of the network, without its corrections of the first steps."""
    loss, (W1, b1, W2) = cr.value_and_grad(network, wrt=("W1", "b1", "W2"))(x, *carry[0], y)
    parameters, means, squares = [], [], []
    for p, m, s, gradient in zip(*carry, (W1, b1, W2), strict=True):
        means.append(0.9 * m + 0.1 * gradient)
        squares.append(0.99 * s + 0.01 * gradient**2)
        parameters.append(p - rate * means[-1] / (np.sqrt(squares[-1]) + 1e-8))
    return loss, [parameters, means, squares]


@pytest.mark.parametrize("large", [False, True])
@settings(max_examples=10, deadline=None)
@given(
    sizes=st.tuples(*[st.sampled_from([1, 2, 3, 5, 8, 9, 16])] * 4),
    seed=st.integers(0, 99),
    target=st.sampled_from([*ALL.values()]),
)
def test_steps_compute_the_same_after_each_pass(
    large: bool, sizes: tuple[int, ...], seed: int, target: Target
) -> None:
    m, n, hidden, k = sizes
    rng, shapes = np.random.default_rng(seed), [(hidden, n), (hidden,), (k, hidden)]
    carry = [[rng.uniform(0.1, 1, size=shape) for shape in shapes] for _ in range(3)]
    arrays = [
        *carry[0],
        *carry[1],
        *carry[2],
        np.array(0.1),
        rng.normal(size=(m, n)),
        rng.normal(size=(m, k)),
    ]
    graph = cr.trace(step, carry, *arrays[9:]).graph
    with as_if_large(large):
        plan = planned_step(graph, 9, target)
    expected = compile_reference(graph)(*arrays)
    after_lowering = [name for name in plan.passes if name not in ("simplify", *GRAPH_PASSES)]
    assert after_lowering[:3] == ["lower", "outputs", "estimating"]
    for name in after_lowering:
        found = made_by(plan, name, arrays)
        assert len(found) == (1 if name in ("carrying", "panels") else 10)
        assert_same(found, expected[: len(found)])


def made_by(plan: StepPlan, name: str, arrays: list[Any]) -> list[np.ndarray]:
    """The loss and, where they are in their places, the next carried values."""
    kernels, loss = plan.passes[name], plan.lowered.outputs[0]
    apart = name in ("lower", "outputs", "estimating")  # the next values do not lie where the last ones do
    states = plan.lowered.inputs[: plan.carried] if apart else list(plan.slots)[: plan.carried]
    run = Interpreter(dict(zip((*states, *plan.lowered.inputs[plan.carried :]), arrays, strict=True)))
    if apart:
        run.run(kernels)  # type: ignore[arg-type]
        return [run.array(buffer) for buffer in plan.lowered.outputs]
    if name == "carrying":
        run.run([*plan.before, *kernels])  # type: ignore[list-item]
        return [run.array(loss)]
    run.run([*plan.before, *plan.gathered, *kernels])  # type: ignore[list-item]
    if name == "panels":
        return [run.array(loss)]
    run.run(plan.after)
    return [run.array(buffer) for buffer in (loss, *states)]


RNG = np.random.default_rng(6)


def numbers(*shape: int) -> np.ndarray:
    return RNG.uniform(0.1, 1, size=shape)


def stored_in_panels(x: Any, w: Any, e: Any) -> Any:
    """What a product computes is read in panels by another one; and a product of one term."""
    h = np.maximum(x @ w, 0)
    return np.sum(h, axis=0), e @ h, x[:, :1] @ w[:1]


def by_rows(x: Any, w: Any, d: Any, e: Any) -> Any:
    """What follows from a product touches too much to be computed in registers; and one in another shape."""
    return (x @ w) * d + e, np.reshape(x.T @ x, 9)


def in_another_order(x: Any, w: Any, b: Any) -> Any:
    return np.sum(np.transpose(np.where(x[:, None] > 0.5, w + 1, 0.0) @ b, (1, 0, 2)), axis=0)


#: Graphs of which one or the other is changed by every pass, and what they are computed of.
GRAPHS: dict[str, tuple[Callable[..., Any], list[np.ndarray]]] = {
    "stored in panels": (stored_in_panels, [numbers(25, 3), numbers(3, 64), numbers(7, 25)]),
    "by rows": (by_rows, [numbers(26, 3), numbers(3, 16), numbers(26, 16), numbers(26, 16)]),
    "in another order": (in_another_order, [numbers(7, 6), numbers(3, 6), numbers(6, 5)]),
    "slices": (cr.grad(lambda u: np.sum(u[1:] * np.sin(u[:-1]))), [numbers(9, 4)]),
    "among zeros": (lambda u: np.pad(u, 1), [numbers(5, 3)]),
    "units": (
        cr.value_and_grad(network, wrt=("W1", "b1", "W2")),
        [numbers(*shape) for shape in ((8, 3), (9, 3), (9,), (4, 9), (8, 4))],
    ),
}


def step_of_few(carry: Any, rate: Any, x: Any) -> Any:
    """A loss of which a part is computed twice; next values in other shapes and orders, or of one term."""
    flat, turned, outer = carry
    loss = np.sum(np.exp(flat)) + rate * np.mean(np.exp(flat))
    after = np.transpose(np.where(x[:, None] > 0.5, turned[:, 0, :3] + 1, 0.0) @ x.T, (1, 0, 2))
    return loss, [np.reshape(x.T @ x, 9), after, outer + rate * (x[:, :1] @ x[:1])]


#: Steps likewise, with what is carried.
STEPS: dict[str, tuple[Callable[..., Any], list[Any]]] = {
    "of a network": (
        step,
        [
            [[numbers(*shape) for shape in ((64, 3), (64,), (2, 64))] for _ in range(3)],
            *(np.array(0.1), numbers(25, 3), numbers(25, 2)),
        ],
    ),
    "of few": (step_of_few, [[numbers(9), numbers(4, 7, 7), numbers(7, 3)], np.array(0.1), numbers(7, 3)]),
}


def wide_plan(name: str, target: Target) -> tuple[Plan, list[np.ndarray]]:
    """The plan of one of these, made as if all were far apart, and its arrays in order."""
    function, arrays = GRAPHS.get(name) or STEPS[name]
    special, leaves = Specialiser(function, wrt=()).at(tuple(arrays), {})
    with as_if_large(wide=True):
        if name in GRAPHS:
            return planned(special.graph, target), [*leaves]
        return planned_step(special.traced, len(flatten(arrays[0])[0]), target), [*leaves]


def changing(plan: Plan) -> list[str]:
    """The passes that have not left everything as it was."""
    found, before = [], str(plan.source)
    for name, made in plan.passes.items():
        now = str(made) if isinstance(made, Graph) else "\n".join(map(str, made))
        if now != before:
            found.append(name)
        before = now
    return found


@pytest.mark.parametrize("name", [*GRAPHS, *STEPS])
@pytest.mark.parametrize("target", ALL.values(), ids=ALL)
def test_what_a_pass_has_changed_computes_the_same(name: str, target: Target) -> None:
    plan, arrays = wide_plan(name, target)
    expected = compile_reference(plan.source)(*arrays)
    for changed in changing(plan):
        made = plan.passes[changed]
        if isinstance(made, Graph):
            assert_same(compile_reference(made)(*arrays), expected)
        elif isinstance(plan, StepPlan):
            found = made_by(plan, changed, arrays)
            assert_same(found, expected[: len(found)])
        else:
            assert_same(computed(plan, changed, arrays), expected)


@pytest.mark.parametrize("names", [GRAPHS, STEPS], ids=["graphs", "steps"])
def test_every_pass_changes_something(names: Iterable[str]) -> None:
    """With the widest registers: there are passes for these alone."""
    plans = [wide_plan(name, AVX512)[0] for name in names]
    changed = {name for plan in plans for name in changing(plan)}
    assert [name for name in plans[0].passes if name not in changed] == []


def test_a_minibatch_that_is_read_by_rows_and_by_columns_is_gathered_in_blocks() -> None:
    """The pass "panels" takes such copies out of the kernels; with the widest registers it changes others."""
    plan, _ = wide_plan("of a network", AVX512)
    assert isinstance(plan, StepPlan)
    (copy,) = plan.gathered
    assert copy.in_blocks
    before, after = ("\n".join(map(str, plan.passes[name])) for name in ("carrying", "panels"))
    assert "in blocks of" not in before
    assert after.count(f"{copy.target.label}[0 in blocks of {copy.width}]") == 2
