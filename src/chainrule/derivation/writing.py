"""A formula as characters: one walk over its operations, and a notation that says how each is written."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from itertools import groupby
from typing import Protocol

import numpy as np

from .arithmetic import coefficient, product, repeats_scalar, scaled
from .formula import ONE, Formula, is_number, number
from .indices import Fixed
from .numbers import as_fraction, triangle
from .places import one_hot

TOKENS = {"ones", "zeros", "identity", "commutation"}
#: Other truth values, such as those with a name, are written as the zeros and ones that they are.
CONDITIONS = {"compare", "apply"}
BETWEEN = {"and", "or"}
SUM, BIG, PRODUCT, TIGHT, ATOM = range(5)


class Notation(Protocol):
    """How operations are written: as text, or in LaTeX. Operands come written.

    Attributes:
        cases_level: how tightly cases hold together, which in LaTeX have no brace on the right.
    """

    cases_level: int

    def symbol(self, formula: Formula) -> tuple[str, int]: ...
    def number(self, value: float) -> tuple[str, int]: ...
    def parentheses(self, x: str) -> str: ...
    def superscript(self, x: str, mark: str) -> str: ...
    def power(self, x: str, exponent: str, element_wise: bool) -> str: ...
    def root(self, x: str) -> str: ...
    def fraction(self, above: str, below: str, element_wise: bool) -> tuple[str, int]: ...
    def call(self, name: str, arguments: list[str]) -> str: ...
    def indices(self, x: str, count: int) -> str: ...
    def series(self, term: str, letter: str, least: int, greatest: int) -> str: ...
    def norm(self, x: str, squared: bool) -> str: ...
    def compare(self, a: str, relation: str, b: str) -> str: ...
    def indicator(self, condition: str) -> str: ...
    def cases(self, pieces: list[tuple[str, str]], otherwise: str) -> str: ...
    def contract(self, operands: list[str], spec: str) -> str: ...
    def index(self, x: str, places: str) -> str: ...
    def literal(self, value: np.ndarray) -> str: ...
    def vector(self, entries: list[str]) -> str: ...
    def rows(self, rows: list[str]) -> str: ...
    def table(self, rows: list[list[str]]) -> str: ...
    def beside(self, parts: list[str]) -> str: ...
    def token(self, name: str) -> str: ...


def letters_of(spec: str) -> tuple[list[str], str, list[str]]:
    """The letters of each operand, of the result, and those that are summed over: of ``ij,jk->ik``."""
    operands, output = spec.split("->")
    letters = operands.split(",")
    return letters, output, list(dict.fromkeys(x for x in "".join(letters) if x not in output))


def write(formula: Formula, notation: Notation) -> str:
    """The formula in a notation."""
    return _Writer(notation).written(formula)[0]


class _Writer:
    def __init__(self, notation: Notation) -> None:
        self.notation = notation

    def written(self, formula: Formula) -> tuple[str, int]:
        """The text of a formula, and how tightly it holds together."""
        rules: dict[str, Callable[[Formula], tuple[str, int]]] = {
            "symbol": self.notation.symbol,
            "number": lambda f: self.notation.number(f.data),
            "add": self._sum,
            "product": self._product,
            "quotient": self._quotient,
            "power": self._power,
            "matmul": lambda f: (self._matrices(f.parts), PRODUCT),
            "transpose": lambda f: (self._transposed(f.parts[0]), TIGHT),
            "inverse": lambda f: (self._raised(f.parts[0], "inverse"), TIGHT),
            "kron": lambda f: (self._joined(f.parts, self.notation.token("kron")), PRODUCT),
            "convolution": lambda f: (self._joined(f.parts, self.notation.token("convolution")), PRODUCT),
            "correlation": lambda f: (self._joined(f.parts, self.notation.token("correlation")), PRODUCT),
            "cross": lambda f: (self._joined(f.parts, self.notation.token("cross")), PRODUCT),
            "sum": self._total,
            "series": self._series,
            "column": lambda f: self.written(f.parts[0]),
            "index": lambda f: (self._index(f), ATOM if f.parts[0].kind == "symbol" else TIGHT),
            "spread": self._spread,
            "compare": lambda f: (self._compare(f), SUM),
            "indicator": self._indicator,
            "cases": self._cases,
            "apply": self._call,
        }
        rule = rules.get(formula.kind)
        return rule(formula) if rule else (self._atom(formula), ATOM)

    def at(self, formula: Formula, level: int) -> str:
        """A formula as an operand, in parentheses where it is not held together tightly enough."""
        text, own = self.written(formula)
        return text if own >= level else self.notation.parentheses(text)

    def plain(self, formula: Formula) -> str:
        return self.written(formula)[0]

    def _sum(self, formula: Formula) -> tuple[str, int]:
        text = ""
        for term in _positive_first(formula.parts):
            value, rest = coefficient(term)
            if value < 0 and text:
                text += " " + self.notation.token("minus") + " "
                term = product(Formula("number", (), (), -value), rest) if rest != ONE or value != -1 else ONE
            elif text:
                text += " + "
            text += self.at(term, BIG) if text else self._first(term)
        return text, SUM

    def _first(self, term: Formula) -> str:
        """The first term may begin with a minus."""
        return self.at(term, BIG) if coefficient(term)[0] > 0 else self.plain(term)

    def _product(self, formula: Formula) -> tuple[str, int]:
        value, rest = coefficient(formula)
        divisors = [part.parts[1] for part in formula.parts if _is_inverse_number(part)]
        if divisors:
            return self._divided(formula, product(*divisors))
        over = _over_array(formula)
        if over is not None:
            return self.written(over)
        over = _with_constant_below(value, rest)
        if over is not None:
            text, own = self._quotient(over)
            return (text, own) if value > 0 else (self.notation.token("minus") + text, SUM)
        if value != 1:
            written, _ = self.notation.number(abs(value))
            sign = self.notation.token("minus") if value < 0 else ""
            front = "" if abs(value) == 1 else written + self.notation.token("times")
            level = TIGHT if rest.kind == "symbol" and abs(value) != 1 else BIG
            return sign + front + self.at(rest, level), PRODUCT if value > 0 else SUM
        scalars = [part for part in formula.parts if not part.shape]
        arrays = [part for part in formula.parts if part.shape]
        apart = TIGHT if len(formula.parts) > 1 else PRODUCT
        text = self.notation.token("times").join(self.at(part, apart) for part in scalars)
        loose = TIGHT if len(arrays) > 1 or (arrays and arrays[0].kind == "symbol") else PRODUCT
        inner = self.notation.token("hadamard").join(self.at(part, loose) for part in arrays)
        return (text + self.notation.token("times") + inner if text and inner else text or inner), PRODUCT

    def _divided(self, formula: Formula, divisor: Formula) -> tuple[str, int]:
        """y / n of one array, else a fraction in front of them; numbers above and below the bar are whole."""
        value, _ = coefficient(formula)
        above, below = as_fraction(abs(value))
        scalars = [part for part in formula.parts if not (part.shape or _is_inverse_number(part))]
        over = product(number(above), *[part for part in scalars if not is_number(part)])
        array = product(*[part for part in formula.parts if part.shape])
        under = product(number(below), divisor)
        sign = self.notation.token("minus") if value < 0 else ""
        whole = array.kind == "add" or self.written(array)[1] >= TIGHT
        if not array.shape or (over == ONE and whole):
            text, own = self._quotient(Formula("quotient", (product(over, array), under), ()))
            return sign + text, SUM if sign else own
        text, own = self._quotient(Formula("quotient", (over, under), ()))
        front = text if own >= TIGHT else self.notation.parentheses(text)
        behind = self.at(array, TIGHT if array.kind == "symbol" else BIG)
        return sign + front + self.notation.token("times") + behind, SUM if sign else PRODUCT

    def _joined(self, parts: tuple[Formula, ...], separator: str) -> str:
        return separator.join(self.at(part, TIGHT) for part in parts)

    def _matrices(self, parts: tuple[Formula, ...]) -> str:
        """A product of matrices; A³ of A A A."""
        runs = [(part, sum(1 for _ in run)) for part, run in groupby(parts)]
        return " ".join(self.at(part, TIGHT) if n == 1 else self._matrix_power(part, n) for part, n in runs)

    def _matrix_power(self, part: Formula, n: int) -> str:
        numbered = part.kind == "symbol" and not part.data.text[-1].isalnum()
        base = self.notation.parentheses(self.plain(part)) if numbered else self.at(part, ATOM)
        return self.notation.power(base, str(n), element_wise=False)

    def _quotient(self, formula: Formula) -> tuple[str, int]:
        above, below = formula.parts
        element_wise = bool(below.shape)
        bar = self.notation.token("fraction bar") and not element_wise
        over, under = (self.plain(part) if bar else self.at(part, TIGHT) for part in (above, below))
        return self.notation.fraction(over, under, element_wise)

    def _power(self, formula: Formula) -> tuple[str, int]:
        base, exponent = formula.parts
        if is_number(exponent, 0.5):
            return self.notation.root(self.plain(base)), TIGHT
        base = base.parts[0] if repeats_scalar(base) else base
        return self.notation.power(self.at(base, ATOM), self.plain(exponent), bool(formula.shape)), TIGHT

    def _transposed(self, formula: Formula) -> str:
        if formula.kind == "inverse":
            return self._raised(formula.parts[0], "inverse transpose")
        return self._raised(formula, "transpose")

    def _raised(self, formula: Formula, mark: str) -> str:
        return self.notation.superscript(self.at(formula, ATOM), self.notation.token(mark))

    def _total(self, formula: Formula) -> tuple[str, int]:
        """A sum over all indices; over some axes it says which."""
        (x,) = formula.parts
        if x.ndim == 1 and x.kind == "apply" and call_name(x) == "absolute":
            return self.notation.call("sum of sizes", [self.plain(x.parts[0])]), ATOM
        if len(formula.data) == x.ndim:
            return self.notation.indices(self.at(x, ATOM), x.ndim), BIG
        axes = ", ".join(map(str, formula.data))
        return self.notation.call(f"sum over axes {axes}", [self.plain(x)]), ATOM

    def _series(self, formula: Formula) -> tuple[str, int]:
        """Σ over k of a term."""
        series = formula.data
        term = self.at(series.term, BIG)
        return self.notation.series(term, series.letter, series.least, series.greatest), BIG

    def _index(self, formula: Formula) -> str:
        return self.notation.index(self.at(formula.parts[0], ATOM), self._places(formula))

    def _places(self, formula: Formula) -> str:
        """Where something is picked, or put, without brackets."""
        where, (x, *places) = formula.data, formula.parts
        if isinstance(where, Fixed):
            return where.text(x.shape if formula.kind == "index" else formula.shape)
        return ", ".join([":"] * where.batch + list(map(self.plain, places)))

    def _spread(self, formula: Formula) -> tuple[str, int]:
        """x[:, None]: repeated along new axes, as in NumPy; x itself where it has these, of length 1."""
        (x,) = formula.parts
        if has_unit_axes(formula):
            return self.written(x.parts[0])
        inside = _spread_inside(formula)
        if inside is not None:
            return self.written(inside)
        axes = ["None" if axis in formula.data else ":" for axis in range(formula.ndim)]
        while axes[-1] == ":":
            axes.pop()
        return self.notation.index(self.at(formula.parts[0], ATOM), ", ".join(axes)), TIGHT

    def _compare(self, formula: Formula) -> str:
        a, b = map(self.plain, formula.parts)
        return self.notation.compare(a, formula.data[0], b)

    def _indicator(self, formula: Formula) -> tuple[str, int]:
        (condition,) = formula.parts
        if condition.kind not in CONDITIONS:
            return self.written(condition)
        return self.notation.indicator(self.plain(condition)), ATOM

    def _cases(self, formula: Formula) -> tuple[str, int]:
        """Cases of what holds elsewhere stand in the same list."""
        pieces: list[tuple[str, str]] = []
        while formula.kind == "cases":
            condition, value, formula = formula.parts
            literal = condition.kind == "literal"
            where = self.notation.literal(condition.data.value) if literal else self.plain(condition)
            pieces.append((self.plain(value), where))
        return self.notation.cases(pieces, self.plain(formula)), self.notation.cases_level

    def _call(self, formula: Formula) -> tuple[str, int]:
        """A function of its arguments; between conditions stands "and", or "or"."""
        name = call_name(formula)
        if name not in BETWEEN:
            return self._atom(formula), ATOM
        parts = [self._condition(part, name) for part in formula.parts]
        return self.notation.token(name).join(parts), SUM

    def _condition(self, part: Formula, around: str) -> str:
        """A condition in another; in parentheses where that joins others in another way."""
        apart = part.kind == "apply" and call_name(part) in BETWEEN - {around}
        return self.notation.parentheses(self.plain(part)) if apart else self.plain(part)

    def _block(self, part: Formula) -> str:
        """A part of a stack; a vector of one number is that number."""
        return self.plain(_one_number(part) or part)

    def _atom(self, formula: Formula) -> str:
        notation, kind = self.notation, formula.kind
        if kind in TOKENS:
            return notation.token(kind)
        if kind == "literal":
            value = formula.data.value
            written = notation.literal(value)
            return notation.indicator(written) if value.dtype == bool and triangle(value) else written
        if kind == "put":
            hot = one_hot(formula)
            if hot is not None:
                return notation.call("onehot", [str(hot) if isinstance(hot, int) else self.plain(hot)])
            return notation.call(f"put[{self._places(formula)}]", [self.plain(formula.parts[0])])
        if kind == "rows" and all(part.kind == "vector" for part in formula.parts):
            return notation.table([list(map(self.plain, part.parts)) for part in formula.parts])
        if kind == "rows":
            return notation.rows([self._raised(part, "transpose") for part in formula.parts])
        if kind == "stack":
            blocks = list(map(self._block, formula.parts))
            return notation.beside(blocks) if formula.data else notation.rows(blocks)
        if kind == "contract":
            return notation.contract([self.at(part, ATOM) for part in formula.parts], formula.data)
        parts = [self.plain(part) for part in formula.parts]
        if kind in ("norm", "length"):
            return notation.norm(parts[0], squared=kind == "norm")
        return notation.vector(parts) if kind == "vector" else notation.call(call_name(formula), parts)


def _positive_first(terms: tuple[Formula, ...]) -> list[Formula]:
    """b − a in place of −a + b."""
    if coefficient(terms[0])[0] > 0:
        return list(terms)
    return sorted(terms, key=lambda term: coefficient(term)[0] < 0)


def _one_number(part: Formula) -> Formula | None:
    """The number that is the only one of a vector, if it is written as that."""
    scalars, rest = scaled(part)
    return product(*scalars) if part.shape == (1,) and rest.kind == "ones" else None


def has_unit_axes(spread: Formula) -> bool:
    """Whether what is repeated has the axes already, of length 1, and NumPy repeats it by itself."""
    (x,) = spread.parts
    unit = tuple(1 if axis in spread.data else n for axis, n in enumerate(spread.shape))
    return x.kind in ("reshape", "column") and x.parts[0].shape == unit


def _spread_inside(spread: Formula) -> Formula | None:
    """x ⊘ y with each of them repeated, where one of them has the axes already, of length 1."""
    (x,) = spread.parts
    if x.kind not in ("product", "quotient", "power"):
        return None
    parts = [replace(spread, parts=(part,)) if part.shape else part for part in x.parts]
    of_unit = [part for part in parts if part.shape and (has_unit_axes(part) or _spread_inside(part))]
    return Formula(x.kind, tuple(parts), spread.shape, x.data) if of_unit else None


def _is_inverse_number(part: Formula) -> bool:
    return part.kind == "quotient" and not part.shape and part.parts[0] == ONE


def call_name(formula: Formula) -> str:
    """The function as which a formula is written."""
    if formula.kind == "apply":
        return str(formula.data[0])
    if formula.kind in ("diagonal of", "trace"):
        return "diag" if formula.kind == "diagonal of" else "tr"
    if formula.kind == "diag":
        return "diag" if formula.parts[0].ndim == 1 else "diag vec"
    if formula.kind in ("reshape", "vec") and formula.ndim == 1:
        return "vec"
    size = "×".join(map(str, formula.shape))
    return f"reshape[{size}]"


def _with_constant_below(value: float, rest: Formula) -> Formula | None:
    """y / (√(2π) σ) of 1/√(2π) and y / σ; None of any other product."""
    above, below = as_fraction(abs(value))
    if rest.kind != "quotient" or rest.shape or float(below).is_integer():
        return None
    over, under = rest.parts
    return Formula("quotient", (product(number(above), over), product(number(below), under)), ())


def _over_array(formula: Formula) -> Formula | None:
    """A number by 1 ⊘ x as that number over x; None of any other product."""
    *numbers, last = formula.parts
    if last.kind != "quotient" or last.parts[0] != ONE or not last.shape or any(x.shape for x in numbers):
        return None
    value, _ = coefficient(formula)
    over = Formula("quotient", (product(*numbers), last.parts[1]), formula.shape)
    return over if value > 0 else None
