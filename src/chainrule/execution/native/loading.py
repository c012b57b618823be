"""A plan's machine code in memory, and arrays as it expects them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ...errors import DtypeError, ShapeError
from .cache import cached
from .entry import define_entry
from .expressions import Buffer
from .linking import Library, link
from .module import object_code
from .planning import Plan


def loaded(plan: Plan, arguments: Sequence[Buffer] | None = None) -> Library:
    """The plan's machine code; with an entry of these arguments, where they are given."""

    def make() -> bytes:
        module = plan.module()
        if arguments is not None:
            define_entry(module, arguments, plan.lowered.outputs, plan.slots)
        return object_code(str(module), plan.target)

    labels = None if arguments is None else [buffer.label for buffer in arguments]
    code = cached(f"arguments {labels} {plan.description()}", plan.target, make)
    names = [f"run{i}" for i in range(len(plan.native))]
    return link(code, names + ["work"] * plan.shared + ["entry"] * (arguments is not None))


def checked(array: Any, buffer: Buffer) -> np.ndarray:
    """The array as the machine code expects it: the right type, contiguous.

    Raises:
        ShapeError, DtypeError: it is of another type than that for which the code was made.
    """
    result = np.asarray(array)
    if result.shape != buffer.shape:
        raise ShapeError(
            f"an array of shape {result.shape}", expected=f"{buffer.shape}, for which this was compiled"
        )
    if result.dtype != buffer.dtype:
        raise DtypeError(
            f"an array of dtype {result.dtype}", expected=f"{buffer.dtype}, for which this was compiled"
        )
    return result if result.flags.c_contiguous else np.ascontiguousarray(result)


def address(array: np.ndarray) -> int:
    """Where an array's elements begin in memory."""
    return int(array.__array_interface__["data"][0])
