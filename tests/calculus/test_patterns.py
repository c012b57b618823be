"""Patterns miss no entry that may be non-zero; what is computed by them is the Jacobian."""

from __future__ import annotations

import numpy as np
import pytest

import chainrule as cr

from .random_programs import random_program

RNG = np.random.default_rng(3)
X = RNG.normal(size=6)


@pytest.mark.parametrize("chunk", range(10))
def test_no_pattern_of_a_random_program_misses_a_non_zero(chunk: int) -> None:
    """A thousand programs; the Jacobian by products with unit vectors is the oracle, at two points."""
    for seed in range(100 * chunk, 100 * (chunk + 1)):
        program = random_program(np.random.default_rng(seed))
        function = cr.jacobian(program, wrt=tuple(range(len(program.arguments))))
        for scale in (1.0, -0.7):
            J = function(*[scale * array for array in program.arguments])
            by_columns = J @ np.eye(J.shape[1])
            assert not np.any(by_columns[~J.pattern().toarray()]), seed
            np.testing.assert_allclose(J.matrix(), by_columns, 1e-12, 1e-12, err_msg=str(seed))
            np.testing.assert_allclose(J.sparse().toarray(), by_columns, 1e-12, 1e-12, err_msg=str(seed))
