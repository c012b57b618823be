"""Early stopping: give up when the held-out loss no longer falls, and go back to where it was lowest."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from ..arguments import as_count, is_number
from ..errors import ArgumentError


@dataclass(frozen=True, slots=True)
class EarlyStopping:
    """Stop after ``patience`` epochs without a fall of the validation loss by more than ``min_delta``.

    The parameters of the lowest validation loss are restored, however training ends.

    Args:
        patience: epochs to wait, 1 or more.
        min_delta: how far the loss must fall to count, zero or more.

    Raises:
        ArgumentError: a number out of range.

    Source: Prechelt 1998, "Early stopping — but when?".

    >>> EarlyStopping(patience=5)
    EarlyStopping(patience=5, min_delta=0.0)
    """

    patience: int = 10
    min_delta: float = 0.0

    def __post_init__(self) -> None:
        as_count(self.patience, "patience")
        if not (is_number(self.min_delta) and 0 <= self.min_delta < math.inf):
            raise ArgumentError(f"min_delta={self.min_delta!r}", expected="a finite number, zero or more")


@dataclass(slots=True)
class Best:
    """The lowest loss so far, its parameters, and for how long nothing has counted as better."""

    rule: EarlyStopping
    loss: float = math.inf
    parameters: Any = None
    to_beat: float = math.inf
    waited: int = 0

    def observe(self, loss: float, parameters: Any) -> bool:
        """Take in an epoch; whether patience has run out.

        >>> best = Best(EarlyStopping(patience=2))
        >>> [best.observe(loss, f"after {loss}") for loss in (3.0, 1.0, 2.0, 1.0)], best.parameters
        ([False, False, False, True], 'after 1.0')
        """
        if loss < self.loss:
            self.loss, self.parameters = loss, parameters
        if loss < self.to_beat - self.rule.min_delta:
            self.to_beat, self.waited = loss, 0
        else:
            self.waited += 1
        return self.waited >= self.rule.patience

    def go_on_from(self, other: Best) -> None:
        """Take over what another has observed."""
        self.loss, self.parameters = other.loss, other.parameters
        self.to_beat, self.waited = other.to_beat, other.waited
