"""Chainrule: ``Network.predict``, and the network's function compiled."""

from __future__ import annotations

from functools import partial

import chainrule as cr

from ..networks import Training
from ..prediction import Predict
from ..trainers.chainrule import network_of


def predict(problem: Training) -> Predict:
    """``Network.predict`` as a user calls it, which checks its argument."""
    predict: Predict = network_of(problem).predict
    return predict


def compiled(problem: Training) -> Predict:
    """The network's function of parameters and row, compiled."""
    network = network_of(problem)
    return partial(cr.compile(network.apply), network.parameters)
