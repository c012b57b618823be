"""The run as a page: ``report.html`` in its folder."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from chainrule.cli.training.outcome import Outcome, outcome_settings
from chainrule.cli.training.plan import Plan
from chainrule.nn.losses import as_loss

if TYPE_CHECKING:
    from chainrule.verification import Report

PAGE = "report.html"


def write_page(
    folder: Path,
    source: str,
    plan: Plan,
    outcome: Outcome,
    check: Report,
    seconds: Mapping[str, float],
    progress: Callable[[str], Any],
) -> None:
    """Write the page; where something goes wrong, the folder stays as it is."""
    from chainrule import report
    from chainrule.io import atomic_write

    parts = {"train": plan.split.train, "validation": plan.split.validation, "test": plan.split.test}
    page = report(
        outcome.model,
        plan.table,
        split=parts,
        history=outcome.history,
        check=check,
        loss=plan.loss,
        notes={
            "Settings": _settings(plan),
            "Timings": {name: f"{each:.2f} s" for name, each in seconds.items()},
        },
        source=source,
        seed=plan.settings.seed,
        progress=progress,
    )
    atomic_write(folder / PAGE, page.encode())


def _settings(plan: Plan) -> dict[str, str]:
    settings = plan.settings
    named = {
        "hidden layers": ", ".join(map(str, settings.hidden)) or "none",
        "activation": settings.activation,
        "loss": as_loss(plan.loss).name,
    }
    return named | {name.replace("_", " "): str(value) for name, value in outcome_settings(plan).items()}
