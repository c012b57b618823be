"""A program as a function that Python calls without any Python in between.

The function looks at its arguments' types itself, makes the outputs, and runs the program. It reads arrays
where NumPy's C interface lays them out; what it cannot take (another type, another order in memory, values
for which NumPy is to compute a step) goes to a function in Python. It keeps the interpreter's lock, so it is
for programs that take microseconds.
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Collection, Mapping, Sequence
from functools import lru_cache
from typing import Any

import numpy as np

from ....graph import ArrayType
from ..expressions import Buffer
from ..llvm_ir import INT, LONG, POINTER, VOID, Builder, Module, Value, function, named, require
from .module import NUMPY

# Places in CPython's and NumPy's structures, in bytes (a release build of CPython on a 64-bit machine).
TYPE, DATA, NDIM, SHAPE, DTYPE, FLAGS = 8, 16, 24, 32, 56, 64
KIND = 24  # of a dtype: its kind, the order of its bytes and its number, in 8 bytes
IN_ORDER = 0x1 | 0x100  # the flags of contiguous, aligned arrays
# PyArray_NewFromDescr, PyArray_Zeros and PyArray_Return in NumPy's table of functions.
NEW_ARRAY, ZEROS, AS_SCALAR = 94, 183, 76
POSITIONAL = 0x80  # METH_FASTCALL

# Places in the context, which stands where a method has its object, in words of 8 bytes.
ARRAY_TYPE, MAKE, MAKE_ZEROS, RETURN, OTHERWISE, TABLE, DTYPES = range(7)

NULL = Value(POINTER, "null")


class Context(np.ndarray):
    """Words that the machine code reads, and what must live as long as it."""

    keep: tuple[Any, ...]


class _Definition(ctypes.Structure):
    _fields_ = (
        ("name", ctypes.c_char_p),
        ("code", ctypes.c_void_p),
        ("flags", ctypes.c_int),
        ("text", ctypes.c_char_p),
    )


def define_entry(
    module: Module,
    inputs: Sequence[Buffer],
    outputs: Sequence[Buffer],
    slots: Mapping[Buffer, int],
    zeroed: Collection[Buffer],
) -> str:
    """The function ``entry(context, arguments, count)`` of the inputs that are given, before ``run``.

    ``zeroed``: the outputs that hold zeros before.
    """
    name = "entry"
    with function(module, name, [POINTER, POINTER, LONG], POINTER) as (build, (itself, arguments, count)):
        context = _word(build, itself, DATA)
        refuse = build.label("otherwise")
        require(build, build.compare("icmp eq", count, LONG(len(inputs))), refuse)
        objects = [_word(build, arguments, 8 * i) for i in range(len(inputs))]
        for i, (buffer, argument) in enumerate(zip(inputs, objects, strict=True)):
            _require_type(build, argument, buffer, context, i, refuse)
        made, shape = [], DTYPES + len(inputs) + len(outputs)
        for position, buffer in enumerate(outputs, len(inputs)):
            made.append(_new_array(build, buffer, context, DTYPES + position, shape, buffer in zeroed))
            shape += len(buffer.shape)
        table = _word(build, context, 8 * TABLE)  # from here on no Python runs, which could come here again
        for buffer, array in zip((*inputs, *outputs), (*objects, *made), strict=True):
            build.store(_word(build, array, DATA), build.at(table, 8 * slots[buffer]))
        build.store(named(_define_refusal(module)), build.at(table, 8 * (len(slots) + NUMPY)))
        done, stopped = build.label("done"), build.label("stopped")
        status = build.call("run", LONG, table)
        build.branch(build.compare("icmp eq", status, LONG(0)), done, stopped)
        build.start(done)
        build.give(_result(build, made, outputs, context))
        build.start(stopped)
        for array in made:
            build.call("Py_DecRef", VOID, array)
        build.go(refuse)
        build.start(refuse)
        other = _word(build, context, 8 * OTHERWISE)
        build.give(build.call("PyObject_Vectorcall", POINTER, other, arguments, count, NULL))
    return name


def _define_refusal(module: Module) -> str:
    """The function of a step that NumPy is to compute, which says that it cannot."""
    name = "refuse"
    with function(module, name, [LONG], LONG, linkage="internal") as (build, _):
        build.give(LONG(0))
    return name


def _require_type(
    build: Builder, argument: Value, buffer: Buffer, context: Value, number: int, refuse: str
) -> None:
    """Go on only with an array of the buffer's shape and dtype, its elements in order."""
    kind = _word(build, argument, TYPE)
    require(build, build.compare("icmp eq", kind, _word(build, context, 8 * ARRAY_TYPE)), refuse)
    dtypes = _word(build, argument, DTYPE), _word(build, context, 8 * (DTYPES + number))
    kinds = [_word(build, dtype, KIND) for dtype in dtypes]  # equal ones can be different objects
    require(build, build.compare("icmp eq", *kinds), refuse)
    flags = build.binary("and", build.load(build.at(argument, FLAGS), INT), INT(IN_ORDER))
    require(build, build.compare("icmp eq", flags, INT(IN_ORDER)), refuse)
    ndim = build.load(build.at(argument, NDIM), INT)
    require(build, build.compare("icmp eq", ndim, INT(len(buffer.shape))), refuse)
    shape = _word(build, argument, SHAPE)
    for axis, length in enumerate(buffer.shape):
        there = build.load(build.at(shape, 8 * axis), LONG)
        require(build, build.compare("icmp eq", there, LONG(length)), refuse)


def _new_array(build: Builder, buffer: Buffer, context: Value, dtype: int, shape: int, zeroed: bool) -> Value:
    """A new array for an output, its dtype and its lengths at these places of the context."""
    kind = _word(build, context, 8 * dtype)
    build.call("Py_IncRef", VOID, kind)  # making an array takes one reference
    lengths, ndim = build.at(context, 8 * shape), INT(len(buffer.shape))
    if zeroed:
        make = _word(build, context, 8 * MAKE_ZEROS)
        array = build.call_pointer(make, ndim, lengths, kind, INT(0), result=POINTER)
    else:
        make, array_type = _word(build, context, 8 * MAKE), _word(build, context, 8 * ARRAY_TYPE)
        array = build.call_pointer(
            make, array_type, kind, ndim, lengths, NULL, NULL, INT(0), NULL, result=POINTER
        )
    made, failed = build.label("made"), build.label("failed")
    build.branch(build.compare("icmp ne", array, NULL), made, failed)
    build.start(failed)
    build.give(NULL)  # out of memory, as NumPy has said
    build.start(made)
    return array


def _result(build: Builder, arrays: Sequence[Value], outputs: Sequence[Buffer], context: Value) -> Value:
    """One array, or a tuple of them; numbers where they have no axes."""
    results = [
        array
        if buffer.shape
        else build.call_pointer(_word(build, context, 8 * RETURN), array, result=POINTER)
        for array, buffer in zip(arrays, outputs, strict=True)
    ]
    if len(results) == 1:
        return results[0]
    several = build.call("PyTuple_New", POINTER, LONG(len(results)))
    for position, result in enumerate(results):
        build.call("PyTuple_SetItem", INT, several, LONG(position), result)
    return several


def _word(build: Builder, pointer: Value, offset: int) -> Value:
    """The pointer that stands at a place."""
    return build.load(build.at(pointer, offset), POINTER)


def callable_from(
    code: int,
    inputs: Sequence[ArrayType],
    outputs: Sequence[ArrayType],
    table: Any,
    otherwise: Callable[..., Any],
    keep: tuple[Any, ...],
) -> Callable[..., Any]:
    """The machine code of an entry as a Python function.

    Args:
        code: the address of the entry.
        inputs: the types of the inputs that are arguments.
        outputs: the types of the program's outputs.
        table: the program's pointer table, in which all but those inputs and the outputs are set.
        otherwise: called with the arguments where the machine code cannot take them.
        keep: what must live as long as the function.
    """
    dtypes = [type.dtype for type in (*inputs, *outputs)]
    numpy = _numpy_functions()
    words = [id(np.ndarray), *[numpy[function] for function in (NEW_ARRAY, ZEROS, AS_SCALAR)]]
    words += [id(otherwise), ctypes.addressof(table), *map(id, dtypes)]
    for type in outputs:
        words += type.shape
    context = np.array(words, np.int64).view(Context)
    definition = _Definition(b"compiled", code, POSITIONAL, b"")
    context.keep = (*keep, table, otherwise, dtypes, definition)
    make = ctypes.pythonapi.PyCFunction_NewEx
    make.restype, make.argtypes = ctypes.py_object, (ctypes.c_void_p, ctypes.py_object, ctypes.py_object)
    function: Callable[..., Any] = make(ctypes.addressof(definition), context, __name__)
    return function


@lru_cache(maxsize=1)
def _numpy_functions() -> Any:
    """NumPy's table of C functions."""
    from numpy._core import _multiarray_umath  # type: ignore[attr-defined]

    pointer = ctypes.pythonapi.PyCapsule_GetPointer
    pointer.restype, pointer.argtypes = ctypes.c_void_p, (ctypes.py_object, ctypes.c_char_p)
    table = pointer(_multiarray_umath._ARRAY_API, None)
    return ctypes.cast(table, ctypes.POINTER(ctypes.c_void_p))
