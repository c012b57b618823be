"""What a function keeps or draws from beside its arguments, by name: what changes from call to call?"""

from __future__ import annotations

import dis
import inspect
import random
import sys
from collections.abc import Iterator, Mapping
from functools import partial
from itertools import islice
from types import CodeType, FunctionType, MethodType, ModuleType
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ...lines import is_library

DEPTH = 4
"""How far into objects within objects one looks."""
MEMBERS = 1000
"""How many members of one object are looked at."""

Print = Any
"""Two of these are equal where the thing looked the same both times."""


class Variable(NamedTuple):
    """What a function can reach, by the name a reader would know it by.

    ``fixed``: no call binds the name to something else, so that a number in it is a constant.
    """

    name: str
    value: Any
    fixed: bool = False

    @property
    def constant(self) -> bool:
        return self.fixed and isinstance(self.value, float | np.generic)


def fingerprints(function: Any, objects: Mapping[str, Any]) -> dict[str, Print]:
    """How everything that a function can reach looks now, by the name a reader would know it by.

    That is the objects among its arguments, closure variables, globals, defaults, attributes, and the
    generators of random numbers that NumPy, Python and PyTorch share among all of a process.
    """
    things = dict(objects) | {each.name: each.value for each in _reachable(function, set())}
    return {name: _print(thing, DEPTH) for name, thing in things.items()} | _shared_generators()


def changed(before: Mapping[str, Print], after: Mapping[str, Print]) -> tuple[list[str], list[str]]:
    """The names of what differs: generators of random numbers, and other state."""
    names = [name for name in after if before.get(name) != after[name]]
    random_ones = [name for name in names if _is_drawn(after[name])]
    return random_ones, [name for name in names if name not in random_ones]


def keeping(function: Any, values: NDArray[np.float64]) -> list[str]:
    """The names of what a function can reach and write to that hold just these numbers."""
    written = (each for each in _reachable(function, set()) if not each.constant)
    return [each.name for each in written if _holds(each.value, values, DEPTH)]


def _holds(thing: Any, values: NDArray[np.float64], depth: int) -> bool:
    if isinstance(thing, np.ndarray | np.generic | float):
        array = np.asarray(thing)
        return array.dtype.kind == "f" and np.array_equal(array.ravel(), values, equal_nan=True)
    members = () if depth == 0 or isinstance(thing, str | bytes) else islice(_members(thing), MEMBERS)
    return any(_holds(member, values, depth - 1) for member in members)


def _shared_generators() -> dict[str, Print]:
    found = {
        "NumPy's global random state": ("drawn", str(np.random.get_state())),  # noqa: NPY002 (it is only looked at)
        "Python's global random state": ("drawn", random.getstate()),
    }
    torch = sys.modules.get("torch")
    if torch is not None:
        found["PyTorch's global random state"] = ("drawn", torch.random.get_rng_state().numpy().tobytes())
    return found


def _reachable(thing: Any, visited: set[int]) -> Iterator[Variable]:
    """The names that a callable reads, and what they stand for now."""
    if id(thing) in visited:
        return
    visited.add(id(thing))
    if isinstance(thing, partial):
        yield from (Variable(f"argument {i}", value, fixed=True) for i, value in enumerate(thing.args))
        yield from (Variable(name, value, fixed=True) for name, value in thing.keywords.items())
        yield from _reachable(thing.func, visited)
    elif isinstance(thing, MethodType):
        yield from _attributes(thing.__self__)
        yield from _reachable(thing.__func__, visited)
    elif isinstance(thing, FunctionType):
        yield from _variables(thing, visited)
    elif hasattr(thing, "__wrapped__"):
        yield from _reachable(thing.__wrapped__, visited)
    elif callable(thing) and not isinstance(thing, type):
        yield from _attributes(thing)
        yield from _reachable(type(thing).__call__, visited)


def _variables(function: FunctionType, visited: set[int]) -> Iterator[Variable]:
    if is_library(function.__code__.co_filename) and not function.__closure__:
        return
    names = inspect.getclosurevars(function)
    defaults = {
        name: parameter.default
        for name, parameter in inspect.signature(function, follow_wrapped=False).parameters.items()
        if parameter.default is not parameter.empty
    }
    own = {f"{function.__name__}.{name}": value for name, value in vars(function).items()}
    free = {*_rebound(function.__code__), *own}
    for name, value in [*defaults.items(), *names.globals.items(), *names.nonlocals.items(), *own.items()]:
        if callable(value) and not isinstance(value, type):
            yield from _reachable(value, visited)
        elif not isinstance(value, ModuleType | type):
            yield Variable(name, value, fixed=name not in free)


def _rebound(code: CodeType) -> Iterator[str]:
    """The names beside its own that a function binds anew, as ``global`` and ``nonlocal`` let it."""
    stores = ("STORE_GLOBAL", "STORE_DEREF")
    yield from (each.argval for each in dis.get_instructions(code) if each.opname in stores)
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _rebound(constant)


def _attributes(thing: Any) -> Iterator[Variable]:
    kind = type(thing).__name__
    yield from (Variable(f"{kind}.{name}", value) for name, value in getattr(thing, "__dict__", {}).items())


def _is_drawn(seen: Print) -> bool:
    return isinstance(seen, tuple) and bool(seen) and seen[0] == "drawn"


def _print(thing: Any, depth: int) -> Print:
    if isinstance(thing, np.random.Generator):
        return "drawn", str(thing.bit_generator.state)
    if isinstance(thing, np.random.RandomState):
        return "drawn", str(thing.get_state())
    if isinstance(thing, random.Random):
        return "drawn", thing.getstate()
    if isinstance(thing, np.ndarray):
        return thing.shape, id(thing) if thing.dtype.hasobject else thing.tobytes()
    if isinstance(thing, int | float | complex | str | bytes | np.generic | None):
        return repr(thing)
    if hasattr(thing, "_version") and hasattr(
        thing, "data_ptr"
    ):  # PyTorch counts what is written to a tensor
        return id(thing), thing._version
    return _print_of_members(thing, depth)


def _print_of_members(thing: Any, depth: int) -> Print:
    if hasattr(thing, "__next__"):
        return repr(thing)  # itertools.count(3) says where it is; other iterators who they are
    if depth == 0:
        return id(thing)
    return (id(type(thing)), *(_print(member, depth - 1) for member in islice(_members(thing), MEMBERS)))


def _members(thing: Any) -> Iterator[Any]:
    if isinstance(thing, Mapping):
        return iter([*thing.keys(), *thing.values()])
    if isinstance(thing, list | tuple | set | frozenset):
        return iter(thing)
    return iter(getattr(thing, "__dict__", {}).values())
