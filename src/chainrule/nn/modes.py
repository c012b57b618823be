"""The two ways to go through a network: predicting, which is deterministic, and training on a minibatch."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Protocol

from ..arguments import Value
from . import dropout, normalisation

if TYPE_CHECKING:
    from .layers import Layer


class Mode(Protocol):
    """What differs between the two."""

    @property
    def renewed(self) -> Mapping[str, Value]:
        """The running statistics that a minibatch has changed, by name, as they are after it."""

    def batch_moments(self, layer: Layer, parameters: Mapping[str, Value], z: Value) -> tuple[Value, Value]:
        """The mean and the variance of each unit, by which batch normalisation divides."""

    def drop(self, layer: Layer, h: Value) -> Value:
        """What dropout leaves of the units."""


class Predicting:
    """Running statistics, and every unit stays."""

    renewed: Mapping[str, Value] = MappingProxyType({})

    def batch_moments(self, layer: Layer, parameters: Mapping[str, Value], z: Value) -> tuple[Value, Value]:
        return parameters[layer.mean], parameters[layer.variance]

    def drop(self, layer: Layer, h: Value) -> Value:
        return h


class Training:
    """The statistics of the minibatch, and units left out at random.

    A minibatch of one row has no variance: it takes the running statistics, and leaves them as they are. So
    does a frozen layer.

    Args:
        stream: where the random stream stands.
    """

    renewed: dict[str, Value]

    def __init__(self, stream: dict[str, Any]) -> None:
        self._stream = stream
        self.renewed = {}

    def batch_moments(self, layer: Layer, parameters: Mapping[str, Value], z: Value) -> tuple[Value, Value]:
        running = parameters[layer.mean], parameters[layer.variance]
        if layer.frozen or z.shape[0] == 1:
            return running
        own = normalisation.moments(z, axis=0)
        for name, before, batch in zip(layer.statistics, running, own, strict=True):
            self.renewed[name] = normalisation.renewed(before, batch)
        return own

    def drop(self, layer: Layer, h: Value) -> Value:
        if not layer.dropout:
            return h
        kept = dropout.mask(self._stream, layer.number, h.shape, layer.dropout)
        return dropout.dropped(h, kept, layer.dropout)


PREDICTING = Predicting()
