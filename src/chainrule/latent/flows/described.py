"""Layers as what JSON can hold, and back from a configuration that may be damaged or hostile."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from ...errors import ArgumentError, ModelFileError
from .affine import Affine
from .autoregressive import Autoregressive
from .conditioner import Conditioner
from .coupling import Coupling, Transform
from .layer import FlowLayer
from .linear import ActNorm, LULinear, Permutation
from .spline import Spline

_TRANSFORMS: Mapping[str, type[Transform]] = {each.kind: each for each in (Affine, Spline)}
_BENDING: Mapping[str, type[Coupling] | type[Autoregressive]] = {
    each.kind: each for each in (Coupling, Autoregressive)
}
_PLAIN: Mapping[str, type[ActNorm] | type[LULinear]] = {each.kind: each for each in (ActNorm, LULinear)}


def describe(layers: Sequence[FlowLayer]) -> list[dict[str, Any]]:
    """Every layer's kind and settings.

    Raises:
        ArgumentError: a layer of the caller's own class.
    """
    return [_described(layer) for layer in layers]


def _described(layer: FlowLayer) -> dict[str, Any]:
    if isinstance(layer, Coupling | Autoregressive):
        transform = {"kind": layer.transform.kind, **asdict(layer.transform)}
        conditioner = layer.conditioner
        network = {"hidden": list(conditioner.hidden), "activation": conditioner.activation}
        return {"kind": layer.kind, "transform": transform, **network}
    if isinstance(layer, Permutation):
        return {"kind": layer.kind, "order": None if layer.order is None else list(layer.order)}
    if isinstance(layer, ActNorm | LULinear):
        return {"kind": layer.kind}
    raise ArgumentError(
        f"a layer of your own class, {type(layer).__name__}, which no file can hold",
        instead="save flow.parameters, for Flow.from_parameters with layers that your code makes",
    )


def read_layers(described: Any) -> tuple[FlowLayer, ...]:
    """The layers of a description.

    Raises:
        ModelFileError: it is not one.
        ArgumentError: a setting makes no sense.
    """
    if not isinstance(described, list):
        raise ModelFileError(f"the layers are {described!r}", expected="a list")
    return tuple(_read(each) for each in described)


def _read(each: Any) -> FlowLayer:
    try:
        settings = dict(each)
        kind = settings.pop("kind")
        if kind in _PLAIN:
            return _PLAIN[kind](**settings)
        if kind == Permutation.kind:
            order = settings.pop("order")
            return Permutation(None if order is None else tuple(order), **settings)
        transform = dict(settings.pop("transform"))
        bend = _TRANSFORMS[transform.pop("kind")](**transform)
        conditioner = Conditioner(tuple(settings.pop("hidden")), **settings)
        return _BENDING[kind](bend, conditioner)
    except (TypeError, KeyError, ValueError) as error:
        raise ModelFileError(f"a layer of the flow is {each!r} ({error})", expected="a layer") from None
