"""What can be said of a value's sign from how it is computed."""

from __future__ import annotations

from ..graph import Node, scalar_value

NEVER_NEGATIVE = {"square", "absolute", "exp", "exp2", "expit", "softmax", "cosh", "hypot"}
SAME_SIGN = {"broadcast_to", "reshape", "transpose", "slice", "sum", "max", "min", "sqrt", "astype"}
LOOK_BACK = 12  # operations; a sum of squares plus a constant is a few


def is_nonnegative(node: Node, look_back: int = LOOK_BACK) -> bool:
    """Whether the value is certainly zero or more (or NaN)."""
    number = scalar_value(node)
    if number is not None:
        return number >= 0
    if node.op in NEVER_NEGATIVE:
        return True
    if not look_back:
        return False
    if node.op in SAME_SIGN:
        return is_nonnegative(node.inputs[0], look_back - 1)
    if node.op == "multiply" and node.inputs[0] is node.inputs[1]:
        return True
    both = node.op in ("add", "multiply", "divide")
    return both and all(is_nonnegative(operand, look_back - 1) for operand in node.inputs)


def is_positive(node: Node, look_back: int = LOOK_BACK) -> bool:
    """Whether the value is certainly more than zero (or NaN): a number, or a number plus what is never
    negative."""
    number = scalar_value(node)
    if number is not None:
        return number > 0
    if not look_back:
        return False
    if node.op in ("broadcast_to", "reshape", "transpose", "slice", "sqrt"):
        return is_positive(node.inputs[0], look_back - 1)
    if node.op != "add" or not all(is_nonnegative(operand, look_back) for operand in node.inputs):
        return False
    return any(is_positive(operand, look_back - 1) for operand in node.inputs)
