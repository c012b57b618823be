"""Each pass by itself: what it makes computes the same as what it was given."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import chainrule as cr
from chainrule.execution import compile_reference
from chainrule.execution.native.emission import dividing
from chainrule.execution.native.kernels import RoutineKernel
from chainrule.execution.native.looping import StepPlan
from chainrule.execution.native.passes import accumulating, anew, grouping, layouts, outer, packing, streaming
from chainrule.execution.native.planning import GRAPH_PASSES, Plan, planned
from chainrule.execution.native.step_planning import planned_step
from chainrule.execution.native.target import Target
from chainrule.graph import Graph
from tests.calculus.random_programs import random_program
from tests.execution.native.interpreting import Interpreter
from tests.execution.native.processors import ALL


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


def as_if_large() -> pytest.MonkeyPatch:
    """Passes treat small arrays as they do those that are in no near cache."""
    patch = pytest.MonkeyPatch()
    patch.setattr(anew, "FAR", 0)
    patch.setattr(outer, "FAR", 0)
    patch.setattr(layouts, "FAR_AWAY", 0)
    patch.setattr(grouping, "FAR_AWAY", 0)
    patch.setattr(accumulating, "LARGE", 0)
    patch.setattr(packing, "LARGE", 0)
    patch.setattr(streaming, "BEYOND_CACHES", 0)
    patch.setattr(dividing, "LEAST_WORK", 0)
    patch.setattr(dividing, "LEAST_STEP", 0)
    return patch


@pytest.mark.parametrize("large", [False, True])
@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), target=st.sampled_from([*ALL.values()]))
def test_kernels_compute_the_same_after_each_pass(large: bool, seed: int, target: Target) -> None:
    for graph, arrays in graphs(seed):
        patch = as_if_large() if large else pytest.MonkeyPatch()
        plan = planned(graph, target)
        patch.undo()
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
    patch = as_if_large() if large else pytest.MonkeyPatch()
    plan = planned_step(graph, 9, target)
    patch.undo()
    expected = compile_reference(graph)(*arrays)
    after_lowering = [name for name in plan.passes if name not in ("simplify", *GRAPH_PASSES)]
    assert after_lowering[:3] == ["lower", "outputs", "estimating"]
    for name in after_lowering:
        assert_same(made_by(plan, name, arrays), expected[: 1 if name in ("carrying", "panels") else 10])


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
