"""A counted loop in LLVM IR."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from llvmlite import ir

from .scalars import BIT, LONG


@contextmanager
def counted(builder: ir.IRBuilder, count: int, name: str) -> Iterator[Any]:
    """A loop that runs ``count`` times, maybe none; the code inside is what it repeats. Gives its counter."""
    head = builder.block
    body, end = builder.append_basic_block(name), builder.append_basic_block(f"{name}.end")
    builder.cbranch(BIT(int(count > 0)), body, end)
    builder.position_at_end(body)
    counter = builder.phi(LONG, name)
    counter.add_incoming(LONG(0), head)
    yield counter
    following = builder.add(counter, LONG(1), flags=("nuw", "nsw"))
    counter.add_incoming(following, builder.block)
    builder.cbranch(builder.icmp_signed("<", following, LONG(count)), body, end)
    builder.position_at_end(end)
