"""The lecture's point: layers without a non-linearity between them are one layer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ..arguments import Array, Parameters
from .layers import Layer


def collapse_linear(
    layers: Sequence[Layer], parameters: Mapping[str, Array]
) -> tuple[list[Layer], Parameters]:
    """Fold every linear layer into the one after it: W = W⁽²⁾ W⁽¹⁾, b = W⁽²⁾ b⁽¹⁾ + b⁽²⁾.

    Source: the lecture, "Limitations of linear NNs".
    """
    folded: list[Layer] = []
    collapsed: Parameters = {}
    before: tuple[Array, Array | None] | None = None
    start = layers[0].inputs
    for layer in layers:
        W, b = parameters[layer.W], parameters.get(layer.b)
        if before is not None:
            W1, b1 = before
            W, b = W @ W1, None if b is None or b1 is None else W @ b1 + b
        if layer.linear and layer is not layers[-1]:
            before = (W, b)
            continue
        merged = Layer(len(folded) + 1, start, layer.outputs, layer.activation, layer.bias)
        folded.append(merged)
        collapsed.update(zip(merged.shapes, [W, b] if b is not None else [W], strict=True))
        before, start = None, layer.outputs
    return folded, collapsed
