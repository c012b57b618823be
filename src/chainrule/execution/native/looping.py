"""A step as a loop over minibatches, in LLVM IR.

The loop, for the k-th of so many steps::

    read the step's number; where one of its rows is not there, end
    copy its rows, and ask for those of a later step
    run the kernels up to the loss
    store the loss; where it is not finite, end
    run the other kernels, which write the next values over the last ones

Losses of steps that it does not come to are NaN. Of a small step the carried values lie on the stack
meanwhile.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

from .emission.asking import Asking, asking
from .emission.dividing import worth_sharing
from .emission.gathering import Gathering, gather_rows, greatest_row
from .emission.module import CONTROL, FURTHER, Addresses, call_kernels, empty_module
from .emission.processor import flush_subnormals
from .emission.scalars import memory_type
from .emission.sharing import define_work
from .emission.stack import fits_on_stack, stack_of
from .expressions import Buffer
from .kernels import Kernel, PackKernel
from .llvm_ir import LONG, POINTER, Builder, Module, Value, function, loop, require
from .planning import Plan


@dataclass(frozen=True, slots=True)
class Layout:
    """Which entry of the pointer table is what; the first ones are the step's own buffers."""

    own: int
    rows: int  # how many arrays of data there are

    @property
    def data(self) -> range:
        """The arrays whose rows are minibatches."""
        return range(self.own + FURTHER, self.own + FURTHER + self.rows)

    @property
    def orders(self) -> int:
        """The numbers of the rows of each step, one step's after the other's."""
        return self.data.stop

    @property
    def scalars(self) -> int:
        """The numbers of the steps, such as learning rates."""
        return self.data.stop + 1

    @property
    def losses(self) -> int:
        """Where the losses go."""
        return self.data.stop + 2

    @property
    def count(self) -> int:
        """How many steps there are."""
        return self.data.stop + 3

    @property
    def apart(self) -> int:
        """How far apart two steps' numbers lie: 0 where all have the same."""
        return self.data.stop + 4

    @property
    def length(self) -> int:
        """How many rows the data has."""
        return self.data.stop + 5

    @property
    def entries(self) -> int:
        """How many entries there are."""
        return self.data.stop + 6


@dataclass(frozen=True, slots=True, kw_only=True)
class StepPlan(Plan):
    """A step on its way to a loop.

    Attributes:
        carried: how many of the inputs are carried from step to step.
        early: how many of the kernels run before the loss is looked at.
        gathered: copies of a minibatch's rows in panels, made where the rows are gathered.
        before: copies of carried values into the order in which they lie while steps are made.
        after: copies back.
    """

    carried: int
    early: int
    gathered: tuple[PackKernel, ...]
    before: tuple[Kernel, ...]
    after: tuple[Kernel, ...]

    @property
    def shared(self) -> bool:
        """Whether a step is so much work that threads share it."""
        return worth_sharing(self.kernels, repeated=True)

    @property
    def on_stack(self) -> bool:
        """Whether it is so small that the stack is its workspace, and what is carried stands there, too."""
        return fits_on_stack(self.kernels, (*self.offsets, *self.slots))

    def _results(self) -> str:
        carried = ", ".join(buffer.label for buffer in self.lowered.inputs[: self.carried])
        return f"the loss is {self.lowered.outputs[0].label}, what the next step begins with is {carried}"

    def _in_order(self, kernels: Sequence[str]) -> list[str]:
        return [
            *[f"before the first step: {kernel}" for kernel in self.before],
            *[f"with a minibatch's rows: {kernel}" for kernel in self.gathered],
            *kernels[: self.early],
            "and if the loss is finite:",
            *kernels[self.early :],
            *[f"after the last step: {kernel}" for kernel in self.after],
        ]

    def module(self) -> Module:
        """The LLVM IR of the loop."""
        module = empty_module(self.target)
        with function(module, "run", [POINTER]) as (builder, (table,)):
            stack = stack_of(module, self.kernels, (*self.offsets, *self.slots))
            addresses = self._addresses(builder, table, stack)
            restore = flush_subnormals(builder, self.target)
            self._emit(builder, replace(addresses, restore=restore))
            restore()
            builder.give()
        if stack is None:
            self._define_around(module, "enter", self.before)
            self._define_around(module, "leave", self.after)
        if self.shared:
            define_work(module, self.target, flush=True)
        return module

    def _addresses(self, builder: Builder, table: Value, stack: dict[Buffer, Value] | None) -> Addresses:
        control = len(self.slots) + CONTROL if self.shared else None
        return Addresses(builder, table, self.slots, self.offsets, control, stack)

    def _define_around(self, module: Module, name: str, kernels: Sequence[Kernel]) -> None:
        """A function that copies carried values to where they lie while steps are made, or back."""
        if not kernels:
            return
        with function(module, name, [POINTER]) as (builder, (table,)):
            addresses = self._addresses(builder, table, None)
            call_kernels(builder, kernels, addresses, self.target)
            builder.go(addresses.stop)
            builder.start(addresses.stop)
            builder.give()

    def _emit(self, builder: Builder, addresses: Addresses) -> None:
        """Write the loop; after it, the builder stands in the block that all ends lead to."""
        layout, loss = self._layout, self.lowered.outputs[0]
        count = builder.load(addresses.entry(layout.count), LONG)
        apart = builder.load(addresses.entry(layout.apart), LONG)  # of two steps' numbers
        body, update, end = builder.label("step"), builder.label("update"), addresses.stop
        made = builder.reserve(LONG)  # steps whose losses are known
        builder.store(LONG(0), made)
        if addresses.stack is not None:
            self._put_on_stack(builder, addresses)
        outside = builder.block
        builder.branch(builder.compare("icmp sgt", count, LONG(0)), body, end)
        builder.start(body)
        k = builder.phi(LONG)
        asked = self._read(builder, addresses, k.value, count, apart)
        before_each = asked.before if asked else None
        call_kernels(builder, self.kernels[: self.early], addresses, self.target, before_each)
        value = builder.load(addresses.of(loss), memory_type(loss.dtype))
        builder.store(value, _at(builder, addresses, layout.losses, k.value, loss))
        following = builder.plus(k.value, 1)
        builder.store(following, made)
        difference = builder.fsub(value, value)  # 0 for a finite number, else NaN
        builder.branch(builder.compare("fcmp oeq", difference, value.type(0.0)), update, end, True)
        builder.start(update)
        call_kernels(builder, self.kernels[self.early :], addresses, self.target, before_each)
        k.join((LONG(0), outside), (following, builder.block))
        builder.branch(builder.compare("icmp slt", following, count), body, end)
        builder.start(end)
        _write_nan(builder, addresses, layout.losses, loss, builder.load(made, LONG), count)
        if addresses.stack is not None:
            self._give_back(builder, addresses)

    @property
    def _layout(self) -> Layout:
        return Layout(len(self.slots), len(self.lowered.inputs) - self.carried - 1)

    def _read(
        self, builder: Builder, addresses: Addresses, k: Value, count: Value, apart: Value
    ) -> Asking | None:
        """Copy the k-th of ``count`` steps' number and rows; where there is no such row, go to the end. Gives
        what is to be asked for meanwhile."""
        layout, (scalar, *rows) = self._layout, self.lowered.inputs[self.carried :]
        place = builder.binary("mul", k, apart)
        number = _at(builder, addresses, layout.scalars, place, scalar)
        builder.store(builder.load(number, memory_type(scalar.dtype)), addresses.of(scalar))
        sources = [addresses.entry(slot) for slot in layout.data]
        orders = addresses.entry(layout.orders)
        asked = None
        if rows and rows[0].shape[0]:
            length = builder.load(addresses.entry(layout.length), LONG)
            greatest = greatest_row(builder, rows[0].shape[0], orders, k, self.target)
            require(
                builder, builder.compare("icmp ult", greatest, length), addresses.stop, nearly_always=True
            )
            asked = asking(builder, self.kernels, rows, sources, orders, k, count, length)
        gathering = Gathering(rows, self.gathered, only_in_panels(self.gathered, self.kernels))
        gather_rows(builder, gathering, orders, k, sources, addresses, self.target)
        return asked

    def _put_on_stack(self, builder: Builder, addresses: Addresses) -> None:
        """Copy the carried values from where the caller has them to the stack, where steps are made."""
        for buffer in self.lowered.inputs[: self.carried]:
            if buffer in self.slots:
                callers = addresses.of(buffer)
                builder.copy(addresses.on_stack(buffer), callers, LONG(buffer.size * buffer.dtype.itemsize))
        call_kernels(builder, self.before, addresses, self.target)

    def _give_back(self, builder: Builder, addresses: Addresses) -> None:
        """Copy them from the stack to where the caller has them."""
        call_kernels(builder, self.after, addresses, self.target)
        for buffer in self.lowered.inputs[: self.carried]:
            if buffer in self.slots:
                callers = addresses.entry(self.slots[buffer])
                builder.copy(callers, addresses.of(buffer), LONG(buffer.size * buffer.dtype.itemsize))


def _at(builder: Builder, addresses: Addresses, slot: int, k: Value, like: Buffer) -> Value:
    """Where the k-th number of an array of one number a step lies."""
    return builder.element(addresses.entry(slot), k, memory_type(like.dtype))


def _write_nan(
    builder: Builder, addresses: Addresses, slot: int, like: Buffer, first: Value, count: Value
) -> None:
    """Write NaN to an array of one number a step, from the first one on."""

    def write(k: Value, _: Sequence[Value]) -> tuple[Value, ...]:
        builder.store(memory_type(like.dtype)(math.nan), _at(builder, addresses, slot, k, like))
        return ()

    loop(builder, count, (), write, begin=first)


def only_in_panels(gathered: Sequence[PackKernel], kernels: Sequence[Kernel]) -> set[Buffer]:
    """The minibatches that no kernel reads as they are."""
    read = {buffer for kernel in kernels for buffer in kernel.buffers()}
    return {copy.source.buffer for copy in gathered} - read
