"""k-fold cross-validation: every row is held out once."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from ..arguments import Array, Seed, as_count, as_generator, as_numbers
from ..errors import ArgumentError, DataError, ShapeError
from ..nn import Network
from ..nn.losses import as_loss
from ..nn.network import require_network
from ..runs import Run, RunFolder
from .configuration import configuration
from .evaluation import evaluate
from .folds import Folds, fold_rows, group_folds, held_back, time_folds, without
from .history import History
from .parts import fit_part, require_complete, seeds
from .prepare import as_rows
from .recording import finish, newly_opened, opened

#: From a network and held-out rows to a number.
Score = Callable[[Network, Array, Array], float]


@dataclass(frozen=True, slots=True, eq=False)
class CrossValidation:
    """The scores of the folds, and what was trained for each.

    Args:
        scores: of each fold, shape (folds,): the loss of its rows, or what ``score`` says.
        networks: each trained without the rows of its fold.
        histories: of their training.
        held_out: the rows of each fold.

    >>> result = CrossValidation(np.array([1.0, 3.0]), (), (), ())
    >>> result.mean, result.standard_error, str(result)
    (2.0, 1.0, '2 ± 1')
    """

    scores: Array
    networks: tuple[Network, ...]
    histories: tuple[History, ...]
    held_out: tuple[Array, ...]

    @property
    def mean(self) -> float:
        """Of the scores."""
        return float(self.scores.mean())

    @property
    def standard_error(self) -> float:
        """Of that mean: s / √k, s the standard deviation of the k scores."""
        return float(self.scores.std(ddof=1) / np.sqrt(len(self.scores)))

    def __str__(self) -> str:
        return f"{self.mean:.4g} ± {self.standard_error:.2g}"


def cross_validate(
    network: Network,
    X: ArrayLike,
    y: ArrayLike,
    *,
    folds: int = 5,
    loss: Any = "mse",
    sample_weight: ArrayLike | None = None,
    score: Score | None = None,
    groups: ArrayLike | None = None,
    times: ArrayLike | None = None,
    seed: Seed = 0,
    run: str | os.PathLike[str] | Run | RunFolder | None = None,
    **options: Any,
) -> CrossValidation:
    """Train a copy of a network for each fold on the rows of the others, and score it on its own.

    Args:
        network: it stays as it is; every copy starts with its parameters.
        X, y, loss, sample_weight: as for :func:`~chainrule.train.fit`. Class labels are spread evenly.
        folds: k, from 2 to the number of rows.
        score: from a network and the held-out rows (X, y) to a number; by default their mean loss.
        groups: of each row, shape (n,): rows of one group are held out together.
        times: of each row, numbers of shape (n,): the folds are expanding windows, each trained on all rows
            before those it is scored on.
        seed: draws the folds, and shuffles.
        run: a folder to keep the run in, as for :func:`~chainrule.train.fit`, with a part for each fold. A
            run that is resumed takes the folds that were finished as they are, goes on with the one that was
            not, and ends with the same bits.
        **options: for :func:`~chainrule.train.fit`. A fraction as ``validation`` is of other groups, or of
            the latest rows, too.

    Raises:
        ArgumentError, ShapeError, DtypeError, DataError, NonFiniteError: as :func:`~chainrule.train.fit`.
        KeyboardInterrupt: Ctrl-C; the mean of some of the folds is not given.

    Source: Stone 1974, "Cross-validatory choice and assessment of statistical predictions".

    >>> X = np.random.default_rng(0).normal(size=(30, 2))
    >>> result = cross_validate(Network([2, 1]), X, X.sum(axis=1), folds=3, epochs=300)
    >>> len(result.scores), result.mean < 1e-6
    (3, True)
    """
    require_network(network)
    chosen, rng = as_loss(loss), as_generator(seed)
    # Checked as a whole: a bad row is named by its own number, not by that in a fold.
    as_rows(network, X, y, chosen, network.dtype, sample_weight)
    inputs, targets = as_numbers(X, "X"), as_numbers(y, "y")
    weight = None if sample_weight is None else as_numbers(sample_weight, "sample_weight")
    n, count = len(inputs), as_count(folds, "folds", 2)
    if count > n:
        raise DataError(f"{n} rows in folds={count}", expected="a row for each fold")
    checked = chosen.targets(targets, network.sizes[-1])
    labels = checked if checked.dtype == np.int64 else None
    of_groups, of_times = _of_rows(groups, "groups", n), _of_rows(times, "times", n)
    parts = _folds(n, count, rng, labels, of_groups, of_times)

    def part(rows: Array) -> tuple[Array, ...]:
        return (inputs[rows], targets[rows], *([] if weight is None else [weight[rows]]))

    settings = {"network": network, "folds": count, "loss": loss, "seed": seed} | options
    own, scores, networks, histories = seeds(rng, count), [], [], []
    with opened(run) as folder:
        own_folder = newly_opened(folder, run)
        if own_folder is not None:
            own_folder.begin(configuration(settings), {})
        for number, (rows_in, held_out) in enumerate(parts):
            copy, train, watched = network.with_parameters(network.parameters), rows_in, options
            fraction = options.get("validation")
            if isinstance(fraction, float) and (of_groups is not None or of_times is not None):
                train, later = held_back(rows_in, fraction, of_groups, of_times, as_generator(own[number]))
                watched = {**options, "validation": part(later)}
            learnt = {"loss": chosen, "seed": own[number], **watched}
            learnt["sample_weight"] = None if weight is None else weight[train]
            name = f"fold-{number + 1}"
            history = fit_part(folder, name, copy, inputs[train], targets[train], **learnt)
            histories.append(require_complete(history))
            rows = inputs[held_out], targets[held_out]
            of_rows = None if weight is None else weight[held_out]
            scores.append(
                score(copy, *rows) if score else evaluate(copy, *rows, chosen, sample_weight=of_rows)
            )
            networks.append(copy)
        held = tuple(held for _, held in parts)
        result = CrossValidation(np.array(scores), tuple(networks), tuple(histories), held)
        if own_folder is not None:
            told = {"mean": result.mean, "standard_error": result.standard_error}
            finish(own_folder, *histories, scores=told)
    return result


def _folds(
    rows: int,
    count: int,
    rng: np.random.Generator,
    labels: Array | None,
    groups: Array | None,
    times: Array | None,
) -> Folds:
    """The rows to train on and those to hold out, of each fold."""
    if groups is not None and times is not None:
        raise ArgumentError("folds by groups and by times", expected="one of them")
    if groups is not None:
        return group_folds(groups, count, rng)
    if times is not None:
        return time_folds(times, count)
    return without(rows, fold_rows(rows, count, rng, labels))


def _of_rows(values: ArrayLike | None, name: str, rows: int) -> Array | None:
    if values is None:
        return None
    found = np.asarray(values)
    if found.shape != (rows,):
        raise ShapeError(f"{name} has shape {found.shape}", expected=f"({rows},), one for each row")
    return found
