"""The numeric check of a line: its formula, evaluated as it is written, against the function's own values."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..errors import ChainruleError, NonFiniteError
from ..verification.differentiation import Derivative, central
from ..verification.steps import Scale

EPSILON = float(np.finfo(np.float64).eps)
AGREEMENT = 1e-9  # of two ways to compute one value, relative to its size
ENTRY_BY_ENTRY = 2  # larger arrays are moved along random directions
DIRECTIONS = 2
WITHIN = 1e-4  # relative: a measurement less certain than that decides nothing


class DerivationError(ChainruleError, ArithmeticError):
    """A line of a derivation is not true: an error of this software, never of the user's."""


@dataclass(frozen=True, slots=True)
class Check:
    """What a line was compared with, and how well it agreed.

    Attributes:
        against: "the function", "forward mode", "reverse mode", "differences" or "differences nearby".
        error: the greatest difference, relative to the size of what is compared.
        bound: the greatest difference that would have been let pass.
    """

    against: str
    error: float
    bound: float

    def __str__(self) -> str:
        return f"{self.against}: {self.error:.0e}"


def compared(
    what: str, against: str, ours: np.ndarray, theirs: np.ndarray, terms: np.ndarray | float = 0.0
) -> Check:
    """Two ways to compute one value.

    Args:
        what: the line.
        against: the other way.
        ours, theirs: the values.
        terms: the magnitudes of what was added up, to which rounding is relative where much of it cancels.

    Raises:
        DerivationError: they differ by more than rounding.
        NonFiniteError: the line divides by 0 at the point, and the other way takes 0 for 0/0.
    """
    if ours.shape != theirs.shape:
        raise DerivationError(
            f"{what} has shape {ours.shape}", expected=f"{theirs.shape}, as {against} gives"
        )
    if ours.dtype == bool:  # as of a comparison that the user gave a name
        ours, theirs = ours.astype(np.float64), theirs.astype(np.float64)
    if not np.all(np.isfinite(ours)) and np.all(np.isfinite(theirs)):
        raise NonFiniteError(
            f"{what} is {ours[~np.isfinite(ours)].flat[0]} at this point, as where it divides by 0",
            expected="finite values, so that every line can be checked",
            instead="another point",
        )
    size = float(np.max(np.abs(theirs), initial=0.0)) + float(np.max(np.abs(ours), initial=0.0))
    size = max(size, float(np.max(terms, initial=0.0)))
    error = float(np.max(np.abs(ours - theirs), initial=0.0)) / (size or 1.0)
    if not error <= AGREEMENT:
        raise DerivationError(f"{what} is off by {error:.1e} of its size", expected=f"what {against} gives")
    return Check(against, error, AGREEMENT)


Line = Callable[[float], np.ndarray]


@dataclass(frozen=True, slots=True)
class Probe:
    """One direction: the function along it, and what a line says its derivative is.

    Attributes:
        line: the function.
        claimed: its derivative at 0.
        width: the size of what is moved.
        added: the size of what the function adds up, which may cancel.
    """

    line: Line
    claimed: np.ndarray
    width: float
    added: float = 0.0


def probes_along(
    at: np.ndarray,
    moved: Callable[[np.ndarray], np.ndarray],
    claim: Callable[[np.ndarray], Any],
    along: Sequence[np.ndarray] | None = None,
    added: float = 0.0,
) -> Iterator[Probe]:
    """Probes of a function of one array.

    Args:
        at: the array.
        moved: the function.
        claim: what a line says the derivative is along a flat direction.
        along: the directions; by default each entry of a small array, else a few random ones.
        added: the size of what the function adds up.
    """
    width = float(np.max(np.abs(at), initial=0.0))
    for v in directions(at.size) if along is None else along:
        step = v.reshape(at.shape)
        yield Probe(_line(moved, at, step), np.asarray(claim(v)), width, added)


def _line(moved: Callable[[np.ndarray], np.ndarray], at: np.ndarray, step: np.ndarray) -> Line:
    return lambda t: moved(at + t * step)


def directions(size: int) -> Iterator[np.ndarray]:
    """Along each entry of a small array; else along a few random directions."""
    if size <= ENTRY_BY_ENTRY:
        yield from np.eye(size)
        return
    rng = np.random.default_rng(0)
    for _ in range(DIRECTIONS):
        yield rng.choice([-1.0, 1.0], size) * rng.uniform(0.5, 1.5, size)


def measured(what: str, probes: Sequence[Probe]) -> Check | None:
    """A line's derivatives against central differences; None where the function has kinks or is too rough.

    Raises:
        DerivationError: they differ by more than the error bound of the differences.
    """
    here = [np.asarray(probe.line(0.0), np.float64).ravel() for probe in probes]
    found = [_differentiated(probe, value) for probe, value in zip(probes, here, strict=True)]
    if not found:
        return Check("differences", 0.0, 0.0)
    values, bounds = np.array([one.value for one in found]), np.array([one.bound for one in found])
    claimed = np.array([probe.claimed.ravel() for probe in probes])
    scale = max(_scale(claimed, found, np.array(here)), *[one.added / (one.width or 1.0) for one in probes])
    with np.errstate(all="ignore"):
        bounds = bounds + AGREEMENT * scale
    if not np.all(bounds <= WITHIN * scale) or any(np.any(one.kinked) for one in found):
        return None
    errors = np.abs(values - claimed)
    worst = float(np.max(errors, initial=0.0))
    if not np.all(errors <= bounds):
        raise DerivationError(
            f"{what} is off by {worst:.1e}, of {scale:.1e}",
            expected="what central differences of the function give",
        )
    return Check("differences", worst / scale, float(np.max(bounds, initial=0.0)) / scale)


def _scale(claimed: np.ndarray, found: Sequence[Derivative], here: np.ndarray) -> float:
    """What errors are relative to: the derivatives' size, or the function's own where all of them vanish."""
    derivatives = [np.max(np.abs(part), initial=0.0) for part in (claimed, [one.value for one in found])]
    slopes = [np.max(one.slope, initial=0.0) for one in found]
    return float(max(*derivatives, *slopes, 1e-6 * np.max(np.abs(here), initial=0.0), 1e-300))


def _differentiated(probe: Probe, here: np.ndarray) -> Derivative:
    def line(t: float) -> np.ndarray:
        try:
            with np.errstate(all="ignore"):
                return np.asarray(probe.line(t), np.float64).ravel()
        except (ChainruleError, np.linalg.LinAlgError):  # off the function's domain
            return np.full_like(here, np.nan)

    return central(line, here, Scale(size=max(1.0, probe.width), nearest=0.0, epsilon=EPSILON))
