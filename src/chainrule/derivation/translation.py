"""Formulas as sympy expressions, and back."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import reduce
from typing import Any

import numpy as np

from ..errors import ArgumentError
from ..graph import primitive
from .arithmetic import add, apply, cases, power, product, quotient, repeats_scalar
from .conditions import condition_of
from .formula import ONE, Formula, is_number, number
from .normal import cumulative
from .numbers import exact

MOST_DENOMINATORS = 3  # in a sum that becomes one fraction
REGION = {"add", "product", "quotient", "power"}
RELATIONS = {
    ">": (">", np.greater), ">=": ("≥", np.greater_equal), "<": ("<", np.less), "<=": ("≤", np.less_equal),
    "==": ("=", np.equal), "!=": ("≠", np.not_equal),
}  # fmt: skip


def _erf(x: Any) -> Any:
    from scipy.special import erf

    return erf(x)


#: How the functions of sympy are written and evaluated.
CALLS: dict[str, tuple[str, Any]] = {
    "exp": ("exp", np.exp), "log": ("log", np.log), "sin": ("sin", np.sin), "cos": ("cos", np.cos),
    "tan": ("tan", np.tan), "sinh": ("sinh", np.sinh), "cosh": ("cosh", np.cosh), "tanh": ("tanh", np.tanh),
    "asin": ("arcsin", np.arcsin), "acos": ("arccos", np.arccos), "atan": ("arctan", np.arctan),
    "asinh": ("arcsinh", np.arcsinh), "acosh": ("arccosh", np.arccosh), "atanh": ("arctanh", np.arctanh),
    "erf": ("erf", _erf), "Abs": ("absolute", np.abs), "sign": ("sign", np.sign),
    "floor": ("floor", np.floor), "expit": ("σ", primitive("expit").evaluate), "Phi": ("Φ", cumulative),
    "Digamma": ("ψ", primitive("digamma").evaluate), "LogGamma": ("log Γ", primitive("gammaln").evaluate),
}  # fmt: skip


def in_region(formula: Formula) -> bool:
    """Whether an operation is ordinary algebra, element by element: a whole power, or no power."""
    if formula.kind == "power":
        return is_number(formula.parts[1]) and float(formula.parts[1].data).is_integer()
    return formula.kind in REGION


class Translation:
    """A region as a sympy expression, its atoms as symbols, and back."""

    def __init__(self) -> None:
        self.symbols: dict[Formula, Any] = {}
        self.together = True

    def forms(self, expression: Any) -> Iterator[Formula]:
        """The formula of an expression, sums of fractions in its products as one fraction and as they are."""
        for self.together in (True, False):
            yield self.back(expression)
        self.together = True

    def to_sympy(self, formula: Formula) -> Any:
        import sympy

        if not in_region(formula):
            return self._leaf(formula)
        parts = [self.to_sympy(part) for part in formula.parts]
        if formula.kind == "add":
            return sympy.Add(*parts)
        if formula.kind == "product":
            return sympy.Mul(*parts)
        if formula.kind == "quotient":
            return parts[0] / parts[1]
        return parts[0] ** parts[1]

    def _leaf(self, formula: Formula) -> Any:
        import sympy

        if repeats_scalar(formula):
            return self.to_sympy(formula.parts[0])
        if formula.kind == "ones":
            return sympy.Integer(1)
        if is_number(formula) and as_sympy(formula.data) is not None:
            return as_sympy(formula.data)
        name = f"a{len(self.symbols):04d}"
        return self.symbols.setdefault(formula, sympy.Symbol(name, real=True))

    def back(self, expression: Any) -> Formula:
        """The formula of an expression."""
        if expression.is_Symbol:
            return next(formula for formula, symbol in self.symbols.items() if symbol == expression)
        if expression.is_number:
            return number(float(expression))
        for rule in (self._arithmetic, self._choice, self._function):
            found = rule(expression)
            if found is not None:
                return found
        return number(float(expression))

    def _arithmetic(self, expression: Any) -> Formula | None:
        if expression.is_Add:
            return add(*[self.back(term) for term in _in_order(expression.args)])
        if expression.is_Mul:
            return self._product(expression)
        if not expression.is_Pow:
            return None
        base, exponent = expression.as_base_exp()
        if exponent.is_Rational and exponent < 0:
            return quotient(ONE, self.back(base**-exponent))
        return power(self.back(base), self.back(exponent))

    def _choice(self, expression: Any) -> Formula | None:
        """Pieces from the last, which holds elsewhere; where the only other is 0, that stands first."""
        import sympy

        if isinstance(expression, sympy.Piecewise):
            *pieces, (last, _) = expression.args
            result = self.back(last)
            for value, condition in reversed(pieces):
                result = cases(self._condition(condition), self.back(value), result)
            return result
        if isinstance(expression, sympy.Max | sympy.Min):
            greatest = isinstance(expression, sympy.Max)
            two, many = (np.maximum, largest) if greatest else (np.minimum, least)
            parts = tuple(self.back(part) for part in sorted(expression.args, key=_argument_order))
            return apply("max" if greatest else "min", parts, (), two if len(parts) == 2 else many)
        return None

    def _condition(self, condition: Any) -> Formula:
        import sympy

        if isinstance(condition, sympy.core.relational.Relational):
            sides = tuple(self.back(side) for side in condition.args)
            return Formula("compare", sides, (), RELATIONS[condition.rel_op])
        if isinstance(condition, sympy.And | sympy.Or):
            name, call = (
                ("and", np.logical_and) if isinstance(condition, sympy.And) else ("or", np.logical_or)
            )
            parts = [self._condition(part) for part in condition.args]
            return reduce(lambda a, b: apply(name, (a, b), (), call), parts)
        if isinstance(condition, sympy.Not):
            return apply("not", (self._condition(condition.args[0]),), (), np.logical_not)
        if condition.is_Symbol:
            return condition_of(self.back(condition))
        if isinstance(condition, sympy.ITE | sympy.Xor):
            return self._condition(condition.to_nnf())
        if condition in (sympy.true, sympy.false):
            return number(float(bool(condition)))
        raise ArgumentError(f"the condition {condition} has no formula", instead='level="steps"')

    def _function(self, expression: Any) -> Formula | None:
        name = type(expression).__name__
        if name not in CALLS:
            return None
        parts = tuple(self.back(part) for part in expression.args)
        written, call = CALLS[name]
        return apply(written, parts, parts[0].shape, call)

    def _product(self, expression: Any) -> Formula:
        above, below = _sides(expression, self.together)
        if below == 1:
            return product(*[self.back(factor) for factor in sorted(_factors(above), key=_factor_order)])
        number_above, above = _number_and_rest(above)
        number_below, below = _number_and_rest(below)
        front = self.back(number_above / number_below)
        return product(
            front, quotient(self.back(above), self.back(below)) if below != 1 else self.back(above)
        )


def largest(*numbers: Any) -> Any:
    """The greatest of several numbers."""
    return np.maximum.reduce(numbers)


def least(*numbers: Any) -> Any:
    """The least of several numbers."""
    return np.minimum.reduce(numbers)


def _argument_order(argument: Any) -> tuple[Any, ...]:
    """As their symbols came first, then numbers."""
    return argument.is_number, _symbols(argument)


def _sides(product: Any, together: bool) -> tuple[Any, Any]:
    """What stands above and below the bar of a product; sums of fractions in it become one if short."""
    import sympy

    ways = [sympy.fraction(product, exact=True)]
    if together and not any(map(_adds_many_fractions, product.args)):
        above, below = product.as_numer_denom()
        ways = [*ways, sympy.fraction(above / below)]  # the same factor on both sides of the bar cancels
    above, below = min(ways, key=lambda sides: sum(map(sympy.count_ops, sides)))
    raised = sympy.Mul(*[factor for factor in _factors(below) if isinstance(factor, sympy.exp)])
    return above / raised, below / raised  # exp(−x) and not 1 / exp(x)


def _adds_many_fractions(factor: Any) -> bool:
    """Whether the common denominator of a sum would be a product of many."""
    below = {term.as_numer_denom()[1] for term in factor.args} if factor.is_Add else set()
    return len(below) > MOST_DENOMINATORS


def _number_and_rest(expression: Any) -> tuple[Any, Any]:
    """2 and x + 1 of 2 x + 2; sympy takes no number out of a sum."""
    import sympy

    if not expression.is_Add:
        found: tuple[Any, Any] = expression.as_coeff_Mul()
        return found
    numbers = {term.as_coeff_Mul()[0] for term in expression.args if not term.is_number}
    value = numbers.pop() if len(numbers) == 1 else sympy.Integer(1)
    return value, expression if value == 1 else (expression / value).expand()


def _factors(expression: Any) -> tuple[Any, ...]:
    import sympy

    found: tuple[Any, ...] = sympy.Mul.make_args(expression)
    return found


def as_sympy(value: float) -> Any:
    """A number as sympy knows it exactly: a simple fraction, times π, √2, …; else None."""
    import sympy

    found = exact(value)
    if found is None:
        return None
    fraction, name = found
    constant = sympy.sympify(IN_SYMPY[name]) if name in IN_SYMPY else sympy.sqrt(int(name[1:]))
    return sympy.Rational(fraction.numerator, fraction.denominator) * constant


IN_SYMPY = {
    "": "1", "π": "pi", "log 2π": "log(2*pi)", "√(2π)": "sqrt(2*pi)", "1/√(2π)": "1/sqrt(2*pi)",
    "√(2/π)": "sqrt(2/pi)", "√π": "sqrt(pi)", "1/√π": "1/sqrt(pi)", "1/π": "1/pi", "log(2)": "log(2)",
    "log(10)": "log(10)", "π²": "pi**2", "(2π)²": "(2*pi)**2", "(2π)³": "(2*pi)**3",
    "√((2π)³)": "sqrt((2*pi)**3)",
}  # fmt: skip


def _in_order(terms: Sequence[Any]) -> list[Any]:
    """x + 1, x² − 1 and 1 + x y."""
    ordered = sorted(terms, key=_term_order)
    number = next((term for term in terms if term.is_number), None)
    if len(terms) == 2 and number is not None and number > 0 and any(term.is_Mul for term in terms):
        ordered.sort(key=lambda term: not term.is_number)
    return ordered


def _term_order(term: Any) -> tuple[Any, ...]:
    """Positive terms first, then those whose symbols came first."""
    return bool(term.could_extract_minus_sign()), _symbols(term)


def _factor_order(factor: Any) -> tuple[Any, ...]:
    """Numbers, then as their symbols came first; 1 − x stands last."""
    complement = factor.is_Add and 1 in factor.args and factor.is_polynomial()
    return not factor.is_number, complement, _symbols(factor), factor.is_Add


def _symbols(expression: Any) -> tuple[bool, list[str]]:
    names = sorted(symbol.name for symbol in expression.free_symbols)
    return not names, names
