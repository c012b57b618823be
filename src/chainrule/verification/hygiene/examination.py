"""What a few calls of a function and of its derivative show, before any number of it is judged."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from ... import tree
from ..extrapolation import Floats
from ..misfits import misfits_told
from ..point import Function, Point, Tensor, flat_output
from ..report import Finding
from .determinism import equal, nondeterminism
from .mutation import aliasing, copied, mutation, one_buffer
from .precision import (
    EPSILON32,
    EPSILON64,
    Casts,
    are_float32,
    declared,
    elsewhere,
    ignores_digits,
    low_precision,
    watch,
)
from .surroundings import keeping

F, GRADIENT = "f", "the derivative"


@dataclass(frozen=True, slots=True)
class Examination:
    """What a few calls of a function and of its derivative showed.

    Attributes:
        output: f at the point, as it was returned.
        values: the same as one vector (m,).
        derivative: what the derivative gave right after that; itself, where it is no callable.
        epsilon: the relative rounding error of f's values: of the dtype it returns or passes through.
        findings: what is odd; after a fatal one, no difference of f's values means anything.
    """

    output: Any
    values: Floats
    derivative: Any
    epsilon: float
    findings: tuple[Finding, ...]

    @property
    def refusal(self) -> str:
        """Why nothing can be checked, or ""."""
        return next((finding.text for finding in self.findings if finding.fatal), "")


def examine(point: Point, given: Any, tensors: Sequence[Tensor], rng: np.random.Generator) -> Examination:
    """Call f and the derivative a few times, at the point and beside it, and look at what that changes.

    In order: f, the derivative, f elsewhere, the derivative, f. The derivative is taken right after f at the
    point, for a class whose forward pass keeps what its backward pass needs.

    Args:
        point: f and its arguments.
        given: the derivative, or a callable of f's arguments that gives it.
        tensors: what is checked.
        rng: to draw the other place from.
    """
    findings: list[Finding] = []
    output = _observed(point, point.function, F, findings)
    kept, values = copied(output), flat_output(output)
    derivative = _observed(point, given, GRADIENT, findings) if callable(given) else given
    kept_derivative = copied(derivative)

    moved, casts = elsewhere(tensors, rng), Casts()
    there = _values_elsewhere(point, moved, casts, len(values))
    if callable(given):
        findings += _second_derivative(point, given, derivative, kept_derivative)
    last = point.call(point.function)
    findings += one_buffer(F, output, last)
    if not equal(values, flat_output(last)):
        findings.insert(0, _unlike(point, given, values, flat_output(last), moved))
        return Examination(kept, values, kept_derivative, declared(output), tuple(findings))
    findings += _remembered(point, values, there)
    epsilon = declared(output)
    wide = all(tensor.value.dtype.itemsize >= 8 for tensor in tensors)
    blunt = wide and epsilon <= EPSILON64 and ignores_digits(point, values, there, moved)
    if wide:
        findings += low_precision([values, there], output, casts, blunt)
    if casts.lines or blunt or are_float32([values, there]):
        epsilon = max(epsilon, EPSILON32)
    return Examination(kept, values, kept_derivative, epsilon, tuple(findings))


def _remembered(point: Point, here: Floats, there: Floats) -> Iterator[Finding]:
    """A finding where f gave one value at two places, and that value is kept somewhere it reads."""
    if not (here.size and equal(here, there) and np.any(here != np.round(here))):
        return
    names = keeping(point.function, here)
    if names:
        yield Finding(
            "hidden state",
            f"f gives one value wherever it is called, which it keeps in `{names[0]}`: its first call's?",
            fatal=True,
        )


def drift(point: Point, values: Floats) -> Iterator[Finding]:
    """A finding where f at the point is, after the check, no longer what it was before it."""
    last = point.values()
    if not equal(values, last):
        yield nondeterminism(F, point, point.function, (values, last), point.values)


def _observed(point: Point, function: Function, title: str, findings: list[Finding]) -> Any:
    """The function's value, with a finding for what it does to its arguments and whose memory it returns."""
    arguments = point.arguments()
    with misfits_told():
        result = point.apply(function, arguments)
    written = list(mutation(point, function, title, arguments))
    findings += written or aliasing(point, title, arguments, result)
    return result


def _values_elsewhere(point: Point, moved: dict[int, Any], casts: Casts, outputs: int) -> Floats:
    """f where the arguments were moved to; NaN where it refuses them."""
    try:
        return point.values(watch(moved, casts))
    except Exception:  # noqa: BLE001 (f may refuse arrays of a class it does not know, with any error)
        casts.lines.clear()
    try:
        return point.values(moved)
    except (ArithmeticError, ValueError):
        return np.full(outputs, np.nan)


def _second_derivative(point: Point, given: Function, first: Any, kept: Any) -> Iterator[Finding]:
    """The derivative once more, after f was somewhere else: is it another one, or in the same memory?"""
    second = point.call(given)
    yield from one_buffer(GRADIENT, first, second)
    one, other = _flat(kept), _flat(second)
    if equal(one, other):
        return
    point.values()
    third = _flat(point.call(given))
    if equal(one, third):
        yield Finding(
            "hidden state",
            f"{GRADIENT} depends on the call of f before it, as a backward pass does that reads what the "
            "forward pass kept; it is judged right after f at the point",
        )
    else:
        yield nondeterminism(GRADIENT, point, given, (one, other), partial(point.call, given))


def _unlike(point: Point, given: Any, values: Floats, last: Floats, moved: dict[int, Any]) -> Finding:
    """Why f at the point was one value and then another: itself, the place before, the derivative."""
    again: Callable[[], Any] = point.values
    if equal(point.values(), point.values()):
        again = partial(point.values, moved)
        before = point.values()
        again()
        if callable(given) and equal(before, point.values()):
            again = partial(point.call, given)
        point.values()
    return nondeterminism(F, point, point.function, (values, last), again)


def _flat(derivative: Any) -> Floats:
    """Every number of a derivative; what is none is left to those who read its shape."""
    arrays = [np.asarray(leaf) for leaf in tree.flatten(derivative)[0]]
    return np.concatenate(
        [np.empty(0), *(a.ravel().astype(np.float64) for a in arrays if a.dtype.kind in "fiub")]
    )
