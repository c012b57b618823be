"""The run as a page: ``report.html`` in its folder."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from chainrule.cli.training.plan import Plan
from chainrule.nn.losses import as_loss

if TYPE_CHECKING:
    from chainrule.data import TableModel
    from chainrule.train import History
    from chainrule.verification import Report

PAGE = "report.html"


def page_of(
    plan: Plan,
    model: TableModel,
    history: History,
    check: Report,
    facts: Mapping[str, Any],
    source: str,
    seconds: Mapping[str, float],
    progress: Callable[[str], Any],
) -> bytes:
    """The page.

    Args:
        plan: says the rows of each part, and the loss.
        model: that was trained.
        history: of its training.
        check: of the gradient.
        facts: those of the training that the model's folder keeps.
        source: the table's name.
        seconds: what took how long.
        progress: is told how far the page is.
    """
    from chainrule import report

    parts = {"train": plan.split.train, "validation": plan.split.validation, "test": plan.split.test}
    page: str = report(
        model,
        plan.table,
        split=parts,
        history=history,
        check=check,
        loss=plan.loss,
        notes={
            "Settings": _settings(plan, facts),
            "Timings": {name: f"{each:.2f} s" for name, each in seconds.items()},
        },
        source=source,
        seed=plan.settings.seed,
        progress=progress,
    )
    return page.encode()


def _settings(plan: Plan, facts: Mapping[str, Any]) -> dict[str, str]:
    network = facts["network"]
    named = {
        "hidden layers": ", ".join(map(str, network["sizes"][1:-1])) or "none",
        "activation": network["activation"],
        "loss": as_loss(plan.loss).name,
    }
    if members := facts.get("members"):
        named["learning curves"] = f"of the last of {len(members)} networks"
    return named | {name.replace("_", " "): str(value) for name, value in facts["settings"].items()}
