"""A graph as a plan for machine code: what each pass has made of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import groupby

from ...arguments import find
from ...graph import Graph
from .assembly import Module
from .dividing import worth_sharing
from .expressions import Buffer
from .grouping import grouped
from .kernels import Kernel, ReferenceStep
from .legalise import legalise
from .lower import Lowered, lower
from .memory import plan
from .module import assembly, describe, made_module
from .target import Target


@dataclass(frozen=True, slots=True)
class Stretch:
    """Kernels that follow each other: machine code, or steps of NumPy's."""

    kernels: tuple[Kernel, ...]

    @property
    def native(self) -> bool:
        """Whether it is machine code."""
        return not isinstance(self.kernels[0], ReferenceStep)


@dataclass(frozen=True, slots=True)
class Plan:
    """A graph on its way to machine code for one processor.

    Attributes:
        graph: in operations that have loops.
        lowered: as kernels, with the buffers of inputs, constants and outputs.
        stretches: the kernels after grouping, and NumPy's steps between them, in order.
        slots: which entry of the pointer table is which buffer: inputs, constants, outputs, and what passes
            between machine code and NumPy.
        offsets: where the other buffers lie in the workspace, in bytes.
        workspace_bytes: the memory for them.
        target: the processor.
    """

    graph: Graph
    lowered: Lowered
    stretches: tuple[Stretch, ...]
    slots: dict[Buffer, int]
    offsets: dict[Buffer, int]
    workspace_bytes: int
    target: Target

    @property
    def native(self) -> list[tuple[Kernel, ...]]:
        """The stretches of machine code."""
        return [stretch.kernels for stretch in self.stretches if stretch.native]

    @property
    def shared(self) -> bool:
        """Whether it is so much work that threads share it."""
        return worth_sharing(self.kernels)

    @property
    def kernels(self) -> tuple[Kernel, ...]:
        """All that runs, in order."""
        return tuple(kernel for stretch in self.stretches for kernel in stretch.kernels)

    def module(self) -> Module:
        """The LLVM IR, to which functions can be added."""
        return made_module(self.native, self.slots, self.offsets, self.target, self.shared)

    def llvm(self) -> str:
        """The LLVM IR."""
        return str(self.module())

    def description(self) -> str:
        """All that the machine code depends on, beside the processor."""
        return " | ".join(describe(kernels, self.slots, self.offsets) for kernels in self.native)

    def text(self, stage: str) -> str:
        """The program after one of the passes: "graph", "kernels", "loops", "llvm" or "assembly"."""
        stages: dict[str, Callable[[], str]] = {
            "graph": lambda: str(self.graph),
            "kernels": lambda: "\n".join(map(str, self.lowered.kernels)),
            "loops": lambda: "\n".join(map(str, self.kernels)),
            "llvm": self.llvm,
            "assembly": lambda: assembly(self.llvm(), self.target),
        }
        return find(stages, stage, "stage")()


def planned(graph: Graph, target: Target) -> Plan:
    """Every pass up to LLVM IR."""
    legal = legalise(graph)
    lowered = lower(legal, target)
    stretches = _stretches(lowered.kernels)
    slots = _slots(lowered)
    own = [kernel for stretch in stretches if stretch.native for kernel in stretch.kernels]
    offsets, size = plan(_without_slots(own, slots))
    return Plan(legal, lowered, stretches, slots, offsets, size, target)


def _stretches(kernels: Sequence[Kernel]) -> tuple[Stretch, ...]:
    """The kernels, made simpler and fewer between NumPy's steps."""
    pieces = [
        Stretch(tuple(piece)) for _, piece in groupby(kernels, key=lambda k: isinstance(k, ReferenceStep))
    ]
    result = []
    for piece in pieces:
        others = (kernel for other in pieces if other is not piece for kernel in other.kernels)
        elsewhere = {buffer for kernel in others for buffer in kernel.buffers()}
        result.append(Stretch(tuple(grouped(piece.kernels, elsewhere))) if piece.native else piece)
    return tuple(result)


def _slots(lowered: Lowered) -> dict[Buffer, int]:
    """Table entries: inputs, constants and outputs, and what passes between machine code and NumPy."""
    buffers = [*lowered.inputs, *[buffer for buffer, _ in lowered.constants], *lowered.outputs]
    for kernel in lowered.kernels:
        if isinstance(kernel, ReferenceStep):
            buffers += [*kernel.operands, kernel.target]
    if any(isinstance(kernel, ReferenceStep) for kernel in lowered.kernels):
        buffers += [buffer for kernel in lowered.kernels for buffer in (*kernel.buffers(), *kernel.written())]
    return {buffer: slot for slot, buffer in enumerate(dict.fromkeys(buffers))}


def _without_slots(kernels: Sequence[Kernel], slots: dict[Buffer, int]) -> Sequence[Kernel]:
    return [
        kernel for kernel in kernels if any(b not in slots for b in (*kernel.buffers(), *kernel.written()))
    ]
