"""The local Jacobians of a box: how its value depends on the values that it uses."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Set

import numpy as np

from ..execution import evaluate
from ..graph import Node, is_literal, topological_order
from ..graph.expressions import operands
from ..graph.statements import Statement, expression_of
from ..linear_maps import Compose, LinearMap, Zero
from .box import Box, Boxes
from .numbers import Numbers

MOST_ENTRIES = 36  # of a matrix that is written out
MOST_STEPS = 6  # of a chain that are told
LONGEST = 72  # characters of a formula

Path = tuple[LinearMap, ...]


def jacobian_lines(box: Box, boxes: Boxes, numbers: Numbers) -> Iterator[str]:
    """``∂z/∂W = I ⊗ xᵀ``, and the matrix, if small, where the values are known; of a chain step by step.

    What a loop repeats is told by its formulas alone.
    """
    numbers = Numbers() if box.times else numbers
    for step, used in list(zip(box.steps, box.used, strict=True))[:MOST_STEPS]:
        for operand in used:
            if operand.type.is_float and step.node.type.is_float:
                yield from _lines(step, operand, boxes, numbers)
    if len(box.steps) > MOST_STEPS and box.times:
        yield f"… and {len(box.steps) - MOST_STEPS} more"
    elif len(box.steps) > MOST_STEPS and box.operands:
        yield f"… and {len(box.steps) - MOST_STEPS} more; their product is ∂{box.name}/∂{_listed(box, boxes)}"


def _listed(box: Box, boxes: Boxes) -> str:
    return ", ".join(boxes.names[operand] for operand in box.operands)


def _lines(step: Statement, operand: Node, boxes: Boxes, numbers: Numbers) -> Iterator[str]:
    paths = list(_paths(step.node, operand, boxes.values))
    formula = " + ".join(_product(path, boxes) for path in paths) or "0"
    if len(formula) > LONGEST:
        formula = f"{formula[: LONGEST - 1]}…"
    rows, columns = step.node.type.size, operand.type.size
    yield f"∂{step.name}/∂{boxes.names[operand]} = {formula}   ({rows} × {columns})"
    if numbers.values and 1 < rows * columns <= MOST_ENTRIES and paths:
        known = dict(numbers.values)
        matrices = evaluate([Compose(path).matrix() for path in paths], known)
        text = np.array2string(np.sum(matrices, axis=0), precision=4, separator=", ")
        yield from (f"    {line}" for line in text.splitlines())


def _paths(node: Node, operand: Node, stops: Set[Node]) -> Iterator[Path]:
    """The ways from a value to an operand, as the maps along them."""
    for i, child in enumerate(node.inputs):
        if not child.type.is_float:
            continue
        if child is operand:
            rest: list[Path] = [()]
        elif child in stops:
            continue
        else:
            rest = list(_paths(child, operand, stops))
        for path in rest:
            maps = (node.primitive.jacobian(i, node), *path)
            if not any(isinstance(each, Zero) for each in maps):
                yield maps


def _product(path: Path, boxes: Boxes) -> str:
    """A product of maps as a formula; factors of several terms stand in parentheses."""
    factors = [text for text in (_formula(each, boxes) for each in path) if text != "I"]
    if len(factors) > 1:
        factors = [f"({text})" if " " in text and not text.startswith("diag(") else text for text in factors]
    return " · ".join(factors) or "I"


def _formula(each: LinearMap, boxes: Boxes) -> str:
    """A map as a formula, its parts written as expressions of the values with boxes."""

    def label(node: Node) -> str:
        known: dict[Node, ast.expr] = {}
        for part in topological_order([node], boxes.values):
            named = [operand for operand in operands(part) if operand in boxes.values]
            known |= {operand: ast.Name(boxes.names[operand]) for operand in named}
            if not is_literal(part):
                known[part] = expression_of(part, known)
        if node in boxes.values:
            return boxes.names[node]
        text = ast.unparse(known[node] if node in known else expression_of(node, known))
        return text if text.isidentifier() else f"⟦{text}⟧"

    shown = each.show(label)
    return shown.replace("diag(⟦", "diag(").replace("⟧)", ")").replace("⟦", "(").replace("⟧", ")")
