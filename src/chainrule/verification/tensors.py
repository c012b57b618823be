"""One tensor checked: entry by entry, or along a random direction and then where that is wrong."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import numpy as np

from .diagnosis import Suspect, Witnesses, diagnosed, vague
from .evidence import Evidence, Nature, evidence
from .extrapolation import RATIO, Floats
from .patterns import few, not_finite
from .point import Tensor
from .probing import Measurement, Probe, judged, judged_measurement, measure, random_direction, unit_direction
from .report import Curve, Diagnosis, Row, TensorResult
from .sampling import Samples
from .search import Search
from .verdicts import Verdict

LISTED = 3
"""Entries listed one by one where a single cause explains more of them."""
EXTRA = 2
"""Further directions measured before a cause is named."""
TABULATED = 128
"""Tensors with no more entries than this are measured entry by entry to find what is wrong with them."""
KEPT = 1000
"""Entries of which the values of f are kept until the row with the worst is known."""
LOOKS = 64
"""Second differences taken to find the entries that have a kink."""
WIDE = (1.0, 10.0)
"""How far to go, in sizes of a tensor, to see whether f changes at all."""
SINGULAR = (Nature.KINK, Nature.JUMP, Nature.UNDEFINED)
NOTHING_LEARNT = (
    "f does not change at all here, so a zero confirms nothing: a dead or unused entry, or a step function"
)


@dataclass(frozen=True, slots=True)
class Plan:
    """How much to look at.

    Attributes:
        entrywise: every entry by itself.
        located: how many wrong entries to look for along a direction.
        advance: called with the number of entries done.
    """

    entrywise: bool
    located: int
    advance: Callable[[int], None]


@dataclass(frozen=True, slots=True)
class Checked:
    """A tensor's result, and the quotients of its worst row."""

    result: TensorResult
    curve: Curve | None


@dataclass(frozen=True, slots=True)
class Outcome:
    """Rows with the values of f that some come from, by entry (None: a direction), and what was found out."""

    rows: list[Row]
    samples: Mapping[int | None, Samples]
    diagnoses: tuple[Diagnosis, ...] = ()
    complete: bool = True


def check_tensor(probe: Probe, suspect: Suspect, plan: Plan, rng: np.random.Generator) -> Checked:
    """Check one tensor's derivative, locate what is wrong with it, and say what that may be."""
    if plan.entrywise:
        outcome = _entry_by_entry(probe, suspect, plan, rng)
    else:
        outcome = _along_a_direction(probe, suspect, plan, rng)
        plan.advance(suspect.tensor.value.size)
    rows = _withhold_if_all_flat(outcome.rows)
    diagnoses = (*not_finite(suspect.analytic.jacobian, rows), *outcome.diagnoses)
    if suspect.analytic.fault is not None:
        rows, diagnoses = _with_fault(suspect, rows, diagnoses)
    tensor = suspect.tensor
    result = TensorResult(
        tensor.path, tensor.value.shape, str(tensor.value.dtype), tuple(rows), diagnoses, outcome.complete
    )
    return Checked(result, _curve(probe, result, tensor, outcome.samples))


def _entry_by_entry(probe: Probe, suspect: Suspect, plan: Plan, rng: np.random.Generator) -> Outcome:
    tensor = suspect.tensor
    seen: list[list[Evidence]] = []
    samples: dict[int | None, Samples] = {}
    for entry in range(tensor.value.size):
        derivative = probe.derivative(tensor, unit_direction(tensor, entry))
        seen.append(evidence(derivative))
        if entry < KEPT:
            samples[entry] = derivative.samples
        plan.advance(1)
    sizes = [abs(one.numeric) for outputs in seen for one in outputs if np.isfinite(one.bound)]
    scale = max(sizes, default=0.0)
    rows: list[Row] = []
    for entry, outputs in enumerate(seen):
        rows += judged(probe, tensor, unit_direction(tensor, entry), outputs, suspect.analytic, scale)
    failing = [row for row in rows if row.verdict is Verdict.FAIL and np.isfinite(row.analytic)]
    if not failing:
        return Outcome(rows, samples)
    told = _stepwise(probe, suspect, rng) if all(_dead(row) for row in failing) else None
    told = (
        told or diagnosed(suspect, _tabulated(seen)) or few(rows, tensor) or vague(suspect, _tabulated(seen))
    )
    return Outcome(rows, samples, (told,))


def _along_a_direction(probe: Probe, suspect: Suspect, plan: Plan, rng: np.random.Generator) -> Outcome:
    tensor, analytic = suspect.tensor, suspect.analytic
    finite = np.all(np.isfinite(analytic.jacobian), axis=0)
    broken: list[Row] = []
    for entry in np.flatnonzero(~finite)[:LISTED]:
        broken += _measured_rows(probe, suspect, unit_direction(tensor, int(entry)))
    if not np.any(finite):
        return Outcome(broken, {}, complete=len(broken) == tensor.value.size)
    whole = measure(probe, tensor, random_direction(tensor, np.flatnonzero(finite), rng))
    rows = judged_measurement(probe, whole, analytic)
    if any(row.verdict is Verdict.FAIL for row in rows):
        outcome = _wrong(probe, suspect, plan, whole, rows, rng)
    elif any(row.nature in SINGULAR and row.verdict is not Verdict.PASS for row in rows):
        outcome = _singular(probe, suspect, whole, rows)
    else:
        outcome = Outcome(rows, {None: whole.derivative.samples})
    return replace(outcome, rows=broken + outcome.rows)


def _wrong(
    probe: Probe, suspect: Suspect, plan: Plan, whole: Measurement, rows: list[Row], rng: np.random.Generator
) -> Outcome:
    """What is wrong along a direction: its cause, its entries."""
    tensor = suspect.tensor
    if all(_dead(row) for row in rows if row.verdict is Verdict.FAIL):
        told = _stepwise(probe, suspect, rng)
        return Outcome(rows, {None: whole.derivative.samples}, (told,) if told else ())
    others = [measure(probe, tensor, random_direction(tensor, whole.entries, rng)) for _ in range(EXTRA)]
    witnesses = Witnesses.along([whole, *others])
    told = diagnosed(suspect, witnesses)
    search = Search(probe, whole, suspect.analytic, min(plan.located, LISTED) if told else plan.located)
    search.run()
    located = {_place(row.index, tensor.value.shape) for row in search.rows if row.index is not None}
    rest = np.setdiff1d(whole.entries, np.array(sorted(located), dtype=np.intp))
    left: list[Row] = []
    if search.complete and located and rest.size and told is None:
        left = _measured_rows(probe, suspect, whole.within(rest))
    complete = search.complete and bool(located) and all(row.verdict is Verdict.PASS for row in left)
    if told is None and (len(located) > 1 or not complete) and tensor.value.size <= TABULATED:
        units = (unit_direction(tensor, entry) for entry in range(tensor.value.size))
        told = diagnosed(suspect, _tabulated([evidence(probe.derivative(tensor, unit)) for unit in units]))
    found = [*search.rows, *left] or rows
    told = (
        told
        or (few(found, tensor) if complete else None)
        or vague(suspect, Witnesses.along([whole, *others]))
    )
    return Outcome(found, {None: whole.derivative.samples}, (told,), complete)


def _singular(probe: Probe, suspect: Suspect, whole: Measurement, rows: list[Row]) -> Outcome:
    """The entries along which f has a kink or a jump or no value, where they are few; else the direction."""
    reach = whole.derivative.samples.scale.reach
    smallest = np.max(np.abs(probe.bend(suspect.tensor, whole.direction, reach))) / 20
    found: list[int] = []
    segments, looks = [whole.entries], 0
    while segments and looks < LOOKS and len(found) < LISTED:
        entries = segments.pop()
        if entries.size == 1:
            found.append(int(entries[0]))
            continue
        looks += 2
        for half in np.array_split(entries, 2):
            bend = np.max(np.abs(probe.bend(suspect.tensor, whole.within(half), reach)))
            if not bend <= smallest:
                segments.append(half)
    if segments or not found:
        return Outcome(rows, {None: whole.derivative.samples}, complete=False)
    alone = [
        row
        for entry in found
        for row in _measured_rows(probe, suspect, unit_direction(suspect.tensor, entry))
    ]
    rest = np.setdiff1d(whole.entries, found)
    others = _measured_rows(probe, suspect, whole.within(rest)) if rest.size else []
    return Outcome(alone + others, {None: whole.derivative.samples})


def _measured_rows(probe: Probe, suspect: Suspect, direction: Floats) -> list[Row]:
    return judged_measurement(probe, measure(probe, suspect.tensor, direction), suspect.analytic)


def _tabulated(seen: list[list[Evidence]]) -> Witnesses:
    numeric = np.array([[one.numeric for one in outputs] for outputs in seen])
    return Witnesses(None, numeric, np.array([[one.bound for one in outputs] for outputs in seen]))


def _dead(row: Row) -> bool:
    return row.nature in (Nature.FLAT, Nature.STAIRCASE)


def _stepwise(probe: Probe, suspect: Suspect, rng: np.random.Generator) -> Diagnosis | None:
    """Why a derivative is not 0 where f does not change: f is a step function, or does not use the tensor."""
    tensor = suspect.tensor
    direction = random_direction(tensor, np.arange(tensor.value.size), rng) * np.sqrt(tensor.value.size)
    size = max(1.0, float(np.max(np.abs(tensor.value), initial=0.0)))
    changes = [probe.bend(tensor, direction, far * size) for far in WIDE]
    slopes = [probe.quotient(tensor, direction, far * size) for far in WIDE]
    if np.any(np.nan_to_num(np.array([changes, slopes]))):
        return Diagnosis(
            "straight-through",
            f"f changes by {tensor.path} in steps only, and the derivative given is not 0: "
            "a straight-through gradient",
        )
    return Diagnosis("unused", f"f does not depend on {tensor.path} here, and the derivative given is not 0")


def _with_fault(
    suspect: Suspect, rows: list[Row], diagnoses: tuple[Diagnosis, ...]
) -> tuple[list[Row], tuple[Diagnosis, ...]]:
    """No PASS for a gradient of the wrong shape, even if its numbers are right once they are in order."""
    fault = suspect.analytic.fault
    if fault is None:
        return rows, diagnoses
    right = all(row.verdict is Verdict.PASS for row in rows)
    after = "put right, it agrees" if right else "put right, it still does not agree"
    told = Diagnosis(fault.kind, f"{fault.text}; {after}")
    failed = [replace(row, verdict=Verdict.FAIL, reason=told.text) for row in rows[:1]]
    return failed + rows[1:], (told, *diagnoses)


def _withhold_if_all_flat(found: list[Row]) -> list[Row]:
    """No PASS for a tensor that f does not depend on near the point: its zeros could not have been wrong."""
    if not all(row.flat and row.verdict is Verdict.PASS for row in found):
        return found
    return [replace(row, verdict=Verdict.UNDECIDED, reason=NOTHING_LEARNT) for row in found]


def _curve(
    probe: Probe, result: TensorResult, tensor: Tensor, known: Mapping[int | None, Samples]
) -> Curve | None:
    """Quotients against steps for the row that most deserves a look."""
    if not result.rows or probe.method != "central":
        return None
    row = result.worst[0]
    entry = None if row.index is None else _place(row.index, tensor.value.shape)
    if entry is not None and entry not in known:
        known = {entry: probe.derivative(tensor, unit_direction(tensor, entry)).samples}
    if entry not in known:
        return None
    samples = known[entry]
    i = row.output or 0
    with np.errstate(all="ignore"):
        forward = (samples.ahead[:, i] - samples.here[i]) / samples.steps
        central = (samples.ahead[:, i] - samples.behind[:, i]) / (2 * samples.steps)
        best = np.concatenate([np.full(1, np.nan), central[1:] + np.diff(central) / (RATIO**2 - 1)])
    return Curve(
        row.name,
        tuple(samples.steps),
        tuple(forward),
        tuple(central),
        tuple(best),
        row.numeric,
        row.bound,
        row.analytic,
    )


def _place(index: tuple[int, ...], shape: tuple[int, ...]) -> int:
    return int(np.ravel_multi_index(index, shape)) if index else 0
