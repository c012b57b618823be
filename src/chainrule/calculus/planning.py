"""The cheapest way to a whole Jacobian: a bracketing of its chain, or the passes of a colouring."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain as all_of

from ..graph import Graph, Node
from .bracketing import cheapest
from .chains import chain_of
from .colouring import Colouring, fewest_passes
from .costs import Costs, costs_of
from .counting import NOTHING, Work, work
from .plans import LOOKED_AT, Bracketed, Compressed, NoPlan, Plan, Task
from .star_colouring import star_colourings

LINES = 1000  # entries of patterns, for each row and column, that are written down to look for zeros


def plan_jacobian(graph: Graph, wrt: Sequence[Node], *, symmetric: bool = False) -> Plan:
    """The plan of least work for the Jacobian of a graph's outputs by ``wrt``.

    The pattern is looked at where it promises more than it costs to find.
    """
    task = Task(graph, tuple(wrt), chain_of(graph, wrt), symmetric)
    if task.is_zero:
        return NoPlan(task)
    costs = costs_of(graph, task.chain)
    factors = [cost.factor(segment) for cost, segment in zip(costs, task.chain.segments, strict=True)]
    best = cheapest(factors)
    bracketed = Bracketed(task, best.work, costs, best)
    return _compressed(task, costs, bracketed.predicted) or bracketed


def total_costs(task: Task) -> tuple[Work, Work]:
    """The work of pushing one vector through the whole chain, and of pulling one."""
    return _totals(costs_of(task.graph, task.chain))


def counted(function: Graph, derivative: Graph) -> Work:
    """The work of a derivative's graph, beside that of the function itself."""
    known = set(function.nodes)
    return work(node for node in derivative.nodes if node not in known)


def _totals(costs: Sequence[Costs]) -> tuple[Work, Work]:
    return sum((cost.push for cost in costs), NOTHING), sum((cost.pull for cost in costs), NOTHING)


def _compressed(task: Task, costs: Sequence[Costs], other: Work) -> Plan | None:
    """A plan by colours, if it takes less work than another plan."""
    s = task.structure
    push, pull = (each + Work(0, s.rows + s.columns) for each in _totals(costs))
    most = other.total / min(push.total, pull.total)
    budget = max(LOOKED_AT, min(other.total / 8, LINES * (s.rows + s.columns)))
    pattern = task.pattern(budget) if most > 2 else None
    if pattern is None:
        return None
    if not pattern.nnz:
        return NoPlan(task)
    ends = (task.graph.outputs, task.wrt)
    rows, columns = (end[0].shape if len(end) == 1 else () for end in ends)
    found = fewest_passes(pattern, most, rows, columns)
    stars = star_colourings(pattern) if task.symmetric else ()
    colourings = [colouring for colouring in all_of([found], stars) if colouring is not None]
    plans = [Compressed(task, _work(colouring, push, pull), colouring, pattern) for colouring in colourings]
    best = min(plans, key=lambda plan: sum(plan.passes), default=None)
    return best if best and best.predicted.total < other.total else None


def _work(colouring: Colouring, push: Work, pull: Work) -> Work:
    return push * colouring.pushes + pull * colouring.pulls + Work(0, len(colouring.by_row))
