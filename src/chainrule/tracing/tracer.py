"""The array that stands for an argument while a function is traced."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache, partial
from importlib import import_module
from typing import Any, NoReturn
from weakref import ReferenceType, ref

import numpy as np
from numpy.lib.mixins import NDArrayOperatorsMixin

from ..calls import Calls, CallSite
from ..errors import ChainruleError, ShapeError, SourceLine, TraceError
from ..execution import evaluate
from ..graph import Node, Shape, build, input_node, provenance
from ..lines import library_call, user_line
from .libraries import refusal
from .methods import METHODS


class NeedsValue(Exception):  # noqa: N818 - a signal, not an error
    """Python code asked for the value of a traced array; tracing starts again with concrete values."""

    def __init__(self, where: SourceLine | None) -> None:
        super().__init__(str(where))
        self.where = where


@dataclass(slots=True, eq=False)
class Trace:
    """One run of a function on traced arrays.

    ``depth`` counts the traces that this one runs inside; ``captured`` are arrays of theirs that it uses,
    each with the input node that stands for it here. ``values`` are the concrete values of nodes, when the
    run has them; ``branched_at`` is the first user's line that looked at one. ``arrays`` are those that it
    has made; ``calls`` are the user's, each for an operation.
    """

    depth: int = 0
    names: list[tuple[str, Node]] = field(default_factory=list)
    values: dict[Node, Any] | None = None
    branched_at: SourceLine | None = None
    captured: dict[Node, tuple[Node, Traced]] = field(default_factory=dict)
    arrays: list[ReferenceType[Traced]] = field(default_factory=list)
    calls: Calls = field(default_factory=Calls)

    def alive(self) -> list[Traced]:
        """Its arrays that can still be used."""
        alive = [array for array in (reference() for reference in self.arrays) if array is not None]
        self.arrays = list(map(ref, alive))
        return alive

    def node_of(self, array: Traced) -> Node:
        """The node of an array in this trace; an array of an enclosing trace becomes a further input."""
        if array.owner is self:
            return array.node
        if array.owner.depth >= self.depth:
            raise TraceError(
                "a value of another function's trace, which has ended",
                expected="values of this function and of those around it",
                instead="return the value from that function",
                where=user_line(),
            )
        if array.node not in self.captured:
            node = input_node(array.node.type, f"outer{len(self.captured) + 1}")
            self.captured[array.node] = (node, array)
            if self.values is not None:
                self.values[node] = array.owner.value(array.node)
        return self.captured[array.node][0]

    def value(self, node: Node, where: SourceLine | None = None) -> Any:
        """What an array holds, where that is known; ``where`` is the user's line that looks at it."""
        where = where or user_line()
        if self.values is None:
            raise NeedsValue(where)
        self.branched_at = self.branched_at or where
        return evaluate([node], self.values)[0]


class Traced(NDArrayOperatorsMixin):
    """An array that records what is done to it, as nodes of a graph. It looks like a NumPy array."""

    __slots__ = ("__weakref__", "node", "owner")
    __array_priority__ = 1000

    def __init__(self, node: Node, trace: Trace) -> None:
        self.node = node
        self.owner = trace
        trace.arrays.append(ref(self))

    @property
    def shape(self) -> Shape:
        return self.node.shape

    @property
    def dtype(self) -> np.dtype:
        return self.node.type.dtype

    @property
    def ndim(self) -> int:
        return self.node.ndim

    @property
    def size(self) -> int:
        return self.node.type.size

    @property
    def T(self) -> Any:
        return self.transpose()

    @property
    def mT(self) -> Any:
        return np.matrix_transpose(self)

    @property
    def real(self) -> Any:
        return np.real(self)

    def __pow__(self, n: Any) -> Any:
        squared = self.dtype == bool and self.ndim and type(n) is int and n == 2  # NumPy's dtype is another
        return np.square(self) if squared else np.power(self, n)

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *inputs: Any, **kwargs: Any) -> Any:
        return _module("dispatch").call_ufunc(ufunc, method, inputs, kwargs)

    def __array_function__(self, func: Callable[..., Any], types: Any, args: Any, kwargs: Any) -> Any:
        return _module("dispatch").call_function(func, args, kwargs)

    def __getitem__(self, index: Any) -> Any:
        trace = innermost((self, index))
        return traced(trace, (index,), lambda: _module("indexing").getitem(trace, trace.node_of(self), index))

    def __len__(self) -> int:
        if not self.shape:
            raise TraceError("len() of a 0-d array", where=user_line())
        return self.shape[0]

    def __iter__(self) -> Iterator[Traced]:
        return (self[i] for i in range(len(self)))

    def __bool__(self) -> bool:
        if self.size != 1:
            raise TraceError(
                f"the truth value of an array of shape {self.shape} is asked for",
                expected="one value",
                instead="np.all(a) or np.any(a); np.logical_and(a, b) for `a and b`, np.where for `if`",
                where=user_line(),
            )
        return bool(self.owner.value(self.node))

    def __float__(self) -> float:
        return float(self._counted("float()", "np.exp(t) for math.exp(t), np.stack for a[i] = t"))

    def __int__(self) -> int:
        return int(self._counted("int()", "np.floor(t), or t.astype(int) for an index"))

    def __index__(self) -> int:
        return int(
            self._counted(
                "indexing a list or a plain array",
                "np.take_along_axis(w, i, 0) for vectors w and i, or w as an argument of the function",
            )
        )

    def __round__(self, digits: int = 0) -> Any:
        return np.round(self, digits)

    def __array__(self, dtype: Any = None, copy: Any = None) -> np.ndarray:
        called = library_call() if self.dtype.kind == "f" else ""
        if called:
            given, instead = refusal(called)
            raise TraceError(given, instead=instead, where=user_line())
        value = self._counted(
            "making a plain NumPy array of it (np.array([t, ...]), np.asarray(t), a[i] = t, w[t])",
            "np.stack([t, ...]) to collect values, t itself in place of np.asarray(t), np.where or"
            " np.concatenate in place of a[i] = t, np.take_along_axis(w, t, 0) in place of w[t]",
        )
        return np.array(value, dtype)

    def _counted(self, what: str, instead: str) -> Any:
        """The value of what has no derivative (labels, places, masks): looked at, as a branch does."""
        if self.dtype.kind not in "iub":
            self._refuse(what, instead)
        return self.owner.value(self.node)

    def __setitem__(self, index: Any, value: Any) -> NoReturn:
        self._refuse(
            "assigning to its elements", "y = np.where(mask, value, x), or np.concatenate the pieces"
        )

    def __getattr__(self, name: str) -> Any:
        if name in METHODS:
            return partial(METHODS[name], self)
        if not name.startswith("_") and hasattr(np.ndarray, name):
            self._refuse(f"its attribute .{name}", f"one of the methods {', '.join(sorted(METHODS))}")
        raise AttributeError(f"'Traced' object has no attribute {name!r}")

    def __copy__(self) -> Any:
        return np.copy(self)

    def __deepcopy__(self, memo: Any) -> Any:
        return np.copy(self)

    def __reduce__(self) -> NoReturn:
        self._refuse("pickling it, or passing it to another process", "to compute with it in this function")

    def __hash__(self) -> int:
        return id(self)

    def __repr__(self) -> str:
        return f"Traced({self.node.type!r})"

    def __format__(self, spec: str) -> str:
        return repr(self)  # so that a print left in the function does no harm

    def _refuse(self, what: str, instead: str) -> NoReturn:
        raise TraceError(
            f"{what} does not work on a value that is being traced ({self.node.type!r})",
            expected="NumPy functions and operators, which become nodes of the graph",
            instead=instead,
            where=user_line(),
        )


@lru_cache(maxsize=8)
def _module(name: str) -> Any:
    """One of the modules that make nodes, which import this one; to import it in every call takes 10 µs."""
    return import_module(f"{__package__}.{name}")


def _in_place(symbol: str, compute: Callable[[Any, Any], Any]) -> Callable[[Traced, Any], Any]:
    def method(self: Traced, other: Any) -> Any:
        return _module("in_place").changed(self, symbol, compute(self, other))

    return method


for _symbol, _name in (
    ("+=", "add"), ("-=", "sub"), ("*=", "mul"), ("/=", "truediv"), ("//=", "floordiv"), ("%=", "mod"),
    ("**=", "pow"), ("@=", "matmul"), ("&=", "and"), ("|=", "or"), ("^=", "xor"),
):  # fmt: skip
    setattr(Traced, f"__i{_name}__", _in_place(_symbol, getattr(Traced, f"__{_name}__")))


def traced(trace: Trace, given: Any, compute: Callable[[], Any]) -> Any:
    """What a computation on nodes returns, as traced arrays; errors in it point at the user's line.

    Args:
        trace: the trace that its nodes belong to.
        given: its arguments; plain arrays among them are called what the variables are that hold them.
        compute: the computation.
    """
    kinds = [isinstance(value, np.ndarray) for value in _leaves(given)]
    where = user_line(trace.calls, arrays=True in kinds)
    try:
        with provenance(where):
            return wrap(trace, _known(compute(), where))
    except ChainruleError as error:
        if error.where is not None:
            raise
        raise type(error)(
            error.given, expected=error.expected, instead=error.instead, where=where
        ) from None  # fmt: skip
    except (IndexError, ValueError) as error:  # NumPy's own, where an argument is worked out by it
        raise ShapeError(str(error), where=where) from error


def _known(result: Any, where: CallSite | None) -> Any:
    """The result; its nodes are known by the line, each of several by the variable that it goes to."""
    if isinstance(result, Node):
        return result.known_by(where)
    if where is not None and isinstance(result, (list, tuple)):
        for part, node in enumerate(result):
            if isinstance(node, Node):
                node.known_by(where.of_part(part))
    return result


def wrap(trace: Trace, result: Any) -> Any:
    """Nodes in a result as traced arrays."""
    if isinstance(result, Node):
        return Traced(result, trace)
    if isinstance(result, (list, tuple)):
        wrapped = [wrap(trace, item) for item in result]
        return type(result)(*wrapped) if hasattr(result, "_fields") else type(result)(wrapped)
    return result


def unwrap(value: Any, trace: Trace) -> Any:
    """Traced arrays in an argument as nodes of a trace."""
    if isinstance(value, Traced):
        return value.node if value.owner is trace else trace.node_of(value)
    if isinstance(value, (list, tuple)):
        make = getattr(value, "_make", type(value))  # named tuples have their own
        return make([unwrap(item, trace) for item in value])
    return value


def innermost(arguments: Any) -> Trace:
    """The innermost of the traces that the traced arrays in arguments belong to."""
    found: Trace | None = None
    for value in _leaves(arguments):
        if isinstance(value, Traced) and (found is None or value.owner.depth > found.depth):
            found = value.owner
    if found is None:
        raise ValueError("no traced array among the arguments")
    return found


def any_traced(arguments: Any) -> bool:
    """Whether there are traced arrays among arguments."""
    return any(isinstance(value, Traced) for value in _leaves(arguments))


def _leaves(arguments: Any) -> Sequence[Any]:
    """What lists, tuples and dictionaries within one another hold."""
    if type(arguments) is tuple and _LEAVES.issuperset(map(type, arguments)):
        return arguments  # the operands of an operator
    leaves: list[Any] = []
    pending = [arguments]
    while pending:
        value = pending.pop()
        if isinstance(value, (list, tuple)):
            pending += value
        elif isinstance(value, dict):
            pending += value.values()
        else:
            leaves.append(value)
    return leaves


_LEAVES = frozenset((Traced, np.ndarray, np.float64, np.float32, float, int))


def name(value: Any, label: str) -> Any:
    """Name a value inside a traced function, so that records, graphs and derivations use that name.

    Args:
        value: any array.
        label: its name, such as "h1".

    Returns:
        The value itself.

    Source: the lecture, "Forward propagation": the intermediate values z, h and ŷ.

    >>> import numpy as np, chainrule as cr
    >>> graph = cr.trace(lambda x: cr.name(np.maximum(x, 0), "h"), np.array([-1.0, 2.0]))
    >>> graph.run(np.array([-1.0, 2.0]))["h"]
    array([0., 2.])
    """
    if isinstance(value, Traced):
        value.owner.names.append((label, value.node))
    return value


def apply(primitive_name: str, *operands: Any, **params: Any) -> Any:
    """Apply a primitive to arrays of which at least one is traced."""
    trace = innermost(operands)
    return traced(trace, operands, lambda: build(primitive_name, *unwrap(operands, trace), **params))
