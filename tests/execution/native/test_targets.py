"""Other processors than this one: their code is written, and runs where this processor can."""

import numpy as np
import pytest

import chainrule as cr
from chainrule.execution.native import program
from chainrule.execution.native.planning import planned
from chainrule.execution.native.target import Target, host
from tests.execution.native import processors

RNG = np.random.default_rng(8)


def network(x, W, b, V):  # type: ignore[no-untyped-def]
    h = np.tanh(x @ W + b)
    return np.sum(cr.special.log_softmax(h @ V, axis=1) ** 2)


POINT = [RNG.normal(size=shape) for shape in ((7, 13), (13, 19), (19,), (19, 3))]
GRADIENT = cr.value_and_grad(network, wrt=("W", "b", "V"))


@processors.for_each("register", "xmm", "ymm", "zmm", ".2d")
def test_code_uses_the_registers_that_a_processor_has(target: Target, register: str) -> None:
    plan = planned(cr.trace(GRADIENT, *POINT).graph, target)
    assert plan.text("assembly").count(register) > 100


@processors.for_each("has", "", "", "powers", "")
def test_powers_of_two_are_instructions_where_a_processor_has_them(target: Target, has: str) -> None:
    def functions(x, y):  # type: ignore[no-untyped-def]
        return np.exp(x) + np.log(y)

    for dtype in (np.float32, np.float64):
        code = planned(cr.trace(functions, np.ones(100, dtype), np.ones(100, dtype)).graph, target).text(
            "assembly"
        )
        for instruction in ("vscalef", "vgetexp", "vgetmant"):
            assert (instruction in code) == (has == "powers")


@pytest.mark.parametrize(("features", "vector_bytes"), [("-avx,-fma", 16), ("-fma", 32)])
def test_results_do_not_depend_on_the_registers(
    features: str, vector_bytes: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = host()
    without = Target(here.triple, here.cpu, f"{here.features},{features}", vector_bytes)
    monkeypatch.setattr(program, "host", lambda: without)
    graph = cr.trace(GRADIENT, *POINT).graph
    compiled = program.compile_native(graph)(*POINT)
    loss, gradients = GRADIENT(*POINT)
    for actual, expected in zip(compiled, (loss, *gradients), strict=True):
        np.testing.assert_allclose(actual, expected, rtol=1e-11, atol=1e-12)
