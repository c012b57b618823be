"""The point of a derivation: the one that was given, or one that is made of shapes."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from .. import tree
from ..errors import ArgumentError

SEED = 0


@dataclass(frozen=True, slots=True)
class Given:
    """Arguments of a function: a call ``f(*args, **kwargs)``; ``made`` says how, if not by the user."""

    args: tuple[Any, ...]
    kwargs: dict[str, Any]
    made: str = ""


def candidates(f: Callable[..., Any], at: Any, shapes: Any) -> Iterator[Given]:
    """The point that was given; else, from shapes, points of several kinds, for functions with a domain.

    Raises:
        ArgumentError: neither is given, and the arguments have no defaults.
    """
    if at is not None and shapes is not None:
        raise ArgumentError("both at= and shapes=", expected="one of them")
    if at is not None:
        yield _given(at)
    elif shapes is not None:
        for kind, draw in KINDS.items():
            rng = np.random.default_rng(SEED)
            kwargs = {name: _drawn(shape, rng, draw) for name, shape in _mapping(shapes).items()}
            yield Given((), kwargs, f"a random point ({kind})")
    else:
        yield Given((), _wide(_defaults(f)), "the arguments' defaults")


def _given(at: Any) -> Given:
    if isinstance(at, inspect.BoundArguments):
        return Given(tuple(map(_wide, at.args)), _wide(at.kwargs))
    if isinstance(at, Mapping):
        return Given((), _wide(dict(at)))
    if isinstance(at, tuple):
        return Given(tuple(map(_wide, at)), {})
    raise ArgumentError(
        f"at= is a {type(at).__name__}", expected="the arguments: a dict by name, or a tuple in order"
    )


def _wide(values: Any) -> Any:
    """Arrays in float64, in which derivations are checked."""

    def widened(leaf: Any) -> Any:
        dtype = getattr(leaf, "dtype", None)
        return np.asarray(leaf, np.float64) if dtype is not None and dtype.kind == "f" else leaf

    return tree.map_leaves(widened, values)


def _defaults(f: Callable[..., Any]) -> dict[str, Any]:
    try:
        parameters = inspect.signature(f).parameters.values()
    except (TypeError, ValueError):
        parameters = {}.values()
    found = {p.name: p.default for p in parameters if p.default is not p.empty}
    missing = [
        p.name for p in parameters if p.default is p.empty and p.kind not in (p.VAR_POSITIONAL, p.VAR_KEYWORD)
    ]
    if missing or not found:
        wanted = missing or ["x"]
        point = ", ".join(f"{name!r}: …" for name in wanted)
        listed = ", ".join(f"{name!r}: (3,)" for name in wanted)
        raise ArgumentError(
            f"no point, and {', '.join(wanted)} without default: shapes are not known",
            expected=f"at={{{point}}}, or shapes={{{listed}}}",
        )
    return found


def _mapping(shapes: Any) -> Mapping[str, Any]:
    if not isinstance(shapes, Mapping):
        raise ArgumentError(f"shapes={shapes!r}", expected="a dict from each argument's name to its shape")
    return shapes


def _drawn(shape: Any, rng: np.random.Generator, draw: Draw) -> Any:
    if isinstance(shape, Mapping):
        return {key: _drawn(value, rng, draw) for key, value in shape.items()}
    if isinstance(shape, (int, np.integer)):
        shape = (shape,)
    if isinstance(shape, (tuple, list)) and all(isinstance(n, (int, np.integer)) for n in shape):
        if any(n < 0 for n in shape):
            raise ArgumentError(f"shape {shape}", expected="lengths of 0 or more")
        return np.asarray(draw(tuple(map(int, shape)), rng))
    if isinstance(shape, (tuple, list)):
        return type(shape)(_drawn(value, rng, draw) for value in shape)
    raise ArgumentError(f"shape {shape!r}", expected="a tuple of lengths, such as (3, 2); () for a number")


Draw = Callable[[tuple[int, ...], np.random.Generator], Any]


def _positive(shape: tuple[int, ...], rng: np.random.Generator) -> Any:
    return rng.uniform(0.1, 0.9, shape)


def _definite(other: Draw) -> Draw:
    """Square matrices positive definite, the rest as it is."""

    def draw(shape: tuple[int, ...], rng: np.random.Generator) -> Any:
        if len(shape) != 2 or shape[0] != shape[1]:
            return other(shape, rng)
        root = rng.normal(size=shape) / max(1, shape[0])
        return root @ root.T + np.eye(shape[0])

    return draw


def _normal(shape: tuple[int, ...], rng: np.random.Generator) -> Any:
    return rng.normal(size=shape)


KINDS: dict[str, Draw] = {
    "standard normal entries": _normal,
    "entries between 0 and 1": _positive,
    "standard normal entries, square matrices positive definite": _definite(_normal),
    "entries between 0 and 1, square matrices positive definite": _definite(_positive),
}
