"""Gradients wrong in the ways in which people get them wrong, with the diagnosis that is right for each."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from .networks import Network

Wrong = Callable[[Network, np.random.Generator], dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Mistake:
    """A way to get one tensor's gradient wrong.

    Attributes:
        name: what was done.
        tensor: whose gradient it was done to.
        kinds: the diagnoses that are right.
        wrong: the network's gradients with the mistake in them.
    """

    name: str
    tensor: str
    kinds: tuple[str, ...]
    wrong: Wrong


def _changed(tensor: str, change: Callable[[Any, Network, np.random.Generator], Any]) -> Wrong:
    def wrong(net: Network, rng: np.random.Generator) -> dict[str, Any]:
        right: dict[str, Any] = net.gradients(**net.at)
        return right | {tensor: change(right[tensor].copy(), net, rng)}

    return wrong


def _entry(value: Callable[[float], float]) -> Callable[[Any, Network, np.random.Generator], Any]:
    def change(g: Any, net: Network, rng: np.random.Generator) -> Any:
        place = tuple(rng.integers(g.shape))
        g[place] = value(g[place])
        return g

    return change


def _unsummed(net: Network, rng: np.random.Generator) -> dict[str, Any]:
    at = net.at
    right: dict[str, Any] = net.gradients(**at)
    h = np.tanh(at["X"] @ at["W1"].T + at["b1"])
    return right | {"b2": (h @ at["W2"].T + at["b2"] - at["Y"]) / len(at["X"])}


def _swapped(net: Network, rng: np.random.Generator) -> dict[str, Any]:
    right: dict[str, Any] = net.gradients(**net.at)
    return right | {"b1": right["b2"], "b2": right["b1"]}


def _without_slope(net: Network, rng: np.random.Generator) -> dict[str, Any]:
    at = net.at
    right: dict[str, Any] = net.gradients(**at)
    h = np.tanh(at["X"] @ at["W1"].T + at["b1"])
    p = (h @ at["W2"].T + at["b2"] - at["Y"]) / len(at["X"])
    return right | {"W1": (p @ at["W2"]).T @ at["X"]}


def _shuffled(g: Any, net: Network, rng: np.random.Generator) -> Any:
    return g[np.roll(np.arange(len(g)), rng.integers(1, len(g)))]


MISTAKES = (
    Mistake("sign", "W1", ("factor",), _changed("W1", lambda g, net, rng: -g)),
    Mistake("twice", "b1", ("factor",), _changed("b1", lambda g, net, rng: 2 * g)),
    Mistake("times n", "W2", ("factor",), _changed("W2", lambda g, net, rng: g * len(net.at["X"]))),
    Mistake("over n", "b2", ("factor",), _changed("b2", lambda g, net, rng: g / len(net.at["X"]))),
    Mistake("times 1 + 1e-6", "W1", ("factor",), _changed("W1", lambda g, net, rng: g * (1 + 1e-6))),
    Mistake("transposed", "W2", ("transposed",), _changed("W2", lambda g, net, rng: g.T.copy())),
    Mistake("reshaped", "W1", ("transposed",), _changed("W1", lambda g, net, rng: g.T.reshape(g.shape))),
    Mistake("rows shifted", "W1", ("permuted",), _changed("W1", _shuffled)),
    Mistake("bias shuffled", "b1", ("permuted",), _changed("b1", lambda g, net, rng: rng.permutation(g))),
    Mistake(
        "weight decay", "W1", ("missing term",), _changed("W1", lambda g, net, rng: g + 0.1 * net.at["W1"])
    ),
    Mistake("no activation", "W1", ("missing term", "unexplained"), _without_slope),
    Mistake("not summed", "b2", ("missing sum",), _unsummed),
    Mistake("detached", "W2", ("detached",), _changed("W2", lambda g, net, rng: 0 * g)),
    Mistake("NaN", "W1", ("not finite",), _changed("W1", _entry(lambda g: np.nan))),
    Mistake("swapped", "b1", ("another argument",), _swapped),
    Mistake("one entry", "W1", ("few entries",), _changed("W1", _entry(lambda g: g + 1e-4))),
)
