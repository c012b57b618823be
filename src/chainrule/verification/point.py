"""The function under test at the point where it is tested: its named arguments, and it moved along a line."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from inspect import Signature, signature
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .. import tree
from ..errors import ArgumentError, DtypeError
from .differentiation import Line
from .extrapolation import Floats

Function = Callable[..., Any]
Wrt = str | int | Sequence[str | int] | None


@dataclass(frozen=True, slots=True)
class Tensor:
    """One array of numbers with respect to which a derivative is checked."""

    path: str
    value: NDArray[np.floating[Any]]
    leaf: int


@dataclass(frozen=True, slots=True)
class Point:
    """A function and its arguments, as leaves of one tree whose top keys are the argument names."""

    function: Function
    by_name: bool
    leaves: tuple[Any, ...]
    structure: tree.Structure

    @property
    def paths(self) -> list[str]:
        return tree.paths(self.structure)

    def arguments(self, moved: Mapping[int, Any] | None = None) -> Any:
        """Fresh copies of the arguments by name, with some leaves replaced."""
        leaves = [np.copy(leaf) if isinstance(leaf, np.ndarray) else leaf for leaf in self.leaves]
        for place, value in (moved or {}).items():
            leaves[place] = value.copy() if isinstance(leaves[place], np.ndarray) else value[()]
        return tree.unflatten(self.structure, leaves)

    def apply(self, function: Function, arguments: Mapping[str, Any]) -> Any:
        """The value of a function of these arguments, which it may write to."""
        with np.errstate(all="ignore"):
            return function(**arguments) if self.by_name else function(*arguments.values())

    def call(self, function: Function, moved: Mapping[int, Any] | None = None) -> Any:
        """The value of a function of the arguments, with some leaves replaced.

        It is given fresh copies, so that one which writes to its arguments cannot move the point.
        """
        return self.apply(function, self.arguments(moved))

    def values(self, moved: Mapping[int, Any] | None = None) -> Floats:
        """The value of the function as one vector of m float64 numbers."""
        return flat_output(self.call(self.function, moved))

    def line(self, tensor: Tensor, direction: NDArray[np.floating[Any]], outputs: int) -> Line:
        """t ↦ f(x + t·v) for a direction v in one tensor; NaN where f refuses its argument."""

        def at(t: float) -> Floats:
            moved = tensor.value + direction * tensor.value.dtype.type(t)
            try:
                return self.values({tensor.leaf: moved})
            except (ArithmeticError, ValueError):  # math.log(-1.0), linalg's "not positive definite"
                return np.full(outputs, np.nan)

        return at


def bind(function: Function, at: Any) -> Point:
    """Name each argument: a tuple is positional, a dict is by keyword, anything else is the only one."""
    by_name = isinstance(at, dict)
    positional = () if by_name else at if isinstance(at, tuple) else (at,)
    named = at if by_name else dict(zip(_names(function, positional), positional, strict=True))
    try:
        _signature(function).bind(*positional, **(named if by_name else {}))
    except TypeError as error:
        raise ArgumentError(
            f"`at` does not fit the function: {error}",
            expected="at=(x, W) for f(x, W), at=x for f(x), or at={'x': x, 'W': W} by name",
            instead="at=(params,) where the only argument is itself a dict or a tuple",
        ) from error
    leaves, structure = tree.flatten(dict(named))
    return Point(function, by_name, tuple(leaves), structure)


def select(point: Point, wrt: Wrt) -> tuple[Point, dict[str, list[Tensor]]]:
    """The tensors to check, grouped by the item of `wrt` that named them; integers become float64.

    Without `wrt` these are all arguments that hold floating-point numbers, or all numbers if none does.
    """
    kinds = [np.asarray(leaf).dtype.kind for leaf in point.leaves]
    if wrt is None:
        wanted = "f" if "f" in kinds else "iu"
        chosen = {path: kind in wanted for path, kind in zip(point.paths, kinds, strict=True)}
        items = [
            item for item in point.structure.keys if any(chosen[path] for path in _under(item, point.paths))
        ]
    else:
        items = [_item(point, item) for item in ([wrt] if isinstance(wrt, str | int) else wrt)]
        chosen = {path: True for item in items for path in _under(item, point.paths)}
    leaves = list(point.leaves)
    groups: dict[str, list[Tensor]] = {item: [] for item in items}
    for place, path in enumerate(point.paths):
        item = next((item for item in items if path in _under(item, point.paths)), None)
        if item is not None and chosen.get(path, False):
            tensor = Tensor(path, _floating(path, leaves[place]), place)
            groups[item].append(tensor)
            leaves[place] = tensor.value if isinstance(leaves[place], np.ndarray) else tensor.value[()]
    return Point(point.function, point.by_name, tuple(leaves), point.structure), groups


def flat_output(output: Any) -> Floats:
    """Every number of a function's output (a tree of arrays) in one float64 vector, never an alias of it."""
    leaves = [np.asarray(leaf) for leaf in tree.flatten(output)[0]]
    for leaf in leaves:
        if leaf.dtype.kind not in "fiub":
            raise DtypeError(
                f"the function returned {leaf.dtype} ({type(output).__name__})",
                expected="real numbers or arrays of them",
            )
    return np.concatenate([np.empty(0), *(leaf.ravel().astype(np.float64) for leaf in leaves)])


def _signature(function: Function) -> Signature:
    try:
        return signature(function)
    except ValueError:  # a built-in without one takes anything
        return signature(lambda *args, **kwargs: None)


def _names(function: Function, positional: tuple[Any, ...]) -> list[str]:
    """The parameters' names; what falls to *args is args/0, args/1, …"""
    parameters = _signature(function).parameters.values()
    names = [p.name for p in parameters if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)]
    rest = next((p.name for p in parameters if p.kind is p.VAR_POSITIONAL), "args")
    more = [f"{rest}/{i}" for i in range(len(positional) - len(names))]
    return [*names, *more][: len(positional)]


def _item(point: Point, item: str | int) -> str:
    positions = point.structure.keys
    if isinstance(item, int) and -len(positions) <= item < len(positions):
        return str(positions[item])
    if isinstance(item, str) and _under(item, point.paths):
        return item
    ending = [path for path in point.paths if path.endswith(f"/{item}")]
    if len(ending) == 1:  # "W1" for "params/W1"
        return ending[0]
    raise ArgumentError(f"wrt={item!r} names no argument", expected=f"a position or one of {point.paths}")


def _under(item: str, paths: list[str]) -> list[str]:
    return [path for path in paths if path == item or path.startswith(f"{item}/")]


def _floating(path: str, leaf: Any) -> NDArray[np.floating[Any]]:
    array = np.asarray(leaf)
    if array.dtype.kind not in "fiu":
        raise DtypeError(f"{path} is {array.dtype}", expected="real numbers to differentiate with respect to")
    return array if array.dtype.kind == "f" else array.astype(np.float64)
