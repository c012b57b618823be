"""Several networks as one: the mean of their outputs, and how far apart these are."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike

from ..arguments import Array
from ..errors import ArgumentError, ModelFileError, ShapeError
from .network import Network


class Ensemble:
    """ŷ = 1/m Σ ŷ⁽ⁱ⁾ over m networks of the same numbers of inputs and outputs.

    Args:
        networks: one or more.

    Raises:
        ArgumentError: none, or something else.
        ShapeError: they take or give different numbers.

    Source: Lakshminarayanan, Pritzel and Blundell 2017, "Simple and scalable predictive uncertainty
    estimation using deep ensembles".

    >>> two = Ensemble([Network([2, 4, 1], seed=0), Network([2, 8, 1], seed=1)])
    >>> two.predict([[0, 1], [1, 0]]).shape, two.spread([[0, 1], [1, 0]]).shape
    ((2, 1), (2, 1))
    """

    def __init__(self, networks: Iterable[Network]) -> None:
        self.networks = tuple(networks)
        if not self.networks or not all(isinstance(network, Network) for network in self.networks):
            raise ArgumentError("an Ensemble of no networks", expected="a list of networks")
        ends = {(network.sizes[0], network.sizes[-1]) for network in self.networks}
        if len(ends) > 1:
            raise ShapeError(
                "networks of " + " and ".join(f"{a} inputs and {b} outputs" for a, b in sorted(ends)),
                expected="the same numbers in all",
            )

    @property
    def sizes(self) -> tuple[int, ...]:
        """The numbers of inputs, of units in each hidden layer of the first network, and of outputs."""
        return self.networks[0].sizes

    @property
    def dtype(self) -> np.dtype[Any]:
        """What the first network computes in."""
        return self.networks[0].dtype

    def predict(self, X: ArrayLike) -> Array:
        """The mean of the networks' outputs, for one example (inputs,) or rows (n, inputs).

        Raises:
            ShapeError: X does not have the networks' number of inputs.
        """
        mean: Array = self._outputs(X).mean(axis=0)
        return mean

    def spread(self, X: ArrayLike) -> Array:
        """The standard deviation of the networks' outputs, of the shape of :meth:`predict`.

        For one network it is 0. It is large where the data have not settled what the output should be.
        """
        outputs = self._outputs(X)
        spread: Array = outputs.std(axis=0, ddof=min(1, len(outputs) - 1))
        return spread

    def summary(self) -> str:
        """The layers of every network as a table in text, once for all that have the same.

        >>> print(Ensemble([Network([1, 1], seed=0), Network([1, 1], seed=1)]).summary())
        layer  inputs  output  parameters  activation  trained  not trained
        1      1       (n, 1)  W1 1×1  b1 1  identity  2        0
        2 parameters, 2 of them trained; 16 bytes as float64
        2 such networks, whose outputs are averaged
        """
        counts = Counter(network.summary() for network in self.networks)
        told = ", whose outputs are averaged"
        return "\n".join(
            f"{each}\n{count} such network{'s' if count > 1 else ''}{told}" for each, count in counts.items()
        )

    def to_state(self) -> tuple[str, dict[str, Any], dict[str, Array]]:
        """What saving needs: the kind ``"ensemble"``, and every network as a part."""
        parts = {f"network{k}": network for k, network in enumerate(self.networks, start=1)}
        return "ensemble", {"networks": len(self.networks), **parts}, {}

    @classmethod
    def from_state(cls, config: Mapping[str, Any], arrays: Mapping[str, ArrayLike]) -> Self:
        """The ensemble that :meth:`to_state` described.

        Raises:
            ModelFileError: the configuration is not that of one.
        """
        names = [f"network{k}" for k in range(1, len(config))]
        if arrays or config.get("networks") != len(names) or set(config) != {"networks", *names}:
            raise ModelFileError(
                f"an ensemble's configuration with {', '.join(config)}", expected="networks, network1, …"
            )
        return cls(config[name] for name in names)

    def __repr__(self) -> str:
        return f"Ensemble([{', '.join(map(repr, self.networks))}])"

    def _outputs(self, X: ArrayLike) -> Array:
        return np.stack([network.predict(X) for network in self.networks])
