"""Values as JSON can hold them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import numpy as np

from ..errors import ArgumentError


def exact_config(config: Mapping[str, Any]) -> dict[str, Any]:
    """A copy that JSON gives back as it is, with lists for tuples.

    Raises:
        ArgumentError: something in it is not finite, or is nothing that JSON has.

    >>> exact_config({"sizes": (2, 8, 1)})
    {'sizes': [2, 8, 1]}
    """
    try:
        # msgspec would silently write NaN as null; the standard library can be told to refuse it.
        copy: dict[str, Any] = json.loads(json.dumps(config, allow_nan=False))
    except (TypeError, ValueError) as error:
        raise ArgumentError(f"a configuration that JSON cannot hold: {error}") from None
    return copy


def encode_notes(notes: Mapping[str, Any]) -> bytes:
    """Notes for people as one line of JSON: NumPy's numbers become plain ones, NaN and infinity null.

    Raises:
        ArgumentError: something in them is nothing that JSON has.

    >>> encode_notes({"loss": np.float64(0.5), "gap": float("nan")})
    b'{"loss":0.5,"gap":null}'
    """
    import msgspec

    try:
        return msgspec.json.encode(notes, enc_hook=_plain)
    except (TypeError, ValueError) as error:
        raise ArgumentError(f"notes that JSON cannot hold: {error}") from None


def plain_notes(notes: Mapping[str, Any]) -> dict[str, Any]:
    """The notes as JSON gives them back.

    Raises:
        ArgumentError: as for :func:`encode_notes`.
    """
    import msgspec

    return dict(msgspec.json.decode(encode_notes(notes)))


def _plain(value: Any) -> Any:
    if isinstance(value, np.generic | np.ndarray):
        return value.tolist()
    raise TypeError(f"a value of type {type(value).__name__}")
