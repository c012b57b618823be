"""Which boxes belong to one layer of a network, as their names tell."""

from __future__ import annotations

import re
from collections import Counter

from ..graph import Node
from .box import Box, Boxes

#: The field's names of a layer's parts, as the lecture writes them: W1, b1, z1, h1; and their derivatives.
_PART = re.compile(r"d?(?:W|b|z|h|a|gamma|beta)_?(\d+)$")


def layers(boxes: Boxes) -> dict[Box, str]:
    """The layer of each box that has one.

    A parameter's is that of its path (``layer1/W``, or layers[0] of ``layers/0/W``) or the number in its name
    (``W1``), if it is no single number; so is that of the derivative by it. Other values have that of their
    own name, or of the parameters they use, or, where they are computed from one value alone, of that. A
    layer has a parameter: numbered values are none.
    """
    found: dict[Node, str] = {}
    inputs = [str(box.node.params["label"]) for box in boxes.all if box.node.op == "input"]
    derivatives = {f"d{label.replace('/', '_')}": label for label in inputs}
    for box in boxes.all:
        if box.times or (len(box.steps) > 1 and box.node.op == "input"):
            continue
        label = box.node.params["label"] if box.node.op == "input" else box.name
        layer = _named(derivatives.get(label, label)) if box.node.ndim else None
        layer = layer or _of_operands(box, boxes, found)
        if layer is not None:
            found[box.node] = layer
    sizes = Counter(found.values())
    with_parameter = {layer for node, layer in found.items() if node.op == "input"}
    return {
        box: found[box.node]
        for box in boxes.all
        if box.node in found and found[box.node] in with_parameter and sizes[found[box.node]] > 1
    }


def _named(label: str) -> str | None:
    path = label.split("/")
    if len(path) > 2 and path[-2].isdigit():
        return f"{path[-3]}[{path[-2]}]"
    if len(path) > 2:
        return path[-2]
    match = _PART.match(path[-1])
    return f"layer {match[1]}" if match else None


def _of_operands(box: Box, boxes: Boxes, found: dict[Node, str]) -> str | None:
    parameters = {found[node] for node in box.operands if node.op == "input" and node in found}
    if len(parameters) == 1:
        return parameters.pop()
    if len(box.operands) == 1 and box.node.ndim and not parameters:
        return found.get(box.operands[0])
    return None
