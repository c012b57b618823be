"""A network as a JSON-able configuration, and back from one that may be damaged or hostile."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

import numpy as np

from ..arguments import as_float_dtype
from ..errors import ArgumentError, ChainruleError, ModelFileError
from .activations import ACTIVATIONS
from .layers import Layer, dense_layers, parameter_shapes

#: What a configuration may leave out, with the value that this means.
OPTIONAL: Mapping[str, Any] = MappingProxyType(
    {"normalisation": None, "dropout": 0.0, "residual": 0, "frozen": ()}
)


def describe(layers: Sequence[Layer], dtype: np.dtype[Any]) -> dict[str, Any]:
    """Sizes, activations by name, bias and dtype; normalisation and its like where they are used."""
    hidden = layers[:-1]
    shares = [layer.dropout for layer in hidden]
    options = {
        "normalisation": hidden[0].normalisation if hidden else None,
        "dropout": shares[0] if len(set(shares)) == 1 else shares,
        "residual": _residual(hidden),
        "frozen": [layer.number for layer in layers if layer.frozen],
    }
    return {
        "sizes": [layers[0].inputs, *[layer.outputs for layer in layers]],
        "activations": [layer.activation.name for layer in layers],
        "bias": layers[0].bias,
        "dtype": str(dtype),
    } | {name: value for name, value in options.items() if value and value != OPTIONAL[name]}


def _residual(hidden: Sequence[Layer]) -> bool | list[int]:
    """Whether all layers that can add their inputs do, or none does; else what each adds."""
    of_square = {layer.residual for layer in hidden if layer.inputs == layer.outputs}
    if len(of_square) < 2 and not any(layer.residual > 1 for layer in hidden):
        return 1 in of_square
    return [layer.residual for layer in hidden]


def network_config(layers: Sequence[Layer], dtype: np.dtype[Any]) -> dict[str, Any]:
    """The description, where it is enough to make the layers again.

    Raises:
        ArgumentError: an activation is not in the table.
    """
    for layer in layers:
        if ACTIVATIONS.get(layer.activation.name) is not layer.activation:
            raise ArgumentError(
                f"layer {layer.number} has an activation of your own, {layer.activation.name!r}",
                expected="one of " + ", ".join(ACTIVATIONS),
                instead="save net.parameters, for with_parameters of a network that your code makes",
            )
    return describe(layers, dtype)


def read_network(
    config: Mapping[str, Any], arrays: Mapping[str, Any]
) -> tuple[tuple[Layer, ...], dict[str, Any], np.dtype[Any]]:
    """Layers, parameters and dtype from a configuration and arrays.

    Nothing is allocated by the sizes in the configuration before the arrays have been seen to have them.

    Raises:
        ModelFileError: a field is missing, unknown or of the wrong type, or an array does not fit it.
    """
    wanted = {"sizes": list, "activations": list, "bias": bool, "dtype": str}
    if not set(wanted) <= set(config) <= {*wanted, *OPTIONAL}:
        raise ModelFileError(
            f"a network's configuration with {', '.join(config)}", expected=", ".join(wanted)
        )
    for field, kind in wanted.items():
        if not isinstance(config[field], kind):
            raise ModelFileError(f"a network's {field} is {config[field]!r}", expected=f"a {kind.__name__}")
    try:
        if len(config["activations"]) != len(config["sizes"]) - 1:
            raise ArgumentError(
                f"{len(config['activations'])} activations for {len(config['sizes'])} sizes",
                expected="one fewer",
            )
        *hidden, output = config["activations"]
        options = {name: config.get(name, default) for name, default in OPTIONAL.items()}
        if not isinstance(options["frozen"], list | tuple):
            raise ArgumentError(f"frozen={options['frozen']!r}", expected="a list of layers' numbers")
        layers = dense_layers(config["sizes"], hidden, output, config["bias"], **options)
        dtype = as_float_dtype(config["dtype"])
    except ChainruleError as error:
        raise ModelFileError(f"a network's configuration: {error.given}", expected=error.expected) from None
    return layers, _fitting(arrays, layers), dtype


def _fitting(arrays: Mapping[str, Any], layers: Sequence[Layer]) -> dict[str, Any]:
    expected = parameter_shapes(layers)
    given = {name: np.shape(array) for name, array in arrays.items()}
    for name in [*expected, *given]:
        if given.get(name) != expected.get(name):
            raise ModelFileError(
                f"array {name} is " + (f"of shape {given[name]}" if name in given else "missing"),
                expected=f"shape {expected[name]}" if name in expected else "only " + ", ".join(expected),
            )
    return dict(arrays)
