"""A fitted VAE's parameters."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike

from ...arguments import Array
from ...errors import ModelFileError
from ...nn import Network
from ...train import History
from ..arguments import as_parameter
from ..scaling import Scaling
from .elbo import Bound
from .layout import LARGEST_CODE, Layout, as_kinds


@dataclass(frozen=True, slots=True, eq=False)
class VAEState:
    """A fitted VAE.

    Attributes:
        bound: the networks, the layout of the columns, and how they go together.
        log_sigma: log σ of the Gaussian columns in units of the scaling, shape (1,) or one for each.
        history: the losses of training, in nats a row; ``None`` where the model was loaded.
    """

    bound: Bound
    log_sigma: Array
    history: History | None = None

    @property
    def parameters(self) -> dict[str, Any]:
        """Those of both networks, and log σ, in one tree."""
        networks = {"encoder": self.bound.encoder, "decoder": self.bound.decoder}
        return {name: net.parameters for name, net in networks.items()} | {"log_sigma": self.log_sigma}

    @classmethod
    def checked(cls, config: Mapping[str, Any], arrays: Mapping[str, ArrayLike]) -> Self:
        """The state that a saved model's configuration and arrays describe.

        Raises:
            ModelFileError, ChainruleError: they do not fit each other.
            KeyError: one is missing.
        """
        scaling = Scaling.checked(arrays["shift"], arrays["scale"])
        kinds = as_kinds(config["kinds"], scaling.shift.size)
        layout = Layout(kinds, _codes(config["codes"], kinds), scaling)
        encoder, decoder, masked = config["encoder"], config["decoder"], config["masked"]
        P = layout.width
        fits = (
            isinstance(encoder, Network)
            and isinstance(decoder, Network)
            and isinstance(masked, bool)
            and decoder.sizes[-1] == P
            and encoder.sizes[0] == (2 * P if masked else P)
            and encoder.sizes[-1] == 2 * decoder.sizes[0]
        )
        if not fits:
            raise ModelFileError(
                "the networks do not fit the columns", expected=f"an encoder and a decoder of {P} numbers"
            )
        log_sigma = as_parameter(arrays["log_sigma"], name="log_sigma", shape=(None,))
        if log_sigma.size not in (1, len(layout.gaussian)):
            raise ModelFileError(f"log_sigma has shape {log_sigma.shape}", expected="one, or one a column")
        centre = as_parameter(arrays["centre"], name="centre", shape=(P,))
        return cls(Bound(encoder, decoder, layout, centre, masked), np.asarray(log_sigma))


def _codes(given: Any, kinds: tuple[str, ...]) -> tuple[int, ...]:
    valid = isinstance(given, list) and len(given) == len(kinds)
    if not valid or not all(isinstance(count, int) and 1 <= count <= LARGEST_CODE + 1 for count in given):
        raise ModelFileError(f"the numbers of codes are {given!r}", expected="a positive number a column")
    return tuple(given)
