"""scikit-learn's ``random_state`` as the seed of this library."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..arguments import as_generator


def as_seed(random_state: Any) -> np.random.Generator:
    """A generator for what scikit-learn takes as ``random_state``; nothing global is read or changed.

    Args:
        random_state: a whole number (the same bits every time), a ``numpy.random.Generator``, an older
            ``RandomState`` (which is drawn from), or ``None`` for fresh randomness.

    Raises:
        ArgumentError: it is something else.

    >>> as_seed(3).standard_normal() == as_seed(3).standard_normal()
    True
    """
    if random_state is None:
        return np.random.default_rng()
    if isinstance(random_state, np.random.RandomState):
        return np.random.default_rng(random_state.randint(2**31, size=4))
    return as_generator(random_state)
