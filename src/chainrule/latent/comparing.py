"""Which model describes a table best: the likelihood of rows that it was not fitted to."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial
from time import perf_counter
from types import MappingProxyType
from typing import Any

import numpy as np

from ..arguments import Array, as_count
from ..errors import ArgumentError, ChainruleError
from ..train.parts import require_complete
from .factor_analysis import FactorAnalysis
from .flows import Flow
from .gaussian import Gaussian
from .mixture import PPCAMixture
from .model import GenerativeModel
from .ppca import PPCA
from .scaling import Scaling
from .source import Rows, open_source
from .training import Training
from .vae import VAE

Model = GenerativeModel[Any]

#: A new model for a table of m columns.
Candidate = Callable[[int], Model]


@dataclass(frozen=True, slots=True)
class Comparison:
    """How one candidate did.

    Attributes:
        name: the candidate's.
        mean: its mean held-out log-likelihood, nats a row in the table's own units; ``None`` if it has none.
        standard_error: of that mean.
        behind: how far that is below the best candidate's.
        behind_error: the standard error of that difference, row by row.
        seconds: what all its fits took.
        problem: why it has no likelihood.
    """

    name: str
    mean: float | None
    standard_error: float | None
    behind: float | None
    behind_error: float | None
    seconds: float
    problem: str | None = None


def compare(
    X: Rows,
    candidates: Mapping[str, Candidate] | None = None,
    *,
    folds: int = 5,
    seed: int = 0,
    seconds: float = math.inf,
    report: Callable[[str, int], None] | None = None,
) -> list[Comparison]:
    """Cross-validated log-likelihoods of several models on the same rows, best first.

    In every fold columns are standardised by the rows that the models are fitted to; likelihoods are in the
    units of X all the same: ``log p(x) = log p(z) - Σ log scale``. Values may be missing (NaN).

    Args:
        X: rows, shape (n, m), n ≥ 2.
        candidates: makers of models, by name, each given m; by default :data:`CANDIDATES`.
        folds: how many parts the rows are split into, each being held out once.
        seed: of the split.
        seconds: what one candidate's fits may take; one whose first fit shows that all of them would take
            longer is left out, and says so.
        report: called with a candidate's name and the fold before each fit.

    Returns:
        One comparison for each candidate; those without a density last.

    Raises:
        ArgumentError: fewer rows than folds, no candidates, or no time.
        ShapeError, DtypeError, DataError: X is not a table of real numbers.

    >>> X = np.random.default_rng(0).standard_normal((60, 3)) @ np.diag([3.0, 1.0, 1.0])
    >>> found = compare(X, {"round": lambda m: PPCA(0), "full": lambda m: Gaussian()})
    >>> [each.name for each in found], found[0].behind
    (['round', 'full'], 0.0)
    """
    rows = open_source(X, missing=True).table().astype(np.float64)
    chosen = CANDIDATES if candidates is None else candidates
    if as_count(folds, "folds", least=2) > len(rows) or not chosen:
        raise ArgumentError(
            f"folds={folds} for {len(rows)} rows and {len(chosen)} candidates",
            expected="a row for each fold, and a candidate",
        )
    for name, make in chosen.items():
        if not callable(make):
            raise ArgumentError(f"the candidate {name!r} is {make!r}", expected="lambda m: a new model")
    if not seconds > 0:
        raise ArgumentError(f"seconds={seconds!r}", expected="a positive number")
    part = np.random.default_rng(as_count(seed, "seed", least=0)).permutation(len(rows)) % folds
    tell = report or _say_nothing
    tried = {name: _tried(rows, part, make, seconds, partial(tell, name)) for name, make in chosen.items()}
    return _ranked(tried)


def _say_nothing(name: str, fold: int) -> None:
    """The report of who asks for none."""


@dataclass(frozen=True, slots=True, eq=False)
class _Trial:
    values: Array | None
    seconds: float
    problem: str | None = None


def _tried(rows: Array, part: Array, make: Candidate, seconds: float, tell: Callable[[int], None]) -> _Trial:
    values, folds, started = np.empty(len(rows)), int(part.max()) + 1, perf_counter()
    try:
        for fold in range(folds):
            tell(fold)
            held_out = part == fold
            values[held_out] = _held_out(rows[~held_out], rows[held_out], make(rows.shape[1]))
            spent = perf_counter() - started
            if fold + 1 < folds and spent * folds / (fold + 1) > seconds:
                return _Trial(None, spent, f"{folds} fits would take longer than {seconds:g} seconds")
    except ChainruleError as error:
        return _Trial(None, perf_counter() - started, error.given)
    if not np.isfinite(values).all():
        return _Trial(None, perf_counter() - started, "a held-out row has no density")
    return _Trial(values, perf_counter() - started)


def _held_out(seen: Array, unseen: Array, model: Model) -> Array:
    scaling = Scaling.of(seen)
    fitted = model.fit(scaling.apply(seen))
    history = getattr(fitted, "history", None)  # of those that are trained epoch by epoch
    if history is not None:
        require_complete(history)
    observed = ~np.isnan(unseen)
    return np.asarray(fitted.log_likelihood(scaling.apply(unseen)) - observed @ np.log(scaling.scale))


def _ranked(tried: Mapping[str, _Trial]) -> list[Comparison]:
    means = {name: float(each.values.mean()) for name, each in tried.items() if each.values is not None}
    order = sorted(means, key=lambda name: -means[name])
    best = tried[order[0]].values if order else None

    def found() -> Iterator[Comparison]:
        for name in order:
            values = tried[name].values
            assert values is not None
            assert best is not None
            gap, seconds = best - values, tried[name].seconds
            yield Comparison(name, means[name], _error(values), float(gap.mean()), _error(gap), seconds)
        for name, each in tried.items():
            if each.values is None:
                yield Comparison(name, None, None, None, None, each.seconds, each.problem)

    return list(found())


def _error(values: Array) -> float:
    """The standard error of a mean."""
    return float(values.std(ddof=1) / np.sqrt(len(values)))


def _few(m: int, most: int) -> int:
    """Some latent dimensions, fewer than half the columns."""
    return max(0, min(most, (m - 1) // 2))


#: Few rows are learnt by heart long before the last epoch: what then has not improved for long is over.
IMPATIENT = Training(patience=100)

#: What a table is compared under, by name: a line here and a model is in.
CANDIDATES: Mapping[str, Candidate] = MappingProxyType(
    {
        "gaussian": lambda m: Gaussian(),
        "ppca": lambda m: PPCA("bic"),
        "factor analysis": lambda m: FactorAnalysis(_few(m, 5)),
        "ppca mixture": lambda m: PPCAMixture(3, _few(m, 2)),
        "vae": lambda m: VAE(max(1, _few(m, 5)), hidden=(32,), training=IMPATIENT),
        "flow": lambda m: Flow(training=replace(IMPATIENT, batch_size=256)),
    }
)
