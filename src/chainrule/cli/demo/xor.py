"""XOR: no linear network solves it, a 3-layer network does."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chainrule.cli.demo.interrupt import uninterrupted
from chainrule.cli.demo.pictures import scatter, side_by_side
from chainrule.cli.screen import Screen
from chainrule.nn import Network
from chainrule.train import SGD, fit

X = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
Y = np.array([0.0, 1.0, 1.0, 0.0])
#: Two hidden units are the fewest that can solve XOR. Most random starts get stuck on the way, not this one.
SIZES, SEED = [2, 2, 1], 0


@dataclass(frozen=True, slots=True, eq=False)
class Xor:
    """What two networks make of the four points: outputs, shape (4,), and hidden units, shape (4, 2)."""

    linear: NDArray[np.float64]
    network: NDArray[np.float64]
    hidden: NDArray[np.float64]

    def facts(self) -> dict[str, Any]:
        """For machines."""
        return {"linear": self.linear, "network": self.network, "hidden": self.hidden}


def untrained() -> Network:
    """The 3-layer network before training."""
    return Network(SIZES, activation="relu", seed=SEED)


def solve_xor() -> Xor:
    """Train both networks by gradient descent on the mean squared error."""
    linear, network = Network([2, 1]), untrained()
    for net in (linear, network):
        uninterrupted(
            fit(net, X, Y, loss="mse", optimizer=SGD(0.1), batch_size=4, epochs=1500, progress=False)
        )
    record = network.forward(X)
    return Xor(linear.predict(X).ravel(), record["yhat"].ravel(), record["h1"])


def show_xor(screen: Screen, xor: Xor) -> None:
    """Both networks' outputs, and the four points in the input and in the hidden space."""
    screen.explain(
        "A linear network cannot do better than ½ for every point. A 3-layer network with two ReLU units "
        "solves it: gradient descent moves the two points of class 0 onto one another in hidden space."
    )
    header = ("x1 x2", "y", "linear ŷ", "h1", "h2", "3-layer ŷ")
    rows = [
        (f"{x[0]:.0f}  {x[1]:.0f}", f"{y:.0f}", f"{linear:.4f}", f"{h[0]:.4f}", f"{h[1]:.4f}", f"{yhat:.4f}")
        for x, y, linear, h, yhat in zip(X, Y, xor.linear, xor.hidden, xor.network, strict=True)
    ]
    screen.table(header, rows)
    marks = [f"{y:.0f}" for y in Y]
    pictures = [
        ["   input space (x1, x2)", *scatter(X, marks)],
        ["   hidden space (h1, h2)", *scatter(xor.hidden, marks)],
    ]
    screen.say(side_by_side(pictures))
    screen.explain(
        "Each point is drawn as its class y: now one straight line parts the 0s from the 1s. Two units are "
        "the fewest that can do it, and most random starts then get stuck at ½; with eight, most succeed."
    )
