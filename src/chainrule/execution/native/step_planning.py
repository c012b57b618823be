"""A step that is repeated as a plan for a loop: what each pass has made of it."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from itertools import starmap

from ...calculus import simplify
from ...graph import Graph
from .emission.dividing import worth_sharing
from .expressions import Buffer
from .kernels import Kernel, PackKernel
from .looping import StepPlan, only_in_panels
from .passes.carrying import carried_in_panels
from .passes.concurrent import concurrent
from .passes.estimating import with_estimates
from .passes.grouping import grouped
from .passes.inplace import copied, overwriting, split_at_loss
from .passes.layouts import narrow_by_columns, states_by_columns
from .passes.lower import Lowered, lower
from .passes.memory import bytes_of, offsets_in_workspace
from .passes.outputs import computed_in_place
from .passes.panels import read_in_blocks
from .planning import LOOP_PASSES, Made, rewritten
from .target import Target


def planned_step(graph: Graph, carried: int, target: Target, many: bool = True) -> StepPlan:
    """Every pass before LLVM IR, of a step as it was traced, whose first ``carried`` inputs are carried.

    ``many``: whether so many steps are made at a time that it pays to lay values out for them.
    """
    graphs = {"simplify": simplify(graph)}
    graphs |= rewritten(graphs["simplify"])
    *_, legal = graphs.values()
    made: dict[str, Made] = dict(graphs)
    lowered = _lowered(legal, carried, target, made)
    last = lowered.inputs[:carried]
    following = dict(zip(last, lowered.outputs[1:], strict=True))
    step = carried_in_panels(lowered.kernels, following if many else {}, target)
    made["carrying"] = step.kernels
    pairs = {step.panels.get(new, new): step.panels.get(old, old) for old, new in following.items()}
    inner, gathered = _gathering(step.kernels, lowered.inputs[carried + 1 :], target)
    made["panels"] = inner
    early, late = _in_loops(inner, lowered.outputs[0], pairs, target, made)
    kernels = (*early, *late)
    turned = _as_callers_have(last)
    own = (*[turned.get(buffer, buffer) for buffer in last], *[buffer for buffer, _ in lowered.constants])
    slots = {buffer: slot for slot, buffer in enumerate(own)}
    offsets, size = _places(lowered, carried, pairs, gathered, kernels, slots)
    return StepPlan(
        source=graph,
        passes=made,
        graph=legal,
        lowered=lowered,
        kernels=kernels,
        slots=slots,
        offsets=offsets,
        workspace_bytes=size,
        target=target,
        zeroed=frozenset(),  # outputs are written to in every step anew
        carried=carried,
        early=len(early),
        gathered=tuple(gathered),
        before=(*starmap(copied, zip(turned.values(), turned, strict=True)), *step.before),
        after=(*starmap(copied, turned.items()), *step.after),
    )


def _lowered(graph: Graph, carried: int, target: Target, made: dict[str, Made]) -> Lowered:
    """The kernels of a step, matrices being stored in the order that suits all who read them; ``made`` gets
    what each pass makes."""
    by_columns = states_by_columns(graph, carried)
    by_columns |= narrow_by_columns(graph, target, by_columns)
    lowered = lower(graph, target, by_columns)
    made["lower"] = lowered.kernels
    made["outputs"] = kernels = computed_in_place(lowered.kernels)
    made["estimating"] = kernels = with_estimates(kernels, target)
    return replace(lowered, kernels=kernels)


def _in_loops(
    kernels: Sequence[Kernel],
    loss: Buffer,
    pairs: Mapping[Buffer, Buffer],
    target: Target,
    made: dict[str, Made],
) -> tuple[Sequence[Kernel], Sequence[Kernel]]:
    """The kernels that are computed before the loss is looked at, and those that write next values over the
    last ones, in as few loops as possible; ``made`` gets what each pass makes."""
    early, late = split_at_loss(kernels, loss, pairs)
    late = overwriting(late, pairs)
    made["inplace"] = [*early, *late]
    elsewhere = {buffer for kernel in late for buffer in kernel.buffers()}
    early, late = grouped(early, elsewhere), grouped(late, updating=target)
    made["grouping"] = [*early, *late]
    for name, passed in LOOP_PASSES.items():
        early, late = passed(early, target, elsewhere), passed(late, target, ())
        made[name] = [*early, *late]
    if worth_sharing([*early, *late], repeated=True):
        early, late = concurrent(early, target), concurrent(late, target)
    made["concurrent"] = [*early, *late]
    return early, late


def _as_callers_have(carried: Sequence[Buffer]) -> dict[Buffer, Buffer]:
    """The caller's own array of each carried matrix that lies by columns while steps are made."""
    return {
        buffer: replace(buffer, by_columns=False, label=f"{buffer.label}'")
        for buffer in carried
        if buffer.by_columns
    }


def _gathering(
    kernels: Sequence[Kernel], rows: Sequence[Buffer], target: Target
) -> tuple[list[Kernel], list[PackKernel]]:
    """The kernels without copies of whole minibatches in panels, and those copies, which are made where the
    rows are gathered."""
    gathered = _copies_of(rows, kernels)
    inner = [kernel for kernel in kernels if kernel not in gathered]
    for number, copy in enumerate(gathered):
        inner, gathered[number] = read_in_blocks(inner, copy, target)
    return inner, gathered


def _copies_of(rows: Sequence[Buffer], kernels: Sequence[Kernel]) -> list[PackKernel]:
    """The copies of whole minibatches in panels, row by row."""
    return [
        kernel
        for kernel in kernels
        if isinstance(kernel, PackKernel) and kernel.source.buffer in rows and _is_by_rows(kernel)
    ]


def _is_by_rows(copy: PackKernel) -> bool:
    """Whether each row that is copied is one of the buffer's, in their order, or a part of it."""
    source, rows = copy.source, copy.source.buffer.shape[0]
    in_order = source.row_stride * rows == source.buffer.size and source.column_stride == 1
    return copy.rows == rows and in_order


def _places(
    lowered: Lowered,
    carried: int,
    pairs: Mapping[Buffer, Buffer],
    gathered: Sequence[PackKernel],
    kernels: Sequence[Kernel],
    slots: Collection[Buffer],
) -> tuple[dict[Buffer, int], int]:
    """Places in the workspace, and its bytes: for what the kernels need, then for a step's number, its rows
    and its outputs, each of which is there during all of a step."""
    offsets, size = offsets_in_workspace((*gathered, *kernels))
    in_panels = only_in_panels(gathered, kernels)
    whole = [buffer for buffer in lowered.inputs[carried:] if buffer not in in_panels]
    written = {buffer for kernel in kernels for buffer in kernel.written()}
    aside = [buffer for buffer in (*lowered.outputs[:1], *pairs) if buffer in written]  # not over the last
    inside = [buffer for buffer in pairs.values() if buffer not in slots]
    for buffer in (*whole, *aside, *inside):
        offsets[buffer] = size
        size += bytes_of(buffer)
    return offsets, size
