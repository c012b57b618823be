"""The pytest fixture ``check_gradient``, there in every test once chainrule is installed."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from chainrule.verification import Report


@pytest.fixture(scope="session")
def check_gradient() -> Callable[..., Report]:
    """A function that fails the test unless a derivative is confirmed.

    It takes the arguments of :func:`chainrule.check`, and ``undecided="pass"`` for a test that may also end
    UNDECIDED, at a kink for example. It returns the report::

        def test_the_loss(check_gradient):
            check_gradient(loss, grad=loss_gradient, at=(w, X, y))
    """
    return _confirmed


def _confirmed(f: Any, grad: Any = None, *, undecided: str = "fail", **options: Any) -> Report:
    __tracebackhide__ = True  # the line of the test is what its author wants to see
    from chainrule.errors import ArgumentError
    from chainrule.verification import Verdict, check

    if undecided not in ("fail", "pass"):
        raise ArgumentError(f"undecided={undecided!r}", expected="'fail' or 'pass'")
    report = check(f, grad, **options)
    if report.verdict is Verdict.FAIL:
        pytest.fail(str(report))
    if report.verdict is Verdict.UNDECIDED and undecided == "fail":
        pytest.fail(f"{report}\nundecided='pass' accepts this")
    return report
