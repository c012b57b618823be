"""A step's next values are written over the last ones, unless those are still needed elsewhere."""

import re
from dataclasses import replace

import numpy as np
import pytest

import chainrule as cr
from chainrule.execution.native.emission.vectorising import vector_loop
from chainrule.execution.native.expressions import Buffer
from chainrule.execution.native.kernels import Kernel, LoopKernel, ReferenceStep
from chainrule.execution.native.passes.grouping import grouped
from chainrule.execution.native.passes.inplace import overwriting, renamed, split_at_loss
from chainrule.execution.native.passes.legalise import legalise
from chainrule.execution.native.passes.lower import Lowered, lower
from chainrule.execution.native.step_planning import planned_step
from chainrule.execution.native.target import host
from tests.execution.native.processors import AVX512

V = np.arange(1.0, 7.0)
A = np.arange(6.0).reshape(2, 3)


def lowered(f, *args):  # type: ignore[no-untyped-def]
    return lower(legalise(cr.trace(f, *args).graph), host())


def overwritten(made: Lowered) -> list[Kernel]:
    return overwriting(made.kernels, dict(zip(made.outputs, made.inputs, strict=True)))


def test_a_value_that_nothing_else_reads_is_written_over() -> None:
    made = lowered(lambda w: w - 0.1 * w, V)
    (update,) = overwritten(made)
    assert update.written() == [made.inputs[0]]


def test_of_two_that_read_each_other_one_is_computed_aside() -> None:
    made = lowered(lambda v, w: (v + w, v - w), V, V)
    first, second, copy = overwritten(made)
    assert first.written() == [made.outputs[0]]  # v is read once more
    assert second.written() == [made.inputs[1]]
    assert copy.buffers() == [made.outputs[0]]
    assert copy.written() == [made.inputs[0]]


@pytest.mark.parametrize(
    ("f", "in_place"),
    [(lambda w: w / np.sum(w), True), (lambda w: w[::-1] * 2.0, False), (np.cumsum, False)],
    ids=["quotient", "backwards", "running sum"],
)
def test_only_a_value_read_where_it_is_written_is_written_over(f, in_place: bool) -> None:  # type: ignore[no-untyped-def]
    made = lowered(f, V)
    *_, last = overwritten(made)
    assert last.written() == [made.inputs[0]]
    assert (last.buffers() != [made.outputs[0]]) == in_place  # else it is a copy of what was computed aside


def test_a_value_is_written_over_after_the_last_time_it_is_read() -> None:
    made = lowered(lambda v, w: (v * 2.0, np.sum(w), w - v), V, V)
    w = made.inputs[1]
    alone, total, update = grouped(overwriting(made.kernels, {made.outputs[2]: w}))  # in no nest together
    assert alone.written() == [made.outputs[0]]
    assert total.buffers() == [w]
    assert update.written() == [w]


def test_kernels_after_the_loss_are_those_it_does_not_need() -> None:
    made = lowered(lambda w, x: (np.sum(w * x), w - 0.1 * x), V, V)
    early, late = split_at_loss(made.kernels, made.outputs[0])
    assert made.outputs[0] in [buffer for kernel in early for buffer in kernel.written()]
    assert [kernel.written() for kernel in late] == [[made.outputs[1]]]


def test_what_follows_from_the_predictions_place_by_place_is_computed_with_them() -> None:
    def step(w, rate, x, y):  # type: ignore[no-untyped-def]
        error = np.tanh(w * x) - y
        slope = np.exp(error)
        bend = np.sin(slope)
        return np.sum(error**2), w - rate * np.sum(slope * bend), np.cosh(bend * bend)

    made = lowered(step, V, 0.1, V, V)
    loss, *carried = made.outputs
    early, late = split_at_loss(made.kernels, loss, carried)
    plain = [kernel for kernel in early if isinstance(kernel, LoopKernel) and kernel.plain]
    for function in ("exp", "sin"):
        assert [function in str(kernel) for kernel in plain].count(True) == 1
    assert set(carried) <= {buffer for kernel in late for buffer in kernel.written()}
    assert {*early, *late} == set(made.kernels)
    known = {*made.inputs, *(buffer for kernel in early for buffer in kernel.written())}
    assert all(known >= set(kernel.buffers()) for kernel in early)


def test_the_loop_along_memory_runs_in_vector_registers() -> None:
    (rows,) = lowered(lambda a: np.sum(a, axis=1), A.repeat(8, 1)).kernels
    (columns,) = lowered(lambda a: np.sum(a, axis=0), A.repeat(8, 1)).kernels
    (scan,) = lowered(np.cumsum, V).kernels
    assert isinstance(rows, LoopKernel)
    assert isinstance(columns, LoopKernel)
    assert isinstance(scan, LoopKernel)
    assert vector_loop([rows], host()) == 1  # results after results, terms side by side
    assert vector_loop([columns], host()) == 0  # results side by side, terms after terms
    assert vector_loop([scan], host()) is None


def test_a_value_that_stays_as_it_is_is_not_copied() -> None:
    step = cr.trace(lambda w, rate, x: (np.sum(x), w), np.ones(3), 1.0, np.ones(4)).graph
    (loss,) = planned_step(step, 1, host()).kernels
    assert loss.written()[0].size == 1


@pytest.mark.parametrize("function", [np.linalg.inv, lambda b: np.sort(b, axis=1), np.transpose])
def test_what_others_compute_is_written_over_the_last_value(function) -> None:  # type: ignore[no-untyped-def]
    def step(carry, rate, x):  # type: ignore[no-untyped-def]
        return np.sum(carry[0]) + rate + np.sum(x), (function(carry[1]), carry[1] * rate)

    a, b, x = np.zeros((3, 3)), np.array([[4.0, 1, 3], [0, 2, 1], [1, 0, 8]]), np.ones(2)
    losses, (found, last) = cr.repeat(step)((a, b), np.array([2.0, 0.5]), np.zeros((2, 1), int), x)
    np.testing.assert_allclose(losses, [3.0, np.sum(function(b)) + 1.5], rtol=1e-14)
    np.testing.assert_allclose(found, function(2 * b), rtol=1e-14)
    np.testing.assert_array_equal(last, b)


@pytest.mark.parametrize(
    ("step", "written"),
    [
        (lambda w, rate, x: (np.sum(x), w - rate * (x.T @ x)), "1"),
        (lambda w, rate, x: (np.sum(np.tanh(np.where(w > 0, x.T @ x, 0.0)) @ w), w), "0"),
    ],
)
def test_only_what_is_replaced_is_asked_for_to_be_written(step, written: str) -> None:  # type: ignore[no-untyped-def]
    """What is only read stays in the caches of other processors, too."""
    graph = cr.trace(step, np.zeros((256, 256)), np.float64(0.1), np.zeros((64, 256))).graph
    text = planned_step(graph, 1, AVX512).text("llvm")
    assert set(re.findall(r"llvm.prefetch.*, i32 ([01]), i32 3,", text)) == {written}


def heat(u, rate, x):  # type: ignore[no-untyped-def]
    inner = u[1:-1] + rate * (u[2:] - 2 * u[1:-1] + u[:-2])
    return np.sum(x), np.concatenate([u[:1], inner, u[-1:]])


def halves(u, rate, x):  # type: ignore[no-untyped-def]
    return np.sum(x), np.concatenate([rate * u[:6], np.tanh(u[6:])])


def in_pieces(u, rate, x):  # type: ignore[no-untyped-def]
    p = np.tanh(u)
    t = np.concatenate([np.exp(p), np.cumsum(np.cos(p))])  # the loss needs neither
    r = np.sin(t[12:]) * p
    return np.sum(p**2), u + rate * r + 0.01 * np.cumsum(t)[12:] + 0.1 * np.cumsum(r)


@pytest.mark.parametrize("step", [heat, halves, in_pieces])
def test_next_values_that_are_written_in_pieces(step) -> None:  # type: ignore[no-untyped-def]
    u = expected = np.random.default_rng(1).normal(size=12)
    rates, x = np.array([0.2, 0.1, 0.3]), np.ones(2)
    for rate in rates:
        _, expected = step(expected, rate, x)
    _, found = cr.repeat(step)(u, rates, np.zeros((3, 1), int), x)
    np.testing.assert_allclose(found, expected, rtol=1e-14)


def test_pieces_that_read_where_they_write_are_written_over_their_last_values() -> None:
    made = lowered(lambda u: np.concatenate([2.0 * u[:2], np.exp(u[2:])]), V)
    assert [kernel.written() for kernel in overwritten(made)] == [[made.inputs[0]]] * 2


def test_all_that_a_step_of_numpy_reads_is_renamed() -> None:
    read, flag, written = (Buffer("workspace", (2,), V.dtype, name) for name in "abc")
    names = {buffer: replace(buffer, label=f"new {buffer.label}") for buffer in (read, flag, written)}
    node = cr.trace(np.sort, V[:2]).graph.outputs[0]
    step = renamed(ReferenceStep(node, (read,), written, only_if=flag), names)
    assert (step.buffers(), step.written()) == ([names[flag], names[read]], [names[written]])


def test_kernels_that_are_grouped_already_are_not_renamed() -> None:
    made = lowered(lambda x: (np.tanh(x), np.exp(x)), V)
    (kernel,) = grouped(made.kernels)
    with pytest.raises(AssertionError, match="grouped already"):
        renamed(kernel, dict(zip(made.inputs, made.inputs, strict=True)))
