"""PPCA by Chainrule."""

from __future__ import annotations

from chainrule.latent import PPCA

from ..latent import BLOCK_ROWS, Calls, Problem


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
