"""Normalizing flows as density models."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import ArrayLike

from ...arguments import Array, Parameters, Value, as_count, find
from ...errors import ArgumentError
from ...train import History
from ...train.evaluation import validator
from ...tree import flatten, map_leaves, paths
from ..arguments import as_rows, as_sizes, row_blocks
from ..columns import ColumnError
from ..conditions import column_position
from ..model import GenerativeModel
from ..scaling import Scaling
from ..source import Source
from ..training import Training, as_training, minimise
from .conditioner import Conditioner
from .described import describe, read_layers
from .layer import FlowLayer, as_layers, forward, initial
from .metropolis import CANDIDATES, Metropolis
from .recipes import SIZES, STRUCTURES, as_transform, stack
from .state import FlowState, change_of_variables

#: Draws of a missing value from which its mean and standard deviation are taken.
DRAWS = 100

#: The share of the epochs in which the learning rate rises. Affine couplings that begin at the full rate end
#: where they join what is apart, from some seeds: of two moons with noise 0.05 seven seeds missed the density
#: by 0.025 to 0.08 nats a row, and nine that began so by 0.016 to 0.035.
WARM_UP = 0.25


class Flow(GenerativeModel[FlowState]):
    """A normalizing flow: z ~ N(0, I) seen through an invertible map, fitted by maximum likelihood.

    ``log p(x) = log N(z; 0, I) + log|det ∂z/∂x|``, the change of variables, with z = f(x) a stack of layers
    whose Jacobians are triangular or diagonal, so that the determinant is a product of a few numbers.
    Columns are first shifted and scaled to mean 0 and variance 1.

    Args:
        transform: how single numbers are bent: ``"spline"``, ``"affine"``, or a :class:`~.flows.Spline` or
            :class:`~.flows.Affine` with settings of its own.
        structure: ``"coupling"`` (RealNVP, neural spline flows) or ``"autoregressive"`` (masked
            autoregressive flows, whose samples take a pass for each column).
        depth: how many bending layers; by default 6 of splines, 8 of affine maps.
        hidden: the hidden layers' sizes of each bending layer's network; by default (32, 32) for splines,
            (64, 64) for affine maps.
        activation: their activation, by name.
        given: columns, by position or name, that the density is conditional on: log p(x | given). A sample
            then needs their values, ``sample(n, given={column: value})``.
        layers: the layers themselves, in place of all that.
        training: how it is fitted; by default by minibatches of 256 rows.

    Raises:
        ArgumentError: a setting that makes no sense.

    Source: the lecture, "Principal component analysis (PCA)", last slide, and "Chain rule of multivariate
    calculus"; Rezende and Mohamed, "Variational inference with normalizing flows" (2015); Dinh,
    Sohl-Dickstein and Bengio, "Density estimation using Real NVP" (2017).

    >>> X = np.random.default_rng(0).standard_normal((200, 2)) ** 2
    >>> flow = Flow("affine", depth=2, hidden=(8,), training=Training(epochs=2)).fit(X)
    >>> flow.log_likelihood(X).shape, flow.sample(3).shape, bool(np.allclose(flow.decode(flow.encode(X)), X))
    ((200,), (3, 2), True)
    """

    kind: ClassVar[str] = "flow"

    def __init__(
        self,
        transform: Any = "spline",
        *,
        structure: str = "coupling",
        depth: int | None = None,
        hidden: Sequence[int] | None = None,
        activation: str = "relu",
        given: Sequence[int | str] = (),
        layers: Sequence[FlowLayer] | None = None,
        training: Training | None = None,
    ) -> None:
        super().__init__()
        self._transform = as_transform(transform)
        self._structure = find(STRUCTURES, structure, "structure")
        usual = SIZES[self._transform.kind]
        self._depth = usual.depth if depth is None else as_count(depth, "depth")
        self._conditioner = Conditioner(
            usual.hidden if hidden is None else as_sizes(hidden, "hidden"), activation
        )
        self._given, self._training = tuple(given), as_training(training, Training(batch_size=256))
        self._layers = None if layers is None else as_layers(layers)

    @classmethod
    def from_parameters(
        cls,
        layers: Sequence[FlowLayer],
        parameters: Sequence[Parameters],
        *,
        shift: ArrayLike,
        scale: ArrayLike,
        given: Sequence[int] = (),
    ) -> Self:
        """A flow with given parameters, as if it had been fitted.

        Args:
            layers: from data to latent rows.
            parameters: of each layer.
            shift: what is subtracted from the m columns first, shape (m,).
            scale: what they are then divided by, shape (m,), positive.
            given: the positions of the columns that the density is conditional on.

        Raises:
            ArgumentError: a scale is not positive.
            ShapeError: the parameters do not fit the layers.
            DataError: a number is not finite.

        >>> from chainrule.latent.flows import ActNorm
        >>> flow = Flow.from_parameters([ActNorm()], [{"b": [1.0], "s": [0.0]}], shift=[2.0], scale=[1.0])
        >>> flow.encode([[5.0]]).tolist(), round(flow.score([[3.0]]), 6)  # -½ log 2π
        ([[2.0]], -0.918939)
        """
        model = cls(layers=layers, given=given)
        model._state = FlowState.checked(layers, parameters, shift, scale, given)
        return model

    @property
    def parameters(self) -> list[Parameters]:
        """The parameters of each layer, from data to latent rows."""
        return [dict(own) for own in self.state.parameters]

    @property
    def layers(self) -> tuple[FlowLayer, ...]:
        """The layers, from data to latent rows."""
        return self.state.layers

    @property
    def history(self) -> History | None:
        """The losses of training, in nats a row; ``None`` where the model was not trained here."""
        return self.state.history

    @property
    def n_features(self) -> int:
        """m, the number of columns, those that are given among them."""
        return self.state.scaling.shift.size

    def apply(self, parameters: Sequence[Parameters], X: Value) -> tuple[Value, Value]:
        """z and log|det ∂z/∂x| of each row, as a plain NumPy function: trace it, differentiate it.

        Args:
            parameters: as :attr:`parameters` has them.
            X: rows, shape (n, m).

        Returns:
            z, shape (n, d), of the d columns that are not given, and the log-determinants, shape (n,).

        >>> import chainrule as cr
        >>> X = np.random.default_rng(0).standard_normal((99, 3))
        >>> flow = Flow(depth=1, hidden=(4,), training=Training(epochs=1)).fit(X)
        >>> J = cr.jacobian(lambda x: flow.apply(flow.parameters, x[None])[0][0])(X[0]).matrix()
        >>> log_det = flow.apply(flow.parameters, X[:1])[1][0]
        >>> bool(abs(np.linalg.slogdet(J)[1] - log_det) < 1e-12)
        True
        """
        return self.state.latent(parameters, X)

    def log_density(self, parameters: Sequence[Parameters], X: Value) -> Value:
        """log p(x) of each row in nats, shape (n,), as a plain NumPy function of parameters and rows."""
        return change_of_variables(*self.apply(parameters, X))

    def decode(self, h: ArrayLike) -> Array:
        """The rows x whose latent rows are z: float64, shape (n, m).

        Args:
            h: what :meth:`encode` gives, shape (n, m): latent numbers in the modelled columns, and in the
                given ones their values.

        Raises:
            ShapeError, DtypeError, DataError: h is not a table of finite real numbers with m columns.
        """
        rows = as_rows(h, name="h", columns=self.n_features).astype(np.float64)
        return np.concatenate([rows[:0], *[self.state.rows(block) for block in row_blocks(rows)]])

    def __repr__(self) -> str:
        if self._state is None:
            return f"Flow({self._transform!r}, structure={self._structure.kind!r}, depth={self._depth})"
        return f"Flow(n_features={self.n_features}, layers={len(self.layers)})"

    def _estimate(self, source: Source) -> FlowState:
        rows = _complete(
            source.table(),
            "draws of what is missing, fit(cr.latent.PPCA(k).fit(X).impute(X, draws=1)[0]), or a model that "
            "takes gaps: cr.latent.VAE, cr.latent.PPCAMixture",
        )
        given = tuple(column_position(column, rows.shape[1], source.columns) for column in self._given)
        state = FlowState((), [], Scaling.of(rows), given)
        _require_density(rows, state)
        training = self._training
        rng, dtype = training.generator(), training.float_dtype(rows)
        scaled = state.scaling.apply(rows.astype(np.float64))
        trained, held_out = training.divide(len(rows), rng)
        layers = self._stack(len(state.modelled), rng)
        x, context = state.split(scaled[trained])
        first = initial(layers, x, context, rng)
        data = [part.astype(dtype) for part in state.split(scaled) if part is not None]
        of_scaling = np.array([state.log_det], dtype)  # no number, which would be compiled into the step

        def loss(parameters: Sequence[Parameters], x: Value, context: Value | None = None) -> Value:
            z, log_det = forward(layers, parameters, x, context)
            return -np.mean(change_of_variables(z, log_det + of_scaling))

        parameters, history = minimise(
            loss,
            map_leaves(lambda leaf: leaf.astype(dtype), first),
            tuple(part[trained] for part in data),
            training,
            rng,
            validate=validator(loss, tuple(part[held_out] for part in data)) if len(held_out) else None,
            warm_up=WARM_UP,
        )
        return replace(state, layers=layers, parameters=parameters, history=history)

    def _stack(self, d: int, rng: np.random.Generator) -> tuple[FlowLayer, ...]:
        if self._layers is not None:
            return self._layers
        return stack(self._structure(self._transform, self._conditioner), self._depth, d, rng)

    def _log_density(self, rows: Array) -> Array:
        complete = _complete(
            rows,
            "the complete rows, X[~np.isnan(X).any(axis=1)], or a model that takes gaps: cr.latent.VAE, "
            "cr.latent.PPCAMixture",
        ).astype(np.float64)
        with np.errstate(all="ignore"):  # a row beyond the range of float64 has log-density -inf
            parts = [self.log_density(self.state.parameters, block) for block in row_blocks(complete)]
        values = np.concatenate([np.empty(0), *parts])
        return np.where(np.isnan(values), -np.inf, values)

    def _encode(self, rows: Array) -> Array:
        h = _complete(rows, "draws of what is missing: encode(flow.impute(X, draws=1)[0])").astype(np.float64)
        for block in row_blocks(h):
            block[:, self.state.modelled] = self.apply(self.state.parameters, block)[0]
        return h

    def _sample(self, n: int, generator: np.random.Generator) -> Array:
        if self.state.given:
            raise ArgumentError(
                f"the flow is conditional on {self._conditions()}",
                expected="their values",
                instead="sample(n, given={column: value})",
            )
        return self.decode(generator.standard_normal((n, self.n_features)))

    def _predict_missing(self, rows: Array) -> tuple[Array, Array]:
        draws = self._draw_missing(rows, DRAWS, np.random.default_rng(0))
        observed = ~np.isnan(rows)
        return np.where(observed, rows, draws.mean(axis=0)), np.where(observed, 0.0, draws.std(axis=0))

    def _draw_missing(self, rows: Array, draws: int, generator: np.random.Generator) -> Array:
        missing = np.isnan(rows)
        given = np.array(self.state.given, dtype=int)
        _complete(
            np.where(np.isin(np.arange(self.n_features), given), rows, 0.0),
            f"values in the columns that the flow is conditional on: {self._conditions()}",
        )
        drawn = np.repeat(rows[None], draws, axis=0)
        unknown = missing[:, self.state.modelled].all(axis=1)
        drawn[:, unknown] = self._joint(drawn[:, unknown], generator)
        partly = missing.any(axis=1) & ~unknown
        chains = drawn[:, partly].reshape(-1, self.n_features)
        for block in row_blocks(chains):
            block[:] = self._chained(block, generator)
        drawn[:, partly] = chains.reshape(draws, -1, self.n_features)
        return drawn

    def _conditions(self) -> str:
        given = self.state.given
        return "columns " + ", ".join(str(self.columns[j] if self.columns else j) for j in given)

    def _joint(self, rows: Array, generator: np.random.Generator) -> Array:
        """New rows that agree with these, shape (…, m), in the given columns only."""
        latent = rows.reshape(-1, self.n_features).copy()
        modelled = self.state.modelled
        latent[:, modelled] = generator.standard_normal((len(latent), len(modelled)))
        return self.decode(latent).reshape(rows.shape)

    def _chained(self, rows: Array, generator: np.random.Generator) -> Array:
        scaling = self.state.scaling
        candidates = self._joint(np.repeat(rows[None], CANDIDATES, axis=0), generator)
        return Metropolis(self._log_density, scaling.shift, scaling.scale).draw(rows, candidates, generator)

    def _to_saved(self) -> tuple[dict[str, Any], dict[str, Array]]:
        state = self.state
        leaves, structure = flatten(state.parameters)
        arrays = dict(zip(paths(structure, "layers"), leaves, strict=True))
        config = {"layers": describe(state.layers), "given": list(state.given)}
        return config, {**arrays, "shift": state.scaling.shift, "scale": state.scaling.scale}

    @classmethod
    def _from_saved(cls, config: Mapping[str, Any], arrays: Mapping[str, ArrayLike]) -> Self:
        layers = read_layers(config["layers"])
        own: list[Parameters] = [{} for _ in layers]
        for path, array in arrays.items():
            first, _, rest = path.partition("/")
            if first == "layers":
                number, _, name = rest.partition("/")
                own[int(number)][name] = np.asarray(array)
        shift, scale = arrays["shift"], arrays["scale"]
        return cls.from_parameters(layers, own, shift=shift, scale=scale, given=config["given"])


def _complete(rows: Array, instead: str) -> Array:
    """The rows, where none of their values is missing; the error says what to write instead."""
    for i, j in np.argwhere(np.isnan(rows))[:1].tolist():
        raise ColumnError(
            f"{{column}} has no value in row {i} of X, and a flow has no density of some columns without the "
            "others",
            j,
            expected="complete rows",
            instead=instead,
        )
    return rows


def _require_density(rows: Array, state: FlowState) -> None:
    """Refuse columns that have no density, or none to be modelled."""
    if not len(state.modelled):
        raise ArgumentError(f"all {rows.shape[1]} columns are given", expected="one to model")
    for j in state.modelled.tolist():
        if np.ptp(rows[:, j]) == 0.0:
            raise ColumnError("{column} is constant, so it has no density", j, instead="drop it")
