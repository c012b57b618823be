"""What happens after an epoch: validation, early stopping, callbacks."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

from ..nn import Network
from .history import EpochRecord
from .optimisers import Tree
from .stopping import Best

#: Called after each epoch with its record and the network; a true answer stops training.
Callback = Callable[[EpochRecord, Network], object]


class Holder(Protocol):
    """What training gives parameters to: a network, or any other model."""

    parameters: Tree


@dataclass(frozen=True, slots=True)
class Watch:
    """Looks at the network after every epoch.

    Args:
        network: is given the parameters before the callbacks see it; any model that holds some will do.
        validate: from parameters to the held-out loss, or ``None``.
        best: keeps the best parameters, or ``None`` without early stopping.
        callbacks: all are called, in order.
    """

    network: Holder
    validate: Callable[[Tree], float] | None
    best: Best | None
    callbacks: tuple[Callable[[EpochRecord, Any], object], ...]

    @property
    def idle(self) -> bool:
        """Whether there is nothing to do, so that many epochs may run in one call."""
        return self.validate is None and not self.callbacks

    def after(self, record: EpochRecord, parameters: Tree) -> str | None:
        """Why to stop after this epoch, or ``None``."""
        patience_over = (
            self.best is not None
            and record.validation_loss is not None
            and self.best.observe(record.validation_loss, parameters)
        )
        if self.callbacks:
            self.network.parameters = parameters
        answers = [callback(record, self.network) for callback in self.callbacks]
        if any(answers):
            return "callback"
        return "early_stopping" if patience_over else None
