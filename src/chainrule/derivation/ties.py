"""Where several entries are the greatest, each has a share of the derivative; where one is, it has all."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from ..execution import evaluate
from ..graph import Node
from .anchors import VIEWS


def counts_of_greatest(nodes: Iterable[Node], values: Mapping[Node, Any]) -> dict[Node, bool]:
    """The numbers of greatest (or least) entries, and whether each is 1 at a point.

    Args:
        nodes: those of a derivative, in which 𝟙[x = max x] is divided by how many entries it is 1 for.
        values: the values at the point, of nodes from which the others follow.
    """
    counts = [node for node in nodes if _counts_greatest(node)]
    found = evaluate(counts, dict(values)) if counts else ()
    return {node: bool(np.all(value == 1)) for node, value in zip(counts, found, strict=True)}


def _counts_greatest(node: Node) -> bool:
    if node.op != "sum" or node.inputs[0].op != "astype" or node.inputs[0].inputs[0].op != "equal":
        return False
    x, greatest = node.inputs[0].inputs[0].inputs
    while greatest.op in VIEWS:
        greatest = greatest.inputs[0]
    return greatest.op in ("max", "min") and greatest.inputs[0] is x
