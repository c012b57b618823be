"""How far the learning rate has been lowered, because the validation loss no longer falls."""

from __future__ import annotations

from .schedules import ReduceOnPlateau
from .stopping import Best, EarlyStopping


class Plateau:
    """A rule, and what it makes of the validation losses so far.

    Args:
        rule: when to lower, and by how much.

    Attributes:
        factor: what the learning rate is multiplied by now.

    >>> plateau = Plateau(ReduceOnPlateau(factor=0.1, patience=2))
    >>> factors = [plateau.observe(loss) for loss in (3.0, 4.0, 2.0, 2.0, 2.0, 5.0, 2.0)]
    >>> factors
    [1.0, 1.0, 1.0, 1.0, 0.1, 0.1, 0.010000000000000002]
    """

    def __init__(self, rule: ReduceOnPlateau) -> None:
        self._rule, self.factor = rule, 1.0
        self._lowest = Best(EarlyStopping(rule.patience, rule.min_delta))

    def observe(self, loss: float) -> float:
        """Take in the validation loss of an epoch; the factor from then on."""
        if self._lowest.observe(loss, None):
            self._lowest.waited = 0
            self.factor = max(self.factor * self._rule.factor, self._rule.floor)
        return self.factor
