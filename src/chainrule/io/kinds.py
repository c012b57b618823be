"""The closed set of objects that can be saved, each with the class that reads it again."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from types import MappingProxyType
from typing import Any, Protocol, Self, runtime_checkable

from numpy.typing import NDArray

from ..errors import ModelFileError

State = tuple[str, dict[str, Any], dict[str, NDArray[Any]]]


@runtime_checkable
class Savable(Protocol):
    """An object that can be saved: :data:`CLASSES` names its class, and it has these two methods."""

    def to_state(self) -> State:
        """Its kind, its configuration (what JSON can hold, and savable objects as parts), its arrays."""

    @classmethod
    def from_state(cls, config: Mapping[str, Any], arrays: Mapping[str, NDArray[Any]]) -> Self:
        """The object again, from what may be damaged or hostile: checked before memory is taken for it."""


#: Where the class of each kind is. A file can name a kind, never a class of its own choice.
CLASSES: Mapping[str, str] = MappingProxyType(
    {
        "network": "chainrule.nn:Network",
        "ensemble": "chainrule.nn:Ensemble",
        "gaussian": "chainrule.latent:Gaussian",
        "ppca": "chainrule.latent:PPCA",
        "factor-analysis": "chainrule.latent:FactorAnalysis",
        "ppca-mixture": "chainrule.latent:PPCAMixture",
        "vae": "chainrule.latent:VAE",
        "flow": "chainrule.latent:Flow",
        "table-model": "chainrule.data:TableModel",
    }
)


def class_of(kind: str) -> type[Savable]:
    """The class that reads a kind, imported only now.

    Raises:
        ModelFileError: there is no such kind.

    >>> class_of("table-model").__name__
    'TableModel'
    """
    if kind not in CLASSES:
        raise ModelFileError(f"the model is of kind {kind!r}", expected="one of " + ", ".join(CLASSES))
    module, name = CLASSES[kind].split(":")
    found: type[Savable] = getattr(import_module(module), name)
    return found
