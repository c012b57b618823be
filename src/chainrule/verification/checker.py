"""The gradient check."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from .. import tree
from ..arguments import Seed, as_generator
from ..errors import ArgumentError
from .analytic import given_jacobians, own_jacobians
from .hygiene import about_arguments, about_derivative, drift, examine
from .point import Function, Point, Wrt, bind, select
from .probing import Probe, rows
from .report import Report, TensorResult

METHODS = ("central", "forward")


def check(
    f: Function,
    grad: Any = None,
    *,
    at: Any,
    wrt: Wrt = None,
    method: str = "central",
    step: float | None = None,
    seed: Seed = 0,
) -> Report:
    """Check a derivative against numerical differentiation, with an error bound on every number.

    ``method="central"``: (f(x + h) - f(x - h)) / 2h on a ladder of steps, extrapolated to h = 0; what the
    steps disagree by is the bound. ``method="forward"``: the lecture's
    ∂f/∂x ≈ (f(x + Δx) - f(x)) / Δx for a small Δx; the bound is its distance from the backward difference.

    An entry is FAIL where the derivative given lies outside numeric ± bound; UNDECIDED, with a reason, at a
    kink, at a jump, where f is not finite, where f is too noisy to see an error of ε^¼ of it, and for a
    parameter on which f does not depend near the point; PASS otherwise. A tensor of more than 1,000 entries
    is probed along random directions, and wrong entries are then found by halving.

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
        seed: a whole number, or the ``numpy.random.Generator`` to draw random directions from.

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
    if not callable(f):
        raise ArgumentError(f"f is {f!r}", expected="a function")
    if method not in METHODS:
        raise ArgumentError(f"method={method!r}", expected=" or ".join(map(repr, METHODS)))
    if step is not None and not (np.isfinite(step) and step > 0):
        raise ArgumentError(f"step={step!r}", expected="a positive number")
    counted = Counted(f)
    bound = bind(f, at)
    point, groups = select(bound, wrt)
    numeric = Point(counted, point.by_name, point.leaves, point.structure)
    tensors = [tensor for group in groups.values() for tensor in group]
    rng = as_generator(seed)
    seen = examine(numeric, grad, tensors, rng)
    findings = (*about_arguments(bound, tensors), *seen.findings)
    if seen.refusal:
        return Report((), method, evaluations=counted.calls, findings=findings, refusal=seen.refusal)
    here = seen.values
    shape = np.shape(seen.output) if tree.flatten(seen.output)[1] == tree.LEAF else (len(here),)
    if grad is None:
        jacobians = own_jacobians(point, groups, shape)
    else:
        jacobians = given_jacobians(seen.derivative, point, groups, shape)
    findings = (*findings, *about_derivative(jacobians, tensors, seen.epsilon))
    probe = Probe(numeric, here, seen.epsilon, method, step)
    found = tuple(
        TensorResult(
            tensor.path,
            tensor.value.shape,
            str(tensor.value.dtype),
            tuple(rows(probe, tensor, jacobians[tensor.path], rng)),
        )
        for tensor in tensors
    )
    refusal = "" if any(tensor.rows for tensor in found) else "there is no entry to check"
    drifted = tuple(drift(numeric, here))
    if drifted:
        findings = (*findings, *drifted)
        return Report((), method, evaluations=counted.calls, findings=findings, refusal=drifted[0].text)
    return Report(
        found, method, evaluations=counted.calls, output_shape=shape, findings=findings, refusal=refusal
    )


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
