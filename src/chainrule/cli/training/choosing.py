"""What may come before training: a search, a learning-rate range test, a cross-validation."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from chainrule.cli.screen import Screen
from chainrule.cli.training.outcome import fit_options
from chainrule.cli.training.plan import Plan, network_options
from chainrule.errors import ArgumentError
from chainrule.train import Clip, EarlyStopping, cross_validate, find_learning_rate, search


def prepare_descent(plan: Plan, screen: Screen) -> Plan:
    """The plan with the layers and the rate that search and range test find, where they are asked for.

    Raises:
        ArgumentError: settings that do not fit the target, or the number of rows.
    """
    fit_options(plan)  # refuses before anything is trained
    rows, folds = len(plan.split.train), plan.settings.folds
    if folds is not None and folds > rows:
        raise ArgumentError(f"folds={folds} of {rows} training rows", expected="a row for each fold")
    if plan.settings.search:
        plan = _searched(plan, screen)
    return _with_rate(plan, screen) if plan.settings.find_rate else plan


def cross_validate_plan(plan: Plan, screen: Screen) -> dict[str, Any]:
    """The mean loss over the folds of the training rows, with its standard error, if folds are asked for."""
    folds, options = plan.settings.folds, fit_options(plan)
    if folds is None:
        return {}
    X, y, *weights = plan.data.train
    result = cross_validate(
        plan.network,
        X,
        y,
        folds=folds,
        seed=np.random.default_rng(plan.settings.seed),
        sample_weight=weights[0] if weights else None,
        validation=0.15,
        early_stopping=EarlyStopping(plan.settings.patience),
        **plan.folds_by,
        **options,
    )
    chosen = plan.preparation
    by = f", by {chosen.group or chosen.time}" if plan.folds_by else ""
    screen.say(f"folds     loss {result} (mean ± standard error of {folds} folds of the training rows{by})")
    facts = {"losses": result.scores.tolist(), "mean": result.mean, "standard_error": result.standard_error}
    return {"cross_validation": facts}


def _searched(plan: Plan, screen: Screen) -> Plan:
    settings, options = plan.settings, fit_options(plan)
    X, y, *weights = plan.data.train
    validation: Any = plan.data.validation
    found = search(
        X,
        y,
        outputs=plan.target.outputs,
        loss=options["loss"],
        sample_weight=weights[0] if weights else None,
        validation=validation,
        batch_size=settings.batch_size,
        seed=np.random.default_rng(settings.seed),
        fit_options={name: options[name] for name in ("l1", "l2")},
        **network_options(plan.target, settings),
    )
    best = found.best
    for line in str(found).splitlines()[:6]:
        screen.say(f"          {line}")
    screen.say(
        f"search    {len(found.trials)} candidates: hidden {best.hidden}, rate {best.learning_rate:.2g}"
    )
    found_plan = plan.with_hidden(best.hidden)
    chosen = replace(found_plan.settings, optimiser=_at_rate(settings.optimiser, best.learning_rate))
    return replace(found_plan, settings=chosen)


def _with_rate(plan: Plan, screen: Screen) -> Plan:
    settings, options = plan.settings, fit_options(plan)
    optimiser: Any = settings.optimiser
    X, y, *weights = plan.data.train
    test = find_learning_rate(
        plan.network,
        X,
        y,
        loss=options["loss"],
        sample_weight=weights[0] if weights else None,
        optimizer=optimiser,
        batch_size=settings.batch_size,
        seed=np.random.default_rng(settings.seed),
    )
    screen.say(f"find-lr   {test.suggestion:.3g}: there the loss fell fastest, of rates from 1e-06 to 10")
    return replace(plan, settings=replace(settings, optimiser=_at_rate(optimiser, test.suggestion)))


def _at_rate(optimiser: Any, rate: float) -> Any:
    """The same optimiser with another learning rate."""
    if isinstance(optimiser, Clip):
        return replace(optimiser, optimiser=_at_rate(optimiser.optimiser, rate))
    return replace(optimiser, learning_rate=rate)
