"""PPCA by ppca-py, whose core is C++."""

from __future__ import annotations

from ppca import PPCA  # type: ignore[import-not-found]

from ..latent import Calls, Problem
from ..tables import COMPONENTS, Split


def ppca(problem: Problem) -> Calls:
    """The fit to missing values, until its likelihood changes as little as by a part in 10⁸."""
    if not problem.gaps:
        return {}

    def fit() -> PPCA:
        model = PPCA(n_components=problem.components, max_iter=10_000, rtol=1e-8, random_state=0)
        model.fit(problem.rows)
        return model

    fitted = fit()
    return {"fit": fit, "score": lambda: float(fitted.score(problem.rows))}


def held_out(split: Split) -> float | None:
    """The score of held-out rows with missing values."""
    if not split.gaps:
        return None
    model = PPCA(n_components=COMPONENTS, max_iter=10_000, rtol=1e-8, random_state=0)
    model.fit(split.train)
    return float(model.score(split.test))
