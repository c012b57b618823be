"""The derivatives of a tensor, measured entry by entry, or along random directions and then by halves."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import islice

import numpy as np
from numpy.typing import NDArray

from .analytic import Matrix
from .differentiation import Derivative, central, forward
from .extrapolation import Floats
from .point import Point, Tensor
from .report import Row
from .steps import Scale
from .verdicts import Evidence, Nature, Verdict, evidence, judge

ENTRY_BY_ENTRY = 1000
"""Tensors with more entries are probed along random directions."""
DIRECTIONS = 2
LOCATED = 5
"""Wrong entries that are looked for along each direction; one wrong tensor has many."""
NOTHING_LEARNT = (
    "f does not change at all here, so a zero confirms nothing: a dead or unused entry, or a step function"
)

Entries = NDArray[np.intp]


@dataclass(frozen=True, slots=True)
class Probe:
    """How the derivatives of one function at one point are measured.

    Attributes:
        here: f at the point, (m,).
        epsilon: the relative rounding error of f's values.
        method, step: as given to :func:`chainrule.check`.
    """

    point: Point
    here: Floats
    epsilon: float
    method: str
    step: float | None

    def derivative(self, tensor: Tensor, direction: Floats) -> Derivative:
        """The derivative of every output along a direction (flat, in the tensor's own entries)."""
        dtype = tensor.value.dtype
        entries = tensor.value.ravel()[direction != 0]
        sizes = np.abs(entries.astype(np.float64))
        finite = sizes[np.isfinite(sizes)]
        scale = Scale(
            size=max(1.0, float(finite.max(initial=0.0))),
            nearest=float(sizes[0]) if sizes.size == 1 else 0.0,
            epsilon=max(self.epsilon, float(np.finfo(dtype).eps)),
            grid=2 * float(np.spacing(np.abs(entries[0]))) if sizes.size == 1 and finite.size else 0.0,
            step=self.step,
        )
        line = self.point.line(tensor, direction.reshape(tensor.value.shape).astype(dtype), len(self.here))
        return (central if self.method == "central" else forward)(line, self.here, scale)


def rows(probe: Probe, tensor: Tensor, jacobian: Matrix, rng: np.random.Generator) -> list[Row]:
    """One row an entry and output of a small tensor; of a large one, its directions or its wrong entries."""
    if tensor.value.size <= ENTRY_BY_ENTRY:
        return _withhold_if_all_flat(_entry_rows(probe, tensor, jacobian))
    found: dict[tuple[object, ...], Row] = {}
    everything = np.arange(tensor.value.size)
    for number in range(DIRECTIONS):
        signs = rng.choice([-1.0, 1.0], everything.size) * rng.uniform(0.5, 1.5, everything.size)
        whole = _rows_along(probe, tensor, jacobian, signs, everything)
        if any(row.verdict is Verdict.FAIL for row in whole):
            whole = list(islice(_wrong(probe, tensor, jacobian, signs, everything), LOCATED))
        found |= {(row.index or number, row.output): row for row in whole}
    return _withhold_if_all_flat(list(found.values()))


def _entry_rows(probe: Probe, tensor: Tensor, jacobian: Matrix) -> list[Row]:
    measured: list[tuple[int, list[Evidence]]] = []
    for entry in range(tensor.value.size):
        direction = np.zeros(tensor.value.size)
        direction[entry] = 1.0
        measured.append((entry, evidence(probe.derivative(tensor, direction))))
    sizes = [abs(seen.numeric) for _, outputs in measured for seen in outputs if np.isfinite(seen.bound)]
    scale = max(sizes, default=0.0)
    found: list[Row] = []
    for entry, outputs in measured:
        single = np.array([entry])
        found += _judged(probe, tensor, jacobian[:, single], np.ones(1), single, outputs, scale)
    return found


def _wrong(probe: Probe, tensor: Tensor, jacobian: Matrix, signs: Floats, entries: Entries) -> Iterator[Row]:
    """The wrong entries by halving, lazily; or the direction itself where neither half is to blame."""
    failing = [
        row for row in _rows_along(probe, tensor, jacobian, signs, entries) if row.verdict is Verdict.FAIL
    ]
    blamed = False
    if failing and entries.size > 1:
        for half in np.array_split(entries, 2):
            for row in _wrong(probe, tensor, jacobian, signs, half):
                blamed = True
                yield row
    if not blamed:
        yield from failing


def _rows_along(probe: Probe, tensor: Tensor, jacobian: Matrix, signs: Floats, entries: Entries) -> list[Row]:
    """One row for each output, along one direction of length 1 in some entries of a tensor."""
    direction = np.zeros(tensor.value.size)
    direction[entries] = signs[entries] / np.linalg.norm(signs[entries])
    outputs = evidence(probe.derivative(tensor, direction))
    return _judged(probe, tensor, jacobian[:, entries], direction[entries], entries, outputs, scale=0.0)


def _judged(
    probe: Probe,
    tensor: Tensor,
    columns: Matrix,
    direction: Floats,
    entries: Entries,
    outputs: list[Evidence],
    scale: float,
) -> list[Row]:
    epsilon = max(probe.epsilon, float(np.finfo(tensor.value.dtype).eps))
    with np.errstate(all="ignore"):
        analytic = columns @ direction
        own_rounding = 8 * float(np.finfo(columns.dtype).eps) * (np.abs(columns) @ np.abs(direction))
    index = tuple(map(int, np.unravel_index(entries[0], tensor.value.shape))) if entries.size == 1 else None
    found: list[Row] = []
    for i, seen in enumerate(outputs):
        allowed = replace(seen, bound=seen.bound + float(np.nan_to_num(own_rounding[i], posinf=0.0)))
        verdict, reason = judge(float(analytic[i]), allowed, scale=scale, epsilon=epsilon)
        found.append(
            Row(
                parameter=tensor.path,
                index=index,
                output=i if len(outputs) > 1 else None,
                analytic=float(analytic[i]),
                numeric=seen.numeric,
                bound=allowed.bound,
                verdict=verdict,
                reason=reason,
                entries=entries.size,
                nature=Nature.FLAT if seen.flat else Nature.SMOOTH,
            )
        )
    return found


def _withhold_if_all_flat(found: list[Row]) -> list[Row]:
    """No PASS for a tensor that f does not depend on near the point: its zeros could not have been wrong."""
    if not all(row.flat and row.verdict is Verdict.PASS for row in found):
        return found
    return [replace(row, verdict=Verdict.UNDECIDED, reason=NOTHING_LEARNT) for row in found]
