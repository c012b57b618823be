"""The state of a random generator as JSON holds it, and back from what may be damaged or hostile."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from ..errors import RunError

#: Places in a generator's buffer, which NumPy itself does not check: beyond its end is other memory.
LAST_PLACES = {"pos": 624, "buffer_pos": 4}


def plain_state(state: Mapping[str, Any]) -> dict[str, Any]:
    """What JSON can hold: lists for arrays, plain numbers for NumPy's.

    >>> plain_state({"bit_generator": "X", "state": {"key": np.array([1, 2], "uint32")}})
    {'bit_generator': 'X', 'state': {'key': [1, 2]}}
    """
    return {
        key: plain_state(value)
        if isinstance(value, Mapping)
        else np.asarray(value).tolist()
        if isinstance(value, np.ndarray | np.generic)
        else value
        for key, value in state.items()
    }


def checked_state(state: Any, rng: np.random.Generator) -> dict[str, Any]:
    """The state as a generator of the same kind takes it.

    Raises:
        RunError: it is not one of such a generator.
    """
    kind = type(rng.bit_generator)
    fresh = kind(0)
    try:
        if state["bit_generator"] != kind.__name__:
            raise RunError(
                f"the checkpoint is of a {state['bit_generator']} generator", expected=kind.__name__
            )
        inner = {**state["state"], **state}
        for name, last in LAST_PLACES.items():
            if name in inner and not 0 <= inner[name] <= last:
                raise RunError(f"the generator's {name} is {inner[name]}", expected=f"0 to {last}")
        fresh.state = _with_arrays(state, fresh.state)
    except (TypeError, ValueError, KeyError, IndexError, OverflowError, AttributeError) as error:
        raise RunError(f"the checkpoint's generator state is damaged: {error}") from None
    restored: dict[str, Any] = fresh.state
    return restored


def _with_arrays(state: Mapping[str, Any], like: Mapping[str, Any]) -> dict[str, Any]:
    """Lists as arrays, where a state of that kind has them."""
    found: dict[str, Any] = {}
    for key, model in like.items():
        value = state[key]
        if isinstance(model, Mapping):
            found[key] = _with_arrays(value, model)
        elif isinstance(model, np.ndarray):
            found[key] = np.array(value, model.dtype).reshape(model.shape)
        else:
            found[key] = value
    return found
