"""The rules of simplification: for each operation, the forms it can be replaced by."""

from __future__ import annotations

import math
from collections.abc import Callable, Container

import numpy as np

from ..graph import Node, broadcast_to, build, cast, op, reshape, scalar_value

Rule = Callable[[Node], Node | None]


def rewrite(node: Node, shared: Container[Node] = ()) -> Node | None:
    """The first simpler form that a rule finds, or None.

    A number stays inside a ``shared`` value: moved out, it would have to multiply each value that uses this.
    """
    for rule in rules_for(node):
        better = rule(node)
        if better is not None:
            return better
    return None if node.of is None else _with_numbers_moved(node, shared)


def rules_for(node: Node) -> tuple[Rule, ...]:
    """The rules of its operation."""
    return (EXACT if node.of is None else OF_DERIVATIVES).get(node.primitive.name, ())


# Exact: the value keeps every bit.


def _nested_broadcast(node: Node) -> Node | None:
    (x,) = node.inputs
    if x.shape == node.shape:
        return x
    return broadcast_to(x.inputs[0], node.shape) if x.op == "broadcast_to" else None


def _nested_reshape(node: Node) -> Node | None:
    (x,) = node.inputs
    if x.shape == node.shape:
        return x
    if x.op == "reshape":
        return reshape(x.inputs[0], node.shape)
    value = scalar_value(x)
    if value is not None:
        return broadcast_to(op.astype(value, dtype=node.dtype), node.shape)
    return None


def _nested_transpose(node: Node) -> Node | None:
    (x,) = node.inputs
    axes = node.params["axes"]
    if axes == tuple(range(len(axes))):
        return x
    if x.op == "transpose":
        return op.transpose(x.inputs[0], axes=tuple(x.params["axes"][axis] for axis in axes))
    return None


def _whole(node: Node) -> Node | None:
    """x[:] is x, and x[:, 0] of one column x reshaped."""
    (x,) = node.inputs
    batch = node.params["batch"]
    for entry, n in zip(node.params["index"], x.shape[batch:], strict=True):
        if entry != (0, 1, n) and (entry, n) != (0, 1):
            return None
    return x if node.shape == x.shape else op.reshape(x, shape=node.shape)


def _same_dtype(node: Node) -> Node | None:
    return node.inputs[0] if node.inputs[0].dtype == node.dtype else None


def _operand(node: Node) -> Node | None:
    return node.inputs[0]


def _double_negative(node: Node) -> Node | None:
    (x,) = node.inputs
    return x.inputs[0] if x.op == "negative" else None


def _times_one(node: Node) -> Node | None:
    for factor, other in (node.inputs, node.inputs[::-1]):
        value = scalar_value(factor)
        if value == 1:
            return other
        if value == -1:
            return -other
    return None


def _absorbed_by_number(node: Node) -> Node | None:
    """A number that is finite and not 0 neither absorbs anything nor is absorbed."""
    for factor, other in (node.inputs, node.inputs[::-1]):
        value = scalar_value(factor)
        if value and math.isfinite(value):
            return other * factor
    return None


def _minus_zero(node: Node) -> Node | None:
    value = scalar_value(node.inputs[1])
    return node.inputs[0] if value == 0 and math.copysign(1, value) > 0 else None


def _over_one(node: Node) -> Node | None:
    return node.inputs[0] if scalar_value(node.inputs[1]) == 1 else None


def _sum_over_nothing(node: Node) -> Node | None:
    return None if node.params["axis"] else cast(node.inputs[0], node.dtype)


def _transposed_operands(node: Node) -> Node | None:
    """einsum(aᵀ, b) is an einsum of a with its letters in the other order."""
    operands, output = node.params["spec"].split("->")
    letters = operands.split(",")
    nodes = list(node.inputs)
    for i, operand in enumerate(nodes):
        if operand.op == "transpose":
            nodes[i] = operand.inputs[0]
            placed = sorted(zip(operand.params["axes"], letters[i], strict=True))
            letters[i] = "".join(letter for _, letter in placed)
    if nodes == list(node.inputs):
        return None
    return build(node.op, *nodes, spec=f"{','.join(letters)}->{output}")


def _number_operand(node: Node) -> Node | None:
    """A contraction with a single number is a multiple."""
    letters, output = node.params["spec"].split("->")
    multiply = "absorb" if node.op == "absorbing_einsum" else "multiply"
    return build(multiply, *node.inputs) if letters in (f",{output}", f"{output},") else None


# Rearranging: equal in exact arithmetic; for nodes of derivatives only.


def _plus_zero(node: Node) -> Node | None:
    a, b = node.inputs
    if scalar_value(b) == 0:
        return a
    return b if scalar_value(a) == 0 else None


def _plus_itself(node: Node) -> Node | None:
    a, b = node.inputs
    return 2.0 * a if a is b else None


def _plus_negative(node: Node) -> Node | None:
    a, b = node.inputs
    if b.op == "negative":
        return a - b.inputs[0]
    return b - a.inputs[0] if a.op == "negative" else None


def _number_first(node: Node) -> Node | None:
    a, b = node.inputs
    return b * a if scalar_value(b) is not None and scalar_value(a) is None else None


def _numbers_together(node: Node) -> Node | None:
    a, b = node.inputs
    number = scalar_value(a)
    if number is None or b.op not in ("multiply", "negative"):
        return None
    if b.op == "negative":
        return -a * b.inputs[0]
    inner = scalar_value(b.inputs[0])
    if inner is None or not _moderate(number * inner, node.dtype):
        return None
    return (a * b.inputs[0]) * b.inputs[1]


def _moderate(number: float | None, dtype: np.dtype) -> bool:
    """Whether a factor may move within a product without overflow or underflow where there was none."""
    epsilon = float(np.finfo(dtype).eps)
    return number is not None and epsilon < abs(number) < 1 / epsilon


def _with_numbers_moved(node: Node, shared: Container[Node]) -> Node | None:
    """A number moved out of a product, or joined by the sign before it."""
    if node.op == "multiply":
        return _numbers_out(node, shared)
    if node.op == "negative" and _is_multiple(node.inputs[0]) and node.inputs[0] not in shared:
        number, x = node.inputs[0].inputs
        return -number * x
    return None


def _numbers_out(node: Node, shared: Container[Node]) -> Node | None:
    for factor, other in (node.inputs, node.inputs[::-1]):
        if _is_multiple(factor) and scalar_value(other) is None and factor not in shared:
            number, x = factor.inputs
            if _moderate(scalar_value(number), node.dtype) and not _is_multiple(x):
                return number * (x * other)
    return None


def _is_multiple(node: Node) -> bool:
    return node.op == "multiply" and scalar_value(node.inputs[0]) is not None


def _negative_outside(node: Node) -> Node | None:
    a, b = node.inputs
    if a.op == "negative":
        return -build(node.op, a.inputs[0], b)
    return -build(node.op, a, b.inputs[0]) if b.op == "negative" else None


def _times_reciprocal(node: Node) -> Node | None:
    for factor, other in (node.inputs, node.inputs[::-1]):
        if factor.op == "reciprocal":
            return other / factor.inputs[0]
        if (
            factor.op == "divide"
            and scalar_value(factor.inputs[0]) is not None
            and scalar_value(other) is None
        ):
            return (factor.inputs[0] * other) / factor.inputs[1]
    return None


def _negative_of_difference(node: Node) -> Node | None:
    (x,) = node.inputs
    return x.inputs[1] - x.inputs[0] if x.op == "subtract" else None


def _sum_of_number(node: Node) -> Node | None:
    """The sum of a repeated number is the number times how many they are."""
    (x,) = node.inputs
    if scalar_value(x) is None:
        return None
    count = math.prod(x.shape[axis] for axis in node.params["axis"])
    return broadcast_to(op.astype(scalar_value(x), dtype=node.dtype) * count, node.shape)


EXACT: dict[str, tuple[Rule, ...]] = {
    "broadcast_to": (_nested_broadcast,),
    "reshape": (_nested_reshape,),
    "transpose": (_nested_transpose,),
    "slice": (_whole,),
    "astype": (_same_dtype,),
    "positive": (_operand,),
    "negative": (_double_negative,),
    "multiply": (_times_one,),
    "absorb": (_absorbed_by_number,),
    "divide": (_over_one,),
    "subtract": (_minus_zero,),
    "sum": (_sum_over_nothing,),
    "einsum": (_transposed_operands, _number_operand),
    "absorbing_einsum": (_transposed_operands, _number_operand),
}

REARRANGING: dict[str, tuple[Rule, ...]] = {
    "add": (_plus_zero, _plus_itself, _plus_negative),
    "negative": (_negative_of_difference,),
    "divide": (_negative_outside,),
    "multiply": (_number_first, _numbers_together, _negative_outside, _times_reciprocal),
    "sum": (_sum_of_number,),
}

OF_DERIVATIVES = {name: EXACT.get(name, ()) + REARRANGING.get(name, ()) for name in (*EXACT, *REARRANGING)}
