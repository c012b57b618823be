"""Graphs that compute a whole Jacobian: by a bracketing of its chain, or by the passes of a colouring."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from ..graph import Node, constant, op, reshape, zeros
from .blocks import BlockMatrix
from .bracketing import Bracket, Structure
from .chains import Chain, Ends, Segment
from .colouring import NONE, Colouring
from .forward import push
from .reverse import pull


@dataclass(frozen=True, slots=True)
class Accumulation:
    """Multiplies a chain's factors in the order of a bracketing."""

    chain: Chain

    def matrix(self, bracket: Bracket) -> BlockMatrix:
        """The product of the bracket's factors."""
        if not bracket.parts:
            return self._formed(bracket)
        parts = [self.matrix(part) for part in bracket.parts]
        if bracket.how == "product":
            left, right = parts
            return left.times(right, absorbing=self.chain.guarded)
        (part,) = parts
        part, guarded = part.coarser(bracket.structure.blocks), self.chain.guarded
        sources, targets = self._ends(bracket)
        if bracket.how == "push":
            (middle,) = self.chain.segments[bracket.parts[0].last].targets
            columns = reshape(part.columns(), (part.structure.block_columns, *middle.shape))
            return BlockMatrix.of_columns(_pushed(targets, {middle: columns}, guarded), bracket.structure)
        (middle,) = self.chain.segments[bracket.parts[0].first].sources
        rows = reshape(part.rows(), (part.structure.block_rows, *middle.shape))
        return BlockMatrix.of_rows(_pulled({middle: rows}, sources, guarded), bracket.structure)

    def _ends(self, bracket: Bracket) -> tuple[Ends, Ends]:
        return self.chain.segments[bracket.first].sources, self.chain.segments[bracket.last].targets

    def _formed(self, bracket: Bracket) -> BlockMatrix:
        """A single factor: as it stands in its local Jacobian, or by products with the identity."""
        segment = self.chain.segments[bracket.first]
        if bracket.how == "given" and segment.explicit is not None:
            return BlockMatrix(segment.structure, segment.explicit)
        if bracket.how == "columns":
            return BlockMatrix.of_columns(_columns(segment), segment.structure)
        return BlockMatrix.of_rows(_rows(segment), segment.structure)


def _columns(segment: Segment) -> Node:
    """The identity of each source pushed to the targets, one array below the other."""
    identities = [(node, _identity(node, segment.structure)) for node in segment.sources]
    return _joined([_pushed(segment.targets, {node: eye}) for node, eye in identities], axis=0)


def _rows(segment: Segment) -> Node:
    """The identity of each target pulled to the sources, one array below the other."""
    identities = [(node, _identity(node, segment.structure)) for node in segment.targets]
    return _joined([_pulled({node: eye}, segment.sources) for node, eye in identities], axis=0)


def _identity(node: Node, structure: Structure) -> Node:
    """Unit vectors of all blocks at once: as many as a block has elements of the node."""
    count = node.type.size // structure.blocks
    units = np.tile(np.eye(count, dtype=node.dtype), (1, structure.blocks))
    return constant(units.reshape(count, *node.shape))


def _pushed(targets: Ends, tangents: Mapping[Node, Node], guarded: bool = False) -> Node:
    """The tangents of all targets side by side, a row for each vector of the batch."""
    batch = _batch(tangents)
    return _beside(push(targets, tangents, guarded=guarded), targets, batch)


def _pulled(cotangents: Mapping[Node, Node], sources: Ends, guarded: bool = False) -> Node:
    """The cotangents of all sources side by side, a row for each vector of the batch."""
    batch = _batch(cotangents)
    return _beside(pull(cotangents, sources, guarded=guarded), sources, batch)


def _batch(vectors: Mapping[Node, Node]) -> int:
    return next(iter(vectors.values())).shape[0]


def _beside(found: Mapping[Node, Node], nodes: Ends, batch: int) -> Node:
    """What was found for nodes, flattened, zeros where that is nothing."""
    shapes = [(batch, node.type.size) for node in nodes]
    flat = [
        reshape(found[node], shape) if node in found else zeros(node.type.with_shape(shape))
        for node, shape in zip(nodes, shapes, strict=True)
    ]
    return _joined(flat, axis=1)


def _joined(parts: Sequence[Node], axis: int) -> Node:
    return parts[0] if len(parts) == 1 else op.concatenate(*parts, axis=axis)


def compressed(sources: Ends, targets: Ends, colouring: Colouring, places: np.ndarray) -> Node:
    """The entries of a sparse Jacobian, in the order of its pattern, by the passes of a colouring."""
    results = []
    if colouring.pushes:
        results.append(_pushed(targets, _seeds(sources, colouring.columns)))
    if colouring.pulls:
        results.append(_pulled(_seeds(targets, colouring.rows), sources))
    flat = _joined([reshape(result, (result.type.size,)) for result in results], axis=0)
    return op.gather(flat, constant(places), batch=0)


def _seeds(nodes: Ends, colours: np.ndarray) -> dict[Node, Node]:
    """For each colour the sum of the unit vectors of that colour; those of a node given twice are added."""
    count = int(colours.max()) + 1
    seeds: dict[Node, np.ndarray] = {}
    start = 0
    for node in nodes:
        own = colours[start : start + node.type.size]
        start += node.type.size
        units = np.zeros((count, node.type.size), node.dtype)
        coloured = np.flatnonzero(own != NONE)
        units[own[coloured], coloured] = 1
        seeds[node] = seeds[node] + units if node in seeds else units
    return {node: constant(units.reshape(count, *node.shape)) for node, units in seeds.items()}
