"""The cheapest way to a whole Jacobian: a bracketing of its chain, or the passes of a colouring."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain as all_of

import numpy as np

from ..graph import Graph, Node
from .bracketing import MORE_ELEMENTS, Bracket, Formed, cheapest
from .chains import chain_of
from .colouring import fewest_passes
from .costs import Costs, costs_of, once, passes
from .counting import NOTHING, Work, work
from .derivatives import jacobian_graph, pull_graph, push_graph
from .plans import LOOKED_AT, Bracketed, Compressed, NoPlan, Plan, Task
from .star_colouring import star_colourings

FEW_ELEMENTS = 10_000  # that may be written to save multiplications, however few these are
CLEARLY = 3  # times as many multiplications foretold need not be counted
TINY = 500  # entries of a matrix, up to which colours are counted whatever is foretold
COUNTED = 1_000_000  # entries of a matrix, up to which its plan is counted beside the pure modes
LINES = 1000  # entries of patterns, for each row and column, that are written down to look for zeros


def plan_jacobian(graph: Graph, wrt: Sequence[Node], *, symmetric: bool = False) -> Plan:
    """The plan of least work for the Jacobian of a graph's outputs by ``wrt``.

    The pattern is looked at where it promises more than it costs to find. Work is foretold factor by factor,
    which does not see what factors have in common: so the plans of a small matrix, by a bracketing and by
    colours, are counted beside each other and the pure modes. Whatever its size, the plan gives way to a pure
    mode that takes fewer multiplications.
    """
    task = Task(graph, tuple(wrt), chain_of(graph, wrt), symmetric)
    if task.is_zero:
        return NoPlan(task)
    costs = costs_of(graph, task.chain)
    factors = [cost.factor(segment) for cost, segment in zip(costs, task.chain.segments, strict=True)]
    best = cheapest(factors)
    bracketed = Bracketed(task, best.work + work(once(costs, best)), best)
    compressed = _compressed(task, costs, bracketed.predicted)
    if isinstance(compressed, NoPlan):
        return compressed
    taken = _Multiplications(task.structure.rows * task.structure.columns <= COUNTED)
    best_known = bracketed if compressed is None else _better(bracketed, compressed, taken)
    return _no_worse(best_known, costs, taken)


@dataclass(slots=True)
class _Multiplications:
    """Those that a plan takes: counted as they run where the matrix is small, otherwise as foretold."""

    small: bool
    known: list[tuple[Plan, int]] = field(default_factory=list)

    def __call__(self, plan: Plan) -> int:
        if not self.small:
            return plan.predicted.multiplications
        for each, count in self.known:
            if each is plan:
                return count
        graph = plan.task.graph
        self.known.append((plan, counted(graph, jacobian_graph(graph, plan.entries())).multiplications))
        return self.known[-1][1]


def _better(bracketed: Plan, compressed: Plan, taken: _Multiplications) -> Plan:
    """That of fewer multiplications, and among equals of fewer elements written; the one that writes fewer in
    all where the other writes many more."""
    plans = (bracketed, compressed)
    first, second = sorted(plans, key=lambda plan: plan.predicted)
    clearly = CLEARLY * first.predicted.multiplications < second.predicted.multiplications
    if clearly and first.predicted.elements <= second.predicted.elements:
        return first
    fewest = min(plans, key=lambda plan: (taken(plan), plan.predicted.elements))
    shortest = min(plans, key=lambda plan: plan.predicted.total)
    few = fewest.predicted.elements <= max(FEW_ELEMENTS, MORE_ELEMENTS * shortest.predicted.elements)
    return fewest if few else shortest


def _no_worse(plan: Plan, costs: Sequence[Costs], taken: _Multiplications) -> Plan:
    """The plan, or a pure mode that takes fewer multiplications."""
    task, s = plan.task, plan.task.structure
    whole = replace(task, chain=task.chain.uncut())
    modes: tuple[tuple[Formed, Callable[[], Graph], Work], ...] = (
        ("columns", lambda: push_graph(task.graph, task.wrt, (s.columns,)), passes(costs, s.columns, 0)),
        ("rows", lambda: pull_graph(task.graph, task.wrt, (s.rows,)), passes(costs, 0, s.rows)),
    )
    own = taken(plan)
    fewer = [
        Bracketed(whole, predicted, Bracket(0, 0, s, formed, (), predicted))
        for formed, graph, predicted in modes
        if (counted(task.graph, graph()) if taken.small else predicted).multiplications < own
    ]
    return min((plan, *fewer), key=taken) if fewer else plan


def done_beforehand(plan: Plan) -> int:
    """The multiplications that constants alone determine, such as those of unit vectors with numbers: they
    are worked out while the plan is made."""
    graph, entries = plan.task.graph, plan.entries()
    whole, left = (counted(graph, jacobian_graph(graph, entries, work_out=w)) for w in (False, True))
    return whole.multiplications - left.multiplications


def pure_modes(task: Task) -> tuple[Work, Work]:
    """The work of all columns by forward mode and of all rows by reverse mode, as the factors foretell it."""
    costs, s = costs_of(task.graph, task.chain), task.structure
    return passes(costs, s.columns, 0), passes(costs, 0, s.rows)


def counted(function: Graph, derivative: Graph) -> Work:
    """The work of a derivative's graph, beside that of the function itself."""
    known = set(function.nodes)
    return work(node for node in derivative.nodes if node not in known)


def _compressed(task: Task, costs: Sequence[Costs], other: Work) -> Plan | None:
    """A plan by colours, if one may take less work than another plan."""
    s = task.structure
    vectors = Work(0, s.rows + s.columns)
    push, pull = (sum(each, NOTHING) for each in ([c.push for c in costs], [c.pull for c in costs]))
    most = max(
        other.total / (min(push.total, pull.total) + vectors.total),
        other.multiplications / max(min(push.multiplications, pull.multiplications), 1),
    )
    if s.rows * s.columns <= TINY:
        most = np.inf
    budget = max(LOOKED_AT, min(other.total / 8, LINES * (s.rows + s.columns)))
    pattern = task.pattern(budget) if most > 2 else None
    if pattern is None:
        return None
    if not pattern.nnz:
        return NoPlan(task)
    ends = (task.graph.outputs, task.wrt)
    rows, columns = (end[0].shape if len(end) == 1 else () for end in ends)
    found = fewest_passes(pattern, most, rows, columns)
    known = np.inf if found is None else found.passes
    stars = star_colourings(pattern, known) if task.symmetric else ()
    colourings = [colouring for colouring in all_of([found], stars) if colouring is not None]
    best = min(colourings, key=lambda colouring: colouring.passes, default=None)
    if best is None:
        return None
    written = vectors * best.passes + Work(0, pattern.nnz)
    predicted = passes(costs, best.pushes, best.pulls) + written
    return Compressed(task, predicted, best, pattern)
