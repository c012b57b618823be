"""The lecture's point: layers without a non-linearity between them are one layer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from ..arguments import Array, Parameters
from .layers import Layer
from .normalisation import EPSILON

Affine = tuple[Array, Array | None]


def collapse_linear(
    layers: Sequence[Layer], parameters: Mapping[str, Array]
) -> tuple[list[Layer], Parameters]:
    """Fold every linear layer into the one after it: W = W⁽²⁾ W⁽¹⁾, b = W⁽²⁾ b⁽¹⁾ + b⁽²⁾.

    Batch normalisation by running statistics is a scale and a shift, and is folded into W and b too. What is
    normalised along each row is no linear function, and stays.

    Source: the lecture, "Limitations of linear NNs".
    """
    folded: list[Layer] = []
    collapsed: Parameters = {}
    bias = any(layer.bias or layer.normalisation == "batch" for layer in layers)
    before: Affine | None = None
    start = layers[0].inputs
    for place, layer in enumerate(layers):
        W, b = _affine(layer, parameters)
        if before is not None:
            W1, b1 = before
            W, b = W @ W1, b if b1 is None else W @ b1 + (0 if b is None else b)
        if _foldable(layer) and layer is not layers[-1] and not _added(layers, place):
            before = (W, b)
            continue
        kept = layer.normalisation if layer.normalisation == "layer" else None
        merged = replace(layer, number=len(folded) + 1, inputs=start, normalisation=kept, bias=bias)
        merged = replace(merged, frozen=False)
        if layer.residual == 1 and layer.linear and kept is None:
            merged = replace(merged, residual=0)
        folded.append(merged)
        values = [W] + ([np.zeros_like(W[:, 0]) if b is None else b] if bias else [])
        values += [parameters[layer.gamma], parameters[layer.beta]] if kept else []
        collapsed.update(zip(merged.shapes, values, strict=True))
        before, start = None, layer.outputs
    return folded, collapsed


def _foldable(layer: Layer) -> bool:
    return layer.linear and layer.normalisation != "layer" and layer.residual < 2


def _added(layers: Sequence[Layer], place: int) -> bool:
    """Whether a later layer adds this one's units, or reaches back over them."""
    return bool(layers[place + 1].residual) or any(
        each.residual > 1 for each in layers[place + 2 : place + 3]
    )


def _affine(layer: Layer, parameters: Mapping[str, Array]) -> Affine:
    """W and b of u = W h + b with batch normalisation in them, and of h + u where a linear layer adds h."""
    W, b = parameters[layer.W], parameters.get(layer.b)
    if layer.normalisation == "batch":
        scale = parameters[layer.gamma] / np.sqrt(parameters[layer.variance] + EPSILON)
        W, b = W * scale[:, None], parameters[layer.beta] - parameters[layer.mean] * scale
    if layer.residual and _foldable(layer):
        W = W + np.eye(len(W), dtype=W.dtype)
    return W, b
