"""A network's layers as a table in text."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from .layers import Layer


def summary(layers: Sequence[Layer], dtype: np.dtype[Any]) -> str:
    """One line a layer: its parameters' shapes, its activation, and how many numbers it holds."""
    rows: list[tuple[str, ...]] = [("layer", "inputs", "outputs", "parameters", "activation", "count")]
    total = 0
    for layer in layers:
        count = sum(math.prod(shape) for shape in layer.shapes.values())
        shapes = "  ".join(f"{name} {'×'.join(map(str, shape))}" for name, shape in layer.shapes.items())
        cells = (layer.number, layer.inputs, layer.outputs, shapes, layer.activation.name, f"{count:,}")
        rows.append(tuple(map(str, cells)))
        total += count
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows
    ]
    lines.append(f"{total:,} parameters, {total * dtype.itemsize:,} bytes as {dtype}")
    return "\n".join(lines)
