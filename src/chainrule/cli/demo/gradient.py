"""Forward propagation, and the gradient of one weight beside its finite difference."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from chainrule import Record, check, grad
from chainrule.cli.demo.xor import X, Y, untrained
from chainrule.cli.screen import Screen
from chainrule.nn import objective
from chainrule.verification import Report, Verdict

STEP = 1e-6
WEIGHT = (1, 0)


@dataclass(frozen=True, slots=True, eq=False)
class Gradient:
    """One weight's gradient, computed in two ways, the values on the way, and a check of all weights."""

    record: Record
    gradient: float
    difference: float
    report: Report

    def facts(self) -> dict[str, Any]:
        """For machines."""
        return {
            "gradient": self.gradient,
            "finite_difference": self.difference,
            "step": STEP,
            "check": str(self.report.verdict),
        }


def differentiate() -> Gradient:
    """The untrained XOR network's forward record and the derivatives of its loss."""
    net = untrained()
    f, parameters = objective(net, "mse"), net.parameters
    moved = parameters["W1"].copy()
    moved[WEIGHT] += STEP
    difference = (f({**parameters, "W1": moved}, X, Y) - f(parameters, X, Y)) / STEP
    gradient = grad(f, wrt="parameters/W1")(parameters, X, Y)[WEIGHT]
    report = check(f, at=(parameters, X, Y), wrt="parameters")
    return Gradient(net.forward(X), float(gradient), float(difference), report)


def show_gradient(screen: Screen, found: Gradient) -> None:
    """The record, the one weight, the verdict on all of them."""
    screen.explain("The same 3-layer network before training: every value that forward propagation computes.")
    screen.say(f"\n{found.record}\n")
    i, j = WEIGHT
    screen.say(f"f = 1/(2n) Σ (ŷ − y)², and w is W1[{i}, {j}]:")
    numbers = [
        ("∂f/∂w by the chain rule", f"{found.gradient:.9f}"),
        (f"(f(w + Δ) − f(w)) / Δ with Δ = {STEP:g}", f"{found.difference:.9f}"),
        ("difference", f"{found.gradient - found.difference:.1e}"),
    ]
    screen.table(("one weight", ""), numbers)
    rows = found.report.rows
    confirmed = sum(row.verdict is Verdict.PASS for row in rows)
    screen.explain(f"cr.check confirms {confirmed} of all {len(rows)} derivatives by central differences.")
