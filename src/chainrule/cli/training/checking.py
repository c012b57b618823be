"""The gradient check that precedes training: of this very loss, of this very network."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chainrule.cli.training.plan import Plan

if TYPE_CHECKING:
    from chainrule.verification import Report

#: Training rows at which the gradient is checked.
ROWS = 16


def check_gradient(plan: Plan) -> Report:
    """Check the derivative of the loss by every parameter, where training starts.

    >>> from chainrule.cli.training import Settings, make_plan
    >>> from chainrule.data import Preparation, example_table, read_table
    >>> from chainrule.train import Adam
    >>> settings = Settings((4,), "tanh", Adam(), epochs=1, batch_size=32)
    >>> plan = make_plan(read_table(example_table("wine")), "class", Preparation(), settings)
    >>> str(check_gradient(plan).verdict)
    'PASS'
    """
    from chainrule.nn import objective
    from chainrule.verification import check

    rows = plan.split.train[:ROWS]
    penalties = {name: plan.settings.fit[name] for name in ("l1", "l2") if name in plan.settings.fit}
    f = objective(plan.network, plan.loss, **penalties)
    return check(f, at=(plan.network.parameters, plan.X[rows], plan.y[rows]), wrt="parameters")
