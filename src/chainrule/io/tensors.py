"""Arrays as the bytes of ``model.safetensors``, and back from bytes that may be damaged or hostile."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import ArgumentError, ModelFileError
from .manifest import ArrayEntry, TensorsEntry

DTYPES = frozenset(
    ["bool", "float16", "float32", "float64"]
    + [f"{sign}int{bits}" for sign in ("", "u") for bits in (8, 16, 32, 64)]
)


def encode_arrays(arrays: Mapping[str, NDArray[Any]]) -> tuple[bytes, TensorsEntry]:
    """The file's bytes, and what the manifest says of them.

    Raises:
        ArgumentError: an array's dtype is not one that the file can hold.
    """
    data = encode_tensors(arrays)
    entries = {name: ArrayEntry(array.dtype.name, array.shape) for name, array in arrays.items()}
    return data, TensorsEntry(len(data), sha256(data), entries)


def decode_arrays(data: bytes, entry: TensorsEntry) -> dict[str, NDArray[Any]]:
    """The arrays in the file's bytes; none takes memory that the bytes do not.

    Raises:
        ModelFileError: they are not the arrays that the manifest declares.
    """
    arrays, _ = decode_tensors(data, "model.safetensors")
    found = {name: ArrayEntry(array.dtype.name, array.shape) for name, array in arrays.items()}
    if found != entry.arrays:
        names = sorted(
            name for name in found.keys() | entry.arrays.keys() if found.get(name) != entry.arrays.get(name)
        )
        raise ModelFileError(
            f"model.safetensors does not hold the arrays of model.json: they differ in {names[0]!r}"
        )
    return arrays


def encode_tensors(arrays: Mapping[str, NDArray[Any]], metadata: Mapping[str, str] | None = None) -> bytes:
    """The bytes of a safetensors file.

    Raises:
        ArgumentError: an array's dtype is not one that the file can hold.
    """
    from safetensors.numpy import save

    # safetensors writes the memory of an array as it lies, so strides must be those of C order.
    plain = {name: np.array(array, order="C") for name, array in arrays.items()}
    for name, array in plain.items():
        if array.dtype.name not in DTYPES or not array.dtype.isnative:
            raise ArgumentError(
                f"array {name!r} has dtype {array.dtype}", expected="booleans, integers or floats"
            )
    return save(plain, None if metadata is None else dict(metadata))


def decode_tensors(data: bytes, name: str) -> tuple[dict[str, NDArray[Any]], dict[str, str]]:
    """The arrays and the metadata in the bytes of a safetensors file of that name.

    Raises:
        ModelFileError: they are damaged.
    """
    from safetensors import SafetensorError
    from safetensors.numpy import load

    try:
        # KeyError: a dtype that NumPy does not have
        return load(data), _metadata(data)
    except (SafetensorError, KeyError, ValueError) as error:
        raise ModelFileError(f"{name} is damaged: {error}") from None


def _metadata(data: bytes) -> dict[str, str]:
    """What the library has looked at, but does not give: the header's entries that are no arrays."""
    import msgspec

    header = msgspec.json.decode(data[8 : 8 + int.from_bytes(data[:8], "little")])
    return msgspec.convert(header.get("__metadata__", {}), dict[str, str])


def sha256(data: bytes) -> str:
    """The checksum that the manifest keeps of the file."""
    return hashlib.sha256(data).hexdigest()
