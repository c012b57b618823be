"""From the arguments of a call to flat arrays with names, and back."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np

from .. import tree
from ..errors import ArgumentError, DtypeError
from ..graph import ArrayType
from ..tracing import Traced

Wrt = int | str | Sequence[int | str]


@dataclass(frozen=True, slots=True)
class Call:
    """A call's arguments, bound to their names and flattened."""

    names: tuple[str, ...]
    structures: tuple[tree.Structure, ...]
    leaves: tuple[Any, ...]
    rest: tuple[tuple[str, ...], bool]  # the names passed by keyword; whether the last is *args

    def spans(self) -> list[tuple[int, int]]:
        """For each argument, where its leaves begin and end."""
        ends = np.cumsum([0] + [structure.leaf_count for structure in self.structures]).tolist()
        return list(pairwise(ends))

    def labels(self) -> list[str]:
        """A name for every leaf: the argument's, with the leaf's own name where that is enough to tell."""
        paths = [
            path
            for name, structure in zip(self.names, self.structures, strict=True)
            for path in tree.paths(structure, name)
        ]
        short = [path.rpartition("/")[2] for path in paths]
        return [
            own if own.isidentifier() and short.count(own) == 1 else path
            for own, path in zip(short, paths, strict=True)
        ]

    def invoke(self, function: Callable[..., Any], leaves: Sequence[Any]) -> Any:
        """Call the function with other leaves."""
        values = [
            tree.unflatten(structure, leaves[start:stop])
            for structure, (start, stop) in zip(self.structures, self.spans(), strict=True)
        ]
        by_keyword, has_rest = self.rest
        keywords = {name: values.pop(self.names.index(name)) for name in reversed(by_keyword)}
        extra = values.pop() if has_rest else ()
        return function(*values, *extra, **keywords)


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

    def bind(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Call:
        """Give every argument its name.

        Raises:
            ArgumentError: there are too many arguments, or too few, or one with a name that is not known.
        """
        bound = dict(zip(self.positional, args, strict=False))
        extra = args[len(self.positional) :]
        self._check(args, kwargs, bound, extra)
        if extra and self.rest:
            bound[self.rest] = extra
        bound |= kwargs
        flat = [tree.flatten(value) for value in bound.values()]
        leaves = tuple(leaf for part, _ in flat for leaf in part)
        return Call(
            tuple(bound), tuple(structure for _, structure in flat), leaves, (tuple(kwargs), bool(extra))
        )

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
            given = ", ".join([f"{len(args)} positional", *kwargs]) + " arguments"
            title = getattr(self.function, "__name__", "the function")
            raise ArgumentError(
                f"{title} was called with {given}",
                expected=f"{title}({', '.join(map(str, self.parameters))})",
                instead=f"give {', '.join(missing)}"
                if missing
                else f"leave out {', '.join(unknown + twice) or 'the rest'}",
            )


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
    raise ArgumentError(f"wrt={wrt!r}", expected=f"one of {', '.join(map(repr, choices))}, or a position")


def _positions(call: Call) -> list[Selection]:
    """What each position means: those of ``*args`` count one by one."""
    found: list[Selection] = []
    by_keyword, has_rest = call.rest
    for name, structure, (start, _) in zip(call.names, call.structures, call.spans(), strict=True):
        is_rest = has_rest and name == [n for n in call.names if n not in by_keyword][-1]
        for part in structure.children if is_rest else (structure,):
            found.append(Selection(tuple(range(start, start + part.leaf_count)), part))
            start += part.leaf_count
    return found


def _inside(structure: tree.Structure, start: int, path: Sequence[str]) -> Selection | None:
    for key in path:
        keys = [str(known) for known in structure.keys]
        if key not in keys:
            return None
        at = keys.index(key)
        start += sum(child.leaf_count for child in structure.children[:at])
        structure = structure.children[at]
    return Selection(tuple(range(start, start + structure.leaf_count)), structure)


def as_array(leaf: Any, label: str, differentiated: bool) -> Any:
    """A leaf as the array that is traced, or None where it is kept as it is (an integer, a flag, a string).

    Raises:
        DtypeError: a derivative is asked for by something that is not real.
    """
    if isinstance(leaf, Traced):
        return leaf
    if isinstance(leaf, (bool, int, str, bytes)) or leaf is None or callable(leaf):
        array = np.asarray(leaf) if differentiated else None
    elif isinstance(leaf, (float, np.ndarray, np.generic, complex)) or hasattr(leaf, "__array__"):
        array = np.asarray(leaf)
    else:
        array = np.asarray(leaf, dtype=object) if differentiated else None
    if array is None:
        return None
    if array.dtype.kind not in ("fiu" if differentiated else "fiub"):
        raise DtypeError(
            f"argument {label!r} has dtype {array.dtype}",
            expected="real numbers",
            instead="np.asarray(x, dtype=float), or split a complex number into its real and imaginary part",
        )
    return array.astype(np.float64) if differentiated and array.dtype.kind in "iu" else array


def array_type(array: Any) -> ArrayType:
    """The type of a plain or traced array."""
    return ArrayType(array.shape, array.dtype)
