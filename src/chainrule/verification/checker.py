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
from .extrapolation import Floats
from .point import Function, Point, Tensor, Wrt, bind, flat_output, select
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
    point, groups = select(bind(f, at), wrt)
    numeric = Point(counted, point.by_name, point.leaves, point.structure)
    output = numeric.call(counted)
    here = flat_output(output)
    if not np.array_equal(here, numeric.values(), equal_nan=True):
        refusal = (
            "f gives different values for the same arguments, so no difference of its values means anything"
        )
        return Report((), method, evaluations=counted.calls, refusal=refusal)
    shape = np.shape(output) if tree.flatten(output)[1] == tree.LEAF else (len(here),)
    jacobians = (
        own_jacobians(point, groups, shape) if grad is None else given_jacobians(grad, point, groups, shape)
    )
    rng = as_generator(seed)
    tensors = [tensor for group in groups.values() for tensor in group]
    probe = Probe(numeric, here, _epsilon(numeric, output, tensors, rng), method, step)
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
    return Report(found, method, evaluations=counted.calls, output_shape=shape, refusal=refusal)


@dataclass(slots=True)
class Counted:
    """A function that counts its calls."""

    function: Callable[..., Any]
    calls: int = 0

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        self.calls += 1
        return self.function(*args, **kwargs)


def _epsilon(point: Point, output: Any, tensors: list[Tensor], rng: np.random.Generator) -> float:
    """The relative rounding error of f's values: of their dtype, or of float32 where f rounds to that inside.

    The second is seen at points whose digits are random: no float64 result survives float32 there by chance.
    """
    dtypes = [np.asarray(leaf).dtype for leaf in tree.flatten(output)[0]]
    declared = max(
        float(np.finfo(d if d.kind == "f" else np.float64).eps) for d in [*dtypes, np.dtype(float)]
    )
    values = [flat_output(output)]
    for _ in range(2):
        moved = {
            t.leaf: (t.value * (1 + 1e-3 * rng.random(t.value.shape))).astype(t.value.dtype) for t in tensors
        }
        try:
            values.append(point.values(moved))
        except (ArithmeticError, ValueError):  # outside f's domain
            return declared
    return max(declared, float(np.finfo(np.float32).eps)) if _survive_float32(np.array(values)) else declared


def _survive_float32(values: Floats) -> bool:
    with np.errstate(all="ignore"):
        narrow = values.astype(np.float32).astype(np.float64)
    return bool(np.all(np.isfinite(values) & (narrow == values)) and np.any(values != np.round(values)))
