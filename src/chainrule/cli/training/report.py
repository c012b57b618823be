"""What a training run says: for people, and as JSON."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from chainrule.cli.scores import score_facts, score_lines, show_confusion
from chainrule.cli.screen import Screen
from chainrule.cli.training.outcome import Outcome, outcome_settings
from chainrule.cli.training.plan import Plan
from chainrule.data import ClassScores, ClassTarget, SeveralTargets, Table, Target, target_names
from chainrule.data.profile import CONSTANT, EMPTY

if TYPE_CHECKING:
    from chainrule.train import History, RateTest
    from chainrule.verification import Report

SHOWN_COLUMNS = 20
STOPPED_BY = {
    "epochs": "all that were asked for",
    "early_stopping": "the validation loss fell no further",
    "interrupt": "interrupted",
    "converged": "the loss is at its lowest",
}
BASELINES = {"classification": "majority class", "regression": "mean"}


def describe_plan(screen: Screen, path: Path, plan: Plan) -> None:
    """Columns, rows and network, before training."""
    table = plan.table
    screen.say(f"{path}: {len(table):,} rows, {len(table.columns)} columns")
    screen.table(
        ("column", "type", "in the network"), [*_input_rows(plan), *_target_rows(plan)], numbers=False
    )
    _say_first(
        screen,
        "left out",
        [f"{name}: {reason}{_remedy(table, name, reason)}" for name, reason in plan.data.left_out.items()],
    )
    _say_first(screen, "note", plan.data.notes)
    describe_network(screen, plan)


def _remedy(table: Table, name: str, reason: str) -> str:
    """What makes a column that was left out an input; nothing where no model could learn from it."""
    if reason in (EMPTY, CONSTANT):
        return ""
    kind = table.column(name).kind
    asked = shlex.quote(f"{name}={'category' if kind == 'text' else kind}")
    return f"; --type {asked} makes it an input"


def _say_first(screen: Screen, title: str, remarks: Sequence[str]) -> None:
    """The first few remarks, and how many there are beside them."""
    for remark in remarks[:SHOWN_COLUMNS]:
        screen.say(f"{title:<8}  {remark}")
    if len(remarks) > SHOWN_COLUMNS:
        screen.say(f"{title:<8}  … {len(remarks) - SHOWN_COLUMNS:,} more: chainrule inspect, or --json")


def describe_network(screen: Screen, plan: Plan) -> None:
    """Rows and network, before training."""
    network = plan.network
    sizes = ", ".join(f"{size:,} {part}" for part, size in plan.split.sizes.items())
    screen.say(f"rows      {sizes} (seed {plan.settings.seed})")
    times = f" in {plan.settings.ensemble} networks" if plan.settings.ensemble > 1 else ""
    layers = " → ".join(map(str, network.sizes))
    screen.say(f"network   {layers}, {plan.settings.activation}, {_parameters(plan):,} parameters{times}")


def describe_check(screen: Screen, check: Report) -> None:
    """What the gradient check before training found."""
    entries = sum(row.entries for row in check.rows)
    counts = f"{entries:,} parameters, {check.evaluations} evaluations of the loss"
    screen.say(f"gradient  {check.verdict}: {counts}, in {check.seconds:.1f} s")


def describe_outcome(screen: Screen, outcome: Outcome) -> None:
    """How training went, and how good the model is."""
    for number, history in enumerate(outcome.histories, start=1):
        best, seconds = history.best, history.seconds.sum()
        which = f"network {number}: " if outcome.members else ""
        stopped_by = STOPPED_BY[history.stopped_by]
        screen.say(f"trained   {which}{len(history)} epochs in {seconds:.1f} s: {stopped_by}")
        screen.say(
            f"kept      {which}epoch {best.epoch}, where the validation loss was {best.validation_loss:.4g}"
        )
    lines, baseline = score_lines(outcome.scores), score_lines(outcome.baseline)
    header = ("on the test rows", "this model", BASELINES[outcome.model.target.task])
    screen.table(header, [(name, lines[name], baseline[name]) for name in lines])
    if isinstance(outcome.scores, ClassScores) and isinstance(outcome.model.target, ClassTarget):
        show_confusion(screen, outcome.model.target.classes, outcome.scores)


def outcome_facts(plan: Plan, outcome: Outcome) -> dict[str, Any]:
    """All of it for machines; it is kept in ``model.json`` too."""
    target, history, settings = plan.target, outcome.history, plan.settings
    return {
        "task": target.task,
        **_target_facts(target),
        "columns": {encoding.name: encoding.kind for encoding in plan.encoder.encodings},
        "left_out": plan.data.left_out,
        "notes": list(plan.data.notes),
        "rows": plan.split.sizes,
        "network": {
            "sizes": list(plan.network.sizes),
            "activation": settings.activation,
            "parameters": _parameters(plan, len(outcome.members) or 1),
        },
        "settings": outcome_settings(plan),
        **_rate_facts(plan.rate_test),
        **_history_facts(history),
        **({"members": list(map(_history_facts, outcome.members))} if outcome.members else {}),
        "test": score_facts(outcome.scores),
        "baseline": score_facts(outcome.baseline),
    }


def _target_facts(target: Target) -> dict[str, Any]:
    """The target and its classes; of several, lists of both."""
    classes = [list(each.classes) if isinstance(each, ClassTarget) else None for each in target.singles]
    if isinstance(target, SeveralTargets):
        return {"target": target_names(target), "classes": classes}
    return {"target": target.name, "classes": classes[0]}


def _input_rows(plan: Plan) -> list[tuple[str, str, str]]:
    rows: list[tuple[str, str, str]] = [
        (each.name, str(each.type), str(each)) for each in plan.encoder.encodings
    ]
    hidden = len(rows) - SHOWN_COLUMNS
    return rows if hidden <= 0 else [*rows[:SHOWN_COLUMNS], (f"… {hidden:,} more", "", "")]


def _target_rows(plan: Plan) -> Iterator[tuple[str, str, str]]:
    for target in plan.target.singles:
        what = f"{target.outputs} classes" if isinstance(target, ClassTarget) else "standardised"
        yield target.name, plan.table.column(target.name).kind, f"target of {target.task}, {what}"


def _rate_facts(test: RateTest | None) -> dict[str, Any]:
    if test is None:
        return {}
    seen = {"rates": test.rates.tolist(), "losses": test.losses.tolist()}
    return {"find_lr": {"suggestion": test.suggestion, **seen}}


def _history_facts(history: History) -> dict[str, Any]:
    return {
        "epochs": len(history),
        "stopped_by": history.stopped_by,
        "best_epoch": history.best.epoch,
        "validation_loss": history.best.validation_loss,
    }


def _parameters(plan: Plan, networks: int | None = None) -> int:
    """Those of all networks that are trained, or of so many."""
    each = sum(array.size for array in plan.network.parameters.values())
    return each * (networks or plan.settings.ensemble)
