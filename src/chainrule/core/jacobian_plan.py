"""What a Jacobian's plan tells its user: the order of multiplication, why, and what it costs."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from functools import cached_property
from typing import Any

from ..calculus import (
    Bracket,
    Bracketed,
    Compressed,
    Plan,
    counted,
    done_beforehand,
    pull_graph,
    pure_modes,
    push_graph,
)
from ..graph import Graph, Node
from ..graph.naming import assigned

WAYS = ("chosen", "forward", "reverse")
MOST_ENDS = 3  # inputs or outputs that are named one by one


@dataclass(frozen=True, slots=True)
class Cost:
    """The passes of a way to the Jacobian, and its multiplications.

    Attributes:
        passes: the vectors that are pushed or pulled through the graph, or a part of it.
        predicted: the multiplications that the factors' structures foretell, each factor for itself.
        counted: those of the graph that runs. They are as many, but for those of constants alone
            (:attr:`JacobianPlan.beforehand`), and where factors have something in common.
    """

    passes: int
    predicted: int
    counted: int


class JacobianPlan:
    """How a Jacobian is computed: ``print(J.plan)``.

    ``chosen`` is its :class:`Cost`; ``forward`` and ``reverse`` are those of all columns by forward mode and
    of all rows by reverse mode.

    >>> import numpy as np, chainrule as cr
    >>> U, V = np.ones((50, 2)), np.ones((2, 50))
    >>> plan = cr.jacobian(lambda x, U, V: U @ (V @ x))(np.ones(50), U, V).plan
    >>> plan.bracketing, plan.chosen.counted, plan.forward.counted
    ('∂v2/∂v1 · ∂v1/∂x', 5000, 10000)
    """

    def __init__(self, plan: Plan, graph: Callable[[], Graph]) -> None:
        self._plan = plan
        self._graph = graph

    @property
    def passes(self) -> tuple[int, int]:
        """How many vectors are pushed, and how many are pulled, through the graph or a part of it."""
        return self._plan.passes

    @property
    def blocks(self) -> int:
        """How many equal blocks on the diagonal hold the whole matrix."""
        return self._plan.task.structure.blocks

    @property
    def bracketing(self) -> str | None:
        """The factors in the order of multiplication, or None where a colouring is cheaper."""
        if not isinstance(self._plan, Bracketed):
            return None
        text = self._bracketed(self._plan.bracket)
        return text[1:-1] if text.startswith("(") else text

    @cached_property
    def chosen(self) -> Cost:
        """What this plan costs."""
        nodes = counted(self._plan.task.graph, self._graph())
        return Cost(sum(self.passes), self._plan.predicted.multiplications, nodes.multiplications)

    @cached_property
    def beforehand(self) -> int:
        """The multiplications of constants alone, of unit vectors say, which are done when the plan is made:
        they are predicted, and not counted."""
        return done_beforehand(self._plan)

    @cached_property
    def forward(self) -> Cost:
        """What it would cost to push every unit vector."""
        task = self._plan.task
        n = task.structure.columns
        graph = push_graph(task.graph, task.wrt, (n,))
        predicted = pure_modes(task)[0].multiplications
        return Cost(n, predicted, counted(task.graph, graph).multiplications)

    @cached_property
    def reverse(self) -> Cost:
        """What it would cost to pull every unit vector."""
        task = self._plan.task
        m = task.structure.rows
        graph = pull_graph(task.graph, task.wrt, (m,))
        predicted = pure_modes(task)[1].multiplications
        return Cost(m, predicted, counted(task.graph, graph).multiplications)

    def facts(self) -> dict[str, Any]:
        """The plan as plain numbers and texts."""
        pushes, pulls = self.passes
        return {
            "function": self._plan.task.graph.title,
            "outputs": self._plan.task.structure.rows,
            "inputs": self._plan.task.structure.columns,
            "chain": [list(pair) for pair in self._chain()],
            "bracketing": self.bracketing,
            "forward_passes": pushes,
            "reverse_passes": pulls,
            "blocks": self.blocks,
            **{name: asdict(getattr(self, name)) for name in WAYS},
            "multiplications_beforehand": self.beforehand,
        }

    def __str__(self) -> str:
        s = self._plan.task.structure
        lines = [f"Jacobian of {self._plan.task.graph.title}: {extent(s.rows, s.columns)}"]
        chain = " → ".join(f"{name} ({size:,})" for name, size in self._chain())
        lines += [f"  chain: {chain}"] if chain else []
        if s.blocks > 1:
            lines.append(f"  block-diagonal: {s.blocks:,} blocks of {s.block_rows:,} × {s.block_columns:,}")
        return "\n".join([*lines, *self._how(), *self._table()])

    __repr__ = __str__

    def _chain(self) -> list[tuple[str, int]]:
        segments = self._plan.task.chain.segments
        ends = [segment.sources for segment in segments[:1]] + [segment.targets for segment in segments]
        return [(self._name(end), sum(node.type.size for node in end)) for end in ends]

    def _how(self) -> Iterator[str]:
        plan = self._plan
        if isinstance(plan, Bracketed):
            yield f"  J = {self.bracketing}"
            yield from self._steps(plan, plan.bracket)
        elif isinstance(plan, Compressed):
            pushes, pulls = plan.passes
            s = plan.task.structure
            yield f"  sparse: {plan.pattern.nnz:,} of {s.rows * s.columns:,} entries may be non-zero"
            if pushes:
                yield f"  forward mode, {_passes(pushes)}: columns that share no row are pushed together"
            if pulls:
                yield f"  reverse mode, {_passes(pulls)}: rows that share no column are pulled together"
        else:
            yield "  zero everywhere: nothing is computed"

    def _steps(self, plan: Bracketed, bracket: Bracket) -> Iterator[str]:
        """What takes passes, and how many products of matrices there are."""
        steps = list(self._passes_of(plan, bracket))
        yield from steps
        products = _products(bracket)
        if products:
            counted = "1 product" if products == 1 else f"{products} products"
            yield f"  {counted} of matrices" + ("" if steps else ", none of which needs a pass")

    def _passes_of(self, plan: Bracketed, bracket: Bracket) -> Iterator[str]:
        mode, s = plan.mode(bracket), bracket.structure
        for part in bracket.parts:
            if plan.mode(part) != mode or mode == "product":
                yield from self._passes_of(plan, part)
        counts = {"forward": s.block_columns, "reverse": s.block_rows}
        if mode in counts:
            segments = plan.task.chain.segments
            name = self._derivative(segments[bracket.first].sources, segments[bracket.last].targets)
            yield f"  {name} ({s.rows:,} × {s.columns:,}): {mode} mode, {_passes(counts[mode])}"

    def _table(self) -> Iterator[str]:
        rows = [("", "passes", "multiplications: predicted", "counted")]
        for name in WAYS:
            cost: Cost = getattr(self, name)
            title = "this plan" if name == "chosen" else f"pure {name} mode"
            rows.append((title, f"{cost.passes:,}", f"{cost.predicted:,}", f"{cost.counted:,}"))
        widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
        for first, *others in rows:
            cells = [text.rjust(width) for text, width in zip(others, widths[1:], strict=True)]
            yield "  ".join(["", first.ljust(widths[0]), *cells]).rstrip()
        yield from self._why_they_differ()

    def _why_they_differ(self) -> Iterator[str]:
        """What predictions do not see."""
        if all(getattr(self, name).predicted == getattr(self, name).counted for name in WAYS):
            return
        yield "  predicted: for each factor by its structure; counted: in the graph that runs"
        beforehand = self.beforehand
        if beforehand:
            yield f"  {beforehand:,} multiplications of this plan are of constants alone, and done beforehand"
        if self.chosen.predicted != self.chosen.counted + beforehand:
            yield "  what its factors have in common is computed once, or once more for each that needs it"

    def _bracketed(self, bracket: Bracket) -> str:
        """The product with all its brackets: what is pushed or pulled takes one factor after the other."""
        segments = self._plan.task.chain.segments
        if not bracket.parts:
            segment = segments[bracket.first]
            return self._derivative(segment.sources, segment.targets)
        parts = [self._bracketed(part) for part in bracket.parts]
        if bracket.how == "product":
            return f"({parts[0]} · {parts[1]})"
        text = parts[0]
        if bracket.how == "push":
            for segment in segments[bracket.parts[0].last + 1 : bracket.last + 1]:
                text = f"({self._derivative(segment.sources, segment.targets)} · {text})"
        else:
            for segment in reversed(segments[bracket.first : bracket.parts[0].first]):
                text = f"({text} · {self._derivative(segment.sources, segment.targets)})"
        return text

    def _derivative(self, sources: tuple[Node, ...], targets: tuple[Node, ...]) -> str:
        return f"∂{self._name(targets)}/∂{self._name(sources)}"

    def _name(self, nodes: tuple[Node, ...]) -> str:
        if len(nodes) > MOST_ENDS:
            return "outputs" if nodes == self._plan.task.graph.outputs else "inputs"
        names = [self._labels.get(node, "constant") for node in nodes]
        return names[0] if len(names) == 1 else f"({', '.join(names)})"

    @cached_property
    def _labels(self) -> dict[Node, str]:
        graph = self._plan.task.graph
        return {**graph.labels(), **assigned(graph)}


def extent(rows: int, columns: int) -> str:
    """The size of a Jacobian in words: ``2 outputs × 1 input``."""
    counts = ((rows, "output"), (columns, "input"))
    return " × ".join(f"{count:,} {name}{'s' * (count != 1)}" for count, name in counts)


def _products(bracket: Bracket) -> int:
    """How many products of two matrices a bracketing has."""
    return (bracket.how == "product") + sum(map(_products, bracket.parts))


def _passes(count: int) -> str:
    return "1 pass" if count == 1 else f"{count:,} passes"
