"""``derive``: from a function to the derivation of its gradient."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import chain as concatenated
from typing import Any

import numpy as np

from ..core.arguments import Wrt
from ..core.specialise import Specialisation, Specialiser
from ..errors import ArgumentError, NonFiniteError
from ..graph import Graph
from .chain import Chain
from .closed import closed_forms, closed_jacobians
from .derivation import Derivation
from .equations import constant, definition, lines_of
from .function_names import with_words
from .given import Given, candidates
from .greatest import with_ties_said
from .names import path_text
from .objective import Objective, objective
from .point import Point, nearby, point_at
from .recursion import with_recursions
from .scalars import scalar_lines
from .segments import Anchor, between, cut
from .step import Step
from .subject import subject
from .writers.numpy_source import gradient_source

LEVELS = ("result", "steps", "scalar")


def derive(
    f: Callable[..., Any],
    wrt: Wrt = 0,
    at: Any = None,
    *,
    shapes: Mapping[str, Any] | None = None,
    level: str = "steps",
    progress: Callable[[str], Any] = lambda _: None,
) -> Derivation:
    """The derivation of a function's gradient, line by line, each line checked with numbers.

    For J = f(…) of one number: ∂J/∂vec[W] = ∂J/∂z ∂z/∂vec[W], a product of Jacobians, and ∇_W J of W's own
    shape. Of a function of several numbers pᵀ·f is derived, for any p, and its Jacobian where that has a
    form.

    Args:
        f: a function of arrays (or dicts, lists and tuples of arrays), written in plain NumPy. Values that it
            names by :func:`chainrule.name` have these names in the derivation.
        wrt: an argument's name or position, the path of a part of it ("params/W1"), or a tuple of these.
        at: the point, a dict of arguments by name or a tuple of them in order. Each line then shows its
            value.
        shapes: instead of a point the shape of each argument by name: ``{"W": (3, 2), "x": (2,)}``. Where
            neither is given, the arguments' defaults are the point.
        level: ``"result"``: closed forms only; ``"steps"``: every application of the chain rule;
            ``"scalar"``: every entry by itself.
        progress: is told how far it is, such as "entry 3 of 12": a large derivation takes seconds.

    Returns:
        A :class:`Derivation`: ``print`` it, or ``.latex()``, ``.html()``, ``.mathml()``, ``.python()``.

    Raises:
        ShapeError: f returns no real number.
        NonFiniteError: f or its derivative is not finite at the point.
        TraceError: f does something that cannot become a graph.
        ArgumentError: no such argument or level, or neither a point nor shapes.

    Source: the lecture, "Vectorizing a matrix".

    >>> import numpy as np, chainrule as cr
    >>> def J(W, x, y):
    ...     yhat = cr.name(W @ x, "yhat")
    ...     return 0.5 * np.sum((yhat - y) ** 2)
    >>> result = cr.derive(J, "W", shapes={"W": (3, 2), "x": (2,), "y": (3,)}, level="result")
    >>> for step in result.steps:
    ...     print(step)
    ŷ = W x
    J = ½ ‖ŷ − y‖²
    ∇_W J = (ŷ − y) xᵀ
    """
    if level not in LEVELS:
        raise ArgumentError(f"level={level!r}", expected="one of " + ", ".join(map(repr, LEVELS)))
    given, special, found = _first_regular(f, wrt, at, shapes)
    lines = [*with_ties_said(_steps(found, level, progress), found.chain.definitions)]
    steps = with_words(lines, [anchor.name for anchor in found.chain.order])
    return Derivation(
        title=_title(found, special),
        steps=steps,
        legend=_legend(found),
        point=_point(given, found),
        _source=lambda: gradient_source(f, wrt, given.args, given.kwargs, several=bool(found.outputs)),
    )


@dataclass(frozen=True, slots=True)
class _Found:
    """What the lines of a derivation are made from.

    Attributes:
        graph: the graph of one number.
        chain: the named values.
        sources: those that the function is differentiated by.
        outputs: the function's own, where they are several numbers.
    """

    graph: Graph
    chain: Chain
    sources: tuple[Anchor, ...]
    outputs: tuple[Anchor, ...]


def _first_regular(
    f: Callable[..., Any], wrt: Wrt, at: Any, shapes: Any
) -> tuple[Given, Specialisation, _Found]:
    """The first point at which the function and its derivatives are finite."""
    specialiser = Specialiser(f, wrt)
    refusal: Exception | None = None
    for given in candidates(f, at, shapes):
        special, arrays = specialiser.at(given.args, given.kwargs)
        found = _found(special, list(arrays), shown=not given.made)
        try:
            found.chain.points(0)
        except (ArgumentError, NonFiniteError, np.linalg.LinAlgError) as error:
            refusal = refusal or error
            continue
        return given, special, found
    if isinstance(refusal, (ArgumentError, NonFiniteError)):
        raise refusal
    raise NonFiniteError(f"{specialiser.function!r} cannot be computed there: {refusal}")


def _found(special: Specialisation, arrays: list[Any], shown: bool) -> _Found:
    target: Objective = objective(subject(special.traced))
    graph = target.graph
    everything = [*arrays, *target.weights]
    anchors = cut(graph)
    by_node = {anchor.node: anchor for anchor in anchors}
    sources = tuple(dict.fromkeys(by_node[node] for node in special.wrt()))
    output = by_node[graph.outputs[0]]
    order = _needed(anchors, output)
    moving = between(order, sources, output)

    @lru_cache
    def points(k: int) -> Point:
        moved = everything if k == 0 else nearby(everything, np.random.default_rng(k))
        return point_at(graph, order, moving, moved)

    outputs = tuple(by_node[node] for node in target.outputs)
    return _Found(graph, Chain(tuple(order), tuple(moving), points, shown), sources, outputs)


def _needed(anchors: list[Anchor], output: Anchor) -> list[Anchor]:
    """The anchors that the output needs, and itself, the last."""
    needed = {output}
    for anchor in reversed(anchors):
        if anchor in needed:
            needed.update(anchor.uses)
    return [anchor for anchor in anchors if anchor in needed]


def _steps(found: _Found, level: str, progress: Callable[[str], Any]) -> Iterator[Step]:
    chain = found.chain
    moving = [source for source in found.sources if source in chain.moving and source is not chain.output]
    named = [anchor for anchor in chain.order if not anchor.is_argument]
    forward = with_recursions(chain, [(anchor, [definition(chain, anchor)]) for anchor in named])
    still = [constant(chain, source).checked() for source in found.sources if source not in moving]
    if level == "scalar":
        return concatenated(forward, still, scalar_lines(chain, found.graph, tuple(moving), progress))
    middle: list[Step] = []
    if level == "steps":
        groups = [(anchor, lines_of(chain, anchor)) for anchor in reversed(chain.moving[:-1])]
        middle = with_recursions(chain, groups)
    closed = with_recursions(chain, closed_forms(chain, tuple(moving), cancelling=level == "steps"))
    jacobians = closed_jacobians(chain, tuple(moving), found.outputs)
    return concatenated(forward, *_joined(middle, still, closed), jacobians)


def _joined(middle: list[Step], still: list[Step], closed: list[Step]) -> tuple[list[Step], ...]:
    """The lines of the chain rule and the results; where its last line is the first of these, once."""
    if middle and closed and not still:
        (*before, last), (first, *after) = middle, closed
        if (last.left, last.right) == (first.left, first.right):
            return before, [replace(first, rule=last.rule)], after
    return middle, still, closed


def _point(given: Given, found: _Found) -> str:
    where = given.made or "the given point"
    if not found.outputs:
        return where
    J, named = found.chain.output.name.text, ", ".join(output.name.text for output in found.outputs)
    return f"{where}. {named} has several entries: {J} multiplies it with any p, here a random one"


def _title(found: _Found, special: Specialisation) -> str:
    wanted = ", ".join(found.chain.gradient_of(source).text for source in found.sources)
    labels = ", ".join(str(node.params["label"]) for node in special.graph.inputs)
    return f"{wanted} for {special.graph.title}({labels})"


def _legend(found: _Found) -> tuple[tuple[str, str], ...]:
    own = [anchor.name for anchor in found.chain.order if anchor.own or anchor is found.chain.output]
    return tuple((name.text, name.label) for name in own if name.text != path_text(name.label))
