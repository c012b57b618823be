"""Which kernels can share a function: those that are the same but for which buffers they work on."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import fields, is_dataclass
from functools import lru_cache

import numpy as np

from ....graph import Node
from ..expressions import Buffer
from ..kernels import Concurrent, FusedKernel, Kernel, PackKernel


def shared_name(kernel: Kernel, buffers: Sequence[Buffer], any_number: bool = False) -> str:
    """A name that two kernels have in common if one function, called with these buffers in this order, does
    for both; with ``any_number``, whatever the number of the registers that they are."""
    numbers = {buffer: number for number, buffer in enumerate(buffers)}
    text = _described(kernel, numbers, "lengths" if any_number else "")
    for buffer in numbers:
        text += f" {buffer.dtype.str} {buffer.streamed} {'any' if any_number else buffer.size}"
    return f"{_operation(kernel)}_{hashlib.sha256(text.encode()).hexdigest()[:16]}"


def _described(value: object, numbers: dict[Buffer, int], omitted: str) -> str:
    """A value with every field of it but nodes and what is omitted; buffers as numbers, of which new ones get
    the next."""
    if isinstance(value, Buffer):
        return f"b{numbers.setdefault(value, len(numbers))}"
    if isinstance(value, Node):
        return "node"
    if isinstance(value, np.dtype):
        return value.str
    if isinstance(value, tuple):
        return f"({','.join([_described(element, numbers, omitted) for element in value])})"
    kind: type = type(value)
    if names := _names(kind):
        own = [_described(getattr(value, name), numbers, omitted) for name in names if name != omitted]
        return f"{kind.__name__}({','.join(own)})"
    if isinstance(value, frozenset):
        return str(sorted([_described(element, numbers, omitted) for element in value]))
    return str(sorted(value.items())) if isinstance(value, Mapping) else repr(value)


@lru_cache
def _names(kind: type) -> tuple[str, ...]:
    """The fields of a dataclass; none of anything else."""
    return tuple(field.name for field in fields(kind)) if is_dataclass(kind) else ()


def _operation(kernel: Kernel) -> str:
    if isinstance(kernel, PackKernel):
        return "pack"
    if isinstance(kernel, Concurrent):
        return "concurrent"
    node = kernel.parts[-1].node if isinstance(kernel, FusedKernel) else kernel.node
    return node.op if node else "copy"
