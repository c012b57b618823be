"""The reference executor against the same program run by NumPy directly; its memory, aliasing and dtypes."""

from __future__ import annotations

import gc
import tracemalloc
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import chainrule as cr
from chainrule.execution import Program, compile_reference, evaluate
from chainrule.graph import ArrayType, Graph, Node, constant, input_node, op

VECTOR = ArrayType((3,), np.dtype("float64"))

# Steps of random programs: each takes two arrays of shape (3, 4) and gives one.
STEPS: list[Callable[[Any, Any], Any]] = [
    lambda a, b: a + b,
    lambda a, b: a * b,
    lambda a, b: a - 2 * b,
    lambda a, b: np.tanh(a),
    lambda a, b: np.where(a > b, a, b * 0.5),
    lambda a, b: np.maximum(a, b),
    lambda a, b: a[::-1],
    lambda a, b: a.T.reshape(3, 4),
    lambda a, b: np.concatenate([a[:1], b[1:]]),
    lambda a, b: a @ np.ones((4, 4)) / 4,
    lambda a, b: (a @ b.T) @ b / 10,
    lambda a, b: a / (1 + b**2),
    lambda a, b: np.broadcast_to(np.sum(a, axis=0), (3, 4)),
    lambda a, b: a * np.mean(b, axis=1, keepdims=True),
    lambda a, b: np.cumsum(a, axis=1) / 4,
    lambda a, b: np.sort(a, axis=0),
    lambda a, b: a[np.array([2, 0, 1])],
    lambda a, b: np.stack([a[0], b[1], a[2]]),
]


@st.composite
def programs(draw: st.DrawFn) -> list[tuple[int, int, int]]:
    """Steps as (which, first operand, second operand); operands count back from the newest value."""
    count = draw(st.integers(1, 12))
    return [
        (draw(st.integers(0, len(STEPS) - 1)), draw(st.integers(0, 3)), draw(st.integers(0, 3)))
        for _ in range(count)
    ]


def run(program: list[tuple[int, int, int]], a: Any, b: Any) -> tuple[Any, ...]:
    values = [a, b]
    for step, first, second in program:
        values.append(STEPS[step](values[-1 - first % len(values)], values[-1 - second % len(values)]))
    return tuple(values[-3:])


@settings(max_examples=60)
@given(program=programs(), seed=st.integers(0, 1000))
def test_random_programs_give_what_numpy_gives(program: list[tuple[int, int, int]], seed: int) -> None:
    rng = np.random.default_rng(seed)
    a, b = rng.normal(size=(2, 3, 4))
    record = cr.trace(lambda a, b: run(program, a, b), a, b).run(a, b)
    for result, expected in zip(record.output, run(program, a, b), strict=True):
        np.testing.assert_array_equal(result, expected)


@settings(max_examples=40)
@given(program=programs(), seed=st.integers(0, 1000))
def test_outputs_share_no_memory_with_anything(program: list[tuple[int, int, int]], seed: int) -> None:
    rng = np.random.default_rng(seed)
    a, b = rng.normal(size=(2, 3, 4))
    a.setflags(write=False)
    b.setflags(write=False)
    graph = cr.trace(lambda a, b: run(program, a, b), a, b).graph
    compiled = compile_reference(graph)
    first, second = compiled(a, b), compiled(a, b)
    constants = [node.params["value"].value for node in graph.nodes if node.op == "constant"]
    arrays = [*first, *second]
    for i, array in enumerate(arrays):
        others = [*arrays[:i], *arrays[i + 1 :], a, b, *constants]
        assert not any(np.shares_memory(array, other) for other in others)


def compiled(*outputs: Node, inputs: tuple[Node, ...]) -> Program:
    return compile_reference(Graph(inputs, outputs))


@pytest.mark.parametrize(
    "output",
    [
        lambda x: x,
        lambda x: op.reshape(x, shape=(3, 1)),
        lambda x: op.transpose(op.reshape(x, shape=(3, 1)), axes=(1, 0)),
        lambda x: op.slice(x, index=((0, 2, 2),), batch=0),
        lambda x: op.broadcast_to(x, shape=(2, 3)),
        lambda x: op.positive(x),
        lambda x: op.astype(x, dtype=np.dtype("float64")),
        lambda x: op.sum(x, axis=()),
        lambda x: constant(np.arange(3.0)),
    ],
)
def test_an_output_is_never_a_view_and_can_be_written(output: Callable[[Node], Node]) -> None:
    x = input_node(VECTOR, "x")
    program = compiled(output(x), output(x), op.exp(x), inputs=(x,))
    point = np.ones(3)
    results = program(point)
    for result in results:
        result[...] = 7.0
    np.testing.assert_array_equal(point, 1)
    again = program(np.ones(3))
    assert not np.any(again[0] == 7)
    assert not np.shares_memory(again[0], again[1])


def test_one_output_twice_gives_two_arrays() -> None:
    x = input_node(VECTOR, "x")
    y = op.exp(x)
    first, second = compiled(y, y, inputs=(x,))(np.ones(3))
    np.testing.assert_array_equal(first, second)
    assert not np.shares_memory(first, second)


def test_constants_are_read_by_reference_at_each_run() -> None:
    x, held = input_node(VECTOR, "x"), np.ones(3)
    program = compiled(x * constant(held), inputs=(x,))
    held += 1
    np.testing.assert_array_equal(program(np.ones(3))[0], 2)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("shape", [(), (1,), (0,), (3, 4)])
def test_dtype_and_shape_are_kept(dtype: str, shape: tuple[int, ...]) -> None:
    def f(x: Any) -> Any:
        y = np.exp(-(x**2) / 2) * 0.1 + np.where(x > 0, x, 2.0) * cr.special.expit(x)
        return {"y": y, "s": np.sum(y), "m": np.mean(np.sqrt(1 + y**2)), "v": np.maximum(y, 0) / 3}

    x = np.ones(shape, dtype)
    if x.size:
        outputs = cr.trace(f, x).run(x).output
        assert {name: value.dtype for name, value in outputs.items()} == dict.fromkeys(
            "ysmv", np.dtype(dtype)
        )
    gradient = cr.grad(lambda x: f(x)["s"])(x)
    assert (gradient.dtype, gradient.shape) == (np.dtype(dtype), shape)


def test_dead_nodes_are_not_run() -> None:
    x = input_node(VECTOR, "x")
    named = op.log(x)
    graph = Graph((x,), (op.exp(x),), {"named": named})
    assert len(compile_reference(graph).steps) == 1


def test_operands_that_numpy_broadcasts_by_itself_are_not_spread() -> None:
    x, s = (
        input_node(ArrayType((500, 400), VECTOR.dtype), "x"),
        input_node(ArrayType((400,), VECTOR.dtype), "s"),
    )
    assert [step[0].__name__ for step in compiled(x + s, inputs=(x, s)).steps] == ["add"]


def test_broadcasting_two_small_operands_against_each_other() -> None:
    a, b = input_node(ArrayType((3, 1), VECTOR.dtype), "a"), input_node(ArrayType((1, 2), VECTOR.dtype), "b")
    first, second = np.arange(3.0)[:, None], np.arange(2.0)[None]
    np.testing.assert_array_equal(compiled(a + b, inputs=(a, b))(first, second)[0], first + second)


def test_the_memory_of_finished_values_is_released() -> None:
    """A chain of 50 arrays of 1 MB needs room for a few of them at a time."""
    x = input_node(ArrayType((125_000,), VECTOR.dtype), "x")
    y = x
    for _ in range(50):
        y = op.sin(y)
    program, point = compiled(y, inputs=(x,)), np.ones(125_000)
    program(point)
    gc.collect()
    tracemalloc.start()
    try:
        program(point)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 4e6


def test_evaluating_keeps_every_value_it_needs_once() -> None:
    x = input_node(VECTOR, "x")
    h = op.exp(x)
    known: dict[Node, Any] = {x: np.zeros(3)}
    evaluate([h + h, op.sin(h)], known)
    np.testing.assert_array_equal(known[h], 1)
    known[h] = np.full(3, 5.0)
    np.testing.assert_array_equal(evaluate([h * 2], known)[0], 10)


def test_floating_point_warnings_are_not_raised() -> None:
    x = input_node(VECTOR, "x")
    program = compiled(op.log(x), op.exp(1e4 * x), 1 / x, op.sqrt(-1 - x), inputs=(x,))
    with np.errstate(all="raise"):
        results = program(np.zeros(3))
    np.testing.assert_array_equal([result[0] for result in results], [-np.inf, 1, np.inf, np.nan])


def test_a_run_twice_gives_the_same_bits() -> None:
    rng = np.random.default_rng(0)
    X, w = rng.normal(size=(50, 7)), rng.normal(size=7)
    gradient = cr.grad(lambda w: np.mean(np.tanh(X @ w) ** 2))
    np.testing.assert_array_equal(gradient(w), gradient(w))
