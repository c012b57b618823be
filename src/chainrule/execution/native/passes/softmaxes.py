"""Softmax, its logarithm and the logarithm of its denominator, the greatest element taken off before exp."""

from __future__ import annotations

from dataclasses import dataclass, field

from ....graph import Node, broadcast_to, op, reshape


def log_sum_exp(node: Node) -> Node:
    """log Σ eˣ."""
    (x,) = node.inputs
    axes = node.params["axis"]
    if not x.type.size:
        return node
    shift = _shift(x, axes)
    return op.log(op.sum(op.exp(x - kept(shift, axes, x)), axis=axes)) + shift


def softmax(node: Node) -> Node:
    """eˣ/Σ eˣ."""
    (x,) = node.inputs
    if not x.type.size:
        return node
    axes = node.params["axis"]
    e = op.exp(x - kept(_shift(x, axes), axes, x))
    return e / kept(op.sum(e, axis=axes), axes, x)


@dataclass(frozen=True, slots=True)
class Exponentials:
    """What has been computed of log-softmaxes: the softmax, which their gradients need, takes no other
    exponentials."""

    found: dict[Node, tuple[Node, Node, tuple[int, ...]]] = field(default_factory=dict)

    def log_softmax(self, node: Node) -> Node:
        """x − log Σ eˣ."""
        (x,) = node.inputs
        if not x.type.size:
            return node
        axes = node.params["axis"]
        shifted = x - kept(_shift(x, axes), axes, x)
        e = op.exp(shifted)
        total = op.sum(e, axis=axes)
        result = shifted - kept(op.log(total), axes, x)
        self.found[result] = e, total, axes
        return result

    def exp(self, node: Node) -> Node:
        """eʸ; where y is a log-softmax, the softmax."""
        found = self.found.get(node.inputs[0])
        if found is None:
            return node
        e, total, axes = found
        return e * kept(1 / total, axes, e)


def kept(node: Node, axes: tuple[int, ...], like: Node) -> Node:
    """What has been reduced over axes, repeated along them."""
    shape = tuple(1 if axis in axes else n for axis, n in enumerate(like.shape))
    return broadcast_to(reshape(node, shape), like.shape)


def _shift(x: Node, axes: tuple[int, ...]) -> Node:
    """The greatest element, or 0 where it is infinite."""
    greatest = op.max(x, axis=axes)
    return op.where(op.isfinite(greatest), greatest, 0.0)
