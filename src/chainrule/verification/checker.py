"""The gradient check."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np

from .. import tree
from ..arguments import Seed, as_generator
from ..errors import ArgumentError
from .analytic import Analytic, given_jacobians, nudged, own_jacobians
from .diagnosis import Suspect
from .frameworks import adapt
from .hygiene import about_arguments, about_derivative, drift, examine
from .point import Function, Point, Tensor, Wrt, bind, select
from .probing import Probe
from .progress import progress_bar
from .report import Finding, Report
from .tensors import Plan, check_tensor

METHODS = ("central", "forward")
LOCATED = {"auto": 12, "fast": 1, "full": 0}
"""The modes, and how many wrong entries each looks for along one direction."""
ENTRYWISE = 64
"""Where there are no more entries in all than this, "auto" takes each by itself."""


def check(
    f: Function,
    grad: Any = None,
    *,
    at: Any,
    wrt: Wrt = None,
    method: str = "central",
    step: float | None = None,
    mode: str = "auto",
    seed: Seed = 0,
    progress: bool | None = None,
) -> Report:
    """Check a derivative against numerical differentiation, with an error bound on every number.

    ``method="central"``: (f(x + h) - f(x - h)) / 2h on a ladder of steps, extrapolated to h = 0; what the
    steps disagree by is the bound. ``method="forward"``: the lecture's
    ∂f/∂x ≈ (f(x + Δx) - f(x)) / Δx for a small Δx; the bound is its distance from the backward difference.

    An entry is FAIL where the derivative given lies outside numeric ± bound; UNDECIDED, with a reason, at a
    kink, at a jump, where f is not finite, where f is too noisy to see an error of ε^¼ of it, and for a
    parameter on which f does not depend near the point; PASS otherwise.

    ``mode="full"`` takes every entry by itself. ``"auto"`` does so where there are no more than
    64 entries in all; otherwise each tensor is probed along a random direction, in which a single wrong entry
    always shows, wrong entries are found by halving, and common mistakes are tried on what was measured.
    ``"fast"`` looks for one wrong entry in each tensor and no more.

    Args:
        f: any function of arrays, or of trees of arrays, that gives a real array (or a tree of them).
        grad: the derivative: a callable of the same arguments, or its value. For a scalar f it has the shape
            of the argument; for a vector-valued f it is the Jacobian, rows = outputs, columns = inputs. For
            several arguments it is a tuple or a dict of those. Without it, it is this library's own.
        at: the arguments: a tuple, a single array, or a dict of keyword arguments. They are never written to.
        wrt: what to check: an argument's name or position, a path such as "params/W1", or several of those;
            without it, every argument that holds floating-point numbers.
        method: "central" or "forward".
        step: the widest step (central) or Δx (forward), instead of one that fits the point.
        mode: "auto", "fast" or "full".
        seed: a whole number, or the ``numpy.random.Generator`` to draw random directions from.
        progress: whether to show a progress bar once a second has passed; ``None``: on a terminal only.

    Returns:
        A :class:`Report`; ``print`` it, or ask it for ``verdict``, ``rows``, ``worst``.

    Raises:
        ArgumentError, ShapeError, DtypeError: if the arguments or the derivative given do not fit f.

    Source: the lecture, "Gradient check"; Ridders (1982) for the extrapolation with a measured error.

    >>> import numpy as np
    >>> report = check(lambda x: np.sin(x).sum(), np.cos, at=np.array([0.5, 1.0]))
    >>> report.verdict
    <Verdict.PASS: 'PASS'>
    >>> wrong = check(lambda x: np.sin(x).sum(), lambda x: np.cos(x) + [0, 1e-6], at=np.array([0.5, 1.0]))
    >>> wrong.worst.name, str(wrong.worst.verdict)
    ('x[1]', 'FAIL')
    """
    _validated(f, method, mode, step)
    adapted = adapt(f, grad, at)
    began, counted = time.monotonic(), Counted(adapted.f)
    bound = bind(adapted.f, adapted.at)
    point, groups = select(bound, wrt)
    numeric = Point(counted, point.by_name, point.leaves, point.structure)
    tensors = [tensor for group in groups.values() for tensor in group]
    rng = as_generator(seed)
    grad = adapted.grad
    if grad is None and adapted.gradient:
        grad = adapted.gradient(groups)
    seen = examine(numeric, grad, tensors, rng)
    shape = np.shape(seen.output) if tree.flatten(seen.output)[1] == tree.LEAF else (len(seen.values),)
    report = Report(
        (),
        method,
        mode,
        seed=seed if isinstance(seed, int) else None,
        output_shape=shape,
        findings=(*about_arguments(bound, tensors), *seen.findings),
        refusal=seen.refusal,
    )
    if not seen.refusal:
        given = _given(grad, seen.derivative, point, groups, shape)
        matrices = {path: analytic.jacobian for path, analytic in given.items()}
        report = _with(report, about_derivative(matrices, tensors, seen.epsilon))
        probe = Probe(numeric, seen.values, seen.epsilon, method, step)
        report = _judged(report, probe, tensors, given, rng, progress)
        report = _with(report, drift(numeric, seen.values))
    return replace(report, evaluations=counted.calls, seconds=time.monotonic() - began)


def _validated(f: Any, method: str, mode: str, step: float | None) -> None:
    if not callable(f):
        raise ArgumentError(f"f is {f!r}", expected="a function")
    if method not in METHODS:
        raise ArgumentError(f"method={method!r}", expected=" or ".join(map(repr, METHODS)))
    if mode not in LOCATED:
        raise ArgumentError(f"mode={mode!r}", expected=" or ".join(map(repr, LOCATED)))
    if step is not None and not (np.isfinite(step) and step > 0):
        raise ArgumentError(f"step={step!r}", expected="a positive number")


def _given(
    grad: Any, value: Any, point: Point, groups: Mapping[str, list[Tensor]], shape: tuple[int, ...]
) -> dict[str, Analytic]:
    if grad is None:
        return own_jacobians(point, groups, shape)
    if not callable(grad):
        return given_jacobians(value, groups, shape)
    tensors = [tensor for group in groups.values() for tensor in group]
    return given_jacobians(value, groups, shape, partial(nudged, point, grad, tensors, seed=0))


def _judged(
    report: Report,
    probe: Probe,
    tensors: Sequence[Tensor],
    given: Mapping[str, Analytic],
    rng: np.random.Generator,
    progress: bool | None,
) -> Report:
    """The report with a result for every tensor."""
    total = sum(tensor.value.size for tensor in tensors)
    entrywise = report.mode == "full" or (report.mode == "auto" and total <= ENTRYWISE)
    matrices = {path: analytic.jacobian for path, analytic in given.items()}
    lengths = _lengths(probe.point)
    with progress_bar(total, progress) as advance:
        plan = Plan(entrywise, LOCATED[report.mode], advance)
        checked = [
            check_tensor(probe, Suspect(tensor, given[tensor.path], matrices, lengths), plan, rng)
            for tensor in tensors
            if tensor.value.size
        ]
    return replace(
        report,
        tensors=tuple(one.result for one in checked),
        curves=tuple(one.curve for one in checked if one.curve),
        refusal="" if checked else "there is no entry to check",
    )


def _with(report: Report, findings: Iterable[Finding]) -> Report:
    """The report with more findings; after a fatal one no row counts."""
    added = tuple(findings)
    fatal = next((finding.text for finding in added if finding.fatal), "")
    kept = () if fatal else report.tensors
    return replace(report, findings=report.findings + added, tensors=kept, refusal=report.refusal or fatal)


def _lengths(point: Point) -> dict[int, str]:
    """The lengths of the axes of all arguments, and whose they are."""
    found: dict[int, str] = {}
    for path, leaf in zip(point.paths, point.leaves, strict=True):
        for axis, length in enumerate(np.shape(leaf)):
            found.setdefault(length, f"the length of axis {axis} of {path}")
    for path, leaf in zip(point.paths, point.leaves, strict=True):
        found.setdefault(int(np.size(leaf)), f"the number of entries of {path}")
    return found


@dataclass(slots=True)
class Counted:
    """A function that counts its calls."""

    function: Callable[..., Any]
    calls: int = 0

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        self.calls += 1
        return self.function(*args, **kwargs)

    @property
    def __wrapped__(self) -> Callable[..., Any]:
        """The function itself, for those who look what it reads."""
        return self.function
