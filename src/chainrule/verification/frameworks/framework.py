"""What must be known of a framework to check its functions."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from inspect import Signature
from typing import Any, Protocol

from numpy.typing import NDArray

Tensors = Sequence[Any]


class Framework(Protocol):
    """A library whose arrays are not NumPy's and which differentiates functions of them."""

    def made(self, function: Any) -> bool:
        """Whether a function is one of the framework's own objects."""

    def owns(self, leaf: Any) -> bool:
        """Whether a value is one of its arrays."""

    def array(self, tensor: Any) -> NDArray[Any] | None:
        """The numbers of one of its arrays; None where it holds none, such as a key of random numbers."""

    def tensor(self, array: NDArray[Any], like: Any) -> Any:
        """The framework's array of these numbers, where ``like`` is kept."""

    def plain(self, function: Any) -> tuple[Callable[..., Any], Signature | None]:
        """What to call for a function, and its arguments by name where Python does not know them."""

    def jacobians(self, function: Callable[[Tensors], Tensors], at: Tensors) -> list[NDArray[Any]]:
        """Its derivative of all outputs, flattened in order, as (outputs, entries) for each input."""
