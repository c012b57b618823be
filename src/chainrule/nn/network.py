"""A network: its layers, its parameters, and forward propagation through them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from .. import Record, trace
from ..arguments import Array, Parameters, Seed, Value, as_float_dtype, as_generator, as_numbers, read_only
from ..errors import ArgumentError, ShapeError
from .activations import ACTIVATIONS
from .collapse import collapse_linear
from .initialisers import Initializer, initial_parameters
from .layers import Layer, dense_layers, freeze, parameter_shapes, propagate, untrained
from .prediction import Predictor
from .state import OPTIONAL, describe, network_config, read_network
from .summary import summary


class Network:
    """A feed-forward network of dense layers, h⁽ᵏ⁾ = σ(W⁽ᵏ⁾ h⁽ᵏ⁻¹⁾ + b⁽ᵏ⁾).

    Its hidden layers may normalise z before σ, leave units out while training, and add their inputs.

    Args:
        sizes: the numbers of inputs, of units in each hidden layer, and of outputs.
        activation: of the hidden layers: a name from :data:`~chainrule.nn.ACTIVATIONS`, or a list with one
            for each.
        output_activation: of the last layer.
        initializer: ``"he"``, ``"glorot"``, ``"normal"``, ``"constant"``, a function of (generator, shape),
            or ``"auto"``: what suits each layer's activation. Biases start at 0.
        seed: an integer, or a generator to draw the weights from.
        dtype: float64 or float32.
        bias: whether the layers have b.
        normalisation: of the hidden layers' z: ``"batch"`` (each unit, by the minibatch's mean and variance
            in training and by running ones in predictions), ``"layer"`` (each row, over its units), or none.
            A scale γ and a shift β follow, the parameters gamma1, beta1, …; after batch normalisation β is
            the bias. The running statistics are the parameters mean1, variance1, …, which are not trained.
        dropout: the share of the hidden units that training leaves out at random, from 0 to below 1, or a
            list with one for each hidden layer. Predictions use all units.
        residual: hidden layers that have as many units as inputs add these, h⁽ᵏ⁾ = h⁽ᵏ⁻¹⁾ + σ(z⁽ᵏ⁾). With 2
            they are blocks of two layers, the second of which adds what the first was given,
            h⁽ᵏ⁾ = h⁽ᵏ⁻²⁾ + σ(z⁽ᵏ⁾). A list says what each hidden layer adds: 0, 1 or 2.

    Raises:
        ArgumentError: a size, name, share or seed that makes no sense.
        DtypeError: another dtype.

    Source: the lecture, "Feed-forward neural networks".

    >>> net = Network([2, 8, 1])
    >>> {name: array.shape for name, array in net.parameters.items()}
    {'W1': (8, 2), 'b1': (8,), 'W2': (1, 8), 'b2': (1,)}
    >>> net.predict([[0, 1], [1, 0], [1, 1]]).shape
    (3, 1)
    >>> Network([64, 128, 128, 10], normalisation="layer", dropout=0.2, residual=True).layers[1].residual
    1
    """

    # What was compiled for this very network is no state, and a slot is read in half the time.
    __slots__ = ("__dict__", "__weakref__", "_predictor")

    def __init__(
        self,
        sizes: Iterable[int],
        activation: Any = "relu",
        output_activation: Any = "identity",
        initializer: str | Initializer = "auto",
        seed: Seed = 0,
        dtype: Any = np.float64,
        bias: bool = True,
        normalisation: str | None = None,
        dropout: float | Sequence[float] = 0.0,
        residual: int | Sequence[int] = False,
    ) -> None:
        layers = dense_layers(sizes, activation, output_activation, bias, normalisation, dropout, residual)
        dtype = as_float_dtype(dtype)
        self._assemble(layers, initial_parameters(layers, initializer, as_generator(seed), dtype), dtype)

    def _assemble(self, layers: Iterable[Layer], parameters: Mapping[str, ArrayLike], dtype: Any) -> Network:
        self._layers = tuple(layers)
        self._dtype = as_float_dtype(dtype)
        self.parameters = parameters
        return self

    @classmethod
    def _of(cls, layers: Iterable[Layer], parameters: Mapping[str, ArrayLike], dtype: Any) -> Network:
        return cls.__new__(cls)._assemble(layers, parameters, dtype)

    @property
    def layers(self) -> tuple[Layer, ...]:
        """The dense layers, first to last."""
        return self._layers

    @property
    def sizes(self) -> tuple[int, ...]:
        """The numbers of inputs, of units in each hidden layer, and of outputs."""
        return (self.layers[0].inputs, *[layer.outputs for layer in self.layers])

    @property
    def untrained(self) -> tuple[str, ...]:
        """The names of the parameters that training does not descend on: running statistics, frozen layers.

        >>> Network([2, 3, 1], normalisation="batch").untrained
        ('mean1', 'variance1')
        """
        return untrained(self.layers)

    @property
    def statistics(self) -> tuple[str, ...]:
        """Those of the untrained that training renews: running statistics of layers that are not frozen.

        >>> net = Network([2, 3, 3, 1], normalisation="batch").freeze(1)
        >>> net.statistics
        ('mean2', 'variance2')
        """
        return tuple(name for layer in self._layers if not layer.frozen for name in layer.statistics)

    @property
    def dtype(self) -> np.dtype[Any]:
        """float64 or float32: what the parameters are kept in, and so what everything is computed in.

        >>> net = Network([2, 1])
        >>> net.dtype = np.float32
        >>> net.predict([1, 2]).dtype
        dtype('float32')
        """
        return self._dtype

    @dtype.setter
    def dtype(self, dtype: Any) -> None:
        self._assemble(self._layers, self._parameters, dtype)

    @property
    def parameters(self) -> Parameters:
        """The parameters by name, W1 b1 W2 b2 …, read-only arrays; assign a whole dict to change them.

        Running statistics are among them.

        >>> net = Network([2, 1])
        >>> net.parameters = {"W1": [[1, 2]], "b1": [3]}
        >>> net.predict([1, 1])
        array([6.])
        """
        return dict(self._parameters)

    @parameters.setter
    def parameters(self, parameters: Mapping[str, ArrayLike]) -> None:
        self._parameters = self._checked(parameters)
        known = all(ACTIVATIONS.get(layer.activation.name) is layer.activation for layer in self._layers)
        apply = partial(propagate, self._layers)  # not self.apply: what holds the network frees it late
        inputs = partial(_inputs, self._layers[0], self._dtype)
        self._predictor = Predictor(apply, self._parameters, inputs, steady=known)

    def with_parameters(self, parameters: Mapping[str, ArrayLike], dtype: Any = None) -> Network:
        """A new network of the same layers with these parameters (and this dtype).

        Raises:
            ShapeError: a name or shape that the layers do not have.
        """
        return self._of(self.layers, parameters, self.dtype if dtype is None else dtype)

    def freeze(self, *numbers: int) -> Network:
        """A new network of the same layers and parameters, of which training leaves some as they are.

        A frozen layer's batch normalisation goes by its running statistics in training as well. Any other
        layer is trained: ``freeze()`` is how all are.

        Args:
            numbers: of the layers, from 1.

        Raises:
            ArgumentError: there is no such layer, or none is left to train.

        >>> Network([2, 8, 8, 1]).freeze(1, 2).untrained
        ('W1', 'b1', 'W2', 'b2')
        """
        return self._of(freeze(self.layers, numbers), self._parameters, self.dtype)

    def reset(self, seed: Seed, initializer: str | Initializer = "auto") -> Network:
        """A new network of the same layers, its weights drawn anew, but for those of frozen layers.

        >>> net = Network([2, 8, 1], seed=0)
        >>> bool((net.reset(seed=0).parameters["W1"] == net.parameters["W1"]).all())
        True
        """
        drawn = initial_parameters(self.layers, initializer, as_generator(seed), self.dtype)
        kept = [name for layer in self.layers if layer.frozen for name in layer.shapes]
        return self.with_parameters(drawn | {name: self._parameters[name] for name in kept})

    def apply(self, parameters: Mapping[str, Value], X: Value) -> Value:
        """ŷ as a pure, plain NumPy function of parameters and inputs: trace it, differentiate it.

        Args:
            parameters: arrays by name, as :attr:`parameters` has them.
            X: one example (inputs,) or rows (n, inputs).

        Returns:
            ŷ, shape (outputs,) or (n, outputs).
        """
        return propagate(self.layers, parameters, X)

    def predict(self, X: ArrayLike) -> Array:
        """ŷ of one example (inputs,) or of rows (n, inputs).

        After :data:`~chainrule.nn.prediction.CALLS_WORTH_COMPILING` calls with small arrays of one shape,
        these are answered by machine code, which may differ in the last bit.

        Raises:
            ShapeError: X does not have the network's number of inputs.
        """
        return self._predictor.quickest(X)

    def forward(self, X: ArrayLike) -> Record:
        """Forward propagation kept: every value by name, parameters, X, z1, h1, …, yhat.

        Source: the lecture, "Forward propagation".

        >>> record = Network([2, 3, 1], seed=1).forward([1.0, 2.0])
        >>> bool((record["h1"] == np.maximum(record["z1"], 0)).all())
        True
        """
        inputs = _inputs(self.layers[0], self.dtype, X)
        return trace(self.apply, self._parameters, inputs).run(self._parameters, inputs)

    def collapse(self) -> Network:
        """The same function with every linear layer folded into the next.

        ``W = W⁽²⁾ W⁽¹⁾``, ``b = W⁽²⁾ b⁽¹⁾ + b⁽²⁾``: a network without non-linearity collapses to one layer.

        Source: the lecture, "Limitations of linear NNs".

        >>> Network([2, 8, 8, 1], activation="identity").collapse()
        Network([2, 1], activation=[], output_activation="identity", dtype="float64", bias=True)
        """
        return self._of(*collapse_linear(self.layers, self._parameters), self.dtype)

    def summary(self) -> str:
        """The layers, their shapes and their numbers of parameters, as a table in text.

        >>> print(Network([2, 3, 1], normalisation="layer", dtype="float32").summary())
        layer  inputs  output  parameters                       activation        trained  not trained
        1      2       (n, 3)  W1 3×2  b1 3  gamma1 3  beta1 3  layer norm, relu  15       0
        2      3       (n, 1)  W2 1×3  b2 1                     identity          4        0
        19 parameters, 19 of them trained; 76 bytes as float32
        """
        return summary(self.layers, self.dtype)

    def to_state(self) -> tuple[str, dict[str, Any], Parameters]:
        """What saving needs: the kind ``"network"``, a configuration that JSON can hold, and the arrays.

        Raises:
            ArgumentError: an activation of the caller's own, which no file can hold.
        """
        return "network", network_config(self.layers, self.dtype), self.parameters

    @classmethod
    def from_state(cls, config: Mapping[str, Any], arrays: Mapping[str, ArrayLike]) -> Network:
        """The network that :meth:`to_state` described.

        Raises:
            ModelFileError: the configuration or the arrays are not those of a network.
        """
        return cls._of(*read_network(config, arrays))

    def __getstate__(self) -> dict[str, Any]:
        """What copying and pickling need: all but what was compiled for this very network."""
        return dict(self.__dict__)

    def __setstate__(self, state: Mapping[str, Any]) -> None:
        self._assemble(state["_layers"], state["_parameters"], state["_dtype"])

    def __repr__(self) -> str:
        config = describe(self.layers, self.dtype)
        *hidden, output = config["activations"]
        quoted = ", ".join(f'"{name}"' for name in hidden)
        activation = f'"{hidden[0]}"' if hidden and len(set(hidden)) == 1 else f"[{quoted}]"
        frozen = config.pop("frozen", [])
        options = "".join(f", {name}={config[name]!r}" for name in OPTIONAL if name in config)
        options += f").freeze({', '.join(map(str, frozen))}" if frozen else ""
        return (
            f"Network({config['sizes']}, activation={activation}, "
            f'output_activation="{output}", dtype="{self.dtype}", bias={config["bias"]}{options})'
        )

    def _checked(self, parameters: Mapping[str, ArrayLike]) -> Parameters:
        """Read-only arrays in this network's dtype, in the order of its layers."""
        wanted = parameter_shapes(self.layers)
        for name in [*parameters, *wanted]:
            if name not in wanted or name not in parameters:
                raise ShapeError(f"parameters {', '.join(parameters)}", expected=", ".join(wanted))
        checked: Parameters = {}
        for name, shape in wanted.items():
            array = as_numbers(parameters[name], name)
            if array.shape != shape:
                raise ShapeError(f"{name} has shape {array.shape}", expected=f"{shape}")
            checked[name] = read_only(array, self.dtype)
        return checked


def _inputs(first: Layer, dtype: np.dtype[Any], X: ArrayLike) -> Array:
    """X as an array that the first layer takes."""
    inputs, wanted = as_numbers(X, "X"), first.inputs
    if inputs.ndim not in (1, 2) or inputs.shape[-1] != wanted:
        raise ShapeError(
            f"X has shape {inputs.shape}",
            expected=f"(n, {wanted}) or ({wanted},): layer 1 takes {wanted} inputs, W1 has shape "
            f"{first.shapes['W1']}",
            instead="X[:, None] for rows of one input" if inputs.ndim == 1 and wanted == 1 else None,
        )
    return inputs.astype(dtype, copy=False)


def require_network(given: Any) -> None:
    """Raise an ArgumentError that says what to give, unless it is a network."""
    if not isinstance(given, Network):
        kind = given.__name__ if isinstance(given, type) else f"a {type(given).__name__}"
        raise ArgumentError(
            f"{kind} in place of a network", expected="a Network", instead="cr.nn.Network([3, 8, 1])"
        )
