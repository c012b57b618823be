"""What may come before training: a search, a learning-rate range test, a cross-validation."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from chainrule.cli.scores import score_numbers
from chainrule.cli.screen import Screen
from chainrule.cli.training.outcome import fit_options, train_plan
from chainrule.cli.training.plan import Plan, network_options
from chainrule.errors import ArgumentError
from chainrule.runs import RunFolder
from chainrule.train import Clip, CrossValidation, evaluate, find_learning_rate, search
from chainrule.train.parts import require_complete


def prepare_descent(plan: Plan, screen: Screen, run: RunFolder | None = None) -> Plan:
    """The plan with the layers and the rate that search and range test find, where they are asked for.

    Raises:
        ArgumentError: settings that do not fit the target, or the number of rows.
    """
    fit_options(plan)  # refuses before anything is trained
    rows, folds = len(plan.split.train), plan.settings.folds
    if folds is not None and folds > rows:
        raise ArgumentError(f"folds={folds} of {rows} training rows", expected="a row for each fold")
    return _with_choices(plan, screen, run)


def _with_choices(plan: Plan, screen: Screen, run: RunFolder | None) -> Plan:
    """The plan with what its own training and validation rows choose."""
    if plan.settings.search:
        plan = _searched(plan, screen, run)
    return _with_rate(plan, screen) if plan.settings.find_rate else plan


def cross_validate_plan(plan: Plan, screen: Screen, run: RunFolder | None = None) -> dict[str, Any]:
    """The mean scores over the folds of the training rows, with standard errors, if folds are asked for.

    What a search or a range test chooses is chosen in each fold anew, without the rows that it holds out.

    Raises:
        KeyboardInterrupt: Ctrl-C within a fold.
    """
    folds = plan.settings.folds
    if folds is None:
        return {}
    losses, scores = [], []
    chooses = plan.settings.search or plan.settings.find_rate
    for number, plan_of_fold in enumerate(plan.folds(folds), start=1):
        fold = _with_choices(plan_of_fold, Screen(quiet=True), None)
        outcome = train_plan(fold, run, part=f"fold-{number}")
        require_complete(outcome.history)
        X, y, *weights = fold.data.held_out
        weight = weights[0] if weights else None
        losses.append(evaluate(fold.network, X, y, fold.loss, sample_weight=weight))
        scores.append(score_numbers(outcome.scores))
    loss = _over_folds(losses)
    by_name = {name: _over_folds([each[name] for each in scores]) for name in scores[0]}
    chosen = plan.data.preparation.group or plan.data.preparation.time
    by = (f", by {chosen}" if chosen else "") + (", each with a choice of its own" if chooses else "")
    screen.say(f"folds     loss {loss} (mean ± standard error of {folds} folds of the training rows{by})")
    screen.say(f"          {', '.join(f'{name} {each}' for name, each in by_name.items())}")
    return {
        "cross_validation": {
            "losses": losses,
            **_mean_and_error(loss),
            "scores": {name: _mean_and_error(each) for name, each in by_name.items()},
        }
    }


def _over_folds(values: list[float]) -> CrossValidation:
    return CrossValidation(np.array(values), (), (), ())


def _mean_and_error(found: CrossValidation) -> dict[str, float]:
    return {"mean": found.mean, "standard_error": found.standard_error}


def _searched(plan: Plan, screen: Screen, run: RunFolder | None) -> Plan:
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
        run=run,
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
    chosen = replace(settings, optimiser=_at_rate(optimiser, test.suggestion))
    return replace(plan, settings=chosen, rate_test=test)


def _at_rate(optimiser: Any, rate: float) -> Any:
    """The same optimiser with another learning rate."""
    if isinstance(optimiser, Clip):
        return replace(optimiser, optimiser=_at_rate(optimiser.optimiser, rate))
    return replace(optimiser, learning_rate=rate)
