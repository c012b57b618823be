"""Everything that the result of a training depends on, in plain words, numbers and fingerprints."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from typing import Any

import numpy as np

from ..arguments import Array
from ..runs import array_fingerprint, generator_fingerprint

#: Arguments of ``fit`` that are no settings: data, of which there are fingerprints, and what only looks on.
NO_SETTINGS = frozenset({"network", "X", "y", "sample_weight", "callbacks", "progress", "run"})

#: What a user calls the arrays of rows.
NAMES = ("X", "y", "sample_weight")


def configuration(arguments: Mapping[str, Any]) -> dict[str, Any]:
    """The settings among the arguments of a fit, and the network's.

    >>> from chainrule.nn import Network
    >>> from chainrule.train import SGD
    >>> configuration({"network": Network([1, 1]), "optimizer": SGD(), "batch_size": 4, "X": 0})["optimizer"]
    {'name': 'SGD', 'learning_rate': 0.1, 'momentum': 0.0, 'nesterov': False, 'weight_decay': 0.0}
    """
    _, network, _ = arguments["network"].to_state()
    settings = {name: plain(value) for name, value in arguments.items() if name not in NO_SETTINGS}
    if not isinstance(arguments.get("validation"), float | None):
        settings["validation"] = "rows"  # of which there are fingerprints
    return {"network": network, **settings}


def plain(value: Any) -> Any:
    """A setting as JSON can hold it: by its name where it is a function or an object.

    >>> plain(np.mean), plain(np.float64), plain(0.5)
    ('numpy.mean', 'numpy.float64', 0.5)
    """
    if value is None or isinstance(value, bool | int | float | str):
        return value
    if isinstance(value, np.random.Generator):
        return generator_fingerprint(value)
    if is_dataclass(value) and not isinstance(value, type):
        return {"name": type(value).__name__} | {
            each.name: plain(getattr(value, each.name)) for each in fields(value)
        }
    if isinstance(value, tuple | list):
        return [plain(each) for each in value]
    if isinstance(value, np.ndarray):
        return array_fingerprint(value)
    named = value if hasattr(value, "__qualname__") else type(value)
    return f"{named.__module__}.{named.__qualname__}"


def fingerprints(
    rates: Array, data: tuple[Array, ...], validation_data: tuple[Array, ...] | None
) -> dict[str, str]:
    """Fingerprints of all arrays that the result depends on, by what a user calls them."""
    arrays = dict(zip(NAMES, data, strict=False))
    for name, array in zip(NAMES, validation_data or (), strict=False):
        arrays[f"{name} of the validation rows"] = array
    arrays["the learning rates of the epochs"] = rates
    return {name: array_fingerprint(array) for name, array in arrays.items()}
