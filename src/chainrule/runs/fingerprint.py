"""Fingerprints of data, by which a run knows its own again."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

AT_ONCE = 1 << 22


def array_fingerprint(array: NDArray[Any]) -> str:
    """Shape, dtype and SHA-256 of an array's content; its layout in memory makes no difference.

    >>> array_fingerprint(np.zeros((2, 1), "float32"))
    '(2, 1) float32 af5570f5a1810b7af78caf4bc70a660f0df51e42baf91d4de5b2328de0e83dfc'
    """
    digest = hashlib.sha256()
    for piece in _pieces(array):
        digest.update(np.ascontiguousarray(piece).data)
    return f"{array.shape} {array.dtype.name} {digest.hexdigest()}"


def file_fingerprint(path: Path) -> str:
    """Size and SHA-256 of a file's content.

    Raises:
        OSError: it cannot be read.
    """
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256")
        return f"{file.tell()} bytes {digest.hexdigest()}"


def generator_fingerprint(rng: np.random.Generator) -> str:
    """The kind of a generator, and a digest of its state."""
    state = rng.bit_generator.state
    text = json.dumps(state, sort_keys=True, default=lambda array: array.tolist())
    return f"{state['bit_generator']} {hashlib.sha256(text.encode()).hexdigest()}"


def _pieces(array: NDArray[Any]) -> Iterator[NDArray[Any]]:
    """Rows enough for some megabytes at a time, so that a strided array is never copied whole."""
    if array.ndim == 0 or not array.size:
        yield array
        return
    rows = max(1, AT_ONCE // max(1, array[0].nbytes))
    yield from (array[start : start + rows] for start in range(0, len(array), rows))
