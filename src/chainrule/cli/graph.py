"""``chainrule graph``: the computational graph of a function in a user's file, drawn or written out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from chainrule.cli.functions import function_argument, load_function, users_code
from chainrule.cli.options import PathEnding, by_name_or_position, json_option
from chainrule.cli.points import at_option, read_point
from chainrule.cli.screen import emit_bytes, emit_json, note, working

if TYPE_CHECKING:
    from inspect import BoundArguments

    from chainrule.graph import Graph


@dataclass(frozen=True, slots=True)
class Traced:
    """A graph, its NumPy source, and its inputs where their values are to be shown."""

    graph: Graph
    source: str
    arrays: Sequence[Any] | None


def _drawing(traced: Traced) -> str:
    from chainrule.drawing import svg

    return svg(traced.graph, traced.arrays)


def _page(traced: Traced) -> str:
    from chainrule.drawing import page

    return page(traced.graph, traced.source, traced.arrays)


WRITERS: dict[str, Callable[[Traced], str]] = {
    ".svg": _drawing,
    ".html": _page,
    ".py": lambda traced: traced.source,
    ".txt": lambda traced: f"{traced.graph}\n",
}


@click.command(short_help="Draw a function's computational graph.")
@function_argument
@at_option(required=True)
@click.option("--wrt", multiple=True, metavar="NAME", help="Draw the gradient by this argument; repeatable.")
@click.option("--values", is_flag=True, help="Show values and, for a scalar function, adjoints at the point.")
@click.option(
    "-o",
    "--output",
    type=PathEnding(WRITERS),
    help="File to write: .svg, .html, .py (NumPy source) or .txt.  [default: the text, on standard output]",
)
@json_option
def graph(
    function: str, at: Path, wrt: tuple[str, ...], values: bool, output: Path | None, as_json: bool
) -> None:
    """Draw the computational graph of a FUNCTION in FILE.py at the shapes of a point, or of its gradient.

    In the drawing each edge tells a shape; a box that is pointed at or clicked tells the line it comes from
    and its local Jacobians. The NumPy source runs by itself.

    \b
    Example:
      chainrule graph net.py:loss --at point.npz --values -o loss.svg
    """
    from chainrule.cli.destination import require_file_writable
    from chainrule.io import atomic_write

    if output:
        require_file_writable(output, Path(function.rpartition(":")[0]), at)
    with working(f"tracing {function}"):
        loaded = load_function(function)
        point = read_point(at, loaded)
        with users_code():
            traced = _traced(loaded, point, wrt, values)
            text = WRITERS[output.suffix.lower() if output else ".txt"](traced)
    if output:
        atomic_write(output, text.encode())
    if as_json:
        emit_json(_facts(traced.graph, output))
    elif output:
        note(f"{_summary(traced.graph)}; written to {output}")
    else:
        emit_bytes(text.encode())


def _traced(function: Callable[..., Any], at: BoundArguments, wrt: Sequence[str], values: bool) -> Traced:
    import numpy as np

    import chainrule as cr
    from chainrule import tree

    if wrt:
        graph = cr.grad(function, wrt=by_name_or_position(wrt)).graph(*at.args, **at.kwargs)
        source = graph.to_python()
    else:
        traced = cr.trace(function, *at.args, **at.kwargs)
        graph, source = traced.graph, traced.to_python()
        if traced.branched_at is not None:
            note(
                f"Warning: the graph holds at this point only, for a value is looked at: {traced.branched_at}"
            )
    leaves, _ = tree.flatten(list(at.arguments.values()))
    arrays = [leaf for leaf in leaves if isinstance(leaf, np.ndarray)]
    return Traced(graph, source, arrays if values else None)


def _summary(graph: Graph) -> str:
    facts = _facts(graph, None)
    inputs, operations = len(facts["inputs"]), facts["operations"]
    counts = f"{inputs} input{'s' * (inputs != 1)}, {operations} operation{'s' * (operations != 1)}"
    return f"{facts['title']}: {counts}"


def _facts(graph: Graph, output: Path | None) -> dict[str, Any]:
    from chainrule.graph import is_literal

    operations = [node for node in graph.nodes if node.op != "input" and not is_literal(node)]
    found: dict[str, Any] = {
        "title": graph.title,
        "inputs": {node.params["label"]: list(node.shape) for node in graph.inputs},
        "outputs": [list(node.shape) for node in graph.outputs],
        "operations": len(operations),
    }
    return found | ({"output": str(output)} if output else {"graph": str(graph)})
