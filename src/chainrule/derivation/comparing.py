"""What the lines of a derivation are compared with: reverse mode, and differences of the function."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Any

import numpy as np

from .arithmetic import is_nothing
from .chain import Chain
from .checks import Check, Probe, compared, directions, measured, probes_along
from .evaluation import applied, evaluate
from .formula import Formula
from .magnitude import magnitude
from .point import Point
from .segments import Anchor, Onwards, pulled
from .styling import styled
from .writers.plain_notation import PlainNotation
from .writing import write

Differences = Callable[[], tuple[Check, ...]]


def compared_along(
    chain: Chain,
    what: str,
    against: str,
    form: Formula,
    theirs: list[np.ndarray],
    source: Anchor,
    added: Formula,
) -> Check:
    """The products of a Jacobian with directions, against another way to compute them."""
    values, along = chain.values(chain.here), list(directions(source.node.type.size))
    ours = [applied(form, v, values).ravel() for v in along]
    terms = [applied(added, np.abs(v), values).ravel() for v in along]
    return compared(what, against, np.array(ours), np.array(theirs), np.array(terms))


def against_reverse(chain: Chain, left: Formula, right: Formula, source: Anchor) -> tuple[Check, ...]:
    values = chain.values(chain.here)
    ours = evaluate(right, values)
    terms = _size_of_terms(chain, source) if is_nothing(right) else evaluate(magnitude(right), values)
    what = f"{left.data.text} = {written(right)}"
    theirs = chain.here.cotangents[source].reshape(source.node.shape)
    return (compared(what, "reverse mode", ours, theirs, terms),)


def _size_of_terms(chain: Chain, source: Anchor) -> np.ndarray:
    """The size of what cancels in a derivative, there or in one that it is computed from.

    What has cancelled in the definitions already is as large as moves the output by its own size, at most.
    """
    sizes: dict[Any, np.ndarray] = {}
    for anchor in reversed(chain.moving[chain.moving.index(source) : -1]):
        gradient = styled(pulled(anchor, [(user, chain.cotangent(user)) for user in chain.users(anchor)]))
        sizes[chain.gradients[anchor]] = evaluate(magnitude(gradient), {**chain.values(chain.here), **sizes})
    output, moved = chain.here.values[chain.output], np.max(np.abs(chain.here.values[source]), initial=0.0)
    return sizes[chain.gradients[source]] + (np.sum(np.abs(output)) / moved if moved else 0.0)


def local_differences(chain: Chain, left: Formula, right: Formula, source: Anchor) -> Differences:
    """⟨∇_source J, v⟩ against Σ ⟨∇_user J, the user's difference along v⟩."""
    users = chain.users(source)

    def probes(point: Point) -> Iterator[Probe]:
        claimed = evaluate(right, chain.values(point)).ravel()

        def parts(at: np.ndarray) -> list[np.ndarray]:
            return [point.cotangents[user] * point.segment(user, source, at) for user in users]

        def moved(at: np.ndarray) -> np.ndarray:
            return np.asarray(sum(map(np.sum, parts(at))))

        at = point.values[source]
        added = float(sum(np.sum(np.abs(part)) for part in parts(at)))
        return probes_along(at, moved, partial(np.dot, claimed), added=added)

    return differences_of(chain, f"{left.data.text} = {written(right)}", probes)


def whole_differences(chain: Chain, left: Formula, right: Formula, source: Anchor) -> Differences:
    """A closed form against differences of the whole function."""
    what = f"{left.data.text} = {written(right)}"

    def probes(point: Point) -> Iterator[Probe]:
        claimed = evaluate(right, chain.values(point)).ravel()
        return probes_of_output(chain, point, source, partial(np.dot, claimed))

    return differences_of(chain, what, probes)


def measured_along(
    chain: Chain, what: str, source: Anchor, v: np.ndarray, claim: Callable[[Point], np.ndarray]
) -> Differences:
    """What a line claims of the derivative along one direction, against differences."""

    def probes(point: Point) -> Iterator[Probe]:
        return probes_of_output(chain, point, source, lambda _: claim(point), [v])

    return differences_of(chain, what, probes)


def probes_of_output(
    chain: Chain,
    point: Point,
    source: Anchor,
    claim: Callable[[np.ndarray], Any],
    along: Sequence[np.ndarray] | None = None,
) -> Iterator[Probe]:
    """Probes of the output where a value moves and all that depends on it moves along."""
    at = np.asarray(point.values.get(source, np.zeros(source.node.shape)))
    moved = chain.onwards.get(source) or Onwards(chain.order, source)
    return probes_along(at, partial(moved, point.values), claim, along)


def differences_of(chain: Chain, what: str, probes: Callable[[Point], Iterator[Probe]]) -> Differences:
    """What takes a line's differences."""
    return partial(_measured, chain, what, probes)


def _measured(chain: Chain, what: str, probes: Callable[[Point], Iterator[Probe]]) -> tuple[Check, ...]:
    """Differences at the point; where it has kinks there, at points nearby."""
    for k in range(3):
        check = measured(what, list(probes(chain.points(k))))
        if check is not None:
            return (check if k == 0 else Check("differences nearby", check.error, check.bound),)
    return ()


def written(formula: Formula) -> str:
    """A formula as plain text, for messages."""
    return write(formula, PlainNotation())
