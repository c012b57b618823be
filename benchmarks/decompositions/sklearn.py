"""PPCA by scikit-learn, with each of its solvers that may be the fastest."""

from __future__ import annotations

from ..latent import BLOCK_ROWS, Calls, Problem
from ..tables import COMPONENTS, Split


def covariance(problem: Problem) -> Calls:
    """The solver for many rows."""
    calls = _pca(problem, "covariance_eigh") if problem.rows.shape[1] <= 1000 else {}
    return calls | ({"streamed fit": calls["fit"]} if calls else {})  # it has no faster one in pieces


def arpack(problem: Problem) -> Calls:
    """The fastest solver for large squares, by measurement."""
    return _pca(problem, "arpack") if problem.rows.shape[1] > 1000 else {}


def incremental(problem: Problem) -> Calls:
    """The streamed fit, where the blocks have more rows than there are components and few columns."""
    from sklearn.decomposition import IncrementalPCA

    if problem.gaps or problem.rows.shape[1] > 1000:
        return {}
    return {
        "streamed fit": lambda: IncrementalPCA(problem.components, batch_size=BLOCK_ROWS).fit(problem.rows)
    }


def held_out(split: Split) -> float | None:
    """The score of held-out rows; its covariances divide by n - 1 for PCA, by n otherwise."""
    from sklearn.covariance import EmpiricalCovariance
    from sklearn.decomposition import PCA, FactorAnalysis

    if split.gaps:
        return None
    models = {
        "Gaussian": EmpiricalCovariance,
        "PPCA": lambda: PCA(COMPONENTS, svd_solver="full"),
        "factor analysis": lambda: FactorAnalysis(COMPONENTS, tol=1e-4, max_iter=2000, svd_method="lapack"),
    }
    return float(models[split.model]().fit(split.train).score(split.test))


def _pca(problem: Problem, solver: str) -> Calls:
    from sklearn.decomposition import PCA

    if problem.gaps:
        return {}
    fitted = PCA(problem.components, svd_solver=solver, random_state=0).fit(problem.rows)
    return {
        "fit": lambda: PCA(problem.components, svd_solver=solver, random_state=0).fit(problem.rows),
        "score": lambda: fitted.score(problem.rows),
        "log-likelihood": lambda: fitted.score_samples(problem.rows),
    }
