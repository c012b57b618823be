"""Training as planned, and how good the result is on rows that it never saw."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from chainrule.cli.training.plan import Plan
from chainrule.data import (
    ClassScores,
    ClassTarget,
    NumberScores,
    Scores,
    SingleTarget,
    TableModel,
    by_target,
    majority_baseline,
    mean_baseline,
)
from chainrule.errors import NonFiniteError
from chainrule.nn import Ensemble, Network
from chainrule.runs import RunFolder
from chainrule.train import EarlyStopping, History, fit, fit_ensemble
from chainrule.train.parts import fit_part


@dataclass(frozen=True, slots=True, eq=False)
class Outcome:
    """A trained model, and its scores on the test rows beside those of no model at all.

    Args:
        model: from a table's rows to the target's values.
        history: of its training.
        scores: on the test rows.
        baseline: of the majority class, or of the mean.
        members: of an ensemble, the history of each network; ``history`` is that of the last one.
    """

    model: TableModel
    history: History
    scores: Scores
    baseline: Scores
    members: tuple[History, ...] = ()

    @property
    def histories(self) -> tuple[History, ...]:
        """Of every network that was trained."""
        return self.members or (self.history,)


def train_plan(plan: Plan, run: RunFolder | None = None, part: str | None = None) -> Outcome:
    """Train the network with early stopping, and a progress bar on a terminal; Ctrl-C keeps what was learnt.

    Args:
        plan: what to train, and how.
        run: where to keep the run, and to go on with it.
        part: of the run, where this training is not what the run is for.

    Raises:
        NonFiniteError: the loss became NaN or infinite.
    """
    try:
        network, histories = _fit(plan, run, part)
    except NonFiniteError as error:
        rate = getattr(plan.settings.optimiser, "learning_rate", None)
        # The table is standardised already.
        advice = "--optimizer adam" if rate is None else f"a --learning-rate below {rate:g}"
        raise NonFiniteError(error.given, expected=error.expected, instead=advice) from error
    model = TableModel(plan.encoder, plan.target, network)
    members = tuple(histories) if isinstance(network, Ensemble) else ()
    return Outcome(model, histories[-1], model.score(plan.data.test), _baseline(plan), members)


def _fit(plan: Plan, run: RunFolder | None, part: str | None) -> tuple[Network | Ensemble, list[History]]:
    X, y, *weights = plan.data.train
    options = fit_options(plan) | {
        "sample_weight": weights[0] if weights else None,
        "validation": plan.data.validation,  # (X, y), or (X, y, weights)
        "early_stopping": EarlyStopping(plan.settings.patience),
    }
    members = plan.settings.ensemble
    if part is not None:
        return plan.network, [fit_part(run, part, plan.network, X, y, seed=plan.rng, **options)]
    if members == 1:
        return plan.network, [fit(plan.network, X, y, seed=plan.rng, run=run, **options)]
    if run is not None:
        run.begin({"members": members, **outcome_settings(plan)}, {})
    return fit_ensemble(plan.network, X, y, members=members, seed=plan.rng, run=run, **options)


def fit_options(plan: Plan) -> dict[str, Any]:
    """The arguments of ``fit`` that are the plan's, besides rows, seed and what is watched.

    Raises:
        ArgumentError: label smoothing without classes.
    """
    settings = plan.settings
    return {
        "loss": plan.loss,
        "optimizer": settings.optimiser,
        "batch_size": settings.batch_size,
        "epochs": settings.epochs,
        **settings.fit,
    }


def outcome_settings(plan: Plan) -> dict[str, Any]:
    """The settings as words and numbers."""
    settings = plan.settings
    return {
        "optimiser": repr(settings.optimiser),
        "batch_size": settings.batch_size,
        "epochs": settings.epochs,
        "patience": settings.patience,
        "seed": settings.seed,
        "ensemble": settings.ensemble,
        "label_smoothing": settings.label_smoothing,
        **settings.layers,
        **{
            name: value if isinstance(value, float | int) else repr(value)
            for name, value in settings.fit.items()
        },
    }


def _baseline(plan: Plan) -> Scores:
    return by_target({single.name: _baseline_of(plan, single) for single in plan.target.singles})


def _baseline_of(plan: Plan, target: SingleTarget) -> ClassScores | NumberScores:
    train, test = plan.split.train, plan.split.test
    column = plan.table.column(target.name)
    if isinstance(target, ClassTarget):
        labels = target.encode(column)
        return majority_baseline(labels[train], labels[test], target.outputs)
    values = column.to_kind("number").values
    return mean_baseline(values[train], values[test])
