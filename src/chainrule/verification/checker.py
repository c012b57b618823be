"""The gradient check."""

from __future__ import annotations

from typing import Any

from .. import grad as own_grad
from ..arguments import Seed
from ..callables import refuse_unfinished
from ..errors import ArgumentError
from .merging import titled, together
from .point import Function, Wrt, bind, select
from .products import Product, pulled, pushed
from .report import Report
from .single import Settings, checked


def check(
    f: Function,
    grad: Any = None,
    *,
    at: Any,
    pull: Product | None = None,
    push: Product | None = None,
    hessian: Any = None,
    wrt: Wrt = None,
    method: str = "central",
    step: float | None = None,
    mode: str = "auto",
    seed: Seed = 0,
    progress: bool | None = None,
) -> Report:
    """Check a derivative against numerical differentiation, with an error bound on every number.

    ``method="central"``: (f(x + h) - f(x - h)) / 2h on a ladder of steps, extrapolated to h = 0; what the
    steps disagree by is the bound; where that is wide and f takes complex numbers, Im f(x + i·h) / h has a
    smaller one. ``method="forward"``: the lecture's
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
        pull: instead of grad, the products p ↦ pᵀJ: ``pull(*args)`` is a function of p, as ``cr.pull(f)`` is.
        push: instead of grad, the products v ↦ J·v: ``push(*args)`` is a function of v, as ``cr.push(f)``.
        hessian: of a scalar f, its second derivatives, a callable or their value: the Jacobian of the
            gradient, which is ``grad`` or, without it, this library's own. Both are checked.
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
    if not callable(f):
        raise ArgumentError(f"f is {f!r}", expected="a function")
    refuse_unfinished(f)
    settings = Settings(wrt, method, step, mode, seed, progress)
    derivative = _derivative(f, grad, pull, push, wrt)
    report = checked(f, derivative, at, settings)
    if hessian is None or report.refusal:
        return report
    gradient = derivative if callable(derivative) else own_grad(f, wrt=_items(f, at, wrt))
    return together([report, titled(checked(gradient, hessian, at, settings), "∇f by ")])


def _derivative(f: Function, grad: Any, pull: Product | None, push: Product | None, wrt: Wrt) -> Any:
    given = {"grad": grad, "pull": pull, "push": push}
    names = [name for name, value in given.items() if value is not None]
    if len(names) > 1:
        raise ArgumentError(f"{' and '.join(names)} are given", expected="one of grad, pull and push")
    if pull is not None:
        return pulled(f, pull)
    return pushed(f, push, wrt) if push is not None else grad


def _items(f: Function, at: Any, wrt: Wrt) -> str | tuple[str, ...]:
    items = tuple(select(bind(f, at), wrt)[1])
    return items[0] if len(items) == 1 else items
