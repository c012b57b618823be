"""Chainrule: it finds the plan, the pattern and the blocks itself."""

from __future__ import annotations

import numpy as np

import chainrule as cr

from ..jacobians import Call, Case


def jacobian(case: Case) -> Call:
    """A call of ``cr.jacobian``, computed with NumPy."""
    return _call(case, "reference")


def compiled(case: Case) -> Call:
    """The same as machine code."""
    return _call(case, "native")


def _call(case: Case, compile: str) -> Call:
    differentiated = cr.jacobian(case.function(np), compile=compile)
    if case.result == "sparse":
        return lambda: differentiated(*case.arguments).sparse()
    if case.result == "rows":
        return lambda: differentiated(*case.arguments).diagonal_blocks()
    return lambda: differentiated(*case.arguments).matrix()
