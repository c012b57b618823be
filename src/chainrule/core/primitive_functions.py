"""A primitive as a function of arrays, and the arrays that it is tested on."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ..graph import Primitive, primitive
from ..tracing import Traced, apply


def primitive_function(name: str, params: dict[str, Any]) -> Callable[..., Any]:
    """The function of arrays that a primitive is, with its parameters; it can be differentiated."""
    evaluate = primitive(name).evaluate

    def function(*arrays: Any) -> Any:
        if any(isinstance(array, Traced) for array in arrays):
            return apply(name, *arrays, **params)
        return evaluate(*arrays, **params)

    function.__name__ = name
    return function


def primitive_samples(
    name: str, rng: np.random.Generator
) -> list[tuple[tuple[np.ndarray, ...], dict[str, Any]]]:
    """The arrays and parameters that a primitive's record gives for its tests."""
    record: Primitive = primitive(name)
    return [(sample.arrays, sample.params) for sample in record.samples(rng)]
