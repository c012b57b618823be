"""The run as a page: ``report.html`` in its folder."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from chainrule.cli.invocation import command_line
from chainrule.cli.training.plan import Plan
from chainrule.errors import DataError, RunError
from chainrule.nn.losses import as_loss

if TYPE_CHECKING:
    from chainrule.data import TableModel
    from chainrule.train import History, RateTest
    from chainrule.verification import Report

PAGE = "report.html"
RATE_TEST = "find-lr.svg"


def page_of(
    plan: Plan,
    model: TableModel,
    histories: Sequence[History],
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
        histories: of its training, one for each network.
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
        history=histories,
        check=check,
        loss=plan.loss,
        notes={
            "Settings": _settings(plan, facts),
            "Cross-validation": _folds(facts),
            "Timings": {name: f"{each:.2f} s" for name, each in seconds.items()},
        },
        source=source,
        seed=plan.settings.seed,
        rate_test=rate_test_of(facts),
        left_out=plan.data.left_out | _roles(plan),
        progress=progress,
    )
    return page.encode()


def _roles(plan: Plan) -> dict[str, str]:
    """What columns are for that are no inputs because they say how to split or to weigh the rows."""
    chosen = plan.data.preparation
    roles = {chosen.group: "what groups the rows", chosen.weight: "the rows’ weights"}
    return {name: role for name, role in roles.items() if name}


def write_page(folder: Path, page: bytes) -> None:
    """The page in the folder of a run whose model is saved.

    Raises:
        RunError: it cannot be written.
    """
    from chainrule.io import atomic_write

    try:
        atomic_write(folder / PAGE, page)
    except OSError as error:
        raise RunError(
            f"the model is in {folder}, but {folder / PAGE} cannot be written: {error.strerror}",
            instead=f"make room, and then {command_line('train', '--resume', folder)} writes it",
        ) from error


def write_rate_test(folder: Path, facts: Mapping[str, Any]) -> tuple[str, ...]:
    """The picture of the range test in a run's folder, where there was one; the names of what was written."""
    from chainrule.drawing.reporting.rates import rate_svg
    from chainrule.io import atomic_write

    test = rate_test_of(facts)
    if test is None:
        (folder / RATE_TEST).unlink(missing_ok=True)  # of the run that was replaced
        return ()
    atomic_write(folder / RATE_TEST, rate_svg(test).encode())
    return (RATE_TEST,)


def rate_test_of(facts: Mapping[str, Any]) -> RateTest | None:
    """The range test that the facts of a training tell of.

    Raises:
        RunError: they do not tell of one as it was written.
    """
    from chainrule.train import RateTest

    told = facts.get("find_lr")
    if told is None:
        return None
    try:
        return RateTest.of(np.array(told["rates"], float), np.array(told["losses"], float))
    except (DataError, TypeError, ValueError, KeyError) as error:
        raise RunError(f"the learning-rate test in model.json is damaged: {error}") from None


def _folds(facts: Mapping[str, Any]) -> dict[str, str]:
    """The mean scores over the folds with their standard errors, where there were folds.

    Raises:
        RunError: the facts do not tell of them as it was written.
    """
    told = facts.get("cross_validation")
    if told is None:
        return {}
    try:
        scores = {"loss": told, **told["scores"]}
        return {"folds of the training rows": f"{len(told['losses'])}"} | {
            name: f"{_number(each['mean']):.4g} ± {_number(each['standard_error']):.2g} (standard error)"
            for name, each in scores.items()
        }
    except (TypeError, ValueError, KeyError, AttributeError) as error:
        raise RunError(f"the cross-validation in model.json is damaged: {error!r}") from None


def _number(value: float | None) -> float:
    """A number that JSON has null for where it is not finite."""
    return float("nan") if value is None else value


def _settings(plan: Plan, facts: Mapping[str, Any]) -> dict[str, str]:
    network = facts["network"]
    named = {
        "hidden layers": ", ".join(map(str, network["sizes"][1:-1])) or "none",
        "activation": network["activation"],
        "loss": as_loss(plan.loss).name,
    }
    return named | {name.replace("_", " "): str(value) for name, value in facts["settings"].items()}
