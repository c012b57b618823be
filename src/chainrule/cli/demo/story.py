"""The demo's four parts, one after the other."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from chainrule.cli.demo.density import Densities, fit_densities, show_densities
from chainrule.cli.demo.digits import Digits, plan_digits, show_digits, show_plan, train_digits
from chainrule.cli.demo.gradient import Gradient, differentiate, show_gradient
from chainrule.cli.demo.xor import Xor, show_xor, solve_xor
from chainrule.cli.screen import Screen, working


@dataclass(frozen=True, slots=True, eq=False)
class Story:
    """What each part found."""

    xor: Xor
    gradient: Gradient
    digits: Digits
    densities: Densities

    def facts(self) -> dict[str, Any]:
        """For machines."""
        return {
            "xor": self.xor.facts(),
            "gradient": self.gradient.facts(),
            "digits": self.digits.facts(),
            "densities": self.densities.facts(),
        }


def tell(screen: Screen) -> Story:
    """Compute and show every part.

    Raises:
        KeyboardInterrupt: Ctrl-C.
    """
    screen.heading("1. XOR: a linear network fails, a 3-layer network solves it")
    with working("training two small networks"):
        xor = solve_xor()
    show_xor(screen, xor)
    screen.heading("2. Forward propagation, and a gradient beside its finite difference")
    gradient = differentiate()
    show_gradient(screen, gradient)
    screen.heading("3. A classifier of handwritten digits")
    plan = plan_digits()
    show_plan(screen, plan)
    digits = train_digits(plan)
    show_digits(screen, digits)
    screen.heading("4. Probabilistic PCA of the same digits")
    densities = fit_densities(*digits.images())
    show_densities(screen, densities)
    return Story(xor, gradient, digits, densities)
