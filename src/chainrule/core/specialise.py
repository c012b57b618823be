"""A user's function at given types: traced once, differentiated once, run many times."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from .. import tree
from ..calculus import simplify
from ..callables import refuse_unfinished
from ..errors import ArgumentError, SourceLine, TraceError
from ..execution import compile_reference
from ..graph import ArrayType, Graph, Node, as_node, rebuild
from ..tracing import NeedsValue, Traced, innermost, trace_function, unwrap
from .arguments import (
    Call,
    Selection,
    Signature,
    Wrt,
    array_type,
    foreign_dtypes,
    in_native_order,
    in_order,
    select,
    title_of,
)
from .operators import Operator
from .surroundings import MOST_BYTES, Surroundings

CACHED_TYPES = 64
SINGLE = np.dtype(np.float32)
QUICK = frozenset((np.ndarray, float, np.float64, np.float32))

# Bytes of arrays that are compared with what they held in the time that one node takes
TRACED = 1 << 21  # to be traced and differentiated,
PLANNED = 1 << 25  # and to be planned or compiled.
MOST_COMPARED = 1 << 28

Compile = Callable[[Graph], Callable[..., list[Any]]]


@dataclass(slots=True)
class Executable:
    """A graph that runs on arrays, and that becomes part of another graph when given traced ones."""

    graph: Graph
    compile: Compile = compile_reference
    _program: Callable[..., list[Any]] | None = None

    def __call__(self, arrays: Sequence[Any]) -> list[Any]:
        for array in arrays:
            if isinstance(array, Traced):
                return self._inlined(arrays)
        return self.program()(*arrays)

    def program(self) -> Callable[..., list[Any]]:
        """The graph made ready to run, on first use."""
        if self._program is None:
            self._program = self.compile(self.graph)
        return self._program

    def _inlined(self, arrays: Sequence[Any]) -> list[Any]:
        trace = innermost(arrays)
        rebuilt = rebuild(self.graph, [as_node(unwrap(array, trace)) for array in arrays])
        inputs = set(self.graph.inputs)
        named = self.graph.names.items()
        trace.names += [(name, rebuilt[node]) for name, node in named if node not in inputs]
        return [Traced(rebuilt[node], trace) for node in self.graph.outputs]


@dataclass(frozen=True)
class Specialisation:
    """A function traced at given types.

    ``traced`` is the graph as the function was written, ``graph`` the simplified one. ``branched_at`` is the
    user's line that looked at a value; such a specialisation is used once. ``captured`` are arrays of an
    enclosing trace that the function uses; they follow the arguments. ``kept`` are the arguments that are not
    traced. ``foreign`` are the dtypes of the leaves whose bytes come in another order than the processor's.
    """

    traced: Graph
    output: tree.Structure
    selections: tuple[Selection, ...]
    several: bool
    places: tuple[int, ...]  # the leaves that are traced
    branched_at: SourceLine | None
    captured: tuple[Traced, ...]
    kept: Surroundings
    foreign: Mapping[int, np.dtype]
    executables: dict[Any, Any] = field(default_factory=dict)

    @property
    def graph(self) -> Graph:
        """The simplified graph, made when it is first asked for.

        ``cached_property`` would do with a lock, which a process that is forked meanwhile keeps closed.
        """
        known = self.executables
        if "simplified" not in known:
            known["simplified"] = simplify(self.traced)
        graph: Graph = known["simplified"]
        return graph

    def wrt(self) -> list[Node]:
        """The input nodes that the function is differentiated by."""
        inputs = dict(zip(self.places, self.graph.inputs, strict=False))  # what is captured comes after them
        return [inputs[leaf] for part in self.selections for leaf in part.leaves]

    @property
    def structure(self) -> tree.Structure:
        """That of the arguments that the function is differentiated by."""
        parts = tuple(part.structure for part in self.selections)
        return tree.Structure(tuple, tuple(range(len(parts))), parts) if self.several else parts[0]

    def for_every_value(self) -> Specialisation:
        """Itself, where it holds for all values of its types.

        Raises:
            TraceError: the function branched on a value.
        """
        if self.branched_at is not None:
            raise TraceError(
                "the function branches on a traced value, or looks at it, so its graph holds for that only",
                expected="a function whose course does not depend on values",
                instead="np.where(condition, a, b) in place of the branch; of a plain array w[t] with w as an"
                " argument, or np.take_along_axis(w, t, 0) for vectors",
                where=self.branched_at,
            )
        return self

    def executable(
        self,
        key: Any,
        make: Callable[[Graph, list[Node]], Graph],
        compile: Compile = compile_reference,
    ) -> Executable:
        """The derived graph of that key, made on first use."""
        if key not in self.executables:
            self.executables[key] = Executable(make(self.graph, self.wrt()), compile)
        executable: Executable = self.executables[key]
        return executable

    def assembled(self, leaves: Sequence[Any]) -> Any:
        """Leaves by ``wrt`` as the arguments are: in their structure and byte order; a tuple for several."""
        if self.foreign:
            dtypes = [self.foreign.get(leaf) for part in self.selections for leaf in part.leaves]
            leaves = [in_order(leaf, dtype) for leaf, dtype in zip(leaves, dtypes, strict=True)]
        parts, at = [], 0
        for part in self.selections:
            parts.append(tree.unflatten(part.structure, leaves[at : at + len(part.leaves)]))
            at += len(part.leaves)
        return tuple(parts) if self.several else parts[0]


Specialisations = OrderedDict[Any, Specialisation]


@dataclass(frozen=True, slots=True)
class Known:
    """Specialisations by all that they depend on; those of plain arrays by form and types as well."""

    by_call: Specialisations = field(default_factory=OrderedDict)
    quick: Specialisations = field(default_factory=OrderedDict)


def _remember(specialisations: Specialisations, key: Any, found: Specialisation) -> None:
    """Keep a specialisation as the one that was used last; of too many, the one used longest ago goes."""
    specialisations[key] = found
    with suppress(KeyError):  # where another thread has taken it out meanwhile
        specialisations.move_to_end(key)
    if len(specialisations) > CACHED_TYPES:
        specialisations.popitem(last=False)


class Specialiser:
    """Finds the specialisation of a function for the arguments of a call.

    Args:
        function: the user's function.
        wrt: what it is differentiated by.
        worth: the bytes of arrays, beside the arguments, that are compared with what they held in the last
            call in the time that it takes to make the specialisation anew, per node of the graph.

    Raises:
        ArgumentError: it is no function, or ``wrt`` is neither a name nor a position.
    """

    def __init__(self, function: Callable[..., Any], wrt: Wrt = 0, worth: int = TRACED) -> None:
        if not callable(function):
            raise ArgumentError(f"{function!r} in place of a function", expected="a function of arrays")
        refuse_unfinished(function)
        self.function = function
        self.several = isinstance(wrt, (tuple, list))
        self.wrt: tuple[int | str, ...] = tuple(wrt) if isinstance(wrt, (tuple, list)) else (wrt,)
        if not all(isinstance(item, (int, str, np.integer)) for item in self.wrt):
            raise ArgumentError(
                f"wrt={wrt!r}", expected="an argument's name or position, or a tuple of these"
            )
        self.signature = Signature(function)
        self._worth, self._most_bytes = worth, MOST_BYTES
        self.surroundings = Surroundings(function)
        self._known = Known()

    def changed(self) -> bool:
        """Whether what the function reads beside its arguments has changed since :meth:`at` was called."""
        return self.surroundings.changed()

    def __reduce__(self) -> tuple[Any, ...]:
        return Specialiser, (self.function, self.wrt if self.several else self.wrt[0], self._worth)

    def at(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[Specialisation, Sequence[Any]]:
        """The specialisation for a call, and the call's arrays in the order of the graph's inputs."""
        if self.changed():
            most = MOST_BYTES if self.surroundings.in_vain else self._most_bytes
            self._known, self.surroundings = Known(), Surroundings(self.function, most_bytes=most)
        specialisations = self._known  # of which another thread may begin new ones
        plain: list[Any] = []
        form = None if kwargs else plain_form(args, plain)
        quick = None if form is None else (form, *[(array.shape, array.dtype) for array in plain])
        known = specialisations.quick.get(quick)
        if known is not None:
            return known, plain
        return self._at_any(args, kwargs, quick, plain, specialisations)

    def _at_any(
        self,
        args: tuple[Any, ...],
        kwargs: dict[str, Any],
        quick: Any,
        plain: list[Any],
        specialisations: Known,
    ) -> tuple[Specialisation, Sequence[Any]]:
        call = self.signature.bind(args, kwargs, self.wrt)
        selections = tuple(select(call, item) for item in self.wrt)
        differentiated = {leaf for part in selections for leaf in part.leaves}
        given = [call.array(i, i in differentiated) for i in range(len(call.leaves))]
        foreign = foreign_dtypes(given)
        arrays = _python_floats_as_narrow(call.leaves, [in_native_order(array) for array in given])
        places = tuple(i for i, array in enumerate(arrays) if array is not None)
        traced = [arrays[i] for i in places]
        kept = [leaf for leaf, array in zip(call.leaves, arrays, strict=True) if array is None]
        types = [*map(array_type, traced), *foreign.items()]
        key = (call.names, call.structures, call.by_keyword, places, *types, *map(_identity, kept))
        known = specialisations.by_call.get(key)
        if known is None or known.kept.changed():
            known = self._specialise(call, places, traced, selections, kept, foreign)
        if known.branched_at is None and not known.captured:
            _remember(specialisations.by_call, key, known)
            if quick is not None and list(map(id, traced)) == list(map(id, plain)):
                _remember(specialisations.quick, quick, known)
        return known, (*traced, *known.captured)

    def _specialise(
        self,
        call: Call,
        places: tuple[int, ...],
        arrays: list[Any],
        selections: tuple[Selection, ...],
        kept: list[Any],
        foreign: Mapping[int, np.dtype],
    ) -> Specialisation:
        kept_as_they_are = Surroundings(*kept, most_bytes=self._most_bytes)

        def run(traced: Sequence[Any]) -> Any:
            leaves = list(call.leaves)
            for place, array in zip(places, traced, strict=True):
                leaves[place] = array
            return tree.map_leaves(_as_matrix, call.invoke(self.function, leaves))

        types: list[ArrayType] = [array_type(array) for array in arrays]
        labels = call.labels()
        labels = [labels[place] for place in places]
        title = title_of(self.function, "f")
        try:
            result = trace_function(run, types, labels, title=title)
        except NeedsValue as needed:
            values = [a.owner.value(a.node, needed.where) if isinstance(a, Traced) else a for a in arrays]
            result = trace_function(run, types, labels, values=values, title=title)
        except TraceError as error:
            lists = call.lists_of_numbers()
            if not lists:
                raise
            raise _with_advice(error, lists) from None
        enough = min(len(result.graph.nodes) * self._worth, MOST_COMPARED)
        self._most_bytes = max(self._most_bytes, enough)
        return Specialisation(
            result.graph,
            result.output,
            selections,
            self.several,
            places,
            result.branched_at,
            result.captured,
            kept_as_they_are,
            foreign,
        )


def _with_advice(error: TraceError, lists: Sequence[str]) -> TraceError:
    """The error, with what to write where arguments are lists, which NumPy's functions make arrays of."""
    arrays = " and ".join(f"np.array({name})" for name in lists)
    instead = f"{arrays} as argument, where the function calculates with a whole list of numbers"
    instead = f"{instead}; else {error.instead}" if error.instead else instead
    return TraceError(error.given, expected=error.expected, instead=instead, where=error.where)


def _as_matrix(leaf: Any) -> Any:
    """What a function returned; of a Jacobian, its matrix, for a graph's outputs are arrays."""
    return leaf.matrix() if isinstance(leaf, Operator) else leaf


def numbers_as_arrays(args: tuple[Any, ...]) -> tuple[Any, ...]:
    """Arrays and floats with the floats as arrays too, for which a specialisation is found at once."""
    kinds = list(map(type, args))
    if kinds.count(np.ndarray) == len(kinds) or not QUICK.issuperset(kinds):
        return args
    arrays = list(map(np.asarray, args))
    if float in kinds:
        arrays = list(map(np.asarray, _python_floats_as_narrow(args, arrays)))
    return tuple(arrays)


def plain_form(value: Any, arrays: list[Any]) -> tuple[Any, ...] | None:
    """How the arrays lie in an array or a tree of arrays, which are added to ``arrays``; None for others."""
    kind = type(value)
    if kind is np.ndarray:
        arrays.append(value)
        return ()
    if kind is not dict and kind is not tuple and kind is not list:
        return None
    told = tuple(value) if kind is dict else kind
    inside = value.values() if kind is dict else value
    kinds = list(map(type, inside))
    if kinds.count(np.ndarray) == len(kinds):  # this is looked at in every call
        arrays += inside
        return told, len(kinds)
    forms = [plain_form(item, arrays) for item in inside]
    return None if None in forms else (told, *forms)


def _identity(leaf: Any) -> tuple[Any, ...]:
    """What tells an argument that is not traced from another one: its value where it has one to compare."""
    by_value = leaf.__hash__ and not isinstance(leaf, memoryview)  # of which most refuse it
    return type(leaf), leaf if by_value else id(leaf)


def _python_floats_as_narrow(leaves: Sequence[Any], arrays: list[Any]) -> list[Any]:
    """Python floats follow the arrays beside them: float32 where no argument is wider."""
    widths = [
        a.dtype for leaf, a in zip(leaves, arrays, strict=True) if a is not None and type(leaf) is not float
    ]
    sizes = [
        dtype.itemsize for dtype in widths if dtype.kind == "f"
    ]  # what takes longer is felt in each call
    if not sizes or max(sizes) != SINGLE.itemsize:
        return arrays
    return [np.float32(a) if type(leaf) is float else a for leaf, a in zip(leaves, arrays, strict=True)]
