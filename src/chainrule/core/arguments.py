"""From the arguments of a call to flat arrays with names, and back."""

from __future__ import annotations

import inspect
from collections import Counter
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import chain, pairwise
from typing import Any

import numpy as np

from .. import tree
from ..errors import ArgumentError, DtypeError
from ..graph import ArrayType
from ..tracing import Traced

Wrt = int | str | tuple[int | str, ...] | list[int | str]

UNLIKE_ARRAYS = (
    "MaskedArray",
    "matrix",
)  # subclasses that np.asarray would turn into something else in silence


@dataclass(frozen=True, slots=True)
class Call:
    """A call's arguments, bound to their names and flattened."""

    names: tuple[str, ...]
    structures: tuple[tree.Structure, ...]
    leaves: tuple[Any, ...]
    by_keyword: tuple[str, ...]
    rest: str | None  # the name of ``*args``, if there are any

    def spans(self) -> list[tuple[int, int]]:
        """For each argument, where its leaves begin and end."""
        ends = np.cumsum([0] + [structure.leaf_count for structure in self.structures]).tolist()
        return list(pairwise(ends))

    def labels(self) -> list[str]:
        """A name for every leaf: an argument's leaves' own where those are enough to tell, or their paths."""
        each = zip(self.names, self.structures, strict=True)
        paths = [tree.paths(structure, name) for name, structure in each]
        short = [[path.rpartition("/")[2] for path in own] for own in paths]
        uses = Counter(chain.from_iterable(short))
        telling = [all(name.isidentifier() and uses[name] == 1 for name in own) for own in short]
        chosen = (own if tells else whole for own, whole, tells in zip(short, paths, telling, strict=True))
        return list(chain.from_iterable(chosen))

    def lists_of_numbers(self) -> list[str]:
        """The names of the arguments that are lists or tuples of Python's numbers, also nested ones."""
        given = zip(self.names, self.structures, self.spans(), strict=True)
        return [
            name
            for name, structure, (start, stop) in given
            if name != self.rest
            and _is_list(structure)
            and all(isinstance(leaf, (int, float)) for leaf in self.leaves[start:stop])
        ]

    def invoke(self, function: Callable[..., Any], leaves: Sequence[Any]) -> Any:
        """Call the function with other leaves."""
        values = [
            tree.unflatten(structure, leaves[start:stop])
            for structure, (start, stop) in zip(self.structures, self.spans(), strict=True)
        ]
        bound = dict(zip(self.names, values, strict=True))
        keywords = {name: bound.pop(name) for name in self.by_keyword}
        extra = bound.pop(self.rest) if self.rest else ()
        return function(*bound.values(), *extra, **keywords)

    def array(self, i: int, differentiated: bool) -> Any:
        """The i-th leaf as the array that is traced, or None where it is kept as it is.

        Raises:
            DtypeError: it is an array, or must be one, and is not real.
        """
        array = _as_array(self.leaves[i], differentiated)
        if array is None or isinstance(array, Traced):
            return array
        if array.dtype.kind not in ("fiu" if differentiated else "fiub"):
            raise DtypeError(
                f"argument {self.labels()[i]!r} has dtype {array.dtype}",
                expected="real numbers",
                instead="np.asarray(x, dtype=float), or the real and the imaginary part as two arguments",
            )
        return array.astype(np.float64) if differentiated and array.dtype.kind in "iu" else array


class Signature:
    """The names of a function's arguments."""

    def __init__(self, function: Callable[..., Any]) -> None:
        self.function = function
        try:
            self.parameters = tuple(inspect.signature(function).parameters.values())
        except (TypeError, ValueError):  # a ufunc, say
            self.parameters = (inspect.Parameter("x", inspect.Parameter.VAR_POSITIONAL),)
        kinds = inspect.Parameter
        self.positional = tuple(
            p.name for p in self.parameters if p.kind in (kinds.POSITIONAL_ONLY, kinds.POSITIONAL_OR_KEYWORD)
        )
        self.rest = next((p.name for p in self.parameters if p.kind is kinds.VAR_POSITIONAL), None)

    def bind(self, args: tuple[Any, ...], kwargs: dict[str, Any], wrt: Sequence[int | str] = ()) -> Call:
        """Give every argument its name, in the signature's order; those that ``wrt`` means have defaults.

        Raises:
            ArgumentError: there are too many arguments, or too few, or one with a name that is not known.
        """
        given = dict(zip(self.positional, args, strict=False))
        extra = args[len(self.positional) :]
        self._check(args, kwargs, given, extra)
        by_keyword = self._defaults(wrt) | kwargs
        given = {name: value for name, value in by_keyword.items() if name not in given} | given
        if extra and self.rest:
            given[self.rest] = extra
        bound = {p.name: given.pop(p.name) for p in self.parameters if p.name in given} | given
        flat = [tree.flatten(value) for value in bound.values()]
        leaves = tuple(leaf for part, _ in flat for leaf in part)
        positional = {*self.positional[: len(args)], self.rest}
        return Call(
            tuple(bound),
            tuple(structure for _, structure in flat),
            leaves,
            tuple(name for name in bound if name not in positional),
            self.rest if extra else None,
        )

    def _defaults(self, wrt: Sequence[int | str]) -> dict[str, Any]:
        """The defaults of the arguments that ``wrt`` means."""
        named = {item.partition("/")[0] for item in wrt if isinstance(item, str)}
        named |= {name for position, name in enumerate(self.positional) if position in wrt}
        kinds = inspect.Parameter
        return {
            p.name: p.default
            for p in self.parameters
            if p.name in named and p.default is not kinds.empty and p.kind is not kinds.POSITIONAL_ONLY
        }

    def _check(
        self, args: tuple[Any, ...], kwargs: dict[str, Any], bound: Any, extra: tuple[Any, ...]
    ) -> None:
        kinds = inspect.Parameter
        takes_any = any(p.kind is kinds.VAR_KEYWORD for p in self.parameters)
        known = {
            p.name for p in self.parameters if p.kind in (kinds.POSITIONAL_OR_KEYWORD, kinds.KEYWORD_ONLY)
        }
        required = [
            p.name
            for p in self.parameters
            if p.default is kinds.empty and p.kind not in (kinds.VAR_POSITIONAL, kinds.VAR_KEYWORD)
        ]
        missing = [name for name in required if name not in bound and name not in kwargs]
        unknown = [name for name in kwargs if name not in known and not takes_any]
        twice = [name for name in kwargs if name in bound]
        if missing or unknown or twice or (extra and not self.rest):
            title = title_of(self.function, "the function")
            raise ArgumentError(
                f"{title} was called with {_given(args, kwargs)}",
                expected=f"{title}({', '.join(map(str, self.parameters))})",
                instead=f"give {', '.join(missing)}"
                if missing
                else f"leave out {', '.join(unknown + twice) or 'the rest'}",
            )


def _given(args: Collection[Any], names: Collection[str]) -> str:
    """What a function was called with: ``1 argument by position and W by name``."""
    counted = "1 argument" if len(args) == 1 else f"{len(args) or 'no'} arguments"
    if not names:
        return counted
    named = f"{', '.join(names)} by name"
    return f"{counted} by position and {named}" if args else f"{named} alone"


def title_of(function: Callable[..., Any], otherwise: str) -> str:
    """A function's name; that of a partial function is the whole one's."""
    while isinstance(function, partial):
        function = function.func
    name: str = getattr(function, "__name__", otherwise)
    return name


@dataclass(frozen=True, slots=True)
class Selection:
    """The leaves that one ``wrt`` means, and how they are put together."""

    leaves: tuple[int, ...]
    structure: tree.Structure


def select(call: Call, wrt: int | str) -> Selection:
    """The leaves meant by an argument's position, its name, or the path of a part of it.

    Raises:
        ArgumentError: there is no such argument.
    """
    spans = call.spans()
    if isinstance(wrt, (int, np.integer)):
        positions = _positions(call)
        if -len(positions) <= wrt < len(positions):
            return positions[wrt]
    if isinstance(wrt, str):
        name, *path = wrt.split("/")
        if name in call.names:
            at = call.names.index(name)
            found = _inside(call.structures[at], spans[at][0], path)
            if found is not None:
                return found
        labels = call.labels()
        if labels.count(wrt) == 1:
            return Selection((labels.index(wrt),), tree.LEAF)
    choices = [*call.names, *(label for label in call.labels() if label not in call.names)]
    listed = (
        f"one of {', '.join(map(repr, choices))}, or a position" if choices else "a function of an argument"
    )
    raise ArgumentError(f"wrt={wrt!r}", expected=listed)


def _positions(call: Call) -> list[Selection]:
    """What each position means: those of ``*args`` count one by one."""
    found: list[Selection] = []
    for name, structure, (start, _) in zip(call.names, call.structures, call.spans(), strict=True):
        for part in structure.children if name == call.rest else (structure,):
            found.append(Selection(tuple(range(start, start + part.leaf_count)), part))
            start += part.leaf_count
    return found


def _is_list(structure: tree.Structure) -> bool:
    """Whether a structure has lists and tuples alone, and leaves in them."""
    inner = [child for child in structure.children if child.kind is not None]
    return structure.kind in (list, tuple) and structure.leaf_count > 0 and all(map(_is_list, inner))


def _inside(structure: tree.Structure, start: int, path: Sequence[str]) -> Selection | None:
    for key in path:
        keys = [str(known) for known in structure.keys]
        if key not in keys:
            return None
        at = keys.index(key)
        start += sum(child.leaf_count for child in structure.children[:at])
        structure = structure.children[at]
    return Selection(tuple(range(start, start + structure.leaf_count)), structure)


def _as_array(leaf: Any, differentiated: bool) -> Any:
    """A leaf as an array, or None where it is kept as it is (an integer, a flag, a string, any object)."""
    refuse_unlike_arrays(leaf)
    if isinstance(leaf, (Traced, np.ndarray)):
        return leaf
    if isinstance(leaf, (float, complex, np.generic)):
        return np.asarray(leaf)
    if hasattr(leaf, "__array__") and not isinstance(leaf, type):  # np.float32 itself is a dtype
        return np.asarray(leaf)
    if not differentiated:
        return None
    return np.asarray(leaf, dtype=None if isinstance(leaf, (bool, int, str, bytes)) else object)


def refuse_unlike_arrays(leaf: Any) -> None:
    """Refuse what NumPy would make another array of.

    Raises:
        DtypeError: it is such a thing.
    """
    if type(leaf).__name__ in UNLIKE_ARRAYS:
        raise DtypeError(
            f"a {type(leaf).__name__}, which calculates unlike an array",
            expected="a plain array",
            instead="np.asarray(x), or x.filled(value) for a masked array",
        )


def in_native_order(array: Any) -> Any:
    """The array with its bytes as the processor reads them: itself, unless it comes from a foreign file."""
    return array.astype(array.dtype.newbyteorder("=")) if _is_foreign(array) else array


def in_order(array: Any, dtype: np.dtype | None) -> Any:
    """An array that was computed, in the byte order of a dtype of :func:`foreign_dtypes`, if there is one."""
    return array if dtype is None or isinstance(array, Traced) else np.asarray(array, dtype)


def foreign_dtypes(arrays: Sequence[Any]) -> dict[int, np.dtype]:
    """By their position, the dtypes of the arrays whose bytes come in another order than the processor's."""
    return {i: array.dtype for i, array in enumerate(arrays) if _is_foreign(array)}


def _is_foreign(array: Any) -> bool:
    return isinstance(array, np.ndarray) and not array.dtype.isnative


def array_type(array: Any) -> ArrayType:
    """The type of a plain or traced array."""
    return ArrayType(array.shape, array.dtype)
