"""PPCA, and what it is compared with, by Chainrule."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from chainrule.latent import PPCA, FactorAnalysis, Gaussian, GenerativeModel

from ..latent import BLOCK_ROWS, Calls, Problem
from ..tables import COMPONENTS, Split


def ppca(problem: Problem) -> Calls:
    """The fit at once and in pieces, and the likelihood; the held-out rows' score is returned by each fit."""
    X, k = problem.rows, problem.components
    fitted = PPCA(k).fit(X)
    pieces = range(0, len(X), BLOCK_ROWS)
    calls: Calls = {"fit": lambda: PPCA(k).fit(X), "score": lambda: fitted.score(X)}
    if not problem.gaps:
        calls |= {
            "streamed fit": lambda: PPCA(k).fit(X[start : start + BLOCK_ROWS] for start in pieces),
            "log-likelihood": lambda: fitted.log_likelihood(X),
        }
    return calls


def held_out(split: Split) -> float:
    """The score of held-out rows."""
    models: dict[str, Callable[[], GenerativeModel[Any]]] = {
        "Gaussian": Gaussian,
        "PPCA": lambda: PPCA(COMPONENTS),
        "factor analysis": lambda: FactorAnalysis(COMPONENTS),
    }
    return models[split.model]().fit(split.train).score(split.test)
