"""One derivative of one function at one point: f examined, what was given read, every tensor judged."""

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
from .choosing import chosen
from .diagnosis import Suspect
from .frameworks import adapt
from .hygiene import about_arguments, about_derivative, drift, examine
from .naming import described
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


@dataclass(frozen=True, slots=True)
class Settings:
    """How a check is made; each as in :func:`chainrule.check`.

    Raises:
        ArgumentError: one of them makes no sense.
    """

    wrt: Wrt = None
    method: str = "central"
    step: float | None = None
    mode: str = "auto"
    seed: Seed = 0
    progress: bool | None = None

    def __post_init__(self) -> None:
        if self.method not in METHODS:
            raise ArgumentError(f"method={self.method!r}", expected=" or ".join(map(repr, METHODS)))
        if self.mode not in LOCATED:
            raise ArgumentError(f"mode={self.mode!r}", expected=" or ".join(map(repr, LOCATED)))
        if self.step is not None and not (np.isfinite(self.step) and self.step > 0):
            raise ArgumentError(f"step={self.step!r}", expected="a positive number")


def checked(f: Function, grad: Any, at: Any, settings: Settings) -> Report:
    """The report on one derivative: of f by grad, or by automatic differentiation where that is None."""
    adapted = adapt(f, grad, at)
    began, counted = time.monotonic(), Counted(adapted.f)
    bound = bind(adapted.f, adapted.at)
    point, groups = select(bound, settings.wrt)
    numeric = Point(counted, point.by_name, point.leaves, point.structure)
    tensors = [tensor for group in groups.values() for tensor in group]
    rng = as_generator(settings.seed)
    grad = adapted.grad
    if grad is None and adapted.gradient:
        grad = adapted.gradient(groups)
    elif grad is not None:
        grad = chosen(grad, bound, groups)
    seen = examine(numeric, grad, tensors, rng)
    shape = np.shape(seen.output) if tree.flatten(seen.output)[1] == tree.LEAF else (len(seen.values),)
    report = Report(
        (),
        settings.method,
        settings.mode,
        seed=settings.seed if isinstance(settings.seed, int) else None,
        output_shape=shape,
        findings=(*about_arguments(bound, tensors), *seen.findings),
        refusal=seen.refusal
        or ("" if tensors else "no argument holds numbers to differentiate with respect to"),
        function=described(f),
    )
    if not report.refusal:
        given = _given(grad, seen.derivative, point, groups, shape)
        matrices = {path: analytic.jacobian for path, analytic in given.items()}
        report = _with(report, about_derivative(matrices, tensors, seen.epsilon))
        probe = Probe(numeric, seen.values, seen.epsilon, settings.method, settings.step)
        report = _judged(report, probe, tensors, given, rng, settings.progress)
        report = _with(report, drift(numeric, seen.values))
    return replace(report, evaluations=counted.calls, seconds=time.monotonic() - began)


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
