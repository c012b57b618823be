"""What is likely to be wrong with a derivative: mistakes are tried against the numbers already measured."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from . import hypotheses
from .analytic import Analytic, Matrix
from .extrapolation import Floats
from .hypotheses import Hypothesis
from .point import Tensor
from .probing import Measurement
from .report import Diagnosis

SLACK = 3.0
"""A mistake explains a number that it brings to within this many bounds."""
SIMILAR = 0.3
"""The cosine above which a wrong derivative still looks like the right one with something missing."""


@dataclass(frozen=True, slots=True)
class Witnesses:
    """Derivatives along K directions in some entries of one tensor: (K, n), numbers and bounds (K, m).

    ``directions`` is None where they are the entries themselves, in order.
    """

    directions: Floats | None
    numeric: Floats
    bound: Floats

    @classmethod
    def along(cls, measured: Sequence[Measurement]) -> Witnesses:
        """Of measurements along whole directions."""
        return cls(
            np.array([one.direction for one in measured]),
            np.array([one.derivative.value for one in measured]),
            np.array([one.derivative.bound for one in measured]),
        )

    def products(self, matrix: Matrix) -> Matrix:
        """What a Jacobian (m, n) says along each direction."""
        if self.directions is None:
            return np.asarray(matrix.T)
        return np.asarray(self.directions @ np.where(np.any(self.directions, axis=0), matrix, 0.0).T)

    def accept(self, matrix: Matrix) -> bool:
        """Whether a Jacobian is right along every direction that could be measured."""
        with np.errstate(all="ignore"):
            products = self.products(matrix)
            rounding = 1e-13 * self.products(np.abs(matrix)) if self.directions is None else 0.0
            off = np.abs(products - self.numeric) <= SLACK * self.bound + np.abs(rounding) + 1e-12 * np.abs(
                products
            )
        return bool(np.all(off[self.known])) and bool(np.any(self.known))

    def multiple(self, matrix: Matrix, of: Floats) -> float:
        """λ for which λ times a Jacobian is nearest to some numbers (K, m), each counted by its bound."""
        with np.errstate(all="ignore"):
            weights = np.where(self.known, 1 / (self.bound + 1e-15 * np.abs(of)) ** 2, 0.0)
            products = self.products(matrix)
            return float(np.nansum(weights * products * of) / np.nansum(weights * products * products))

    @property
    def known(self) -> np.ndarray:
        return np.isfinite(self.bound) & np.isfinite(self.numeric)

    @property
    def count(self) -> int:
        """How many numbers there are to explain."""
        return int(np.count_nonzero(self.known))


@dataclass(frozen=True, slots=True)
class Suspect:
    """A tensor whose derivative is wrong, and what else is known.

    Attributes:
        tensor, analytic: the tensor and what was given for it.
        given: what was given for every tensor, by name.
        lengths: the lengths of the axes of all arguments, and which they are.
    """

    tensor: Tensor
    analytic: Analytic
    given: Mapping[str, Matrix]
    lengths: Mapping[int, str]


def diagnosed(suspect: Suspect, seen: Witnesses) -> Diagnosis | None:
    """The first mistake that explains every number; None where none does."""
    matrix = suspect.analytic.jacobian
    if not np.any(matrix):
        return Diagnosis(
            "detached",
            f"the derivative given for {suspect.tensor.path} is 0, and f depends on it: "
            "detached, stopped, or never accumulated",
        )
    for told in (_factor(suspect, seen), _rearranged(suspect, seen), _term(suspect, seen)):
        if told is not None:
            return told
    return None


def vague(suspect: Suspect, seen: Witnesses) -> Diagnosis:
    """What remains to be said where no single mistake explains the numbers."""
    products = seen.products(suspect.analytic.jacobian)[seen.known]
    numeric = seen.numeric[seen.known]
    with np.errstate(all="ignore"):
        cosine = float(products @ numeric / np.linalg.norm(products) / np.linalg.norm(numeric))
    apart = f"no factor, order or other argument explains it; its cosine with the numeric one is {cosine:.3g}"
    if cosine > SIMILAR:
        return Diagnosis(
            "missing term", f"{apart}: likely a term is missing, or one factor of the chain is wrong"
        )
    return Diagnosis("unexplained", apart)


def _factor(suspect: Suspect, seen: Witnesses) -> Diagnosis | None:
    matrix = suspect.analytic.jacobian
    times = seen.multiple(matrix, seen.numeric)
    if not np.isfinite(times) or times == 0 or not seen.accept(times * matrix):
        return None
    factor = 1 / times
    name = hypotheses.name_of_factor(factor, suspect.lengths, 1e-6)
    if not name and seen.count < 2:
        return None
    what = f"the derivative given is {factor:.6g} times the numeric one"
    everywhere = " in every entry" if suspect.tensor.value.size > 1 else ""
    return Diagnosis("factor", f"{what}{everywhere}" + (f" ({name})" if name else ""), factor)


def _rearranged(suspect: Suspect, seen: Witnesses) -> Diagnosis | None:
    for hypothesis in _candidates(suspect):
        if np.any(hypothesis.right) and seen.accept(hypothesis.right):
            return Diagnosis(hypothesis.kind, hypothesis.text)
    return _permuted(suspect, seen)


def _candidates(suspect: Suspect) -> Iterator[Hypothesis]:
    matrix, value = suspect.analytic.jacobian, suspect.tensor.value
    name = suspect.tensor.path
    yield from hypotheses.of_another(suspect.given, name)
    if value.size > 1:
        yield from hypotheses.rearranged(matrix, value.shape)
        yield from hypotheses.chained(matrix, value.ravel().astype(np.float64), name)


def _permuted(suspect: Suspect, seen: Witnesses) -> Diagnosis | None:
    """Entries in an order that follows no rule, where each was measured."""
    if (
        seen.directions is not None
        or seen.numeric.shape[1] != 1
        or len(seen.numeric) < 3
        or not np.all(seen.known)
    ):
        return None
    given, numeric = suspect.analytic.jacobian[0], seen.numeric[:, 0]
    source, target = np.argsort(given), np.argsort(numeric)
    bound = seen.bound[target, 0]
    if not np.all(np.abs(given[source] - numeric[target]) <= SLACK * bound + 1e-12 * np.abs(numeric[target])):
        return None
    moved = [(int(a), int(b)) for a, b in zip(target, source, strict=True) if a != b]
    shape = suspect.tensor.value.shape
    shown = ", ".join(f"{_index(b, shape)} belongs to {_index(a, shape)}" for a, b in sorted(moved)[:4])
    more = ", …" if len(moved) > 4 else ""
    return Diagnosis("permuted", f"the numbers given are right and stand in the wrong places: {shown}{more}")


def _index(entry: int, shape: tuple[int, ...]) -> str:
    return f"[{', '.join(str(int(i)) for i in np.unravel_index(entry, shape))}]"


def _term(suspect: Suspect, seen: Witnesses) -> Diagnosis | None:
    matrix = suspect.analytic.jacobian
    if len(matrix) > 1 or seen.count < 2:
        return None
    missing = seen.numeric - seen.products(matrix)
    for text, basis in hypotheses.terms(
        suspect.tensor.value.ravel().astype(np.float64), suspect.tensor.path
    ).items():
        times = seen.multiple(basis[None, :], missing)
        if np.isfinite(times) and seen.accept(matrix + times * basis):
            return Diagnosis("missing term", "a term " + text.format(f"{times:.6g}"))
    return None
