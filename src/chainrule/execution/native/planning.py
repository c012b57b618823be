"""A graph as a plan for machine code: what each pass has made of it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

from ...arguments import find
from ...graph import Graph
from .costs import work, writing
from .emission.dividing import worth_sharing
from .emission.entry import define_entry
from .emission.module import made_module
from .emission.stack import fits_on_stack
from .expressions import Buffer
from .kernels import Kernel, ReferenceStep
from .llvm_ir import Module
from .machine_code.manifest import Manifest
from .machine_code.objects import assembly
from .passes.accumulating import added_in_place
from .passes.beginning import begun_with_terms
from .passes.fusion import lacking
from .passes.grouping import grouped
from .passes.legalise import legalise
from .passes.lower import Lowered, lower
from .passes.memory import bytes_of, offsets_in_workspace
from .passes.outer import with_outer_products
from .passes.outputs import computed_in_place
from .passes.packing import copied_on_the_way
from .passes.passing import kept_by_blocks
from .passes.storing import stored_in_panels
from .passes.streaming import with_streams
from .passes.turning import with_turned_products
from .passes.zeros import begun_as_zeros
from .runtime.numpy_steps import numpy_steps
from .target import Target

#: The functions that Python calls: the program or loop, what another thread does for it, the copying of
#: carried values around a loop, and a program as it is called straight from C.
CALLED = ("run", "work", "enter", "leave", "entry")

#: What a pass has made: a graph, or kernels.
Made = Graph | Sequence[Kernel]

#: The passes over graphs, in order: afterwards all operations have loops.
GRAPH_PASSES: dict[str, Callable[[Graph], Graph]] = {
    "legalise": legalise,
    "outer": with_outer_products,
    "turning": with_turned_products,
}

#: A pass over kernels; what is in the collection is read by others.
KernelPass = Callable[[Sequence[Kernel], Target, Collection[Buffer]], list[Kernel]]

#: The passes over kernels that calls and steps have in common after grouping, in order.
LOOP_PASSES: dict[str, KernelPass] = {
    "storing": stored_in_panels,
    "packing": lambda kernels, _, elsewhere: copied_on_the_way(kernels, elsewhere),
    "passing": kept_by_blocks,
    "beginning": lambda kernels, *_: begun_with_terms(kernels),
}


@dataclass(frozen=True, slots=True)
class Plan:
    """A graph on its way to machine code for one processor.

    Attributes:
        source: the graph that was given.
        passes: what each pass has made of it, by the pass's name, in order.
        graph: in operations that have loops.
        lowered: as kernels, with the buffers of inputs, constants and outputs.
        kernels: what the last pass has made of those: all that runs, in order.
        slots: which entry of the pointer table is which buffer: inputs, constants and outputs; of a step,
            what is carried, and constants.
        offsets: where the other buffers lie in the workspace, in bytes.
        workspace_bytes: the memory for them.
        target: the processor.
        zeroed: the outputs that hold zeros when it is called.
        arguments: the inputs with which Python calls it straight from C; None where it does not.
    """

    source: Graph
    passes: Mapping[str, Made]
    graph: Graph
    lowered: Lowered
    kernels: tuple[Kernel, ...]
    slots: dict[Buffer, int]
    offsets: dict[Buffer, int]
    workspace_bytes: int
    target: Target
    zeroed: frozenset[Buffer]
    arguments: tuple[Buffer, ...] | None = None

    @property
    def shared(self) -> bool:
        """Whether it is so much work that threads share it."""
        return worth_sharing(self.kernels, repeated=False)

    @property
    def on_stack(self) -> bool:
        """Whether it is so small that the stack is its workspace."""
        return fits_on_stack(self.kernels, self.offsets)

    def module(self) -> Module:
        """The LLVM IR."""
        module = made_module(self.kernels, self.slots, self.offsets, self.target, self.shared)
        if self.arguments is not None:
            define_entry(module, self.arguments, self.lowered.outputs, self.slots, self.zeroed)
        return module

    def made(self) -> tuple[Manifest, Module]:
        """The program, and what calls of it need to know."""
        module = self.module()
        nodes = {node: position for position, node in enumerate(self.source.nodes)}
        manifest = Manifest(
            tuple(name for name in CALLED if name in module.functions),
            tuple(nodes[node] for _, node in self.lowered.constants),
            self.workspace_bytes,
            sum(map(work, self.kernels)) + sum(map(writing, self.lowered.outputs)),
            numpy_steps(self.kernels, self.graph, self.slots, self.offsets),
            tuple(i for i, buffer in enumerate(self.lowered.outputs) if buffer in self.zeroed),
        )
        return manifest, module

    def explanation(self) -> str:
        """The kernels in words, and what NumPy computes among them, and why."""
        labels = self.source.labels()
        named = zip(self.source.inputs, self.lowered.inputs, strict=True)
        given = [f"{buffer.label} is {labels[node]}" for node, buffer in named]
        lines = [", ".join([*given, self._results()])]
        lines += self._in_order([f"{number:3d}  {kernel}" for number, kernel in enumerate(self.kernels)])
        steps = [kernel for kernel in self.kernels if isinstance(kernel, ReferenceStep)]
        always = [step.node for step in steps if not step.only_if]
        reasons = dict.fromkeys(f"{node.op} ({lacking(node)})" for node in always)
        lines.append(f"computed by NumPy, having no machine code: {', '.join(reasons) or 'nothing'}")
        lines.append(f"workspace: {self.workspace_bytes} bytes{' on the stack' if self.on_stack else ''}")
        return "\n".join(lines)

    def text(self, stage: str) -> str:
        """The program at one of the stages, in order: "traced" (before the first pass), "graph", "kernels",
        "loops", "memory", "llvm", "assembly"; or after a single one of the passes that lead from "traced" to
        "loops", by its name.

        ``t3`` is a buffer, ``p1`` one for something else than a value of the graph, such as a matrix in
        panels, and ``t0'`` the caller's own array of what lies by columns in a loop. ``t4[16*i0 + i1] = …``
        is computed for each step of the loops i0 and i1; ``t3[0 by 16, 1](8x16)`` is a matrix of 8 by 16 from
        element 0 on, with its strides. What stands in parentheses on the left stays in registers, or, before
        "then, rows at a time", in the nearer caches.
        """
        stages: dict[str, Callable[[], str]] = {
            "traced": lambda: str(self.source),
            "graph": lambda: str(self.graph),
            "kernels": partial(_in_lines, self.lowered.kernels),
            "memory": self._places,
            "llvm": lambda: str(self.module()),
            "assembly": lambda: assembly(self.module(), self.target),
            **{name: partial(_in_lines, made) for name, made in self.passes.items()},
        }
        *_, last = self.passes
        stages["loops"] = stages[last] = lambda: "\n".join(self._in_order([*map(str, self.kernels)]))
        return find(stages, stage, "stage")()

    def _results(self) -> str:
        """Which buffers hold what was asked for."""
        return f"the result is {' and '.join(buffer.label for buffer in self.lowered.outputs)}"

    def _in_order(self, kernels: Sequence[str]) -> list[str]:
        """All that runs, in lines, of which these are the kernels'."""
        zeros = [
            f"{buffer.label} = 0, as it is given" for buffer in self.lowered.outputs if buffer in self.zeroed
        ]
        return [*zeros, *kernels]

    def _places(self) -> str:
        """Where every buffer lies."""
        lines = [f"{buffer}  in entry {slot}" for buffer, slot in self.slots.items()]
        lines += [f"{buffer}  {self._place(buffer, first)}" for buffer, first in self.offsets.items()]
        return "\n".join(lines)

    def _place(self, buffer: Buffer, first: int) -> str:
        """Where a buffer of the workspace lies."""
        return "on the stack" if self.on_stack else f"in bytes {first} to {first + bytes_of(buffer) - 1}"


def _in_lines(made: Made) -> str:
    """What a pass has made, in words."""
    return str(made) if isinstance(made, Graph) else "\n".join(map(str, made))


def rewritten(graph: Graph) -> dict[str, Graph]:
    """The graph after each of the passes over graphs, by its name."""
    made, types = {}, [node.type for node in graph.outputs]
    for name, rewrite in GRAPH_PASSES.items():
        graph = made[name] = rewrite(graph)
        assert [node.type for node in graph.outputs] == types, name  # callers make arrays of these
    return made


def in_loops(graph: Graph) -> Graph:
    """The graph in operations that have loops, by the passes over graphs."""
    *_, legal = rewritten(graph).values()
    return legal


def planned(graph: Graph, target: Target) -> Plan:
    """Every pass before LLVM IR, of a graph that is called."""
    graphs = rewritten(graph)
    *_, legal = graphs.values()
    made: dict[str, Made] = dict(graphs)
    lowered = lower(legal, target)
    made["lower"] = lowered.kernels
    made["outputs"] = apart = computed_in_place(lowered.kernels)
    made["accumulating"] = apart = added_in_place(apart)
    lowered = with_streams(replace(lowered, kernels=apart))
    made["streaming"] = lowered.kernels
    made["grouping"] = kernels = grouped(lowered.kernels)
    for name, passed in LOOP_PASSES.items():
        made[name] = kernels = passed(kernels, target, ())
    begun, zeroed = begun_as_zeros(kernels, lowered.outputs)
    made["zeros"] = begun
    named = (*lowered.inputs, *[buffer for buffer, _ in lowered.constants], *lowered.outputs)
    slots = {buffer: slot for slot, buffer in enumerate(named)}
    offsets, size = offsets_in_workspace(begun)
    return Plan(
        source=graph,
        passes=made,
        graph=legal,
        lowered=lowered,
        kernels=begun,
        slots=slots,
        offsets=offsets,
        workspace_bytes=size,
        target=target,
        zeroed=zeroed,
    )


class Readable:
    """What has a plan that can be read."""

    def explain(self) -> str:
        """Which kernels there are, and what NumPy computes because there is no machine code for it."""
        return self._plan().explanation()

    def ir(self, stage: str = "llvm") -> str:
        """The program at one of the stages, or after one of the passes, as :meth:`Plan.text` has them."""
        return self._plan().text(stage)

    def _plan(self) -> Plan:
        """What the passes make of the graph, for those who want to read it: to run it, the code is enough."""
        raise NotImplementedError
