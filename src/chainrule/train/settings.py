"""The settings of a training run, checked before anything runs."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType
from typing import Any

from ..arguments import find
from ..errors import ArgumentError
from .adaptive import Adam, AdamW, RMSprop
from .optimisers import SGD, Optimiser
from .stopping import EarlyStopping
from .watch import Callback

#: The optimisers that ``optimizer`` may name.
OPTIMISERS: Mapping[str, Callable[..., Optimiser]] = MappingProxyType(
    {"sgd": SGD, "adam": Adam, "adamw": AdamW, "rmsprop": RMSprop}
)


def require_runner(given: Any) -> None:
    """Raise an ArgumentError that says what to give, unless it may make a runner, or is None."""
    if given is not None and not callable(given):
        raise ArgumentError(
            f"runner={given!r}", expected="what makes a runner", instead="cr.train.ReferenceRunner"
        )


def as_optimiser(given: Any) -> Optimiser:
    """An optimiser by name with its default settings, or the optimiser itself.

    Raises:
        ArgumentError: no optimiser has that name, or it is none.
    """
    if isinstance(given, str):
        return find(OPTIMISERS, given, "optimizer")()
    if isinstance(given, type) or not (hasattr(given, "init") and hasattr(given, "update")):
        instead = f"{given.__name__}(0.1)" if isinstance(given, type) else "SGD(0.1)"
        raise ArgumentError(f"optimizer={given!r}", expected="an optimiser or its name", instead=instead)
    chosen: Optimiser = given
    return chosen


def as_early_stopping(given: Any, validation: Any) -> EarlyStopping | None:
    """The rule, or ``None`` without one.

    Raises:
        ArgumentError: it is no rule, or there are no validation rows to watch.
    """
    if given is None:
        return None
    if not isinstance(given, EarlyStopping):
        raise ArgumentError(
            f"early_stopping={given!r}", expected="a rule", instead="EarlyStopping(patience=10)"
        )
    if validation is None:
        raise ArgumentError(
            "early_stopping without validation", expected="rows to watch", instead="validation=0.2"
        )
    return given


def as_callbacks(given: Any) -> tuple[Callback, ...]:
    """The callbacks.

    Raises:
        ArgumentError: not a sequence of functions.
    """
    callbacks = tuple(given) if isinstance(given, Iterable) else (given,)
    if not isinstance(given, Iterable) or not all(map(callable, callbacks)):
        raise ArgumentError(
            f"callbacks={given!r}",
            expected="a list of functions of (record, network)",
            instead="callbacks=[f]",
        )
    return callbacks
