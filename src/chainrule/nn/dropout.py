"""Dropout: units left out at random, by a random stream that is a plain function of its place.

Whether a unit stays is a hash of (key, step, layer, row, unit) in 32-bit integers: the same in every
executor, and resumed anywhere from the key and the number of steps taken.
"""

from __future__ import annotations

import numpy as np

from ..arguments import Array, Value

#: Odd, near 2³² over the golden ratio: consecutive multiples of it lie far apart.
SPREAD = -1640531527


def new_stream(rng: np.random.Generator) -> dict[str, Array]:
    """A random stream at its beginning: a key of 64 bits, and no step taken."""
    return {"key": rng.integers(-(2**31), 2**31, size=2, dtype=np.int32), "step": np.array(0, np.int32)}


def after_step(stream: dict[str, Value]) -> dict[str, Value]:
    """The stream one step on."""
    return {"key": stream["key"], "step": stream["step"] + np.int32(1)}


def mask(stream: dict[str, Value], layer: int, shape: tuple[int, int], rate: float) -> Value:
    """Which units of a layer stay, bool of shape (rows, units): each with probability 1 - rate.

    >>> kept = mask(new_stream(np.random.default_rng(0)), 1, (100, 100), 0.25)
    >>> 0.73 < float(kept.mean()) < 0.77
    True
    """
    rows, units = (np.arange(size, dtype=np.int32) for size in shape)
    key = _scrambled(stream["key"][:1] ^ _scrambled(stream["step"] + stream["key"][1:] + np.int32(layer)))
    of_row = _scrambled(rows * np.int32(SPREAD) + key)
    bits = _scrambled(of_row.reshape(-1, 1) + units * np.int32(SPREAD))
    return bits >= np.int32(round(rate * 2**32) - 2**31)


def dropped(h: Value, kept: Value, rate: float) -> Value:
    """h / (1 - rate) where a unit stays, so that its mean is h, and 0 elsewhere.

    Source: Srivastava, Hinton, Krizhevsky, Sutskever and Salakhutdinov 2014, "Dropout: a simple way to
    prevent neural networks from overfitting".

    >>> dropped(np.array([3.0, 4.0]), np.array([True, False]), 0.25)
    array([4., 0.])
    """
    # A factor, not a choice: of products behind a choice, where 0·∞ is 0, all results are looked at again.
    return h * np.where(kept, h.dtype.type(1 / (1 - rate)), h.dtype.type(0))


def _scrambled(x: Value) -> Value:
    """A bijection of 32-bit integers in which each bit of x changes each bit of the result half the time.

    Source: Wellons 2018, "Prospecting for hash functions", the function lowbias32.
    """
    x = (x ^ _shifted(x, 16)) * np.int32(0x7FEB352D)
    x = (x ^ _shifted(x, 15)) * np.int32(0x846CA68B - 2**32)
    return x ^ _shifted(x, 16)


def _shifted(x: Value, places: int) -> Value:
    """The upper bits moved down, zeros above them, as if there were no sign."""
    return (x >> np.int32(places)) & np.int32((1 << (32 - places)) - 1)
