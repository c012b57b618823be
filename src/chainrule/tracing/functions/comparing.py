"""Comparisons, in which a Python number may lie beyond the dtype that it is compared with."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from ...graph import Node, build
from ..registry import covers


def _comparison(name: str) -> Callable[[Any, Any], Node]:
    return lambda a, b: build(name, _comparable(a, b), _comparable(b, a))


def _comparable(number: Any, other: Any) -> Any:
    """A whole number below or above all of the other's dtype as an infinity, which compares alike."""
    if type(number) is int and isinstance(other, Node) and other.dtype.kind in "iu":
        range = np.iinfo(other.dtype)
        if not range.min <= number <= range.max:
            return math.copysign(math.inf, number)
    return number


for _ufunc in (np.greater, np.greater_equal, np.less, np.less_equal, np.equal, np.not_equal):
    covers(_ufunc)(_comparison(_ufunc.__name__))
