"""What is printed of a program is what runs."""

from typing import Any

import numpy as np
import pytest

import chainrule as cr
from chainrule.execution.native.interpreter import possible
from chainrule.execution.native.passes import streaming
from chainrule.execution.native.planning import planned
from chainrule.execution.native.target import host

RNG = np.random.default_rng(5)


def step(p: Any, rate: Any, x: Any, y: Any) -> tuple[Any, Any]:
    def loss(W: Any, b: Any) -> Any:
        return -np.mean(np.sum(y * cr.special.log_softmax(x @ W.T + b, axis=1), axis=1))

    value, (dW, db) = cr.value_and_grad(loss, wrt=("W", "b"))(*p)
    return value, (p[0] - rate * dW, p[1] - rate * db)


def classifier(inputs: int, classes: int) -> tuple[Any, ...]:
    W, b = RNG.normal(size=(classes, inputs)), np.zeros(classes)
    x, y = RNG.normal(size=(48, inputs)), np.eye(classes)[RNG.integers(0, classes, 48)]
    return (W, b), np.full(2, 0.1), np.arange(48).reshape(2, 24), x, y


def test_the_memory_of_a_small_program_is_the_stack() -> None:
    f = cr.compile(lambda x: np.exp(np.cumsum(x)))
    assert "on the stack" in f.ir(np.ones(4), stage="memory")
    assert "on the stack" in f.explain(np.ones(4))
    assert "on the stack" not in f.ir(np.ones(4000), stage="memory")
    assert "in bytes 0 to 31999" in f.ir(np.ones(4000), stage="memory")


def test_the_memory_of_a_small_step_is_the_stack() -> None:
    assert "on the stack" in cr.repeat(step).ir(*classifier(2, 2), stage="memory")
    assert "on the stack" not in cr.repeat(step).ir(*classifier(30, 10), stage="memory")


@pytest.mark.skipif(not possible(), reason="this Python is of an unusual build")
def test_a_program_that_is_called_from_c_is_printed_with_its_entry() -> None:
    f = cr.compile(lambda x: x + 1)
    assert '@"entry"(' in f.ir(np.ones(4))
    assert '@"entry"(' not in f.ir(np.ones(10**7))


def test_what_is_given_as_zeros_stands_above_the_loops() -> None:
    f = cr.compile(lambda x: np.pad(x, 2))
    for stage in ("loops", "zeros"):
        first, *others = f.ir(np.ones(4), stage=stage).splitlines()
        assert first == "t1 = 0, as it is given"
        assert len(others) == 1
    assert "as it is given" in f.explain(np.ones(4))
    assert "as it is given" not in f.ir(np.ones(4), stage="beginning")


def test_what_is_streamed_is_printed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(streaming, "BEYOND_CACHES", 2**15)
    plan = planned(cr.trace(lambda x: 2 * x, np.zeros(2**12)).graph, host())
    assert "past the caches" not in plan.text("accumulating")
    assert "past the caches" in plan.text("streaming")
    assert "past the caches" in plan.text("loops")
    matrix = np.zeros((64, 64))
    assert "past the caches" in planned(cr.trace(np.matmul, matrix, matrix).graph, host()).text("loops")


def test_a_step_is_printed_with_what_is_copied_and_where_it_may_end() -> None:
    repeated, arguments = cr.repeat(step), classifier(30, 10)
    lines = repeated.ir(*arguments, stage="loops").splitlines()
    assert lines == repeated.ir(*arguments, stage="concurrent").splitlines()
    cut = lines.index("and if the loss is finite:")
    head = repeated.explain(*arguments).splitlines()[0]
    loss = head.partition("the loss is ")[2].partition(",")[0]
    assert any(line.startswith(f"{loss}[0] = ") for line in lines[:cut])
    assert head.endswith("what the next step begins with is t0, t1")
    writes = [n for n, line in enumerate(lines) if "t0[" in line.partition(" = ")[0] or "; t0[" in line]
    assert writes
    assert all(n > cut or lines[n].startswith("before the first step") for n in writes)


def test_no_two_places_in_memory_have_the_same_name() -> None:
    """The scores' weights lie by columns in the loop, and by rows where the caller has them."""
    arguments = classifier(30, 10)
    names = [line.split()[0] for line in cr.repeat(step).ir(*arguments, stage="memory").splitlines()]
    assert len(names) == len(set(names))
    assert "t0'" in names
    loops = cr.repeat(step).ir(*arguments, stage="loops").splitlines()
    assert loops[0].startswith("before the first step: t0[")
    assert "= t0'[" in loops[0]
    assert loops[-1].startswith("after the last step: t0'[")
