"""Training as planned, and how good the result is on rows that it never saw."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from chainrule.cli.scores import Scores
from chainrule.cli.training.plan import Plan
from chainrule.data import ClassTarget, TableModel, majority_baseline, mean_baseline
from chainrule.errors import NonFiniteError
from chainrule.runs import RunFolder
from chainrule.train import EarlyStopping, History, fit


@dataclass(frozen=True, slots=True, eq=False)
class Outcome:
    """A trained model, and its scores on the test rows beside those of no model at all.

    Args:
        model: from a table's rows to the target's values.
        history: of its training.
        scores: on the test rows.
        baseline: of the majority class, or of the mean.
    """

    model: TableModel
    history: History
    scores: Scores
    baseline: Scores


def train_plan(plan: Plan, run: RunFolder | None = None) -> Outcome:
    """Train the network with early stopping, and a progress bar on a terminal; Ctrl-C keeps what was learnt.

    Args:
        plan: what to train, and how.
        run: where to keep the run, and to go on with it.

    Raises:
        NonFiniteError: the loss became NaN or infinite.
    """
    try:
        history = _fit(plan, run)
    except NonFiniteError as error:
        rate = plan.settings.optimiser.learning_rate
        advice = f"a --learning-rate below {rate:g}"  # the table is standardised already
        raise NonFiniteError(error.given, expected=error.expected, instead=advice) from error
    model = TableModel(plan.encoder, plan.target, plan.network)
    return Outcome(model, history, model.score(plan.data.test), _baseline(plan))


def _fit(plan: Plan, run: RunFolder | None) -> History:
    settings = plan.settings
    X, y, *weights = plan.data.train
    validation: Any = plan.data.validation  # (X, y), or (X, y, weights)
    return fit(
        plan.network,
        X,
        y,
        sample_weight=weights[0] if weights else None,
        loss="cross_entropy" if plan.target.task == "classification" else "mse",
        optimizer=settings.optimiser,
        batch_size=settings.batch_size,
        epochs=settings.epochs,
        seed=plan.rng,
        validation=validation,
        early_stopping=EarlyStopping(settings.patience),
        run=run,
    )


def _baseline(plan: Plan) -> Scores:
    train, test = plan.split.train, plan.split.test
    if isinstance(plan.target, ClassTarget):
        return majority_baseline(plan.y[train], plan.y[test], plan.target.outputs)
    values = plan.table.column(plan.target.name).to_kind("number").values
    return mean_baseline(values[train], values[test])
