"""scikit-learn's multi-layer perceptron, through ``partial_fit`` without shuffling of its own."""

from __future__ import annotations

from collections.abc import Sequence

from sklearn.neural_network import MLPClassifier, MLPRegressor

from ..networks import Array
from . import Trainer


class SklearnTrainer(Trainer):
    """All rows of a call in one ``partial_fit``, which cuts them into minibatches in order."""

    def prepare(self) -> None:
        problem = self.problem
        kind = MLPRegressor if problem.loss == "mse" else MLPClassifier
        self._model = kind(
            hidden_layer_sizes=problem.sizes[1:-1],
            activation=problem.activation,
            solver=problem.optimiser.lower(),
            alpha=0,
            batch_size=problem.batch,
            learning_rate_init=problem.learning_rate,
            momentum=0,
            nesterovs_momentum=False,
            shuffle=False,
        )
        self._y = problem.y.ravel() if problem.sizes[-1] == 1 else problem.y
        rows = problem.orders[0]
        if kind is MLPClassifier:  # the first call makes the weights, which reset() replaces
            self._model.partial_fit(problem.X[rows], self._y[rows], classes=range(problem.sizes[-1]))
        else:
            self._model.partial_fit(problem.X[rows], self._y[rows])

    def reset(self) -> None:
        self._model.coefs_ = [W.T.copy() for W in self.problem.parameters[::2]]
        self._model.intercepts_ = [b.copy() for b in self.problem.parameters[1::2]]
        vars(self._model).pop("_optimizer", None)  # the next call makes a new one, for these weights

    def train(self, steps: int) -> None:
        rows = self.problem.orders[:steps].ravel()
        self._model.partial_fit(self.problem.X[rows], self._y[rows])

    def parameters(self) -> Sequence[Array]:
        pairs = zip(self._model.coefs_, self._model.intercepts_, strict=True)
        return [array for W, b in pairs for array in (W.T, b)]
