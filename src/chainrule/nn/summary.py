"""A network's layers as a table in text."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from .layers import Layer

HEADER = ("layer", "inputs", "output", "parameters", "activation", "trained", "not trained")


def summary(layers: Sequence[Layer], dtype: np.dtype[Any]) -> str:
    """One line a layer: its output's shape, its parameters' shapes, and how many numbers it holds."""
    rows: list[tuple[str, ...]] = [HEADER]
    trained = untrained = 0
    for layer in layers:
        sizes = {name: math.prod(shape) for name, shape in layer.shapes.items()}
        still = sum(sizes[name] for name in layer.untrained)
        moving = sum(sizes.values()) - still
        shapes = "  ".join(f"{name} {'×'.join(map(str, shape))}" for name, shape in layer.shapes.items())
        output = f"(n, {layer.outputs})"
        cells = (layer.number, layer.inputs, output, shapes, steps(layer), f"{moving:,}", f"{still:,}")
        rows.append(tuple(map(str, cells)))
        trained, untrained = trained + moving, untrained + still
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows
    ]
    total = trained + untrained
    lines.append(
        f"{total:,} parameters, {trained:,} of them trained; {total * dtype.itemsize:,} bytes as {dtype}"
    )
    return "\n".join(lines)


def steps(layer: Layer) -> str:
    """What follows z = W h + b, in order."""
    told = [f"{layer.normalisation} norm"] if layer.normalisation else []
    told.append(layer.activation.name)
    told += [f"dropout {layer.dropout:g}"] if layer.dropout else []
    return ", ".join(told + ([f"+ {_added(layer)}"] if layer.residual else []))


def _added(layer: Layer) -> str:
    """What a residual layer adds: its inputs, or those of the layer before."""
    before = layer.number - int(layer.residual)
    return f"h{before}" if before else "X"
