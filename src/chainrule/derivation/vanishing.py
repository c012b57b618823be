"""Derivatives that vanish once definitions are put in: S φ(d₁) = K exp(−r T) φ(d₂) of an option's price."""

from __future__ import annotations

from typing import Any

import numpy as np

from .chain import Chain
from .evaluation import evaluate
from .formula import Formula
from .magnitude import magnitude
from .normal import density
from .translation import Translation

POINTS = 3  # at which the terms have to cancel before sympy is asked
ROUNDING = 1e-12  # of the terms
LARGEST = 200  # operations in what sympy expands


def vanishes(chain: Chain, formula: Formula) -> bool:
    """Whether a number is 0 wherever it can be computed: at points nearby, and by algebra."""
    if formula.shape or formula.kind not in ("add", "product") or not _cancels(chain, formula):
        return False
    import sympy

    expression = _InArguments(chain).to_sympy(formula)
    if sympy.count_ops(expression) > LARGEST:
        return False
    expanded = sympy.expand(sympy.expand_log(sympy.expand(expression)))
    return bool(sympy.powsimp(expanded) == 0)


def _cancels(chain: Chain, formula: Formula) -> bool:
    for k in range(POINTS):
        values = chain.values(chain.points(k))
        if not np.abs(evaluate(formula, values)) <= ROUNDING * evaluate(magnitude(formula), values):
            return False
    return True


class _InArguments(Translation):
    """A number as an expression in the arguments, the definitions of all values between put in."""

    def __init__(self, chain: Chain) -> None:
        super().__init__()
        self.definitions = {anchor.symbol: anchor.formula for anchor in chain.order if not anchor.is_argument}
        self.positive = {
            anchor.symbol
            for anchor in chain.order
            if all(np.all(chain.points(k).values[anchor] > 0) for k in range(POINTS))
        }

    def _leaf(self, formula: Formula) -> Any:
        import sympy

        if formula in self.definitions and not formula.shape:
            return self.to_sympy(self.definitions[formula])
        if formula.kind == "power":
            return self.to_sympy(formula.parts[0]) ** self.to_sympy(formula.parts[1])
        if formula.kind == "apply" and formula.data[0] in ("exp", "log") and not formula.shape:
            return getattr(sympy, formula.data[0])(self.to_sympy(formula.parts[0]))
        if formula.kind == "apply" and formula.data[1] is density:
            return sympy.exp(-(self.to_sympy(formula.parts[0]) ** 2) / 2) / sympy.sqrt(2 * sympy.pi)
        if formula in self.positive:
            name = f"p{len(self.symbols):04d}"
            return self.symbols.setdefault(formula, sympy.Symbol(name, positive=True))
        return super()._leaf(formula)
