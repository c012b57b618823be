"""How people get a gradient wrong: for each mistake, what the right one would be if that were all."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import permutations
from math import pi

import numpy as np
from numpy.typing import NDArray

from .analytic import Matrix
from .extrapolation import Floats

SHIFTS = 64
"""Axes no longer than this are tried with every shift; longer ones with shifts by one."""
BLOCKS = (2, 3, 4)
"""Parts of an axis that may have changed places, as the gates of a recurrent cell do."""
CONSTANTS = {
    -1.0: "a sign",
    2.0: "2: a square differentiated twice, or ½ forgotten",
    0.5: "½: the 2 of a square forgotten",
    -2.0: "−2",
    -0.5: "−½",
    2 * pi: "2π",
    1 / (2 * pi): "1/2π",
    float(np.log(2)): "ln 2: the base of a logarithm or power",
    float(1 / np.log(2)): "1/ln 2: the base of a logarithm or power",
    float(np.log(10)): "ln 10: the base of a logarithm or power",
    float(1 / np.log(10)): "1/ln 10: the base of a logarithm or power",
    180 / pi: "180/π: degrees instead of radians",
    pi / 180: "π/180: radians instead of degrees",
}


@dataclass(frozen=True, slots=True)
class Hypothesis:
    """A mistake and the Jacobian (outputs, entries) that would be right if it had been made."""

    kind: str
    text: str
    right: Matrix


def rearranged(given: Matrix, shape: tuple[int, ...]) -> Iterator[Hypothesis]:
    """The numbers are right and stand in the wrong places."""
    rows, columns = given.shape
    if rows == columns > 1:
        yield Hypothesis(
            "transposed", "the Jacobian given is transposed: rows are outputs, columns inputs", given.T
        )
    tensor = given.reshape(rows, *shape)
    yield from _transposed(tensor, given.shape)
    for axis, length in enumerate(shape):
        if length > 1:
            yield from _moved_along(tensor, axis, given.shape)


def _transposed(tensor: NDArray[np.floating], matrix: tuple[int, ...]) -> Iterator[Hypothesis]:
    axes = range(1, tensor.ndim)
    for order in list(permutations(axes))[1:] if 2 < tensor.ndim <= 5 else []:
        turned = tensor.transpose(0, *order)
        if turned.shape == tensor.shape:
            yield Hypothesis("transposed", "the derivative given is transposed", turned.reshape(matrix))
        text = "the derivative given has its entries in another order: a reshape stands for a transposition"
        yield Hypothesis("transposed", text, turned.reshape(matrix))
        reordered = tensor.reshape(turned.shape).transpose(0, *np.argsort(order) + 1)
        yield Hypothesis("transposed", text, reordered.reshape(matrix))


def _moved_along(tensor: NDArray[np.floating], axis: int, matrix: tuple[int, ...]) -> Iterator[Hypothesis]:
    length, place = tensor.shape[axis + 1], axis + 1
    where = f"along axis {axis}"
    reverse = np.flip(tensor, place).reshape(matrix)
    yield Hypothesis("permuted", f"the derivative given is reversed {where}", reverse)
    for shift in range(1, length) if length <= SHIFTS else (1, length - 1):
        by = shift if shift <= length / 2 else shift - length
        rolled = np.roll(tensor, -by, place).reshape(matrix)
        yield Hypothesis("permuted", f"the derivative given is shifted by {by} {where}", rolled)
    for count in (n for n in BLOCKS if length % n == 0 and n < length):
        blocks = np.split(tensor, count, place)
        for order in list(permutations(range(count)))[1:]:
            joined = np.concatenate([blocks[i] for i in order], place).reshape(matrix)
            text = f"the derivative given has its {count} blocks {where} in the wrong order"
            yield Hypothesis("permuted", f"{text}: the right one is {order}", joined)


def of_another(given: Mapping[str, Matrix], name: str) -> Iterator[Hypothesis]:
    """The derivative given is that of another argument."""
    for other, matrix in given.items():
        if other != name and matrix.shape == given[name].shape:
            text = f"the derivative given is not that of {name}: that given for {other} is right for it"
            yield Hypothesis("another argument", text, matrix)


def chained(given: Matrix, value: Floats, name: str) -> Iterator[Hypothesis]:
    """A factor x of the chain rule is missing or too many."""
    with np.errstate(all="ignore"):
        yield Hypothesis(
            "missing factor", f"the derivative given is {name} times too large, entry by entry", given / value
        )
        yield Hypothesis(
            "missing factor", f"the derivative given lacks a factor {name}, entry by entry", given * value
        )
        yield Hypothesis(
            "missing factor",
            f"the derivative given lacks a factor 2·{name}, entry by entry",
            given * value * 2,
        )


def terms(value: Floats, name: str) -> dict[str, Floats]:
    """What is often forgotten in a sum: a multiple of one of these, as the text says it."""
    with np.errstate(all="ignore"):
        known = {
            f"{{}}·{name}, as ½λ‖{name}‖² has for a derivative, is missing": value,
            f"{{}}·sign({name}), as λ‖{name}‖₁ has for a derivative, is missing": np.sign(value),
            "the same {} for every entry is missing": np.ones_like(value),
            f"{{}}·{name}² is missing": value**2,
            f"{{}}·{name}³ is missing": value**3,
            f"{{}}/{name} is missing": 1 / value,
        }
    return {text: basis for text, basis in known.items() if np.all(np.isfinite(basis)) and np.any(basis)}


def name_of_factor(factor: float, lengths: Mapping[int, str], tolerance: float) -> str:
    """What a factor may be: a known constant, the length of an axis or its inverse; "" if it is none."""
    named = dict(CONSTANTS)
    for length, where in lengths.items():
        if length > 1:
            for sign, prefix in ((1.0, ""), (-1.0, "−")):
                named.setdefault(sign * length, f"{prefix}n, {where}: a mean taken for a sum")
                named.setdefault(sign / length, f"{prefix}1/n, {where}: a sum taken for a mean")
                named.setdefault(sign * 2 * length, f"{prefix}2n, {where}")
                named.setdefault(sign * 2 / length, f"{prefix}2/n, {where}")
    fitting = [
        (value, text) for value, text in named.items() if abs(factor - value) <= tolerance * abs(value)
    ]
    if not fitting:
        return ""
    value, text = fitting[0]
    also = next((where for length, where in lengths.items() if length == value), "")
    return f"{text}; or n, {also}" if also and value in CONSTANTS else text
