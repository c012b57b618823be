"""Every entry by itself: partial derivatives of numbers, with cases where a function has pieces."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import numpy as np

from ..calculus import gradient_graph
from ..calculus.counting import work
from ..errors import ArgumentError
from ..graph import Graph
from .alphabet import Index
from .chain import Chain
from .checks import compared
from .comparing import measured_along, written
from .entry_names import Entry
from .entry_targets import with_whole_targets
from .equations import RESULT, draft
from .evaluation import evaluate
from .formula import symbol
from .magnitude import magnitude
from .partials import Partials, indices_of
from .segments import Anchor
from .step import Step

MOST_ENTRIES = 100
FIRST = 12  # entries of each source that are written where there are more
MOST_OPERATIONS = 50_000  # on numbers that each have a formula


def scalar_lines(
    chain: Chain, graph: Graph, sources: tuple[Anchor, ...], progress: Callable[[str], Any]
) -> Iterator[Step]:
    """The derivative by every entry of each source: in the arguments where that is short, else by names.

    Of more than a hundred entries the first few of each source are written. ``progress`` is told of each.

    Raises:
        ArgumentError: the function computes with so many numbers that their formulas would take minutes.
    """
    count = sum(source.node.type.size for source in sources)
    derivative = gradient_graph(_with_names(graph, chain), [source.node for source in sources])
    effort = work(derivative.nodes).total
    if effort > MOST_OPERATIONS:
        raise ArgumentError(
            f"{effort:,} operations on numbers, each with a formula",
            expected=f"at most {MOST_OPERATIONS:,}",
            instead='level="steps", or arrays of fewer entries',
        )
    partials = Partials(chain, derivative, sources)
    wanted = {**partials.parts, **{source: indices_of(source) for source in sources}}
    shown = {
        anchor: indices if max(count, len(indices)) <= MOST_ENTRIES else indices[:FIRST]
        for anchor, indices in wanted.items()
    }
    done, total = 0, sum(map(len, shown.values()))
    untied = "where no two entries tie" if partials.untied else ""
    for anchor, indices in shown.items():
        left = len(wanted[anchor]) - len(indices)
        for index in indices:
            done += 1
            progress(f"entry {done} of {total}")
            *before, line = _lines(partials, anchor, index)
            if done == 1 and untied:
                line = replace(line, remark="; ".join(filter(None, (line.remark, untied))))
            yield from before
            last = left and index == indices[-1]
            more = f"{left:,} more entries are not written"
            yield replace(line, remark="; ".join(filter(None, (line.remark, more)))) if last else line


def _lines(partials: Partials, source: Anchor, index: Index) -> list[Step]:
    """∂J/∂W₁₁ = …, and what that is where the targets sum to one."""
    chain, alphabet = partials.chain, partials.alphabet
    right = partials.writer.formula(partials.results[source][index])
    left = symbol(Entry(source.name, index, chain.output.name).name, ())
    what = f"{left.data.text} = {written(right)}"
    values = alphabet.values(chain.here)
    at = chain.here.cotangents[source].reshape(source.node.shape)[index]
    ours, terms = evaluate(right, values), evaluate(magnitude(right), values)
    check = compared(what, "reverse mode", ours, np.asarray(at), terms)
    along = _unit(source, index)
    differences = measured_along(chain, what, source, along, lambda p: evaluate(right, alphabet.values(p)))
    rule = "each entry by itself" if source.node.ndim else "derivative of numbers"
    rule = "a part that keeps its name" if source in partials.parts else rule
    general = draft(chain, RESULT, rule, left, right, (check,), np.asarray(at), differences=differences)
    lines = [general.checked()]
    shorter, held = with_whole_targets(chain, alphabet.entries, right, values)
    if chain.shown and held:
        what = f"{left.data.text} = {written(shorter)}"
        check = compared(what, "reverse mode", evaluate(shorter, values), np.asarray(at), terms)
        rule, remark = "targets that sum to one", f"as {held} at this point"
        lines.append(
            draft(chain, RESULT, rule, left, shorter, (check,), np.asarray(at), remark=remark).checked()
        )
    return [replace(line, right=partials.writer.summed(line.right)) for line in lines]


def _with_names(graph: Graph, chain: Chain) -> Graph:
    names = {anchor.name.label: anchor.node for anchor in chain.order if not anchor.is_argument}
    return Graph(graph.inputs, graph.outputs, names, graph.title)


def _unit(source: Anchor, index: tuple[int, ...]) -> np.ndarray:
    unit = np.zeros(source.node.shape)
    unit[index] = 1.0
    return unit.ravel()
