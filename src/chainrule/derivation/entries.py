"""The entries of a graph's values as sympy expressions."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from functools import cache, partial
from typing import Any

import numpy as np

from ..graph import Node, primitive, topological_order
from .entry_comparisons import compared
from .gaps import is_guarded_gap
from .numbers import without_rounding

Entries = np.ndarray  # of sympy expressions
Opaque = Callable[[Node], Entries]


def entries_of(nodes: Sequence[Node], known: Mapping[Node, Entries], opaque: Opaque) -> list[Entries]:
    """The entries of nodes, given those of others.

    Args:
        nodes: what is asked for.
        known: the entries of other nodes.
        opaque: the entries of an operation that have no formula of their own, such as eigenvectors.
    """
    found = entries_up_to(math.inf, nodes, known, opaque)
    assert found is not None
    return found


def entries_up_to(
    largest: float,
    nodes: Sequence[Node],
    known: Mapping[Node, Entries],
    opaque: Opaque,
    largest_condition: float = math.inf,
) -> list[Entries] | None:
    """The entries of nodes; None where one of them, or of those between, has more parts than the largest.

    Also None where a condition has too many parts, which takes long to be looked at.
    """
    found, sizes = dict(known), Sizes()
    for node in topological_order(nodes, found):
        operands = [found[operand] for operand in node.inputs]
        if node.op in COMPARISONS:
            parts = sum(max(map(sizes.__getitem__, operand.ravel()), default=0) for operand in operands)
            if parts > largest_condition:
                return None
        entries = _evaluated(node, operands)
        found[node] = opaque(node) if entries is None else entries
        if any(sizes[entry] > largest for entry in found[node].ravel()):
            return None
    return [found[node] for node in nodes]


class Sizes(dict[Any, int]):
    """The parts of expressions, those of parts within them included, each counted where it stands."""

    def __missing__(self, expression: Any) -> int:
        self[expression] = 1 + sum(self[part] for part in expression.args)
        return self[expression]


def _evaluated(node: Node, operands: list[Entries]) -> Entries | None:
    if node.op == "constant":
        value = node.params["value"].value
        return exact_entries(without_rounding(value) if value.dtype.kind == "f" else value)
    if is_guarded_gap(node):
        return _each(_apart, operands[-1:], node.shape)
    if node.op in OF_TRUTHS and node.op != "where" and node.dtype != bool:
        return None  # of the bits of whole numbers
    if node.op in OF_NUMBERS or (node.op in ELEMENT_WISE and node.op not in OF_TRUTHS):
        operands = [
            _each(_as_number, [operand], operand.shape) if source.dtype == bool else operand
            for source, operand in zip(node.inputs, operands, strict=True)
        ]
    if node.op in ELEMENT_WISE:
        return _each(ELEMENT_WISE[node.op], operands, node.shape)
    if node.op in PLACED:
        return _at_places(node, operands)
    if node.op in OF_MATRICES and (node.inputs[0].ndim > 2 or node.inputs[0].shape[-1] > LARGEST_MATRIX):
        return None
    if node.op in WHOLE:
        return np.asarray(WHOLE[node.op](*operands, **node.params), dtype=object).reshape(node.shape)
    if node.op in SAME_IN_SYMPY:
        return np.asarray(node.primitive.evaluate(*operands, **node.params), dtype=object).reshape(node.shape)
    return None


def _at_places(node: Node, operands: list[Entries]) -> Entries | None:
    """What is picked from, or put at, places that are numbers."""
    x, *places = operands
    if not all(place.is_Integer for index in places for place in index.ravel()):
        return None
    indices = [index.astype(int) for index in places]
    if node.op == "gather":
        return np.asarray(x[(slice(None),) * node.params["batch"] + tuple(indices)], dtype=object)
    result = np.full(node.shape, exact_entries(np.zeros(()))[()], dtype=object)
    np.add.at(result, (slice(None),) * node.params["batch"] + tuple(indices), x)
    return result


def exact_entries(value: np.ndarray) -> Entries:
    """Numbers as simple fractions where they are, else with all their digits."""
    import sympy

    from .translation import as_sympy

    def number(x: Any) -> Any:
        if isinstance(x, (bool, np.bool_)):
            return sympy.true if x else sympy.false
        if isinstance(x, (int, np.integer)):
            return sympy.Integer(int(x))
        found = as_sympy(float(x))
        return sympy.Float(float(x)) if found is None else found

    return _each(number, [np.asarray(value).astype(object)], np.shape(value))


def _apart(gap: Any) -> Any:
    """A gap between different eigenvalues; ∞ for that of one from itself."""
    import sympy

    return gap if gap != 0 else sympy.oo


def _as_number(truth: Any) -> Any:
    """1 where a condition holds, and 0 where it does not."""
    from sympy import Piecewise

    return Piecewise((1, truth), (0, True)) if truth.is_Boolean or truth.is_Relational else truth


def _each(function: Callable[..., Any], operands: list[Entries], shape: tuple[int, ...]) -> Entries:
    result = np.empty(shape, dtype=object)
    for index in np.ndindex(shape):
        result[index] = function(*[operand[index] for operand in operands])
    return result


@cache
def logistic() -> Any:
    """σ as a function of its own, which stays as it is."""
    import sympy

    return sympy.Function("expit", real=True)


@cache
def distribution() -> Any:
    """Φ, the standard normal distribution function."""
    import sympy

    return sympy.Function("Phi", real=True)


RELATIONS = (
    ("greater", "Gt"), ("greater_equal", "Ge"), ("less", "Lt"), ("less_equal", "Le"),
    ("equal", "Eq"), ("not_equal", "Ne"),
)  # fmt: skip


COMPARISONS = {name for name, _ in RELATIONS}


def _functions() -> dict[str, Callable[..., Any]]:
    import sympy
    from sympy import Piecewise

    def choice(condition: Any, a: Any, b: Any) -> Any:
        return Piecewise((a, condition), (b, True))

    def absorbed(a: Any, b: Any) -> Any:
        return a * b

    return {
        "add": lambda a, b: a + b, "subtract": lambda a, b: a - b, "multiply": absorbed, "absorb": absorbed,
        "divide": lambda a, b: a / b, "negative": lambda a: -a, "positive": lambda a: a,
        "reciprocal": lambda a: 1 / a, "square": lambda a: a**2, "power": lambda a, b: a**b,
        "sqrt": sympy.sqrt, "cbrt": sympy.cbrt, "hypot": lambda a, b: sympy.sqrt(a**2 + b**2),
        "exp": sympy.exp, "exp2": lambda a: 2**a, "expm1": lambda a: sympy.exp(a) - 1, "log": sympy.log,
        "log2": lambda a: sympy.log(a) / sympy.log(2), "log10": lambda a: sympy.log(a) / sympy.log(10),
        "log1p": lambda a: sympy.log(1 + a), "logaddexp": lambda a, b: sympy.log(sympy.exp(a) + sympy.exp(b)),
        "sin": sympy.sin, "cos": sympy.cos, "tan": sympy.tan, "sinh": sympy.sinh, "cosh": sympy.cosh,
        "tanh": sympy.tanh, "arcsin": sympy.asin, "arccos": sympy.acos, "arctan": sympy.atan,
        "arcsinh": sympy.asinh, "arccosh": sympy.acosh, "arctanh": sympy.atanh, "erf": sympy.erf,
        "digamma": sympy.Function("Digamma", real=True), "gammaln": sympy.Function("LogGamma", real=True),
        "expit": logistic(), "logit": lambda a: sympy.log(a / (1 - a)),
        "absolute": sympy.Abs, "sign": sympy.sign, "floor": sympy.floor,
        "heaviside": lambda a, at_zero: Piecewise((0, a < 0), (at_zero, sympy.Eq(a, 0)), (1, True)),
        "maximum": lambda a, b: choice(compared(sympy.Gt, a, b), a, b),
        "minimum": lambda a, b: choice(compared(sympy.Lt, a, b), a, b),
        **{name: partial(compared, getattr(sympy, relation)) for name, relation in RELATIONS},
        "where": choice,
        "logical_not": sympy.Not,
        "logical_and": sympy.And, "logical_or": sympy.Or, "logical_xor": sympy.Xor,
        "bitwise_and": sympy.And, "bitwise_or": sympy.Or, "bitwise_xor": sympy.Xor, "invert": sympy.Not,
        "copysign": lambda a, b: sympy.Abs(a) * choice(b < 0, -1, 1),
        "astype": _as_number,
    }  # fmt: skip


class _Lazy(dict[str, Callable[..., Any]]):
    """The functions of sympy, which is imported when the first is asked for."""

    def __contains__(self, name: object) -> bool:
        if not self:
            self.update(_functions())
        return super().__contains__(name)


ELEMENT_WISE = _Lazy()
OF_TRUTHS = {
    "where", "logical_not", "logical_and", "logical_or", "logical_xor",
    "bitwise_and", "bitwise_or", "bitwise_xor", "invert",
}  # fmt: skip
OF_NUMBERS = {"sum", "prod", "cumsum", "cumprod", "einsum"}
PLACED = {"gather", "scatter_add"}
OF_MATRICES = {"inv", "det", "cofactor", "logabsdet", "solve"}
LARGEST_MATRIX = 2  # whose inverse is written entry by entry
SAME_IN_SYMPY = {
    "sum", "prod", "cumsum", "cumprod", "einsum", "broadcast_to", "reshape", "transpose",
    "slice", "concatenate",
}  # fmt: skip


def _placed(x: Entries, *, shape: Any, index: Any, batch: int) -> Entries:
    from ..primitives.indexing import numpy_index

    result = np.full(shape, exact_entries(np.zeros(()))[()], dtype=object)
    result[numpy_index(index, batch)] = x if x.ndim else x.item()
    return result


OF_MANY = {"Max": "Or", "Min": "And"}  # the greatest of truth values is whether any is true


def _extreme(name: str) -> Callable[..., Any]:
    def reduced(x: Entries, *, axis: tuple[int, ...]) -> Any:
        import sympy

        kept = np.moveaxis(x, axis, range(-len(axis), 0))
        shape = kept.shape[: kept.ndim - len(axis)]
        rows = kept.reshape(*shape, -1)
        result = np.empty(shape, dtype=object)
        for index in np.ndindex(shape):
            truths = all(entry.is_Boolean or entry.is_Relational for entry in rows[index])
            result[index] = (
                getattr(sympy, OF_MANY[name])(*rows[index])
                if truths
                else getattr(sympy, name)(*rows[index], evaluate=False)
            )
        return result

    return reduced


def _matrix(name: str) -> Callable[..., Any]:
    def call(a: Entries) -> Any:
        import sympy

        matrix = sympy.Matrix(a)
        if name == "logabsdet":
            return sympy.log(sympy.Abs(matrix.det()))
        if name == "det":
            return matrix.det()
        return np.array((matrix.inv() if name == "inv" else matrix.adjugate().T).tolist(), dtype=object)

    return call


def _solved(a: Entries, b: Entries) -> Entries:
    inverse: Entries = _matrix("inv")(a)
    return np.asarray(inverse @ b)


WHOLE: dict[str, Callable[..., Any]] = {
    "convolve": lambda a, b, whole: primitive("convolve").evaluate(a, b, whole=whole),
    "cross": primitive("cross").evaluate,
    "absorbing_einsum": lambda a, b, spec: primitive("einsum").evaluate(a, b, spec=spec),
    "place": _placed,
    "max": _extreme("Max"),
    "min": _extreme("Min"),
    "inv": _matrix("inv"),
    "det": _matrix("det"),
    "cofactor": _matrix("cofactor"),
    "logabsdet": _matrix("logabsdet"),
    "solve": _solved,
}
