"""What Python's instructions say of a value that is computed: from which variables, and where it goes."""

from __future__ import annotations

import dis
from bisect import bisect_right
from functools import lru_cache
from types import CodeType
from typing import NamedTuple

from .unpacking import unpacked

_STORES = ("STORE_FAST", "STORE_NAME", "STORE_DEREF", "STORE_GLOBAL")
_LOADS = ("LOAD_FAST", "LOAD_NAME", "LOAD_DEREF", "LOAD_CLASSDEREF", "LOAD_GLOBAL", "LOAD_ATTR")
_OF_PARTS = {"FOR_ITER", "UNPACK_SEQUENCE", "UNPACK_EX"}  # which take elements out of an array, one by one
_PASSED_OVER = {"COPY", "NOP", "JUMP_FORWARD"}


class Destination(NamedTuple):
    """Where a value goes: to a variable, back to the caller, into a list that is being made, or elsewhere.

    Attributes:
        variable: the variable; "" for none.
        returned: whether it goes back to the caller, alone or as the ``element`` of several.
        collected: whether it is put into a list.
        element: which of the values of ``return a, b`` it is.
        several: the variables of ``a, b = x``, to which the elements of the value go.
        apart: whether it is one of these elements.
    """

    variable: str = ""
    returned: bool = False
    collected: bool = False
    element: int | None = None
    several: tuple[str, ...] = ()
    apart: bool = False


@lru_cache(maxsize=4096)
def destination(code: CodeType, instruction: int) -> Destination:
    """Where an instruction's result goes.

    Args:
        code: a function's code.
        instruction: where in it the instruction stands, as a frame's ``f_lasti``.

    >>> code = compile("h = f(x)", "", "exec")
    >>> call = next(part for part in dis.get_instructions(code) if part.opname == "CALL")
    >>> destination(code, call.offset).variable
    'h'
    """
    following = _instructions(code)
    at = bisect_right(_offsets(code), instruction)
    if following[at - 1].opname in _OF_PARTS:
        return Destination(several=_stored(following, at - 1), apart=True)
    positions = following[at - 1].positions
    of_several = unpacked(code).get(tuple(positions)) if positions else None
    if isinstance(of_several, str):
        return Destination(of_several)
    if of_several is not None:
        return Destination(returned=True, element=of_several)
    while at < len(following) and following[at].opname in _PASSED_OVER:
        part = following[at]
        jumps = part.opname == "JUMP_FORWARD"
        at = next(k for k, other in enumerate(following) if other.offset >= part.argval) if jumps else at + 1
    if at == len(following):
        return Destination()
    if following[at].opname in _OF_PARTS:
        return Destination(several=_stored(following, at))
    name, argument = following[at].opname, following[at].argval
    if name.startswith(_STORES):
        copied = at > 0 and following[at - 1].opname == "COPY"
        if not copied and at + 1 < len(following) and following[at + 1].opname.startswith(_STORES):
            return Destination()  # of several at once, a, b = x, y
        return Destination(argument[0] if isinstance(argument, tuple) else argument)
    return Destination(returned=name == "RETURN_VALUE", collected=name == "LIST_APPEND")


def _stored(instructions: list[dis.Instruction], at: int) -> tuple[str, ...]:
    """The variables of ``a, b = x``, to which an instruction takes the elements apart; none of any other."""
    if instructions[at].opname != "UNPACK_SEQUENCE":
        return ()
    stores = instructions[at + 1 : at + 1 + instructions[at].argval]
    plain = all(part.opname in _STORES for part in stores)
    return tuple(part.argval for part in stores) if plain else ()


@lru_cache(maxsize=4096)
def read_by(code: CodeType, instruction: int) -> tuple[str, ...]:
    """The variables and attributes that an instruction's value is computed from, in the order of reading.

    Args:
        code: a function's code.
        instruction: where in it the instruction stands, as a frame's ``f_lasti``.

    >>> code = compile("h = f(x, 2 * M) + y", "", "exec")
    >>> call = next(part for part in dis.get_instructions(code) if part.opname == "CALL")
    >>> read_by(code, call.offset)
    ('f', 'x', 'M')
    """
    whole = _instructions(code)[bisect_right(_offsets(code), instruction) - 1].positions
    found = [part for part in _loads(code) if _within(part.positions, whole)]
    names = [part.argval if isinstance(part.argval, tuple) else (part.argval,) for part in found]
    return tuple(dict.fromkeys(name for several in names for name in several))


def _within(part: dis.Positions | None, whole: dis.Positions | None) -> bool:
    if part is None or whole is None or None in part or None in whole:
        return False  # of code that was compiled without places
    starts = (whole.lineno, whole.col_offset) <= (part.lineno, part.col_offset)
    return starts and (part.end_lineno, part.end_col_offset) <= (whole.end_lineno, whole.end_col_offset)


@lru_cache(maxsize=256)
def _instructions(code: CodeType) -> list[dis.Instruction]:
    return list(dis.get_instructions(code))


@lru_cache(maxsize=256)
def _offsets(code: CodeType) -> list[int]:
    return [part.offset for part in _instructions(code)]


@lru_cache(maxsize=256)
def _loads(code: CodeType) -> list[dis.Instruction]:
    return [part for part in _instructions(code) if part.opname.startswith(_LOADS)]
