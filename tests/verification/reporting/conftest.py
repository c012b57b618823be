"""Reports to show: small ones by hand, and ones that checks made."""

from __future__ import annotations

import numpy as np
import pytest

import chainrule as cr
from chainrule.verification import Curve, Diagnosis, Finding, Report, Row, TensorResult, Verdict

HOSTILE = "<b>&[red]$\\frac$x_1^2\\{%"


def row(verdict="PASS", analytic=1.0, numeric=1.0, bound=1e-9, index=(0, 1), parameter="W1", **others):
    return Row(
        parameter, index, others.pop("output", None), analytic, numeric, bound, Verdict[verdict], **others
    )


def report(*rows, name="W1", **others):
    return Report((TensorResult(name, (300, 400), "float64", tuple(rows)),), evaluations=42, **others)


@pytest.fixture
def hostile() -> Report:
    """Names and reasons full of what means something to one format or another."""
    tensor = TensorResult(
        HOSTILE,
        (1,),
        "float64",
        (row("FAIL", 2.0, parameter=HOSTILE, reason=HOSTILE),),
        diagnoses=(Diagnosis("factor", HOSTILE),),
    )
    curve = Curve(HOSTILE, (0.1, 0.01), (1.1, 1.01), (1.01, 1.0001), (np.nan, 1.0), 1.0, 1e-9, 2.0)
    return Report((tensor,), findings=(Finding("mutation", HOSTILE),), curves=(curve,))


def _logistic(w, b):
    z = X @ w + b
    return np.mean(np.logaddexp(0, z) - y * z)


def _without_the_mean(w, b):
    residual = cr.special.expit(X @ w + b) - y
    return X.T @ residual, residual.mean()


rng = np.random.default_rng(0)
X, y, w = rng.normal(size=(20, 3)), rng.integers(0, 2, 20).astype(float), rng.normal(size=3)


@pytest.fixture(scope="package")
def wrong() -> Report:
    """A gradient of which one of two is 20 times too large."""
    return cr.check(_logistic, _without_the_mean, at=(w, 0.3))


@pytest.fixture(scope="package")
def refused() -> Report:
    """A function that is random."""
    draws = np.random.default_rng(1)
    return cr.check(lambda x: x.sum() + draws.normal(), np.ones_like, at=w)


@pytest.fixture(scope="package")
def page(wrong) -> str:
    return wrong.to_html()
