"""with_estimates: a/(√x + c) becomes one instruction where the processor estimates, and means the same."""

import math
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from chainrule.execution.native.emission.roots import LARGEST
from chainrule.execution.native.expressions import Apply, Expression
from chainrule.execution.native.kernels import Kernel
from chainrule.execution.native.passes.estimating import with_estimates
from chainrule.execution.native.target import Target
from tests.execution.native.by_hand import apply, at, buffer, by_rows, computed, lines, loop, product, sums
from tests.execution.native.processors import ALL, AVX2, AVX512, NEON, SSE

A, V, Y = (buffer(kind, label, 3, 4) for kind, label in (("input", "a"), ("input", "v"), ("output", "y")))
C, S = buffer("input", "c"), buffer("output", "s", 3)


def quotient(below: Expression) -> Kernel:
    return loop(Y, apply("divide", A, below))


def instructions(expression: Expression) -> list[str]:
    if not isinstance(expression, Apply):
        return []
    return [expression.instruction, *[name for x in expression.operands for name in instructions(x)]]


QUOTIENTS: dict[str, Expression] = {
    "a number known beforehand": apply("add", apply("sqrt", V), 0.25),
    "a number in memory": apply("add", apply("sqrt", V), at(C)),
    "the number first": apply("add", at(C), apply("sqrt", V)),
    "nothing": apply("add", apply("sqrt", V), 0.0),
    "of what is computed": apply("add", apply("sqrt", apply("multiply", V, V)), 0.25),
}


@pytest.mark.parametrize("name", QUOTIENTS)
@pytest.mark.parametrize("above", [at(A), apply("multiply", A, at(C))], ids=["a value", "a multiple"])
def test_a_quotient_by_a_root_and_a_number_is_one_instruction(name: str, above: Expression) -> None:
    """In a kernel that computes more than it; roots of squares are exact."""
    given = loop(Y, apply("subtract", A, apply("divide", above, QUOTIENTS[name])))
    (found,) = with_estimates([given], AVX512)
    expected = [x for x in instructions(given.expression) if x not in ("divide", "add", "sqrt")]
    made = instructions(found.expression)  # type: ignore[union-attr]
    assert made.count("over_root") == 1
    assert [x for x in made if x != "over_root"] == expected
    a, c = np.arange(12.0).reshape(3, 4), 0.5
    v = np.arange(1.0, 13.0).reshape(3, 4) ** 2
    results = [computed([kernel], {A: a, V: v, C: c}, [Y])[0] for kernel in (given, found)]
    np.testing.assert_array_equal(*results)
    assert np.isfinite(results[0]).all()


@pytest.mark.parametrize(
    ("target", "formats"),
    [(SSE, ["float32"]), (AVX2, ["float32"]), (AVX512, ["float32", "float64"]), (NEON, [])],
    ids=["SSE", "AVX2", "AVX-512", "NEON"],
)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_in_the_formats_of_which_the_processor_estimates(target: Target, formats: Any, dtype: str) -> None:
    a, v, y = (buffer("input", label, 5, dtype=dtype) for label in "avy")
    given = loop(y, apply("divide", a, apply("add", apply("sqrt", v), 0.25)))
    (found,) = with_estimates([given], target)
    assert ("over_root" in str(found)) == (dtype in formats)


OTHERS: dict[str, Kernel] = {
    "a difference": quotient(apply("subtract", apply("sqrt", V), 0.25)),
    "no root": quotient(apply("add", V, 0.25)),
    "numbers that differ": quotient(apply("add", apply("sqrt", V), A)),
    "a number below 0": quotient(apply("add", apply("sqrt", V), -0.25)),
    "a number too large": quotient(apply("add", apply("sqrt", V), float(LARGEST))),
    "no number": quotient(apply("add", apply("sqrt", V), math.nan)),
    "a product": loop(Y, apply("multiply", A, apply("add", apply("sqrt", V), 0.25))),
    "a product of matrices": product(by_rows(A), by_rows(buffer("input", "b", 4, 4)), Y, 4),
    "a sum": sums(S, A, 1),
    "a sum of quotients": replace(
        sums(S, A, 1), expression=apply("divide", A, apply("add", apply("sqrt", V), 0.25))
    ),
}


@pytest.mark.parametrize("target", ALL.values(), ids=ALL)
@pytest.mark.parametrize("name", OTHERS)
def test_other_kernels_stay_as_they_are(name: str, target: Target) -> None:
    assert lines(with_estimates([OTHERS[name]], target)) == [str(OTHERS[name])]
