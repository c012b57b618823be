"""carried_in_panels: weights that a product reads in panels lie in them from one step to the next.

The step is that of a layer z = X Wᵀ with momentum: G = Eᵀ X, V ← V/2 + G, W ← W − V/2. All numbers are whole
multiples of a power of two, so that panels hold exactly what the matrices would.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import numpy as np
import pytest

from chainrule.execution.native.costs import work
from chainrule.execution.native.expressions import Affine, Buffer, Literal
from chainrule.execution.native.kernels import Kernel, LoopKernel, Matrix, PackKernel, ProductKernel
from chainrule.execution.native.passes import carrying
from chainrule.execution.native.passes.carrying import Carried, carried_in_panels
from chainrule.execution.native.target import Target
from tests.execution.native.by_hand import (
    F,
    apply,
    at,
    buffer,
    by_rows,
    loop,
    product,
    sums,
    turned,
    whole_numbers,
)
from tests.execution.native.interpreting import Interpreter
from tests.execution.native.processors import ALL, AVX2

BATCH, INPUTS, UNITS, WIDTH = 3, 5, 8, 4


@dataclass(frozen=True)
class Step:
    """Buffers of a step, and its kernels by name."""

    x: Buffer
    e: Buffer
    w: Buffer
    v: Buffer
    next_w: Buffer
    next_v: Buffer
    z: Buffer
    rate: Buffer
    kernels: dict[str, Kernel]

    @property
    def carried(self) -> dict[Buffer, Buffer]:
        return {self.w: self.next_w, self.v: self.next_v}


def step(inputs: int = INPUTS, units: int = UNITS, width: int = WIDTH) -> Step:
    x, e = buffer("input", "x", BATCH, inputs), buffer("input", "e", BATCH, units)
    w, v = (buffer("input", label, units, inputs) for label in "wv")
    next_w, next_v = (buffer("output", label, units, inputs) for label in ("w'", "v'"))
    g, z = buffer("workspace", "g", units, inputs), buffer("output", "z", BATCH, units)
    rate = buffer("input", "rate")
    panels = buffer("workspace", "p", -(-units // width), inputs, width)
    kernels: dict[str, Kernel] = {
        "copy": PackKernel(inputs, units, turned(w), panels, width),
        "forward": product(by_rows(x), Matrix(panels, Affine(), width, 1, width), z, inputs),
        "gradient": product(turned(e), by_rows(x), g, BATCH),
        "momentum": loop(next_v, apply("add", apply("multiply", v, 0.5), g)),
        "update": loop(next_w, apply("subtract", w, apply("multiply", next_v, at(rate)))),
    }
    return Step(x, e, w, v, next_w, next_v, z, rate, kernels)


def moved(given: Step, kernels: Mapping[str, Kernel], target: Target = AVX2) -> Carried:
    return carried_in_panels([*kernels.values()], given.carried, target)


def assert_steps(given: Step, made: Carried) -> None:
    """Three steps, between which what is carried stays where it is."""
    arrays = whole_numbers(given.x, given.e, given.w, given.v)
    x, e, w, v = arrays.values()
    run = Interpreter({**arrays, given.rate: 0.5})
    run.run(made.before)
    for own in (given.w, given.v):  # nobody needs them until the end
        run.memory[own][:] = np.nan
    for _ in range(3):
        run.run(made.kernels)
        np.testing.assert_array_equal(run.array(given.z), x @ w.T)
        v = v / 2 + e.T @ x
        w = w - v / 2
        for last, following in given.carried.items():
            run.memory[made.panels[last]] = run.memory[made.panels[following]].copy()
    run.run(made.after)
    np.testing.assert_array_equal(run.array(given.w), w)
    np.testing.assert_array_equal(run.array(given.v), v)


@pytest.mark.parametrize("target", ALL.values(), ids=ALL)
def test_weights_and_what_is_kept_for_them_lie_in_panels(target: Target) -> None:
    given = step()
    made = moved(given, given.kernels, target)
    assert {given.w, given.v, given.next_w, given.next_v} < set(made.panels)
    assert not any(isinstance(kernel, PackKernel) for kernel in made.kernels)
    touched = {buffer for kernel in made.kernels for buffer in (*kernel.buffers(), *kernel.written())}
    assert touched.isdisjoint(made.panels)
    assert len(made.before) == len(made.after) == 2
    assert_steps(given, made)


def test_a_gradient_is_computed_panel_by_panel() -> None:
    given = step()
    (gradient,) = [k for k in moved(given, given.kernels).kernels if isinstance(k, ProductKernel) and k.batch]
    assert (gradient.batch, gradient.m, gradient.k, gradient.n) == ((UNITS // WIDTH,), INPUTS, BATCH, WIDTH)


def test_of_far_factors_there_are_copies_in_panels(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Target, "reach", property(lambda _: 0))
    given = step(inputs=33, units=40)
    made = moved(given, given.kernels)
    copies = [kernel.source for kernel in made.kernels if isinstance(kernel, PackKernel)]
    assert copies == [by_rows(given.e), by_rows(given.x)]  # of Gᵀ = Xᵀ E
    assert_steps(given, made)


def test_factors_that_are_copied_for_the_gradient_are_read_as_they_are() -> None:
    """A copy of Eᵀ in panels, which nobody reads any more, is not made."""
    given = step()
    panels = buffer("workspace", "r", UNITS // 4, BATCH, 4)
    copy = PackKernel(BATCH, UNITS, by_rows(given.e), panels, 4)
    gradient = given.kernels["gradient"]
    assert isinstance(gradient, ProductKernel)
    packed = replace(gradient, a=Matrix(panels, Affine(), 1, 4, 4))
    made = moved(given, {"other": copy, **given.kernels, "gradient": packed})
    assert not any(isinstance(kernel, PackKernel) for kernel in made.kernels)
    assert_steps(given, made)


def test_two_layers_are_carried_one_after_the_other() -> None:
    one, other = step(), step(inputs=6, units=12)
    kernels = [*one.kernels.values(), *other.kernels.values()]
    made = carried_in_panels(kernels, one.carried | other.carried, AVX2)
    labels = [panels.label for panels in made.panels.values()]
    assert len(set(labels)) == len(labels) == 10
    assert_steps(one, made)
    assert_steps(other, made)


SUMS = buffer("output", "s", INPUTS)
DYNAMIC = buffer("input", "n", UNITS, INPUTS)
Change = Callable[[Step, dict[str, Kernel]], Mapping[str, Kernel]]


def with_gradient(change: Callable[[ProductKernel], Kernel]) -> Change:
    def changed(_: Step, kernels: dict[str, Kernel]) -> dict[str, Kernel]:
        gradient = kernels["gradient"]
        assert isinstance(gradient, ProductKernel)
        return {**kernels, "gradient": change(gradient)}

    return changed


def constant_gradient(gradient: ProductKernel) -> LoopKernel:
    """Which meets its like place by place, in a loop over other axes."""
    target = gradient.c.buffer
    return LoopKernel(None, (target.size,), Literal(1.0, F), target, Affine(0, {0: 1}))


OTHERS: dict[str, Change] = {
    "added up as well": lambda s, ks: {**ks, "sums": sums(SUMS, s.w, 0)},
    "its gradient is": lambda s, ks: {**ks, "sums": sums(SUMS, ks["gradient"].written()[0], 0)},
    "read by another product": lambda s, ks: {
        **ks, "other": product(by_rows(s.x), turned(s.w), buffer("output", "y", BATCH, UNITS), INPUTS)
    },
    "not all of it is copied": lambda s, ks: {
        **ks, "copy": replace(ks["copy"], rows=INPUTS - 1)  # type: ignore[type-var]
    },
    "not all units are copied": lambda s, ks: {
        **ks, "copy": replace(ks["copy"], columns=WIDTH)  # type: ignore[type-var]
    },
    "added to what is there": lambda s, ks: {
        **ks, "update": replace(ks["update"], scatter=True)  # type: ignore[type-var]
    },
    "updated in two parts": lambda s, ks: {
        **ks,
        "update": replace(ks["update"], lengths=(UNITS - 1, INPUTS)),  # type: ignore[type-var]
        "last": LoopKernel(None, (INPUTS,), Literal(0.0, F), s.next_w, Affine((UNITS - 1) * INPUTS, {0: 1})),
    },
    "copied as it lies there": lambda s, ks: {
        **ks, "copy": replace(ks["copy"], source=by_rows(s.w))  # type: ignore[type-var]
    },
    "read elsewhere than written": lambda s, ks: {
        **ks,
        "update": loop(s.next_w, apply("subtract", s.w, replace(at(s.next_v), place=Affine(0, {1: 1})))),
    },
    "meets what the caller gives": lambda s, ks: {
        **ks, "update": loop(s.next_w, apply("subtract", s.w, apply("multiply", s.next_v, DYNAMIC)))
    },
    "kept in another format": lambda s, ks: {
        **ks,
        "more": loop(buffer("output", "f", UNITS, INPUTS, dtype="float32"), apply("negative", s.w)),
    },
    "its next value is something else": lambda s, ks: {
        **ks, "update": replace(loop(s.next_w, Literal(0.0, F)), clear=True)
    },
    "its gradient is one of a batch": with_gradient(lambda g: replace(g, batch=(1,))),
    "its gradient lies by columns": with_gradient(lambda g: replace(g, c=Matrix(g.c.buffer, Affine(), 1, 8))),
    "its gradient is a loop of its own": with_gradient(constant_gradient),
    "the factor of its gradient runs across": with_gradient(
        lambda g: replace(g, a=by_rows(buffer("input", "e", UNITS, BATCH)))
    ),
}  # fmt: skip


@pytest.mark.parametrize("why", OTHERS)
def test_other_weights_stay_as_they_are(why: str) -> None:
    given = step()
    kernels = OTHERS[why](given, given.kernels)
    assert moved(given, kernels) == Carried(tuple(kernels.values()))


def test_so_do_panels_of_which_the_last_is_not_full() -> None:
    given = step(units=UNITS + 1)
    assert moved(given, given.kernels) == Carried(tuple(given.kernels.values()))


def test_so_does_what_is_not_carried_or_whose_average_is_not() -> None:
    given = step()
    kernels = [*given.kernels.values()]
    other = buffer("output", "q", UNITS, INPUTS)
    kernels.append(loop(other, apply("negative", DYNAMIC)))  # which meets none of the step's matrices
    for carried in ({}, {given.v: given.next_v}, {given.w: given.next_w}, {**given.carried, given.v: other}):
        assert carried_in_panels(kernels, carried, AVX2) == Carried(tuple(kernels))


def test_so_do_matrices_too_large_and_those_of_long_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    given = step()
    for limit, most in (
        ("MOST_BYTES", given.w.size * F.itemsize),
        ("LONGEST_STEP", sum(map(work, given.kernels.values()))),
    ):
        with monkeypatch.context() as patch:
            patch.setattr(carrying, limit, most)
            assert moved(given, given.kernels).panels
            patch.setattr(carrying, limit, most - 1)
            assert moved(given, given.kernels) == Carried(tuple(given.kernels.values()))
