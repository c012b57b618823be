"""What a function reads beside its arguments: a graph holds only while that stays the same."""

from __future__ import annotations

import dis
import sys
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import lru_cache, partial
from operator import attrgetter, is_
from types import (
    BuiltinFunctionType,
    CellType,
    CodeType,
    FunctionType,
    MappingProxyType,
    MethodType,
    ModuleType,
)
from typing import Any

import numpy as np

from ..lines import is_library
from ..tracing import Traced

MOST_THINGS = 1000  # are watched; where there are more, to trace again is quicker
MOST_BYTES = 1 << 20  # of all arrays together, of a function that was not traced before
QUICKLY_COPIED = 1 << 16  # bytes: to copy so many and compare takes less time than two calls of NumPy

_ATOMS = (int, float, complex, str, bytes, type(None), np.generic, np.ufunc, np.dtype, Traced)
_UNSTEADY = ("random", "numpy.random", "_contextvars")

_LOOKED_UP = ("_GLOBAL", "_NAME", "_GLOBALS")  # how instructions end that look a name up

_CONTENT = attrgetter("cell_contents")

Look = Callable[[], Sequence[Any]]
Check = Callable[[], bool]


class Surroundings:
    """Everything that some functions can reach beside their arguments.

    That is closure variables, globals, defaults, the functions they call, what objects, lists and dicts hold,
    and the elements of arrays, of which copies are kept to compare with. Where it cannot be known whether
    that stays the same (a random generator, an iterator, more than can be looked at in a moment), or the
    arrays have more than ``most_bytes`` together, it counts as changed.
    """

    def __init__(self, *roots: Any, most_bytes: int = MOST_BYTES) -> None:
        self._unchanged: list[Check] = []
        self._bytes_left = most_bytes
        self._served = False
        self._steady = self._watch(list(roots))

    def changed(self) -> bool:
        """Whether anything is another thing, or holds other things, than when this was made."""
        for unchanged in self._unchanged:
            if not unchanged():
                return True
        self._served = self._steady
        return not self._steady

    @property
    def steady(self) -> bool:
        """Whether it is known what would have to change."""
        return self._steady

    @property
    def in_vain(self) -> bool:
        """Whether copies were made of what was changed when it was next looked at."""
        return self._steady and not self._served

    def _watch(self, pending: list[Any]) -> bool:
        visited: dict[int, Any] = {}
        arrays: list[np.ndarray] = []
        while pending:
            thing = pending.pop()
            if isinstance(thing, _ATOMS) or id(thing) in visited:
                continue
            visited[id(thing)] = thing
            if len(visited) > MOST_THINGS or _has_hidden_state(thing):
                return False
            if isinstance(thing, np.ndarray):
                self._bytes_left -= thing.nbytes
                if self._bytes_left < 0:
                    return False
                if not thing.dtype.hasobject:
                    arrays.append(thing)
                    continue
            look = _look(thing)
            seen = look()
            pending += seen
            if seen and not _is_immutable(thing):
                self._unchanged.append(_same_variables(thing) or _same_things(look, seen))
        self._unchanged += map(_same_bits, arrays)
        return True


def _same_bits(array: np.ndarray) -> Check:
    if type(array) is np.ndarray and array.flags.c_contiguous and array.dtype.kind in "biufc":
        return _same_memory(array)
    size, shape = array.dtype.itemsize, array.shape
    if array.nbytes <= QUICKLY_COPIED or size not in (1, 2, 4, 8):
        content = array.tobytes()
        return lambda: array.shape == shape and array.tobytes() == content
    bits = array.view(f"u{size}")
    seen = bits.copy()
    return lambda: array.shape == shape and bool((bits == seen).all())


def _same_memory(array: np.ndarray) -> Check:
    """The check of an array whose elements follow one another: in place, in one pass, without a copy."""
    same, shape = bytearray(array.tobytes()).__eq__, array.shape
    return lambda: array.shape == shape and same(array) is True


def _same_things(look: Look, seen: Sequence[Any]) -> Check:
    def unchanged() -> bool:
        now = look()
        return len(now) == len(seen) and all(map(is_, now, seen))

    return unchanged


def _same_variables(function: Any) -> Check | None:
    """The check of what most functions read, in as little time as it can take; None for other things."""
    if not isinstance(function, FunctionType) or function.__kwdefaults__:
        return None
    try:
        closed = [(cell, cell.cell_contents) for cell in function.__closure__ or ()]
    except ValueError:  # one is not bound yet
        return None
    found = [(space.get, name, space.get(name)) for space, names in _namespaces(function) for name in names]
    defaults = function.__defaults__

    def unchanged() -> bool:
        for get, name, value in found:
            if get(name) is not value:
                return False
        try:
            for cell, value in closed:
                if cell.cell_contents is not value:
                    return False
        except ValueError:  # one was deleted
            return False
        return function.__defaults__ is defaults and not function.__kwdefaults__

    return unchanged


def _is_immutable(thing: Any) -> bool:
    """Whether a thing refers to the same things for ever, though these may change themselves."""
    if isinstance(thing, (tuple, frozenset, MethodType, BuiltinFunctionType)):
        return True
    return bool(getattr(getattr(type(thing), "__dataclass_params__", None), "frozen", False))


def _has_hidden_state(thing: Any) -> bool:
    """Whether a thing may change and show nothing of it, as a random generator does."""
    kind: Any = type(thing)
    if isinstance(thing, np.ndarray):
        return False
    if isinstance(thing, ModuleType):
        return thing.__name__ in _UNSTEADY
    if kind.__module__ in _UNSTEADY or hasattr(kind, "__next__") or hasattr(kind, "__array__"):
        return True
    if _has_open_memory(thing):
        return True
    opaque = not hasattr(thing, "__dict__") and not _slots(kind)
    hash_of: Any = kind.__hash__
    if hash_of is None:
        return opaque and _look_of_kind(kind) is None
    by_identity = hash_of is object.__hash__ and not callable(thing)
    return opaque and by_identity and not _is_standard(kind.__module__)


def _has_open_memory(thing: Any) -> bool:
    """Whether others can write to its elements, as to those of ``array.array`` and of arrays of C."""
    try:
        return not memoryview(thing).readonly
    except (TypeError, ValueError):
        return False


def _look(thing: Any) -> Look:
    """How to find what a thing holds or refers to."""
    if isinstance(thing, FunctionType):
        return partial(_variables, thing, list(_namespaces(thing)))
    kind: Any = type(thing)
    look = _look_of_kind(kind)
    return _attributes(thing) if look is None else partial(look, thing)


@lru_cache(maxsize=256)
def _look_of_kind(kind: type) -> Callable[[Any], Sequence[Any]] | None:
    """How to find what things of a kind hold, unless it is their attributes."""
    return next((look for known, look in _LOOKS if issubclass(kind, known)), None)


def _variables(function: FunctionType, namespaces: list[tuple[Mapping[str, Any], list[str]]]) -> list[Any]:
    """The values of a function's globals, free variables and defaults."""
    found: list[Any] = []
    for namespace, names in namespaces:
        found += map(namespace.get, names)
    found += _contents(function.__closure__ or ())
    found += function.__defaults__ or ()
    return found if function.__kwdefaults__ is None else [*found, *function.__kwdefaults__.values()]


def _contents(cells: Sequence[CellType]) -> list[Any]:
    """What closure variables hold; None for one that is not bound yet."""
    try:
        return list(map(_CONTENT, cells))
    except ValueError:
        return [found for cell in cells for found in _contents((cell,))] if len(cells) > 1 else [None]


def _namespaces(function: FunctionType) -> Iterator[tuple[Mapping[str, Any], list[str]]]:
    """Where a function of the user's looks names up: its globals, and the modules in them."""
    if is_library(function.__code__.co_filename):
        return
    names, attributes = _names(function.__code__)
    yield function.__globals__, names
    for module in {name: function.__globals__.get(name) for name in names}.values():
        if isinstance(module, ModuleType):
            inside = vars(module)
            foreign = _is_foreign(module)  # of which only submodules are of interest
            watched = [n for n in attributes if not foreign or isinstance(inside.get(n), ModuleType)]
            if watched:
                yield inside, watched


@lru_cache(maxsize=1024)
def _names(code: CodeType) -> tuple[list[str], list[str]]:
    """The names that a function and those inside it look up as globals, and those that are attributes.

    ``W.T`` reads no global T, which may be a large array.
    """
    names: dict[str, None] = {}
    attributes: dict[str, None] = {}
    for part in dis.get_instructions(code):
        if isinstance(part.argval, CodeType):
            inner = _names(part.argval)
            names |= dict.fromkeys(inner[0])
            attributes |= dict.fromkeys(inner[1])
        elif part.argval in code.co_names:
            kind = names if part.opname.endswith(_LOOKED_UP) else attributes
            kind[part.argval] = None
    return list(names), list(attributes)


def _attributes(thing: Any) -> Look:
    """How to find what an object's attributes hold, and its class; of what wraps a function, the function."""
    if "__wrapped__" in getattr(thing, "__dict__", {}):
        return lambda: [thing.__dict__.get("__wrapped__")]
    kind: Any = type(thing)
    if kind.__module__ == "logging":
        return list
    slots = [name for name in _slots(kind) if name not in ("__dict__", "__weakref__")]
    if not hasattr(thing, "__dict__"):
        return lambda: [type(thing), *[getattr(thing, name, None) for name in slots]]
    return lambda: [type(thing), *thing.__dict__.values(), *[getattr(thing, name, None) for name in slots]]


@lru_cache(maxsize=256)
def _slots(kind: type) -> tuple[str, ...]:
    """The names of the slots of a class and its bases."""
    slots: list[str] = []
    for base in kind.__mro__:
        names = vars(base).get("__slots__", ())
        slots += (names,) if isinstance(names, str) else names
    return tuple(slots)


def _members(kind: type) -> list[Any]:
    """What a class of the user's holds, and its bases."""
    if _is_foreign(sys.modules.get(kind.__module__)):
        return []
    return [*kind.__bases__, *[member for name, member in vars(kind).items() if name != "__dict__"]]


def _is_foreign(module: ModuleType | None) -> bool:
    return (
        module is None or _is_standard(module.__name__) or is_library(getattr(module, "__file__", None) or "")
    )


def _is_standard(module: str) -> bool:
    return module.partition(".")[0] in sys.stdlib_module_names


_LOOKS: tuple[tuple[Any, Callable[[Any], Sequence[Any]]], ...] = (
    (np.ndarray, lambda array: array.ravel().tolist()),
    (MethodType, lambda method: [method.__self__, method.__func__]),
    (BuiltinFunctionType, lambda function: [function.__self__]),
    (partial, lambda call: [call.func, call.args, call.keywords]),
    ((dict, MappingProxyType), lambda mapping: [*mapping.keys(), *mapping.values()]),
    ((list, tuple, set, frozenset, deque), list),
    (slice, lambda part: [part.start, part.stop, part.step]),
    ((classmethod, staticmethod), lambda method: [method.__func__]),
    (property, lambda attribute: [attribute.fget]),
    (ModuleType, lambda module: []),
    (type, _members),
)
