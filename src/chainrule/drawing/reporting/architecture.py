"""The network's layers and their numbers of parameters."""

from __future__ import annotations

import math

from ...nn import Network
from ...nn.summary import steps
from ...pages import Html, element, joined, table
from .subject import Subject

BAR, ROW = 120.0, 14.0


def architecture(subject: Subject) -> Html:
    """A row for each layer, and the sum."""
    network = subject.network
    if network is None:
        return element("p", f"The predictions are those of a {type(subject.model.network).__name__}.")
    counts = [sum(map(math.prod, layer.shapes.values())) for layer in network.layers]
    total = sum(counts)
    rows = [
        (
            f"layer {layer.number}",
            f"{layer.inputs:,} → {layer.outputs:,}",
            steps(layer),
            ", ".join(f"{name} {'×'.join(map(str, shape))}" for name, shape in layer.shapes.items()),
            f"{count:,}",
            _bar(count / total),
        )
        for layer, count in zip(network.layers, counts, strict=True)
    ]
    rows.append(("in all", _sizes(network), "", "", f"{total:,}", Html()))
    header = ("", "units", "then", "parameters", "count", "")
    size = total * network.dtype.itemsize
    each = "" if subject.members == 1 else f"Each of {subject.members} networks, whose outputs are averaged: "
    caption = f"{each}{total:,} parameters, {size:,} bytes as {network.dtype}"
    return joined((table(header, rows, numeric={4}, caption=caption),))


def _sizes(network: Network) -> str:
    return f"{network.sizes[0]:,} → {network.sizes[-1]:,}"


def _bar(share: float) -> Html:
    rect = element("rect", x=0, y=3, width=f"{max(share * BAR, 1):.1f}", height=ROW - 6, class_="bar neutral")
    return element("svg", rect, viewBox=f"0 0 {BAR:g} {ROW:g}", class_="chart share", aria_hidden="true")
