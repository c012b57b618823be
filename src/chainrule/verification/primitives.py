"""The check of a primitive of this library: its local Jacobian, in both directions, on its own samples."""

from __future__ import annotations

import numpy as np

from .. import pull, push
from ..arguments import Seed, as_generator
from ..core.primitive_functions import primitive_function, primitive_samples
from .checker import check
from .merging import titled, together
from .report import Report


def check_primitive(name: str, *, seed: Seed = 0) -> Report:
    """Check the local Jacobian of a primitive against numerical differentiation, on its record's samples.

    The two products that its linear map gives, v ↦ J·v and p ↦ pᵀJ, are checked each by itself, with respect
    to every operand that holds floating-point numbers.

    Args:
        name: the primitive's name in the registry, such as "tanh" or "einsum".
        seed: a whole number, or the ``numpy.random.Generator`` to draw samples and directions from.

    Returns:
        A :class:`Report` with one tensor for each sample, product and operand: "sample 0, pᵀJ: x0".

    Raises:
        GraphError: no primitive has that name.

    Source: the lecture, "Chain rule of multivariate calculus".

    >>> check_primitive("tanh").verdict
    <Verdict.PASS: 'PASS'>
    """
    rng = as_generator(seed)
    reports: list[Report] = []
    for number, (arrays, params) in enumerate(primitive_samples(name, rng)):
        f = primitive_function(name, params)
        operands = [i for i, array in enumerate(arrays) if array.dtype.kind == "f" and array.size]
        if not operands or np.size(f(*arrays)) == 0:
            continue
        wrt = tuple(f"arrays/{i}" for i in operands)
        pulled = check(f, at=arrays, wrt=wrt, seed=rng, pull=pull(f, wrt=wrt))
        pushed = check(f, at=arrays, wrt=wrt, seed=rng, push=push(f, wrt=wrt))
        reports += [titled(pulled, f"sample {number}, pᵀJ: "), titled(pushed, f"sample {number}, J·v: ")]
    return together(reports)
